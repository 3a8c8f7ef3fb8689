"""As conferências do confronto: respostas certas, rascunhos e cada engano com a sua dica."""

import re

import pytest
import torch

from aulas_lib.exercicios import ExercicioNaoResolvido, confronto, rigor
from aulas_lib.exercicios.comparacao import Engano


def parcela(x_0, previsto, antes, depois):
    return 0.5 * (antes - depois) * ((x_0 - previsto) ** 2).reshape(len(x_0), -1).sum(1)


def surpresa(x, media, desvio):
    normal = torch.distributions.Normal(media, desvio)
    acima = torch.where(x > 0.99, torch.tensor(float("inf")), x + 1 / 16)
    abaixo = torch.where(x < -0.99, -torch.tensor(float("inf")), x - 1 / 16)
    cdf = lambda v: torch.where(v.isinf(), (v > 0).float(), normal.cdf(v.nan_to_num(posinf=0, neginf=0)))  # noqa: E731
    return -torch.log(cdf(acima) - cdf(abaixo)).reshape(len(x), -1).sum(1)


FAMILIAS = {"exata": "a", "rapida": "c", "codigo": "b", "variada": "d"}
CERTAS = [
    (confronto.conferir_parcela, (parcela,)), (confronto.conferir_aprendidas, ("c",)),
    (confronto.conferir_densidade, ("b", surpresa)), (confronto.conferir_escolha, (FAMILIAS,)),
]  # fmt: skip


@pytest.mark.parametrize(("conferir", "respostas"), CERTAS)
def test_respostas_certas(conferir, respostas, capsys) -> None:
    with rigor():
        conferir(*respostas)
    assert capsys.readouterr().out.startswith("certo!")


def rascunho(*argumentos):
    ...


BRANCOS = [
    (confronto.conferir_parcela, (rascunho,)), (confronto.conferir_aprendidas, (...,)),
    (confronto.conferir_densidade, (..., confronto._densidade)),
    (confronto.conferir_escolha, (FAMILIAS | {"codigo": ...},)),
]  # fmt: skip


@pytest.mark.parametrize(("conferir", "respostas"), BRANCOS)
def test_rascunhos(conferir, respostas, capsys) -> None:
    conferir(*respostas)
    assert "ainda não resolvido" in capsys.readouterr().out
    with rigor(), pytest.raises(ExercicioNaoResolvido):
        conferir(*respostas)


ENGANOS = [(confronto.conferir_parcela, (), engano) for engano in confronto.ENGANOS_PARCELA]
ENGANOS += [(confronto.conferir_densidade, ("b",), engano) for engano in confronto.ENGANOS_DENSIDADE]


@pytest.mark.parametrize(("conferir", "antes", "engano"), ENGANOS)
def test_cada_engano_tem_a_sua_dica(conferir, antes, engano: Engano, capsys) -> None:
    conferir(*antes, engano.formula)
    dito = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert dito.startswith("ainda não: ") and re.sub(r"\s+", " ", engano.dica)[:60] in dito


@pytest.mark.parametrize("letra", ["a", "b", "d"])
def test_letras_erradas_dizem_por_que(letra: str, capsys) -> None:
    confronto.conferir_aprendidas(letra)
    assert f"o diagnóstico não é ({letra})" in capsys.readouterr().out


@pytest.mark.parametrize("nome", list(FAMILIAS))
def test_escolha_errada_diz_a_situacao(nome: str, capsys) -> None:
    errada = next(letra for letra in "abcd" if letra != FAMILIAS[nome])
    confronto.conferir_escolha(FAMILIAS | {nome: errada})
    dito = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert f"ainda não: em '{nome}'" in dito and confronto.SITUACOES[nome][1][:40] in dito


def test_escolha_que_nao_e_dicionario(capsys) -> None:
    confronto.conferir_escolha("a")
    assert "esperava um dicionário" in capsys.readouterr().out


def test_as_dezessete_probabilidades_somam_um() -> None:
    niveis = torch.linspace(-1, 1, 17).reshape(17, 1, 1, 1)
    for media, desvio in ((0.3, 0.05), (1.1, 0.4), (-0.9, 1.0)):
        nats = confronto._surpresa_dos_niveis(niveis, torch.full_like(niveis, media), desvio)
        torch.testing.assert_close((-nats).exp().sum(), torch.tensor(1.0))

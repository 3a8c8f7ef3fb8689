"""As conferências da lição de difusão: respostas certas, rascunhos e cada engano com a sua dica."""

import re

import pytest
import torch

from aulas_lib.exercicios import ExercicioNaoResolvido, difusao_ida, rigor
from aulas_lib.exercicios.comparacao import Engano
from aulas_lib.modelos.difusao import agenda_de_betas, dar_um_passo, difundir


def ida(x_0, alfa_barra, eps):
    return torch.tensor(alfa_barra).sqrt() * x_0 + torch.tensor(1 - alfa_barra).sqrt() * eps


def ida_da_biblioteca(x_0, alfa_barra, eps):
    if alfa_barra in (0, 1):
        return x_0 if alfa_barra else eps
    return difundir(x_0, torch.ones(len(x_0), dtype=torch.long), eps, agenda_de_betas(torch.tensor([1 - alfa_barra])))


def um_passo(x, beta, eps):
    return dar_um_passo(x, torch.ones(len(x), dtype=torch.long), eps, agenda_de_betas(torch.tensor([beta])))


def ultimo(media, sigma, z, t):
    return media + (t != 1) * sigma * z


CERTAS = [
    (difusao_ida.conferir_difundir, (ida,)), (difusao_ida.conferir_difundir, (ida_da_biblioteca,)),
    (difusao_ida.conferir_caca_desvio_padrao, ("b", um_passo)), (difusao_ida.conferir_caca_ultimo, ("C", ultimo)),
]  # fmt: skip


@pytest.mark.parametrize(("conferir", "resposta"), CERTAS)
def test_respostas_certas(conferir, resposta, capsys) -> None:
    with rigor():
        conferir(*resposta)
    assert capsys.readouterr().out.startswith("certo!")


def rascunho(*argumentos):
    ...


@pytest.mark.parametrize(("conferir", "resposta"), CERTAS)
def test_rascunhos(conferir, resposta, capsys) -> None:
    conferir(*[..., rascunho][2 - len(resposta) :])
    assert "ainda não resolvido" in capsys.readouterr().out
    with rigor(), pytest.raises(ExercicioNaoResolvido):
        conferir(*[...] * len(resposta))


ENGANOS = [
    (conferir, letra, engano)
    for conferir, letra, lista in (
        (difusao_ida.conferir_difundir, (), difusao_ida.ENGANOS_IDA),
        (difusao_ida.conferir_caca_desvio_padrao, ("b",), difusao_ida.ENGANOS_DESVIO_PADRAO),
        (difusao_ida.conferir_caca_ultimo, ("c",), difusao_ida.ENGANOS_ULTIMO),
    )
    for engano in lista
]


@pytest.mark.parametrize(("conferir", "letra", "engano"), ENGANOS)
def test_cada_engano_tem_a_sua_dica(conferir, letra: tuple, engano: Engano, capsys) -> None:
    conferir(*letra, engano.formula)
    dito = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert re.sub(r"\s+", " ", engano.dica)[:60] in dito


@pytest.mark.parametrize(("conferir", "resposta"), CERTAS[2:])
def test_letra_errada_tem_a_sua_dica(conferir, resposta, capsys) -> None:
    for letra in "abcd":
        conferir(letra, resposta[1])
        assert ("o diagnóstico não é" in capsys.readouterr().out) == (letra != resposta[0].lower())

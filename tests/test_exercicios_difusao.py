"""As conferências da lição de difusão: respostas certas, rascunhos e cada engano com a sua dica."""

import re

import pytest
import torch

from aulas_lib.exercicios import ExercicioNaoResolvido, difusao_ida, difusao_volta, rigor
from aulas_lib.exercicios.comparacao import Engano
from aulas_lib.modelos.amostradores import passo_ddim
from aulas_lib.modelos.difusao import agenda_cosseno, agenda_de_betas, dar_um_passo, difundir, x0_do_ruido
from aulas_lib.modelos.orientacao import orientar


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


def ddim(x_t, eps, ab_t, ab_s):
    """O passo da biblioteca, em uma agenda de dois instantes: 1 − β_1 = ᾱ_s e (1 − β_1)(1 − β_2) = ᾱ_t."""
    s = min(ab_s, 1 - 1e-12)
    agenda = agenda_de_betas(torch.tensor([1 - s, 1 - ab_t / s], dtype=torch.float64))
    t = torch.full((len(x_t),), 2)
    return passo_ddim(x_t, x0_do_ruido(x_t, eps, t, agenda), t, t - 1, torch.zeros_like(x_t), agenda)


def orientado(com, sem, s):
    return orientar(lambda x, t: com, lambda x, t: sem, s)(None, None)


def betas_ajustados(T):
    return (torch.linspace(1e-4, 0.02, T) * 1000 / T).clamp(max=0.999)


def betas_do_cosseno(T):
    return agenda_cosseno(T).betas[1:]


CERTAS = [
    (difusao_ida.conferir_difundir, (ida,)), (difusao_ida.conferir_difundir, (ida_da_biblioteca,)),
    (difusao_ida.conferir_caca_desvio_padrao, ("b", um_passo)), (difusao_ida.conferir_caca_ultimo, ("C", ultimo)),
    (difusao_volta.conferir_caca_agenda, ("c", betas_ajustados)),
    (difusao_volta.conferir_caca_agenda, ("c", betas_do_cosseno)), (difusao_volta.conferir_ddim, (ddim,)),
    (difusao_volta.conferir_orientar, (orientado,)),
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
        (difusao_volta.conferir_ddim, (), difusao_volta.ENGANOS_DDIM),
        (difusao_volta.conferir_orientar, (), difusao_volta.ENGANOS_ORIENTAR),
    )
    for engano in lista
]


@pytest.mark.parametrize(("conferir", "letra", "engano"), ENGANOS)
def test_cada_engano_tem_a_sua_dica(conferir, letra: tuple, engano: Engano, capsys) -> None:
    conferir(*letra, engano.formula)
    dito = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert re.sub(r"\s+", " ", engano.dica)[:60] in dito


@pytest.mark.parametrize(("conferir", "resposta"), [c for c in CERTAS if len(c[1]) == 2])
def test_letra_errada_tem_a_sua_dica(conferir, resposta, capsys) -> None:
    for letra in "abcd":
        conferir(letra, resposta[1])
        assert ("o diagnóstico não é" in capsys.readouterr().out) == (letra != resposta[0].lower())


@pytest.mark.parametrize(
    ("funcao", "dica"),
    [
        (lambda T: torch.linspace(1e-4, 0.02, T), "ᾱ_T ainda é 0,60"),
        (lambda T: torch.linspace(1e-4, 0.02, 1000), "um β por passo"),
        (lambda T: torch.linspace(1e-4, 0.02, T) * 50_000 / T, "variância entre 0 e 1"),
        (lambda T: torch.full((T,), 0.02), "ᾱ_T ainda é 0,36"),
    ],
)
def test_agendas_que_ainda_nao_servem(funcao, dica: str, capsys) -> None:
    difusao_volta.conferir_caca_agenda("c", funcao)
    assert dica in re.sub(r"\s+", " ", capsys.readouterr().out)

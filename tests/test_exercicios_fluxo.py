"""As conferências da terceira parte da lição de difusão: respostas certas, rascunhos e cada engano com a sua dica."""

import re

import pytest
import torch

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios import ExercicioNaoResolvido, difusao_fluxo, rigor
from aulas_lib.exercicios.comparacao import Engano
from aulas_lib.modelos.fluxo import ponto_do_fluxo
from aulas_lib.modelos.integracao import passo_heun


def extremos(x, v, tau):
    return x - tau[:, None] * v, x + (1 - tau[:, None]) * v


def extremos_em_cadeia(x, v, tau):
    x_0 = x - tau.reshape(-1, 1) * v
    return x_0, v + x_0


def heun(x, tau, h, escore, beta):
    def campo(x, t):
        return -beta(t[0].item()) / 2 * (x + escore(x, t[0].item()))

    return passo_heun(campo, x, torch.full((len(x),), tau).double(), torch.full((len(x),), tau - h).double())


def heun_por_extenso(x, tau, h, escore, beta):
    f = -0.5 * beta(tau) * (x + escore(x, tau))
    meio = x - h * f
    return x - h * (f - 0.5 * beta(tau - h) * (meio + escore(meio, tau - h))) / 2


CERTAS = [
    (difusao_fluxo.conferir_extremos, extremos), (difusao_fluxo.conferir_extremos, extremos_em_cadeia),
    (difusao_fluxo.conferir_heun, heun), (difusao_fluxo.conferir_heun, heun_por_extenso),
]  # fmt: skip


@pytest.mark.parametrize(("conferir", "resposta"), CERTAS)
def test_respostas_certas(conferir, resposta, capsys) -> None:
    with rigor():
        conferir(resposta)
    assert capsys.readouterr().out.startswith("certo!")


def rascunho(*argumentos):
    ...


@pytest.mark.parametrize("conferir", [difusao_fluxo.conferir_extremos, difusao_fluxo.conferir_heun])
def test_rascunhos(conferir, capsys) -> None:
    for nada in (..., rascunho):
        conferir(nada)
        assert "ainda não resolvido" in capsys.readouterr().out
        with rigor(), pytest.raises(ExercicioNaoResolvido):
            conferir(nada)


ENGANOS = [
    (conferir, engano)
    for conferir, lista in (
        (difusao_fluxo.conferir_extremos, difusao_fluxo.ENGANOS_EXTREMOS),
        (difusao_fluxo.conferir_heun, difusao_fluxo.ENGANOS_HEUN),
    )
    for engano in lista
]


@pytest.mark.parametrize(("conferir", "engano"), ENGANOS)
def test_cada_engano_tem_a_sua_dica(conferir, engano: Engano, capsys) -> None:
    conferir(engano.formula)
    dito = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert dito.startswith("ainda não: ") and re.sub(r"\s+", " ", engano.dica)[:60] in dito


def test_um_erro_desconhecido_mostra_o_caso(capsys) -> None:
    difusao_fluxo.conferir_heun(lambda x, tau, h, escore, beta: x)
    dito = capsys.readouterr().out
    assert "tau = 0,8 e h = 0,1" in dito and "era esperado" in dito


def test_o_ponto_e_a_velocidade_de_uma_reta_devolvem_os_extremos() -> None:
    g = gerador(0)
    x_0, eps, tau = torch.randn(5, 2, generator=g), torch.randn(5, 2, generator=g), torch.rand(5, generator=g)
    obtidos = extremos(ponto_do_fluxo(x_0, tau, eps), eps - x_0, tau)
    torch.testing.assert_close(obtidos, (x_0, eps))


def test_a_divisao_por_zero_tem_dica(capsys) -> None:
    difusao_fluxo.conferir_extremos(lambda x, v, t: ((x - t[:, None] * extremos(x, v, t)[1]) / (1 - t[:, None]),
                                                     extremos(x, v, t)[1]))
    assert "sem dividir" in capsys.readouterr().out


def test_as_funcoes_que_o_exercicio_recebe_nao_se_mostram_como_numeros(capsys) -> None:
    difusao_fluxo.conferir_heun(lambda x, tau, h, escore, beta: 3 * x)
    dito = capsys.readouterr().out
    assert "argumento 3: [0,1000]" in dito and "argumento 4" not in dito and "argumento 5" not in dito

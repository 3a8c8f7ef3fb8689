"""Monte Carlo contra esperanças exatas: momentos de misturas e quadratura."""

import math

import pytest
import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.dados.distribuicoes import MisturaGaussiana, anel_de_oito, duas_modas
from aulas_lib.modelos.monte_carlo import (
    esperanca,
    importancia,
    pesos_normalizados,
    tamanho_efetivo_dos_pesos,
)


def gaussiana(centro: float, desvio: float) -> MisturaGaussiana:
    return MisturaGaussiana(torch.ones(1), torch.tensor([[centro]]), torch.tensor(desvio**2)).to(torch.float64)


def test_esperanca_e_a_media_com_o_erro_padrao_do_livro() -> None:
    e = esperanca(torch.tensor([[1.0, 0.0], [2.0, 0.0], [6.0, 0.0]]))
    torch.testing.assert_close(e.media, torch.tensor([3.0, 0.0]))
    torch.testing.assert_close(e.erro, torch.tensor([math.sqrt(7 / 3), 0.0]))  # s² = 7


def test_o_intervalo_de_dois_erros_cobre_a_verdade_95_por_cento() -> None:
    lei, g, cobre = anel_de_oito(desvio=0.4), gerador(0), 0
    for _ in range(400):
        e = esperanca(lei.amostrar(200, g)[:, 0] ** 2)
        cobre += bool((e.media - 2.16).abs() < 1.96 * e.erro)
    assert cobre / 400 == pytest.approx(0.95, abs=0.03)


def test_o_erro_cai_com_a_raiz_de_n() -> None:
    g, desvios = gerador(0), []
    for n in (50, 5000):
        desvios.append(torch.stack([esperanca(torch.randn(n, generator=g)).media for _ in range(400)]).std())
    assert (desvios[0] / desvios[1]).item() == pytest.approx(10, rel=0.12)


# --- importância
def test_importancia_acha_a_esperanca_da_quadratura() -> None:
    alvo, q = duas_modas().to(torch.float64), gaussiana(0.0, 3.0)
    grade = torch.linspace(-12, 12, 4001, dtype=torch.float64)
    exata = torch.trapezoid(torch.cos(grade) * alvo.log_densidade(grade[:, None]).exp(), grade)
    x = q.amostrar(200_000, gerador(1))
    log_w = alvo.log_densidade(x) - q.log_densidade(x)
    e = importancia(torch.cos(x[:, 0]), log_w)
    assert (e.media - exata).abs() < 4 * e.erro
    assert e.erro < 0.01


def test_o_erro_anunciado_e_o_medido() -> None:
    alvo, q, g, estimativas = duas_modas(), gaussiana(0.5, 2.5).to(torch.float32), gerador(2), []
    for _ in range(300):
        x = q.amostrar(500, g)
        estimativas.append(importancia(x[:, 0], alvo.log_densidade(x) - q.log_densidade(x)))
    medido = torch.stack([e.media for e in estimativas]).std()
    anunciado = torch.stack([e.erro for e in estimativas]).mean()
    assert (anunciado / medido).item() == pytest.approx(1, abs=0.1)


def test_a_constante_da_densidade_se_cancela() -> None:
    x, log_w = torch.randn(2, 50, generator=gerador(3), dtype=torch.float64)
    for funcao in (pesos_normalizados, tamanho_efetivo_dos_pesos):
        torch.testing.assert_close(funcao(log_w), funcao(log_w - 5000))
    torch.testing.assert_close(importancia(x, log_w).media, importancia(x, log_w + 5000).media)


@pytest.mark.parametrize(("pesos", "efetivo"), [([1.0] * 8, 8.0), ([1.0, 0, 0, 0], 1.0), ([3.0, 1.0], 1.6)])
def test_tamanho_efetivo_conhecido(pesos: list[float], efetivo: float) -> None:
    log_w = torch.tensor(pesos).log()
    torch.testing.assert_close(tamanho_efetivo_dos_pesos(log_w), torch.tensor(efetivo))


def test_tamanho_efetivo_entre_gaussianas() -> None:
    """Com p = N(0, 1) e q = N(0, s²), N_ef/N → 1 / E_q[w²] = √(2s² − 1) / s²."""
    p, q, n = gaussiana(0, 1.0), gaussiana(0, 1.5), 200_000
    x = q.amostrar(n, gerador(4))
    fracao = tamanho_efetivo_dos_pesos(p.log_densidade(x) - q.log_densidade(x)) / n
    assert fracao.item() == pytest.approx(math.sqrt(2 * 1.5**2 - 1) / 1.5**2, rel=0.01)


def test_pesos_iguais_dao_a_media_simples() -> None:
    x = torch.randn(40, 3, generator=gerador(5), dtype=torch.float64)
    e, simples = importancia(x, torch.zeros(40)), esperanca(x)
    torch.testing.assert_close(e.media, simples.media)
    torch.testing.assert_close(e.erro, simples.erro * math.sqrt(39 / 40))


@pytest.mark.parametrize(
    ("log_w", "mensagem"),
    [
        (torch.zeros(2, 2), "um por sorteio"),
        (torch.zeros(0), "um por sorteio"),
        (torch.tensor([0.0, torch.nan]), "nan ou infinito"),
        (torch.tensor([0.0, torch.inf]), "nan ou infinito"),
        (torch.full((3,), -torch.inf), "todos os pesos são zero"),
    ],
)
def test_pesos_que_nao_servem(log_w: Tensor, mensagem: str) -> None:
    with pytest.raises(ValueError, match=mensagem):
        tamanho_efetivo_dos_pesos(log_w)


def test_formas_que_nao_combinam() -> None:
    with pytest.raises(ValueError, match="um peso por sorteio"):
        importancia(torch.zeros(3), torch.zeros(4))
    with pytest.raises(ValueError, match="pelo menos 2"):
        esperanca(torch.zeros(1))

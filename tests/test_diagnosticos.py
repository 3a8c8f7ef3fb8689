"""Diagnósticos de cadeias contra a forma fechada de AR(1) e contra o ArviZ (arviz-stats), biblioteca independente."""

import math

import pytest
import torch
from arviz_stats.base import array_stats
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao.diagnosticos import autocorrelacao, r_chapeu, tamanho_efetivo


def ar1(phi: float, cadeias: int, passos: int, semente: int = 0) -> Tensor:
    """x_{t+1} = φ x_t + √(1 − φ²) ε, já na lei estacionária N(0, 1): ρ_k = φᵏ e N_ef = N (1 − φ)/(1 + φ)."""
    eps = torch.randn(cadeias, passos, generator=gerador(semente), dtype=torch.float64)
    x = [eps[:, 0]]
    for t in range(1, passos):
        x.append(phi * x[-1] + math.sqrt(1 - phi**2) * eps[:, t])
    return torch.stack(x, dim=1)


def do_arviz(funcao, x: Tensor, metodo: str) -> Tensor:
    return torch.as_tensor(funcao(x.numpy(), chain_axis=0, draw_axis=1, method=metodo))


# --- autocorrelação
def test_autocorrelacao_e_a_soma_da_definicao() -> None:
    x = torch.randn(3, 17, generator=gerador(1), dtype=torch.float64).cumsum(1)
    d = x - x.mean(dim=1, keepdim=True)
    direta = torch.stack([(d[:, : 17 - k] * d[:, k:]).sum(1) for k in range(17)], dim=1)
    torch.testing.assert_close(autocorrelacao(x), direta / direta[:, :1])


def test_autocorrelacao_de_ar1_e_phi_elevado_a_k() -> None:
    rho = autocorrelacao(ar1(0.8, 8, 20_000)).mean(dim=0)
    torch.testing.assert_close(rho[:15], 0.8 ** torch.arange(15.0).double(), atol=0.02, rtol=0)


def test_autocorrelacao_de_cadeia_parada_e_nan() -> None:
    assert autocorrelacao(torch.ones(1, 10)).isnan().all()


# --- tamanho efetivo
@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9, -0.3])
def test_tamanho_efetivo_de_ar1(phi: float) -> None:
    exato = 8 * 20_000 * (1 - phi) / (1 + phi)
    assert tamanho_efetivo(ar1(phi, 8, 20_000)).item() == pytest.approx(exato, rel=0.06)


@pytest.mark.parametrize("phi", [0.0, 0.6, 0.97, -0.5])
@pytest.mark.parametrize("forma", [(4, 500), (1, 301), (6, 40)])
def test_tamanho_efetivo_e_o_do_arviz(phi: float, forma: tuple[int, int]) -> None:
    x = ar1(phi, *forma, semente=3)
    torch.testing.assert_close(tamanho_efetivo(x), do_arviz(array_stats.ess, x, "mean"), rtol=1e-9, atol=0)


def test_cadeias_que_discordam_tem_poucos_sorteios_efetivos() -> None:
    x = ar1(0.5, 4, 1000)
    longe = x + torch.tensor([0.0, 0.0, 8.0, 8.0], dtype=torch.float64)[:, None]
    assert tamanho_efetivo(x) > 1000
    assert tamanho_efetivo(longe) < 10
    torch.testing.assert_close(tamanho_efetivo(longe), do_arviz(array_stats.ess, longe, "mean"), rtol=0.02, atol=0)


def test_o_tamanho_efetivo_nao_passa_do_teto() -> None:
    """Passos que se compensam valem mais que sorteios independentes, até N log₁₀ N."""
    assert tamanho_efetivo(ar1(-0.95, 4, 1000)).item() == pytest.approx(4000 * math.log10(4000))


# --- R̂
@pytest.mark.parametrize("deslocamento", [0.0, 0.3, 5.0])
@pytest.mark.parametrize("forma", [(4, 500), (2, 31)])
def test_r_chapeu_e_o_do_arviz(deslocamento: float, forma: tuple[int, int]) -> None:
    x = ar1(0.5, *forma)
    x[0] += deslocamento
    torch.testing.assert_close(r_chapeu(x), do_arviz(array_stats.rhat, x, "split"), rtol=1e-12, atol=0)


def test_r_chapeu_de_cadeias_deslocadas() -> None:
    """Metade das cadeias em +a, metade em −a, variância 1: R̂² → 1 + a², pois B/n → a² e W → 1."""
    sinais = torch.tensor([1.0, 1.0, -1.0, -1.0], dtype=torch.float64)[:, None]
    independentes = ar1(0.0, 4, 40_000)
    assert r_chapeu(independentes).item() == pytest.approx(1, abs=1e-3)
    quatro_em_quatro = 8 / 7 * 9  # variância amostral de 8 médias ±3
    assert r_chapeu(independentes + 3 * sinais).item() == pytest.approx(math.sqrt(1 + quatro_em_quatro), rel=0.01)


def test_o_corte_ao_meio_ve_a_cadeia_que_ainda_anda() -> None:
    """Sem cortar, duas cadeias com a mesma tendência pareceriam iguais."""
    tendencia = torch.linspace(0, 10, 1000, dtype=torch.float64)
    x = ar1(0.0, 2, 1000) + tendencia
    inteiro = do_arviz(array_stats.rhat, x, "identity")
    assert inteiro < 1.01 < 1.5 < r_chapeu(x)


def test_cadeia_parada() -> None:
    parada = torch.zeros(2, 10)
    assert r_chapeu(parada).isnan() and tamanho_efetivo(parada).isnan()
    assert r_chapeu(parada + torch.tensor([[0.0], [1.0]])).isposinf()


@pytest.mark.parametrize("funcao", [r_chapeu, tamanho_efetivo])
def test_varias_coordenadas_de_uma_vez(funcao) -> None:
    x = torch.stack([ar1(0.2, 4, 100), ar1(0.9, 4, 100)], dim=2)
    torch.testing.assert_close(funcao(x), torch.stack([funcao(x[..., 0]), funcao(x[..., 1])]))
    with pytest.raises(ValueError, match="cadeia\\[None\\]"):
        funcao(x[0, :, 0])
    with pytest.raises(ValueError, match="pelo menos 4"):
        funcao(x[:, :3])

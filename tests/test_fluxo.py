"""O casamento de fluxos contra gaussianas de conta fechada, contra o escore da mistura e contra a DDIM."""

import math

import pytest
import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.dados.distribuicoes import MisturaGaussiana, duas_modas, luas
from aulas_lib.modelos.edo_difusao import massa_pela_edo
from aulas_lib.modelos.fluxo import (
    Velocidade,
    mistura_no_fluxo,
    perda_fluxo,
    ponto_do_fluxo,
    sorteando_tau,
    velocidade_exata,
)
from aulas_lib.modelos.integracao import chegar_ao_fim, instantes_iguais, passo_euler, passo_heun
from aulas_lib.modelos.preditor_mlp import PreditorMLP
from aulas_lib.modelos.propagacao import Fatias, massa_da_mistura, variacao_total
from aulas_lib.treino import Treino, cosseno


def sorteio(*forma: int, semente: int = 0) -> Tensor:
    return torch.randn(forma, generator=gerador(semente), dtype=torch.float64)


def test_a_reta_comeca_no_dado_acaba_no_ruido_e_a_velocidade_e_a_derivada() -> None:
    x_0, eps, tau = sorteio(4, 2, 3), sorteio(4, 2, 3, semente=1), torch.tensor([0.0, 0.25, 0.5, 1.0])
    x = ponto_do_fluxo(x_0, tau, eps)
    torch.testing.assert_close(x[0], x_0[0])
    torch.testing.assert_close(x[3], eps[3])
    torch.testing.assert_close(x[1], 0.75 * x_0[1] + 0.25 * eps[1])
    _, derivada = torch.func.jvp(lambda t: ponto_do_fluxo(x_0, t, eps), (tau,), (torch.ones(4),))
    perda = perda_fluxo(lambda x, t: derivada, x_0, tau, eps)
    torch.testing.assert_close(perda, torch.zeros(4, dtype=torch.float64))
    perda = perda_fluxo(lambda x, t: torch.zeros_like(x), x_0, tau, eps)
    torch.testing.assert_close(perda, (eps - x_0).square().sum(dim=(1, 2)))


def test_mistura_no_fluxo_e_a_lei_do_ponto() -> None:
    """A lei de x_τ é a da difusão com ᾱ = (1 − τ)²/r², esticada por r."""
    lei, tau, x = luas().to(torch.float64), 0.3, sorteio(40, 2)
    r = math.hypot(1 - tau, tau)
    esperada = lei.difundida(((1 - tau) / r) ** 2).log_densidade(x / r) - 2 * math.log(r)
    torch.testing.assert_close(mistura_no_fluxo(lei, tau).log_densidade(x), esperada)
    with pytest.raises(ValueError, match="de 0 \\(dados\\) a 1"):
        mistura_no_fluxo(lei, 1.2)


def test_a_perda_mostra_a_rede_o_ponto_e_o_instante() -> None:
    x_0, eps, tau, vistos = sorteio(3, 2), sorteio(3, 2, semente=1), torch.tensor([0.1, 0.5, 0.9]), []

    def espia(x: Tensor, t: Tensor) -> Tensor:
        vistos.append((x, t))
        return x

    perda_fluxo(espia, x_0, tau, eps)
    ((x, t),) = vistos
    torch.testing.assert_close(x, ponto_do_fluxo(x_0, tau, eps))
    torch.testing.assert_close(t, tau)
    sorteando_tau(lambda modelo, x_0, tau, eps: vistos.append((tau, eps)))(None, x_0.expand(9999, 3, 2), gerador(0))
    tau, eps = vistos[-1]
    assert 0 <= tau.min() < 0.01 and 0.99 < tau.max() < 1 and tau.mean().item() == pytest.approx(0.5, abs=0.02)
    assert eps.std().item() == pytest.approx(1, abs=0.02)


def test_a_rede_recebe_o_tempo_na_escala_em_que_as_ondas_o_leem() -> None:
    x, tau = sorteio(3, 2), torch.tensor([0.0, 0.5, 1.0])
    v = Velocidade(lambda x, t: x * t[:, None], T=1000)
    torch.testing.assert_close(v(x, tau), x * torch.tensor([[0.0], [500.0], [1000.0]]))


@pytest.mark.parametrize("tau", [0.0, 0.3, 0.8, 1.0])
def test_velocidade_de_uma_gaussiana(tau: float) -> None:
    """Com dados N(m, s²): E[ε − x_0 | x] = −m + (τ − (1 − τ) s²)/((1 − τ)² s² + τ²) (x − (1 − τ) m)."""
    m, s2, x = 0.7, 0.4, sorteio(5, 1)
    lei = MisturaGaussiana(torch.ones(1), torch.tensor([[m]]), torch.tensor(s2))
    esperada = -m + (tau - (1 - tau) * s2) / ((1 - tau) ** 2 * s2 + tau**2) * (x - (1 - tau) * m)
    torch.testing.assert_close(velocidade_exata(lei)(x, torch.full((5,), tau)), esperada, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("tau", [0.2, 0.5, 0.9])
def test_velocidade_exata_vem_do_escore_da_mistura_reescalada(tau: float) -> None:
    """x_τ/r, com r² = (1 − τ)² + τ², é o x_t da difusão com ᾱ = (1 − τ)²/r²; daí o escore, ε, x_0 e a velocidade."""
    lei, x, instante = luas().to(torch.float64), sorteio(40, 2), torch.full((40,), tau)
    r = math.hypot(1 - tau, tau)
    escore = lei.difundida(((1 - tau) / r) ** 2).escore(x / r) / r
    eps = -tau * escore
    x_0 = (x - tau * eps) / (1 - tau)
    v = velocidade_exata(luas())(x, instante)
    torch.testing.assert_close(v, eps - x_0, rtol=1e-4, atol=1e-5)


def test_velocidade_exata_e_a_media_condicional_sorteada() -> None:
    """A exata é o mínimo da perda: entre sorteios, E[(ε − x_0 − v*) g(x)] = 0 para qualquer g."""
    lei, n, tau = luas(), 100_000, 0.6
    x_0, eps = lei.amostrar(n, gerador(0)).double(), sorteio(n, 2, semente=1)
    instante = torch.full((n,), tau)
    x = ponto_do_fluxo(x_0, instante, eps)
    resto = eps - x_0 - velocidade_exata(lei)(x, instante)
    for g in (torch.ones_like(x), x, x.sin() * x.flip(1), (3 * x).cos()):
        assert (resto * g).mean(dim=0).abs().max().item() < 5 / math.sqrt(n)


@pytest.mark.parametrize(("passo", "passos", "teto"), [(passo_euler, 200, 0.006), (passo_heun, 40, 0.003)])
def test_o_campo_exato_gera_a_mistura(passo, passos: int, teto: float) -> None:
    modas, fatias = duas_modas(), Fatias(-8, 8, 400)
    lei = MisturaGaussiana(modas.pesos, modas.medias / math.sqrt(4.36) + 1, torch.tensor(0.36 / 4.36))
    massa = massa_pela_edo(velocidade_exata(lei), instantes_iguais(passos), fatias, passo)
    assert variacao_total(massa, massa_da_mistura(lei, fatias)) < teto


def test_um_passo_de_euler_leva_tudo_a_media_e_o_passo_e_o_da_ddim() -> None:
    lei, z = luas(), sorteio(50, 2)
    exata = velocidade_exata(lei)
    media = (lei.pesos[:, None] * lei.medias).sum(dim=0).double()
    torch.testing.assert_close(chegar_ao_fim(exata, z, [1.0, 0.0]), media.expand(50, 2), rtol=1e-5, atol=1e-6)
    tau, s = 0.7, 0.4
    instante = torch.full((50,), tau)
    v = exata(z, instante)
    x_0, eps = z - tau * v, z + (1 - tau) * v  # os que a velocidade supõe
    torch.testing.assert_close(passo_euler(exata, z, instante, torch.full((50,), s)), (1 - s) * x_0 + s * eps)


def test_a_rede_aprende_a_velocidade() -> None:
    torch.manual_seed(0)
    modas = duas_modas()
    lei = MisturaGaussiana(modas.pesos, modas.medias / math.sqrt(4.36), torch.tensor(0.36 / 4.36))
    treino = Treino(Velocidade(PreditorMLP(1, (64, 64))), sorteando_tau(perda_fluxo), lei.amostrar(5000, gerador(0)),
                    passos=600, lote=256, lr=4e-3, agenda=cosseno)
    for _ in treino:
        pass
    tau = torch.full((2000,), 0.5)
    x = ponto_do_fluxo(lei.amostrar(2000, gerador(1)), tau, torch.randn(2000, 1, generator=gerador(2)))
    certa = velocidade_exata(lei)(x, tau)
    assert ((treino.modelo(x, tau) - certa).square().mean() / certa.square().mean()).item() < 0.15

"""Os passos de Euler e de Heun contra equações de solução conhecida, e a log-densidade contra a da gaussiana."""

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import Normal

from aulas_lib.ambiente import gerador
from aulas_lib.modelos.integracao import (
    chegar_ao_fim,
    divergencia,
    instantes_iguais,
    log_densidade_pela_edo,
    passo_euler,
    passo_heun,
    percorrer,
)


def oscilante(x: Tensor, tau: Tensor) -> Tensor:
    """dx/dτ = x cos τ, de solução x(0) e^{sen τ}."""
    return x * tau[:, None].cos()


@pytest.mark.parametrize(("passo", "ordem"), [(passo_euler, 1), (passo_heun, 2)])
@pytest.mark.parametrize(("inicio", "fim"), [(0.0, 1.0), (1.0, 0.0)])
def test_o_erro_cai_com_a_ordem_do_metodo_nos_dois_sentidos(passo, ordem: int, inicio: float, fim: float) -> None:
    x = torch.tensor([[1.0, -2.0]], dtype=torch.float64)
    certo = x * math.exp(math.sin(fim) - math.sin(inicio))
    erros = [
        (chegar_ao_fim(oscilante, x, instantes_iguais(n, inicio, fim), passo) - certo).abs().max().item()
        for n in (64, 128)
    ]
    assert math.log2(erros[0] / erros[1]) == pytest.approx(ordem, abs=0.1) and erros[1] < 0.02


def test_o_caminho_diz_onde_esta_e_recusa_uma_parada_so() -> None:
    x = torch.ones(3, 1)
    assert [tau for tau, _ in percorrer(oscilante, x, [1.0, 0.5, 0.0])] == [0.5, 0.0]
    assert instantes_iguais(4) == [1.0, 0.75, 0.5, 0.25, 0.0]
    with pytest.raises(ValueError, match="pelo menos duas paradas"):
        list(percorrer(oscilante, x, [1.0]))
    with pytest.raises(ValueError, match="inteiro positivo"):
        instantes_iguais(0)


def test_divergencia_de_um_campo_linear_e_o_traco() -> None:
    A = torch.randn(3, 3, generator=gerador(0), dtype=torch.float64)
    x = torch.randn(5, 3, generator=gerador(1), dtype=torch.float64)
    f, div = divergencia(lambda x, tau: x @ A.mT, x, torch.zeros(5))
    torch.testing.assert_close(f, x @ A.mT)
    torch.testing.assert_close(div, A.trace().expand(5))


def test_log_densidade_de_uma_gaussiana_esticada() -> None:
    """Com f = a x, x_1 = e^a x_0: quem chega a N(0, I) partiu de N(0, e^{−2a} I)."""
    a, x = 0.7, torch.randn(6, 2, generator=gerador(2), dtype=torch.float64)
    log_q, x_1 = log_densidade_pela_edo(lambda x, tau: a * x, x, 200)
    torch.testing.assert_close(x_1, x * math.exp(a), rtol=1e-4, atol=0)
    torch.testing.assert_close(log_q, Normal(0.0, math.exp(-a)).log_prob(x).sum(dim=1), rtol=1e-4, atol=1e-4)

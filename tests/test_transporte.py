"""A distância de Wasserstein fatiada contra o scipy e contra um deslocamento de conta conhecida."""

import math

import pytest
import torch
from scipy.stats import wasserstein_distance

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao import wasserstein_fatiada


def test_em_uma_dimensao_e_a_do_scipy() -> None:
    a, b = torch.randn(500, 1, generator=gerador(0)), torch.randn(500, 1, generator=gerador(1)) * 2 + 1
    assert wasserstein_fatiada(a, b, 1) == pytest.approx(wasserstein_distance(a[:, 0], b[:, 0]), rel=1e-5)


def test_um_deslocamento_no_plano_encolhe_por_dois_sobre_pi() -> None:
    """Projetado em uma direção ao acaso, o deslocamento d vale d |cos θ|, de média 2d/π."""
    a = torch.randn(300, 2, generator=gerador(2))
    medida = wasserstein_fatiada(a, a + torch.tensor([3.0, 0.0]), 20_000, gerador(3))
    assert medida == pytest.approx(6 / math.pi, rel=0.01)
    assert wasserstein_fatiada(a, a.flip(0), 10, gerador(3)) == 0


def test_recusa_tamanhos_diferentes() -> None:
    with pytest.raises(ValueError, match=r"chegaram \(3, 2\) e \(4, 2\)"):
        wasserstein_fatiada(torch.zeros(3, 2), torch.zeros(4, 2))

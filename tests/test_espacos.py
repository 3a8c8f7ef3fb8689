"""Separabilidade e comprimento do caminho, contra casos em que a resposta se sabe."""

import math

import pytest
import torch
from sklearn.metrics import mutual_info_score
from sklearn.svm import LinearSVC

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao import comprimento_do_caminho, separabilidade


def test_um_plano_separa_o_que_e_uma_coordenada_e_nao_o_que_e_o_seu_modulo() -> None:
    z = torch.randn(4000, 5, generator=gerador(0))
    reto, curvo = separabilidade(z, z[:, 2] > 0), separabilidade(z, z[:, 2].abs() > 0.6745)
    assert reto.acerto > 0.98 and reto.entropia < 0.1
    assert abs(curvo.acerto - 0.5) < 0.06 and curvo.entropia == pytest.approx(math.log(2), abs=0.01)


def test_entropia_condicional_contra_o_scikit_learn() -> None:
    z = torch.randn(3000, 3, generator=gerador(1))
    tem = z[:, 0] + 0.7 * torch.randn(3000, generator=gerador(2)) > 0.5
    obtida = separabilidade(z, tem)
    y = tem[1500:]
    p = y.double().mean()
    h_y = -(p * p.log() + (1 - p) * (1 - p).log()).item()
    assert obtida.base == pytest.approx(max(p.item(), 1 - p.item()))
    assert obtida.entropia_base == pytest.approx(h_y)
    x = ((z - z[:1500].mean(dim=0)) / z[:1500].std(dim=0)).double().numpy()
    lado = LinearSVC(C=0.01, random_state=0).fit(x[:1500], tem[:1500].numpy()).predict(x[1500:])
    assert obtida.entropia == pytest.approx(h_y - mutual_info_score(y.numpy(), lado), abs=1e-6)


def test_caminho_em_um_gerador_linear_e_a_forma_quadratica() -> None:
    """g(z) = M z e h(x) = x: o comprimento é ‖M (b − a)‖², em qualquer t."""
    m, a, b = (torch.randn(n, 4, generator=gerador(i), dtype=torch.float64) for i, n in enumerate((7, 3, 3)))
    t = torch.rand(3, generator=gerador(9), dtype=torch.float64)
    obtido = comprimento_do_caminho(lambda z: z @ m.T, lambda x: x, a, b, torch.lerp, t)
    torch.testing.assert_close(obtido, ((b - a) @ m.T).square().sum(dim=1))


def test_entradas_ruins() -> None:
    with pytest.raises(ValueError, match=r"esperava \(N, Z\) e \(N,\)"):
        separabilidade(torch.zeros(4, 2), torch.zeros(3, dtype=torch.bool))
    with pytest.raises(ValueError, match="não há o que separar"):
        separabilidade(torch.randn(10, 2), torch.zeros(10, dtype=torch.bool))

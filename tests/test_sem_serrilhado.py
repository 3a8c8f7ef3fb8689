"""Deslocar e reamostrar são exatos em senos; a ReLU filtrada quase comuta com o deslocamento, e a comum, não."""

import pytest
import torch

from aulas_lib.ambiente import gerador
from aulas_lib.modelos.sem_serrilhado import deslocar, reamostrar, relu_filtrada

N = 32
T = torch.arange(N, dtype=torch.float64) / N


def sinal(t: torch.Tensor) -> torch.Tensor:
    return 0.3 + (2 * torch.pi * 3 * t).sin() - 0.5 * (2 * torch.pi * 7 * t).cos()


@pytest.mark.parametrize("passo", [0.5, -1.25, 3.0])
def test_deslocar_e_o_seno_adiantado(passo: float) -> None:
    torch.testing.assert_close(deslocar(sinal(T), passo), sinal(T - passo / N))


def test_reamostrar_vai_e_volta() -> None:
    fina = torch.arange(80, dtype=torch.float64) / 80
    torch.testing.assert_close(reamostrar(sinal(T), 80), sinal(fina))
    torch.testing.assert_close(reamostrar(sinal(fina), N), sinal(T))
    so_baixa = 0.3 + (2 * torch.pi * 3 * torch.arange(10, dtype=torch.float64) / 10).sin()
    torch.testing.assert_close(reamostrar(sinal(fina), 10), so_baixa)  # a frequência 7 não cabe em 10 amostras


def test_quanto_mais_fina_a_grade_mais_a_relu_comuta_com_o_deslocamento() -> None:
    x = reamostrar(torch.randn(200, N // 2, generator=gerador(0), dtype=torch.float64), N)
    erros = []
    for vezes in (1, 2, 4, 8):
        a, b = deslocar(relu_filtrada(x, vezes), 0.3), relu_filtrada(deslocar(x, 0.3), vezes)
        erros.append(((a - b).norm() / a.norm()).item())
    assert erros[0] > 0.03 and all(menor < 0.6 * maior for maior, menor in zip(erros[:-1], erros[1:], strict=True))

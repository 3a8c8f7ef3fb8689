"""O alvo v: as trocas de variável, a perda contra a conta direta, e o que ele conserta em t = T."""

import pytest
import torch
from torch import Tensor, nn

from aulas_lib.ambiente import gerador, semear
from aulas_lib.modelos.difusao import Agenda, agenda_cosseno, agenda_linear, difundir, x0_do_ruido
from aulas_lib.modelos.unet import UNet
from aulas_lib.modelos.velocidade import (
    PreditorDeVelocidade,
    perda_da_velocidade,
    ruido_da_velocidade,
    velocidade,
)

AGENDA = agenda_cosseno(1000)


class Fixa(nn.Module):
    """Uma rede que devolve sempre o mesmo v."""

    def __init__(self, v: Tensor) -> None:
        super().__init__()
        self.v, self.forma = v, tuple(v.shape[1:])

    def forward(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        return self.v


def sorteio(*forma: int, semente: int = 0) -> Tensor:
    return torch.randn(forma, generator=gerador(semente))


@pytest.mark.parametrize("agenda", [AGENDA, agenda_linear(50)], ids=["cosseno", "linear"])
def test_a_velocidade_certa_da_o_ruido_certo(agenda: Agenda) -> None:
    t = torch.tensor([1, agenda.T // 2, agenda.T])
    x_0, eps = sorteio(3, 2, 4, 4), sorteio(3, 2, 4, 4, semente=1)
    x_t, v = difundir(x_0, t, eps, agenda), velocidade(x_0, eps, t, agenda)
    torch.testing.assert_close(ruido_da_velocidade(x_t, v, t, agenda), eps)
    torch.testing.assert_close(PreditorDeVelocidade(Fixa(v), agenda)(x_t, t), eps)


def test_a_perda_e_o_erro_na_velocidade() -> None:
    t = torch.tensor([1, 300, 1000])
    x_0, eps, prevista = (sorteio(3, 2, 4, 4, semente=s) for s in range(3))
    direta = (velocidade(x_0, eps, t, AGENDA) - prevista).square().sum(dim=(1, 2, 3))
    obtida = perda_da_velocidade(PreditorDeVelocidade(Fixa(prevista), AGENDA), x_0, t, eps, AGENDA)
    torch.testing.assert_close(obtida, direta, rtol=5e-4, atol=0)


def test_um_erro_em_v_nao_cresce_em_t_igual_a_T() -> None:
    """O mesmo erro, de 0,01, em ε e em v: só o primeiro se divide por √ᾱ_T."""
    t = torch.full((3,), AGENDA.T)
    x_0, eps, erro = sorteio(3, 2, 4, 4), sorteio(3, 2, 4, 4, semente=1), 0.01 * sorteio(3, 2, 4, 4, semente=2)
    x_t, v = difundir(x_0, t, eps, AGENDA), velocidade(x_0, eps, t, AGENDA)
    pelo_v = x0_do_ruido(x_t, ruido_da_velocidade(x_t, v + erro, t, AGENDA), t, AGENDA)
    pelo_eps = x0_do_ruido(x_t, eps + erro, t, AGENDA)
    assert (pelo_v - x_0).abs().max() < 0.05
    assert (pelo_eps - x_0).abs().max() > 100


def test_o_preditor_passa_a_condicao_a_rede() -> None:
    semear(0)
    modelo = PreditorDeVelocidade(UNet(1, 8, (32,), condicao=3), AGENDA)
    x, t = sorteio(2, 1, 8, 8), torch.tensor([5, 9])
    for p in modelo.parameters():
        nn.init.normal_(p, std=0.3)
    y = torch.eye(3)[:2]
    assert modelo.forma == (1, 8, 8)
    torch.testing.assert_close(modelo(x, t), modelo(x, t, torch.zeros(2, 3)))
    assert (modelo(x, t, y) - modelo(x, t)).abs().max() > 1e-3

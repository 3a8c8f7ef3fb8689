"""As perdas da GAN: valores e inclinações em relação ao logit."""

import math

import pytest
import torch
from torch import nn

from aulas_lib.ambiente import gerador
from aulas_lib.modelos.gan import RuidoNaEntrada, gerar, perda_discriminador, perda_gerador

LOGITS = torch.linspace(-6, 6, 25, dtype=torch.float64)


def test_perda_do_discriminador_e_menos_v():
    outro = LOGITS.flip(0) / 2
    direta = -torch.log(torch.sigmoid(LOGITS)) - torch.log(1 - torch.sigmoid(outro))
    torch.testing.assert_close(perda_discriminador(LOGITS, outro), direta)
    torch.testing.assert_close(perda_discriminador(torch.zeros(3, 1), torch.zeros(3, 1)), torch.full((3,), math.log(4)))


def test_inclinacoes_em_relacao_ao_logit():
    a = LOGITS.clone().requires_grad_()
    d = torch.sigmoid(LOGITS)
    torch.testing.assert_close(torch.autograd.grad(perda_gerador(a).sum(), a)[0], -(1 - d))
    zero = torch.zeros_like(a)
    torch.testing.assert_close(torch.autograd.grad(perda_discriminador(a, zero).sum(), a)[0], -(1 - d))
    torch.testing.assert_close(torch.autograd.grad(perda_discriminador(zero, a).sum(), a)[0], d)


def test_logits_enormes_nao_viram_infinito():
    assert torch.isfinite(perda_discriminador(torch.tensor([-200.0]), torch.tensor([200.0]))).all()


def test_gerar_repete_com_o_mesmo_gerador():
    rede = nn.Linear(3, 2)
    torch.testing.assert_close(gerar(rede, 5, 3, gerador(4)), rede(torch.randn(5, 3, generator=gerador(4))))


def test_ruido_so_no_treino():
    camada, x = RuidoNaEntrada(0.5), torch.zeros(20_000)
    torch.manual_seed(0)
    assert camada(x).std().item() == pytest.approx(0.5, abs=0.01)
    assert torch.equal(camada.eval()(x), x)


def test_entrada_ruim():
    with pytest.raises(ValueError, match="mesmo tamanho"):
        perda_discriminador(torch.zeros(3), torch.zeros(4))
    with pytest.raises(ValueError, match="um logit por exemplo"):
        perda_gerador(torch.zeros(3, 2))

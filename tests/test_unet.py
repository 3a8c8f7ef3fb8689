"""A U-Net e os blocos dela contra as contas por extenso, e o preditor dos pontos."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.ambiente import gerador, semear
from aulas_lib.modelos.preditor_mlp import PreditorMLP
from aulas_lib.modelos.unet import Atencao, BlocoComTempo, NormaDosCanais, UNet
from aulas_lib.redes import ondas_do_tempo


def sorteio(*forma: int, semente: int = 0) -> Tensor:
    return torch.randn(forma, generator=gerador(semente))


def acordar(rede: nn.Module) -> nn.Module:
    """Sorteia os pesos que começam em zero, para que tudo tenha efeito."""
    for p in rede.parameters():
        if not p.any():
            nn.init.normal_(p, std=0.2)
    return rede


def test_ondas_do_tempo_uma_por_uma() -> None:
    ondas = ondas_do_tempo(torch.tensor([0, 3, 700]), 8)
    for i, t in enumerate((0, 3, 700)):
        angulos = [t / 10_000 ** (k / 4) for k in range(4)]
        esperado = [math.sin(a) for a in angulos] + [math.cos(a) for a in angulos]
        torch.testing.assert_close(ondas[i], torch.tensor(esperado), atol=1e-4, rtol=1e-4)


def test_norma_dos_canais_e_por_posicao() -> None:
    norma, x = NormaDosCanais(5), sorteio(2, 5, 3, 4)
    nn.init.normal_(norma.weight)
    y = norma(x)
    for b, i, j in ((0, 0, 0), (1, 2, 3)):
        coluna = x[b, :, i, j]
        esperado = (coluna - coluna.mean()) / (coluna.var(unbiased=False) + 1e-5).sqrt() * norma.weight
        torch.testing.assert_close(y[b, :, i, j], esperado)


def test_atencao_e_a_do_torch() -> None:
    """A mesma conta de `nn.MultiheadAttention`, com os mesmos pesos."""
    semear(0)
    nossa, deles = acordar(Atencao(12, por_cabeca=4)), nn.MultiheadAttention(12, 3, batch_first=True)
    deles.in_proj_weight.data, deles.in_proj_bias.data = nossa.qkv.weight.data, nossa.qkv.bias.data
    deles.out_proj.weight.data, deles.out_proj.bias.data = nossa.saida.weight.data, nossa.saida.bias.data
    x = sorteio(2, 12, 4, 3)
    h = nossa.norma(x).flatten(2).mT
    esperado = x + deles(h, h, h)[0].mT.unflatten(2, (4, 3))
    torch.testing.assert_close(nossa(x), esperado, atol=1e-5, rtol=1e-5)


def test_bloco_com_tempo_por_extenso() -> None:
    semear(0)
    bloco, x, e = acordar(BlocoComTempo(6, 4, 5)), sorteio(2, 6, 4, 4), sorteio(2, 5)
    h = F.conv2d(F.silu(bloco.norma1(x)), bloco.conv1.weight, bloco.conv1.bias, padding=1)
    h = (h - h.mean(1, keepdim=True)) / (h.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()
    comando = e @ bloco.modular.weight.T + bloco.modular.bias
    h = h * (1 + comando[:, :4, None, None]) + comando[:, 4:, None, None]
    esperado = F.conv2d(F.silu(h), bloco.conv2.weight, bloco.conv2.bias, padding=1) + bloco.atalho(x)
    torch.testing.assert_close(bloco(x, e), esperado, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("tamanho", [8, 32])
def test_unet_comeca_em_zero_e_tudo_recebe_gradiente(tamanho: int) -> None:
    semear(0)
    rede = UNet(3, tamanho, (32, 32), tempo=16, condicao=4)
    x, t, y = sorteio(2, 3, tamanho, tamanho), torch.tensor([1, 900]), sorteio(2, 4, semente=1)
    assert not rede(x, t, y).any()
    acordar(rede)(x, t, y).square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in rede.parameters())


def test_unet_depende_do_instante_e_da_condicao() -> None:
    semear(0)
    rede, x, t = acordar(UNet(1, 8, (32, 32), tempo=16, condicao=4)), sorteio(2, 1, 8, 8), torch.tensor([5, 5])
    um = rede(x, t, torch.zeros(2, 4))
    torch.testing.assert_close(rede(x, t), um)  # sem y é o y nulo
    assert (rede(x, t + 300) - um).abs().max() > 1e-3
    assert (rede(x, t, torch.eye(4)[:2]) - um).abs().max() > 1e-3


def test_unet_recusa_tamanho_que_nao_divide() -> None:
    with pytest.raises(ValueError, match="múltiplo de 8"):
        UNet(3, 12, (32, 32, 32))


def test_preditor_de_pontos_depende_de_t() -> None:
    semear(0)
    rede, x = PreditorMLP(2), sorteio(3, 2)
    assert rede(x, torch.tensor([1, 1, 1])).shape == (3, 2)
    assert (rede(x, torch.tensor([1, 1, 1])) - rede(x, torch.tensor([9, 9, 9]))).abs().max() > 1e-3


def test_unet_sem_condicao_recusa_y() -> None:
    with pytest.raises(ValueError, match="crie-a com condicao="):
        UNet(1, 8, (16,))(sorteio(1, 1, 8, 8), torch.tensor([1]), sorteio(1, 4))

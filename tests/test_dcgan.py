"""DCGAN: formas e faixa das duas redes, e muitos códigos em lotes."""

import pytest
import torch
from torch import nn

from aulas_lib.ambiente import gerador
from aulas_lib.modelos.dcgan import DiscriminadorDC, GeradorDC
from aulas_lib.modelos.gan import imagens_de


@pytest.mark.parametrize(("canais", "tamanho", "larguras"), [(3, 32, (16, 8, 8)), (1, 8, (16, 8))])
def test_formas_e_faixa(canais, tamanho, larguras):
    x = GeradorDC(canais, tamanho, larguras, latentes=5)(torch.randn(4, 5, generator=gerador(0)))
    assert x.shape == (4, canais, tamanho, tamanho) and x.abs().max() <= 1
    assert DiscriminadorDC(canais, tamanho, larguras)(x).shape == (4, 1)
    with pytest.raises(ValueError, match="múltiplo de"):
        GeradorDC(3, 30)


def test_imagens_de_muitos_codigos():
    rede, z = nn.Linear(3, 2), torch.randn(7, 3, generator=gerador(1))
    juntas = imagens_de(rede, z, lote=3)
    assert not juntas.requires_grad
    torch.testing.assert_close(juntas, rede(z).detach())


def test_batchnorm_so_no_gerador():
    redes = GeradorDC(1, 8, (16, 8)), DiscriminadorDC(1, 8, (16, 8))
    assert [sum(isinstance(m, nn.BatchNorm2d) for m in rede.modules()) for rede in redes] == [2, 0]

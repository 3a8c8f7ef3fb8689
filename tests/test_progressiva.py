"""Crescimento progressivo: as duas pontas da entrada gradual, e a norma por posição."""

import pytest
import torch
import torch.nn.functional as F

from aulas_lib.ambiente import gerador, semear
from aulas_lib.modelos.progressiva import DiscriminadorProgressivo, GeradorProgressivo
from aulas_lib.modelos.taxa_igualada import NormaDoPixel


def sorteio(*forma: int) -> torch.Tensor:
    return torch.randn(forma, generator=gerador(1))


def redes() -> tuple[GeradorProgressivo, DiscriminadorProgressivo]:
    semear(0)
    return GeradorProgressivo(3, (8, 6, 4), latentes=5), DiscriminadorProgressivo(3, (8, 6, 4))


@pytest.mark.parametrize("estagio", [1, 2])
def test_as_duas_pontas_da_entrada_gradual(estagio: int) -> None:
    """Com alfa 0, as duas redes são as do estágio anterior; com alfa 1, a camada antiga não conta; no meio, a média."""
    rede_g, rede_d = redes()
    z, x = sorteio(4, 5), sorteio(4, 3, 32, 32)
    saidas, casos = {}, {"zero": (estagio, 0), "um": (estagio, 1), "meio": (estagio, 0.5), "antes": (estagio - 1, 1)}
    for nome, (e, alfa) in casos.items():
        rede_g.crescer(e, alfa)
        rede_d.crescer(e, alfa)
        saidas[nome] = rede_g(z), rede_d(x)
    for zero, antes in zip(saidas["zero"], saidas["antes"], strict=True):
        torch.testing.assert_close(zero, antes, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(saidas["meio"][0], (saidas["zero"][0] + saidas["um"][0]) / 2, atol=1e-5, rtol=1e-4)
    assert (saidas["um"][0] - saidas["zero"][0]).abs().max() > 0.01
    assert (saidas["um"][1] - saidas["zero"][1]).abs().max() > 0.001


def test_a_imagem_e_a_do_estagio_repetida() -> None:
    rede_g, rede_d = redes()
    rede_g.crescer(0)
    x = rede_g(sorteio(4, 5))
    assert x.shape == (4, 3, 32, 32)
    torch.testing.assert_close(F.interpolate(F.avg_pool2d(x, 4), scale_factor=4), x)
    assert rede_d(x).shape == (4, 1)
    with pytest.raises(ValueError, match="estágio 3"):
        rede_g.crescer(3)
    with pytest.raises(ValueError, match=r"alfa 1\.5"):
        rede_g.crescer(1, 1.5)


def test_norma_do_pixel() -> None:
    y = NormaDoPixel()(sorteio(2, 6, 3, 3))
    torch.testing.assert_close(y.square().mean(dim=1), torch.ones(2, 3, 3), atol=1e-4, rtol=0)

"""SAGAN: cada camada contra uma conta independente."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from aulas_lib.ambiente import gerador, semear
from aulas_lib.modelos.condicional import DiscriminadorProjecao, juntar
from aulas_lib.modelos.regularizadores import com_norma_espectral
from aulas_lib.modelos.sagan import (
    Autoatencao,
    BatchNormCondicional,
    GeradorSAGAN,
    SomaDasPosicoes,
    corpo_sagan,
)
from aulas_lib.receitas.condicional import rotulos_das_carinhas


def sorteio(*forma: int) -> torch.Tensor:
    return torch.randn(forma, generator=gerador(1))


def test_linhas_da_atencao_somam_um_e_a_conta_e_a_do_torch() -> None:
    semear(0)
    camada, x = Autoatencao(16, 4), sorteio(2, 16, 4, 6)
    assert torch.equal(camada(x), x)  # γ começa em zero
    torch.testing.assert_close(camada.pesos(x).sum(dim=2), torch.ones(2, 24))
    with torch.no_grad():
        camada.gama.fill_(0.7)
    f, h = (c(x).unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5)).flatten(2).mT for c in (camada.f, camada.h))
    achado = F.scaled_dot_product_attention(camada.g(x).flatten(2).mT, f, h, scale=1.0).mT.unflatten(2, (4, 6))
    torch.testing.assert_close(camada(x), x + 0.7 * camada.v(achado))


def test_batchnorm_condicional_e_o_de_cada_classe() -> None:
    semear(0)
    camada, x, classes = BatchNormCondicional(5, 3), sorteio(12, 5, 4, 4), torch.arange(12) % 3
    nn.init.normal_(camada.escala)
    nn.init.normal_(camada.deslocamento)
    y = camada(x, F.one_hot(classes, 3).float())
    media, variancia = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), unbiased=False)
    for i, c in enumerate(classes.tolist()):
        escala, deslocamento = 1 + camada.escala[c], camada.deslocamento[c]
        for canal in range(5):
            normal = (x[i, canal] - media[canal]) / (variancia[canal] + 1e-5).sqrt()
            torch.testing.assert_close(y[i, canal], normal * escala[canal] + deslocamento[canal], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("atencao", "do_artigo"), [(True, False), (False, False), (True, True)])
def test_norma_espectral_nas_duas_redes(atencao: bool, do_artigo: bool) -> None:
    """Depois de muitas passagens, o maior valor singular de cada peso é 1."""
    semear(0)
    rede_g = com_norma_espectral(GeradorSAGAN(3, 32, rotulos_das_carinhas(), (16, 8, 8), atencao=atencao))
    corpo = corpo_sagan(3, 32, (8, 16), 16, atencao, do_artigo)
    rede_d = com_norma_espectral(DiscriminadorProjecao(corpo, (3, 32, 32), 5, 16))
    for _ in range(40):
        x = rede_g(sorteio(4, 64))
        rede_d(juntar(x, sorteio(4, 5)))
    assert x.shape == (4, 3, 32, 32) and x.abs().max() <= 1
    for rede, quantas in ((rede_g, 11), (rede_d, 9)):
        camadas = [c for c in rede.modules() if isinstance(c, nn.Conv2d | nn.Linear)]
        maiores = [torch.linalg.matrix_norm(c.weight.flatten(1), ord=2).item() for c in camadas]
        assert len(camadas) == quantas + 4 * atencao and maiores == pytest.approx([1] * len(camadas), abs=0.05)


def test_discriminador_do_artigo_tira_a_media_e_soma_as_posicoes() -> None:
    semear(0)
    x = sorteio(2, 5, 4, 4)
    torch.testing.assert_close(SomaDasPosicoes()(x), torch.einsum("bchw->bc", x))
    corpo = corpo_sagan(3, 32, (8, 16), 16, do_artigo=True)
    assert [m.in_features for m in corpo.modules() if isinstance(m, nn.Linear)] == [16]
    assert sum(isinstance(m, nn.AvgPool2d) for m in corpo.modules()) == 2

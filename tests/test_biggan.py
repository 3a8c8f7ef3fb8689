"""BigGAN: código compartilhado, z em cada bloco, penalidade ortogonal e truncagem."""

import pytest
import torch
from scipy.stats import kstest, truncnorm
from torch import nn

from aulas_lib.ambiente import gerador, semear
from aulas_lib.modelos.biggan import GeradorBigGAN, penalidade_ortogonal, truncar
from aulas_lib.modelos.regularizadores import com_norma_espectral
from aulas_lib.receitas.condicional import rotulos_das_carinhas


def test_formas_e_cada_parte_de_z_muda_a_imagem() -> None:
    semear(0)
    rotulos = rotulos_das_carinhas()
    rede = GeradorBigGAN(3, 32, rotulos, (8, 8, 8), codigo=6)
    for bloco in (*rede.corpo.blocos, rede.corpo.fim):
        for norma in (bloco.norma1, bloco.norma2):
            nn.init.normal_(norma.escala)
    rede.eval()
    z = rotulos.sortear(2, 64, gerador(1))
    x = rede(z)
    assert x.shape == (2, 3, 32, 32) and x.abs().max() <= 1
    assert torch.cat(rede.pedacos).tolist() == list(range(rede.usadas, 64)) and len(rede.pedacos) == 4
    for parte in ([0], *rede.pedacos):  # a primeira é um rótulo (a boca); as outras, os pedaços livres
        outro = z.clone()
        outro[:, parte] = -outro[:, parte] + (5 if len(parte) == 1 else 0)
        assert (rede(outro) - x).abs().max() > 1e-5
    with pytest.raises(ValueError, match="sobram 3"):
        GeradorBigGAN(3, 32, rotulos, (8, 8, 8), latentes=rede.usadas + 3)


@pytest.mark.parametrize(("codigo", "repartir"), [(None, True), (6, False), (None, False)])
def test_sem_codigo_compartilhado_e_sem_repartir(codigo: int | None, repartir: bool) -> None:
    """Sem repartir, as normalizações só veem os rótulos: com eles fixos, a camada densa é o único caminho de z."""
    semear(0)
    rotulos = rotulos_das_carinhas()
    rede = GeradorBigGAN(3, 16, rotulos, (8, 8, 8), codigo=codigo, repartir=repartir).eval()
    for bloco in (*rede.corpo.blocos, rede.corpo.fim):
        nn.init.normal_(bloco.norma1.escala)
        assert (bloco.norma1.escala.shape[0] == (codigo or sum(rotulos.tamanhos))) != repartir
    nn.init.zeros_(rede.entrada.weight)
    z = rotulos.sortear(2, 64, gerador(1))
    outro = torch.cat([z[:, : rede.usadas], -z[:, rede.usadas :]], dim=1)
    assert torch.equal(rede(z), rede(outro)) != repartir
    assert not torch.equal(rede(z), rede(torch.cat([-z[:, :1], z[:, 1:]], dim=1)))  # o rótulo da boca muda a imagem


def test_penalidade_ortogonal_a_mao() -> None:
    """Zero em linhas perpendiculares, de qualquer tamanho; fora isso, a soma dos produtos ao quadrado."""
    rede = nn.Linear(3, 2)
    with torch.no_grad():
        rede.weight.copy_(torch.tensor([[3.0, 0.0, 0.0], [0.0, 0.5, 0.0]]))
    assert penalidade_ortogonal(rede, 1.0) == 0
    with torch.no_grad():
        rede.weight.copy_(torch.tensor([[1.0, 2.0, 0.0], [3.0, 0.0, 1.0]]))
    assert penalidade_ortogonal(rede, 0.1).item() == pytest.approx(0.1 * 2 * 3.0**2)
    assert penalidade_ortogonal(nn.Sequential(rede, nn.Linear(2, 5)), 0.1).item() == pytest.approx(0.1 * 2 * 3.0**2)


def test_truncagem_tem_a_lei_da_normal_cortada() -> None:
    z = truncar(5000, 4, 0.8, gerador(3))
    assert z.abs().max() <= 0.8
    assert kstest(z.flatten().numpy(), truncnorm(-0.8, 0.8).cdf).pvalue > 0.01
    with pytest.raises(ValueError, match="maior que zero"):
        truncar(1, 1, 0.0)


def test_penalidade_ortogonal_ve_o_peso_que_a_camada_usa() -> None:
    """Com norma espectral, o peso guardado pode crescer à vontade: a penalidade, como a saída, não muda."""
    semear(0)
    rede = com_norma_espectral(nn.Linear(6, 4)).eval()
    antes = penalidade_ortogonal(rede, 1.0)
    assert antes > 0
    with torch.no_grad():
        rede.parametrizations.weight.original.mul_(10)
    torch.testing.assert_close(penalidade_ortogonal(rede, 1.0), antes)

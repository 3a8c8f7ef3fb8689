"""DCGAN, Dirac-GAN, projeção, filme de D* e triplas: formas, limites conhecidos e erros."""

import math

import pytest
import torch
from torch import nn

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao.triplas import Banco, julgar_triplas, sortear_triplas
from aulas_lib.interativos.otimo import estado_otimo, quadro_otimo
from aulas_lib.modelos.dcgan import DiscriminadorDC, GeradorDC
from aulas_lib.modelos.dirac import trajetoria_dirac
from aulas_lib.modelos.gan import gerar_em_lotes
from aulas_lib.modelos.projecao import projetar

ESQUEMA = {"oculos": ("sem", "com"), "chapeu": ("sem", "com"), "barba": ("sem", "com")}


@pytest.mark.parametrize(("canais", "tamanho", "larguras"), [(3, 32, (16, 8, 8)), (1, 8, (16, 8))])
def test_formas_e_faixa(canais, tamanho, larguras):
    x = GeradorDC(canais, tamanho, larguras, latentes=5)(torch.randn(4, 5, generator=gerador(0)))
    assert x.shape == (4, canais, tamanho, tamanho) and x.abs().max() <= 1
    assert DiscriminadorDC(canais, tamanho, larguras)(x).shape == (4, 1)
    with pytest.raises(ValueError, match="múltiplo de"):
        GeradorDC(3, 30)


def test_gerar_em_lotes_e_o_mesmo_sorteio():
    rede = nn.Linear(3, 2)
    juntos = gerar_em_lotes(rede, 7, 3, gerador(1), lote=3)
    assert juntos.shape == (7, 2) and not juntos.requires_grad
    torch.testing.assert_close(juntos[:3], rede(torch.randn(3, 3, generator=gerador(1))).detach())


def test_dirac_gira_sem_penalidade_e_para_com_ela():
    """Sem R1 a distância ao equilíbrio não cai; com R1 vai a zero."""
    solta, presa = (trajetoria_dirac(1.0, 0.0, 0.1, 600, gama)[-1].norm().item() for gama in (0.0, 1.0))
    assert solta > 0.5 and presa < 0.01
    with pytest.raises(ValueError, match="inteiro positivo"):
        trajetoria_dirac(1.0, 0.0, 0.1, 0)


def test_filme_do_otimo_nos_casos_conhecidos():
    """Um gerador longe dos dados tem JSD perto de log 2; os números obedecem a C = −log 4 + 2 JSD."""
    longe, perto = estado_otimo(9.0, 0.3), estado_otimo(0.0, 2.1)
    assert longe.jsd == pytest.approx(math.log(2), abs=1e-3) and perto.jsd < 0.2
    assert perto.custo == pytest.approx(2 * perto.jsd - math.log(4))
    assert quadro_otimo(perto).size == (440, 440)


def test_projecao_acha_o_z_de_uma_imagem_gerada():
    torch.manual_seed(0)
    rede = nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Unflatten(1, (3, 2, 2))).requires_grad_(False)
    z = torch.randn(3, 4, generator=gerador(2))
    candidatos = torch.randn(200, 4, generator=gerador(3))
    antes = torch.cdist(rede(z).flatten(1), rede(candidatos).flatten(1)).square().min(dim=1).values / 12
    _, erro = projetar(rede, rede(z), lambda x: x.flatten(1), candidatos)
    assert (erro < antes).all() and erro.max() < 0.01
    with pytest.raises(ValueError, match="G produz"):
        projetar(rede, torch.zeros(1, 3, 4, 4), lambda x: x.flatten(1), candidatos)


def banco(n=4000):
    """Um mundo em que cada atributo é o sinal de uma coordenada: a aritmética dá certo."""
    z = torch.randn(n, 8, generator=gerador(0))
    return Banco(z, (z[:, :3] > 0).long(), ESQUEMA)


def test_triplas_em_um_mundo_linear():
    triplas = sortear_triplas(ESQUEMA, {"oculos": "com", "barba": "com"}, 100, gerador(1))
    assert all(t.a["oculos" if t.alvo == "oculos" else "barba"] == "com" and t.c[t.alvo] == "sem" for t in triplas)
    placar = julgar_triplas(
        banco(), triplas, lambda z: z, lambda x: (x[:, :3] > 0).long(), 2.0, 1, gerador(2)
    )
    assert placar.sucesso("A − B + C") > 0.75
    assert placar.sucesso("C sozinho") == 0 and placar.sucesso("direção ao acaso") < 0.3
    assert placar.n == {"oculos": 100, "barba": 100} and "sucesso" in str(placar)


def test_grupos_que_nao_existem():
    with pytest.raises(ValueError, match="não existe"):
        banco().quais({"oculos": "talvez"})
    so_um = Banco(torch.zeros(1, 2), torch.zeros(1, 3, dtype=torch.long), ESQUEMA)
    with pytest.raises(ValueError, match="Nenhum dos 1 rostos"):
        so_um.quais({"oculos": "com"})

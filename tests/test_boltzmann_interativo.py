"""Os filmes da máquina de Boltzmann: a paisagem contra a força bruta, e os quadros contra o estado que mostram."""

import itertools
import math

import numpy as np
import pytest
import torch

from aulas_lib.ambiente import gerador, semear
from aulas_lib.interativos import desenho
from aulas_lib.interativos.boltzmann import (
    LADO_CADEIA,
    LADO_FILTRO,
    LADO_OCULTA,
    MARGEM,
    EstadoDaCadeia,
    Filtros,
    filme_filtros,
    filme_gibbs,
    gravar_gibbs,
    quadro_filtros,
    quadro_gibbs,
)
from aulas_lib.interativos.paisagem import (
    ALTO,
    CELULA,
    MOMENTOS,
    PESOS,
    energia_por_celula,
    filme_paisagem,
    maquina_de_bolso,
    percurso,
    quadrantes_visitados,
    quadro_paisagem,
)
from aulas_lib.interativos.paisagem import MARGEM as MARGEM_DO_MAPA
from aulas_lib.modelos.boltzmann import RBM, energia_livre, passo_gibbs, prob_visiveis
from aulas_lib.modelos.particao import amostrar_exato, log_z_exato


@pytest.mark.parametrize("peso", [0.0, 1.5, 4.0])
def test_paisagem_contra_a_soma_bruta(peso):
    """Com 3 visíveis por grupo, a probabilidade de cada célula é a soma dos seus estados entre os 64."""
    rbm = maquina_de_bolso(peso, por_grupo=3)
    v = torch.tensor(list(itertools.product((0.0, 1.0), repeat=6)))
    p = (-energia_livre(rbm, v) - log_z_exato(rbm)).exp()
    bruta = torch.zeros(4, 4)
    for estado, massa in zip(v, p, strict=True):
        bruta[int(estado[:3].sum()), int(estado[3:].sum())] += massa
    torch.testing.assert_close((-energia_por_celula(rbm, 3)).exp(), bruta)


@pytest.mark.parametrize("peso", PESOS)
def test_paisagem_simetrica_e_normalizada(peso):
    p = (-energia_por_celula(maquina_de_bolso(peso))).exp()
    torch.testing.assert_close(p.sum().item(), 1.0, atol=1e-4, rtol=0)
    for virada in (p.flip(0), p.flip(1), p.T):
        torch.testing.assert_close(p, virada, atol=1e-5, rtol=1e-4)


def test_sem_peso_e_binomial_e_com_peso_ha_quatro_vales():
    binomial = torch.tensor([math.comb(10, k) / 2**10 for k in range(11)])
    torch.testing.assert_close((-energia_por_celula(maquina_de_bolso(0.0))).exp(), binomial[:, None] * binomial)
    p = (-energia_por_celula(maquina_de_bolso(4.0))).exp()
    assert p[1, 1] > 20 * p[5, 5] and p[9, 1] > 20 * p[5, 1]


def test_o_texto_da_licao_sobre_os_quadrantes():
    """Até w = 2 a cadeia do filme visita os quatro quadrantes; com w = 4, um só, embora todos valham o mesmo."""
    visitas = []
    for peso in PESOS:
        visiveis, _ = percurso(maquina_de_bolso(peso), MOMENTOS[-1], gerador(1))
        visitas.append(quadrantes_visitados(visiveis.unflatten(1, (2, 10)).sum(2).int().numpy()))
    assert visitas[:3] == [4, 4, 4] and visitas[-1] == 1
    exatas = amostrar_exato(maquina_de_bolso(4.0), 400, gerador(2)).unflatten(1, (2, 10)).sum(2).int().numpy()
    assert quadrantes_visitados(exatas) == 4


def test_percurso_e_uma_cadeia_de_gibbs():
    rbm = maquina_de_bolso(1.0)
    visiveis, ocultas = percurso(rbm, 5, gerador(3))
    assert visiveis.shape == (6, 20) and ocultas.shape == (6, 2)
    g, v = gerador(3), torch.zeros(1, 20)
    for estado in visiveis:
        torch.testing.assert_close(estado, v[0])
        v = passo_gibbs(rbm, v, g)


def test_quadrantes_nao_contam_o_meio():
    assert quadrantes_visitados(np.array([[5, 9], [5, 5], [2, 5]])) == 0
    assert quadrantes_visitados(np.array([[1, 9], [2, 8], [9, 9]])) == 2


def test_quadro_da_paisagem_marca_onde_a_cadeia_esta():
    rbm = maquina_de_bolso(2.0)
    v = torch.cat([torch.ones(1, 10), torch.zeros(1, 10)], 1)  # 10 acesas em A, nenhuma em B
    pixels = np.asarray(quadro_paisagem(rbm, v, torch.tensor([[1.0, 0.0]])))
    x, y = MARGEM_DO_MAPA + int(10.5 * CELULA), ALTO + int(10.5 * CELULA)  # canto de baixo, à direita
    assert tuple(pixels[y, x]) == desenho.VERMELHO
    laranjas = (pixels[ALTO + 11 * CELULA :] == desenho.LARANJA).all(-1)
    meio = pixels.shape[1] // 2
    assert laranjas[:, :meio].sum() > 1000 and laranjas[:, meio:].sum() == 0  # só o grupo A está aceso


def test_filme_da_paisagem():
    objeto = filme_paisagem(pesos=(0.0, 2.0, 4.0), momentos=(0, 3, 9))
    assert len(objeto.quadros) == 9 and [e.partida for e in objeto.eixos] == [1, 2]
    assert objeto.legendas[0] == "passo 0: acesas, 0 em A e 0 em B; 1 de 4 quadrantes visitados"
    assert "0 a 7" not in objeto.descricao and len(objeto.html) < 400_000


def test_filme_inteiro_cabe_no_limite():
    assert len(filme_paisagem().html.encode()) < 400_000


# Filtros


def test_filtro_e_a_coluna_de_w():
    W = torch.zeros(64, 10)
    W[0, 3], W[63, 3] = 2.0, -2.0  # oculta 3: branco no primeiro pixel, preto no último
    pixels = np.asarray(quadro_filtros(Filtros(7, W, 20.0), lado=8, limite=2.0))
    esquerda = MARGEM + 3 * (LADO_FILTRO + 4)
    assert tuple(pixels[MARGEM + 2, esquerda + 2]) == (255, 255, 255)
    assert tuple(pixels[MARGEM + LADO_FILTRO - 3, esquerda + LADO_FILTRO - 3]) == (0, 0, 0)
    assert tuple(pixels[MARGEM + 30, MARGEM + 30]) in {(127, 127, 127), (128, 128, 128)}


def test_filme_dos_filtros():
    retratos = [Filtros(passo, torch.randn(64, 10, generator=gerador(passo)), 25.0 - passo) for passo in (1, 2, 3)]
    objeto = filme_filtros(retratos)
    assert objeto.eixos[0].rotulos == ["1", "2", "3"] and objeto.eixos[0].partida == 2
    assert objeto.legendas[1] == "23,0 nats por imagem"
    with pytest.raises(ValueError, match="dois ou mais"):
        filme_filtros(retratos[:1])
    with pytest.raises(ValueError, match="64 linhas"):
        filme_filtros([Filtros(1, torch.zeros(10, 64), 1.0)] * 2)


# Cadeias


def test_gravar_gibbs_guarda_p_dado_h():
    semear(0)
    rbm, inicio = RBM(64, 10), torch.zeros(3, 64)
    estados = gravar_gibbs(rbm, inicio, (0, 1, 4), gerador(1))
    assert [estado.passo for estado in estados] == [0, 1, 4]
    torch.testing.assert_close(estados[0].p, inicio)
    torch.testing.assert_close(estados[1].p, prob_visiveis(rbm, estados[0].h).detach())
    assert estados[2].h.shape == (3, 10) and set(estados[2].h.unique().tolist()) <= {0.0, 1.0}
    with pytest.raises(ValueError, match="crescentes"):
        gravar_gibbs(rbm, inicio, (0, 2, 2))


def test_quadro_das_cadeias_mostra_visiveis_e_ocultas():
    p, h = torch.zeros(2, 64), torch.zeros(2, 10)
    p[1], h[0, 0], h[1, 9] = 1.0, 1.0, 1.0
    pixels = np.asarray(quadro_gibbs(EstadoDaCadeia(0, p, h)))
    assert tuple(pixels[MARGEM + 20, MARGEM + 20]) == (0, 0, 0)
    assert tuple(pixels[MARGEM + 20, MARGEM + LADO_CADEIA + 30]) == (255, 255, 255)
    laranjas = (pixels == desenho.LARANJA).all(-1).sum()
    assert laranjas == 2 * (LADO_OCULTA - 2) ** 2  # dois quadradinhos cheios, sem o contorno


def test_filme_de_gibbs():
    estados = gravar_gibbs(RBM(64, 10), torch.ones(2, 64), (0, 1, 2), gerador(1))
    objeto = filme_gibbs(estados)
    assert len(objeto.quadros) == 3 and objeto.eixos[0].partida == 2
    with pytest.raises(ValueError, match="dois ou mais"):
        filme_gibbs(estados[:1])

"""Memorização: ½ para quem não viu nada, 1 para quem copia, e a conta à mão no meio."""

import pytest
import torch

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao import memorizacao


def normal(n, semente, d=5):
    return torch.randn(n, d, generator=gerador(semente))


def test_quem_nao_viu_o_treino_fica_em_meio():
    """A média de vários sorteios é ½; e o sorteio dos conjuntos espalha mais do que diz o erro-padrão."""
    valores = [memorizacao(normal(300, s), normal(200, 100 + s), normal(200, 200 + s)) for s in range(40)]
    fracoes = torch.tensor([v.fracao for v in valores])
    assert fracoes.mean().item() == pytest.approx(0.5, abs=3 * fracoes.std().item() / 40**0.5)
    assert fracoes.std().item() > valores[0].erro


def test_quem_copia_fica_em_um_e_quem_copia_os_outros_em_zero():
    treino, outros = normal(200, 0), normal(200, 1)
    assert memorizacao(treino[:50], treino, outros) == (1.0, 0.0)
    assert memorizacao(treino[:50] + 1e-4 * normal(50, 2), treino, outros) == (1.0, 0.0)
    assert memorizacao(outros[:50], treino, outros) == (0.0, 0.0)


def test_metade_copiada_fica_em_tres_quartos():
    treino, outros = normal(2000, 0), normal(2000, 1)
    gerados = torch.cat([treino[:1000], normal(1000, 2)])
    achada = memorizacao(gerados, treino, outros)
    assert achada.fracao == pytest.approx(0.75, abs=0.03)
    assert achada.erro == pytest.approx((achada.fracao * (1 - achada.fracao) / 2000) ** 0.5)
    assert str(achada._replace(fracao=0.75, erro=0.0097)) == "0,750 ± 0,010"


def test_contra_a_conta_direta_com_empates_lotes_e_imagens():
    """Imagens de dois valores, com muitos empates: distâncias de Hamming, inteiras, sem arredondamento."""
    gerados, treino, outros = (2.0 * (torch.rand(n, 1, 6, 6, generator=gerador(s)) > 0.8) - 1 for n, s in
                               ((93, 0), (70, 1), (70, 2)))  # fmt: skip
    soma, empates = 0.0, 0
    for x in gerados:
        perto, longe = (min(int((x != y).sum()) for y in conjunto) for conjunto in (treino, outros))
        soma += 1.0 if perto < longe else 0.5 * (perto == longe)
        empates += perto == longe
    assert 10 < empates < 80
    for lote in (1, 7, 500):
        assert memorizacao(gerados, treino, outros, lote).fracao == pytest.approx(soma / 93, abs=1e-12)


def test_longe_da_origem_os_digitos_nao_se_perdem():
    gerados, treino, outros = normal(100, 0).double(), normal(80, 1).double(), normal(80, 2).double()
    perto = memorizacao(gerados, treino, outros)
    assert memorizacao(gerados + 1e4, treino + 1e4, outros + 1e4) == perto


@pytest.mark.parametrize(
    ("formas", "trecho"),
    [
        (((5, 3), (4, 3), (6, 3)), "o treino tem 4 exemplos e os outros são 6; esperava o mesmo número"),
        (((5, 2), (4, 3), (4, 3)), "mesmo tamanho de exemplo"),
        (((0, 3), (4, 3), (4, 3)), "mesmo tamanho de exemplo"),
        (((5,), (4,), (4,)), "mesmo tamanho de exemplo"),
    ],
)
def test_formas_ruins(formas, trecho):
    with pytest.raises(ValueError, match=trecho):
        memorizacao(*(torch.rand(f) for f in formas))


def test_valores_ruins():
    x, y = normal(4, 0), normal(4, 1)
    with pytest.raises(ValueError, match="os mesmos exemplos"):
        memorizacao(x, y, y.clone())
    with pytest.raises(ValueError, match="infinitos ou NaN"):
        memorizacao(x / 0, x, y)
    with pytest.raises(ValueError, match="lote: chegou 0"):
        memorizacao(x, x + 1, y, lote=0)

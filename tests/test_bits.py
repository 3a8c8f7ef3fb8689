"""Bits dos dígitos e células do plano."""

import pytest
import torch

from aulas_lib.ambiente import gerador
from aulas_lib.dados.bits import Celulas, binarizar, bits, de_bits
from aulas_lib.dados.imagens import digitos


def test_binarizar_corta_no_nivel_oito():
    conjunto = digitos().teste
    aceso = conjunto.niveis >= 8
    torch.testing.assert_close(binarizar(conjunto.imagens), aceso.float() * 2 - 1)
    torch.testing.assert_close(bits(conjunto.imagens), aceso.float().flatten(1))


def test_de_bits_desfaz_bits():
    x = binarizar(torch.randn(7, 1, 8, 8, generator=gerador(0)))
    torch.testing.assert_close(de_bits(bits(x), (1, 8, 8)), x)
    assert bits(x).shape == (7, 64)


@pytest.mark.parametrize("b", [1, 3, 5, 6])
def test_cada_celula_tem_o_seu_codigo_e_volta_ao_seu_centro(b):
    celulas = Celulas(limite=2.0, bits_por_eixo=b)
    codigos = celulas.todas()
    assert len(codigos) == len(codigos.unique(dim=0)) == 4**b
    torch.testing.assert_close(celulas.codificar(celulas.decodificar(codigos, centro=True)), codigos)
    torch.testing.assert_close(celulas.codificar(celulas.decodificar(codigos, gerador(0))), codigos)


def test_vizinhas_diferem_em_um_bit():
    celulas = Celulas(bits_por_eixo=5)
    grade = celulas.todas().unflatten(0, (32, 32))
    assert ((grade[1:] - grade[:-1]).abs().sum(-1) == 1).all()
    assert ((grade[:, 1:] - grade[:, :-1]).abs().sum(-1) == 1).all()


def test_o_sorteio_dentro_da_celula_cobre_a_celula():
    celulas = Celulas(limite=1.0, bits_por_eixo=1)
    pontos = celulas.decodificar(torch.ones(4000, 1).expand(-1, 2) * torch.tensor([0.0, 1.0]), gerador(0))
    x, y = pontos.T
    assert -1 <= x.min() < -0.99 and -0.01 < x.max() <= 0  # bit 0: metade esquerda
    assert 0 <= y.min() < 0.01 and 0.99 < y.max() <= 1
    assert celulas.area == 1.0


def test_fora_do_quadrado_vai_para_a_borda():
    celulas = Celulas(limite=1.0, bits_por_eixo=3)
    longe, borda = celulas.codificar(torch.tensor([[9.0, -9.0], [0.99, -0.99]]))
    torch.testing.assert_close(longe, borda)


def test_entrada_ruim():
    with pytest.raises(ValueError, match="limite positivo"):
        Celulas(limite=0)
    with pytest.raises(ValueError, match="de 1 a 10 bits"):
        Celulas(bits_por_eixo=11)
    with pytest.raises(ValueError, match="esperava pontos do plano"):
        Celulas().codificar(torch.zeros(3, 3))
    with pytest.raises(ValueError, match=r"\(N, 10\)"):
        Celulas().decodificar(torch.zeros(3, 4))

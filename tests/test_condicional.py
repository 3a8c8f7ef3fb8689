"""A GAN condicional: onde ficam os rótulos em z, e a nota do discriminador por projeção."""

import pytest
import torch
from torch import nn

from aulas_lib import receitas
from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao import prever
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.modelos.condicional import (
    DiscriminadorProjecao,
    GeradorComRotulos,
    RotulosEmZ,
    corpo_dc,
    juntar,
)
from aulas_lib.modelos.gan import imagens_de
from aulas_lib.receitas.condicional import rotulos_das_carinhas, treinar_condicional
from aulas_lib.receitas.dcgan import constante_e_queda, criar_dcgan


def test_rotulos_em_z_e_discriminador_condicional():
    esquema = {"oculos": ("sem", "com"), "boca": ("s", "n", "t"), "cor": ("nenhuma", "a", "b")}
    rotulos = RotulosEmZ(esquema, {"cor": "oculos"})
    z = torch.tensor([[1.0, 0.0, 2.0, 1.0, 0.3, 0.7], [-1.0, 5.0, 2.0, 1.0, 0.9, 0.7]])
    assert rotulos.ler(z).tolist() == [[1, 1, 2], [0, 0, 0]]
    assert rotulos.indicadores(rotulos.ler(z)).tolist()[0] == [0, 1, 0, 1, 0, 0, 0, 1]
    eps = torch.randn(500, 9, generator=gerador(1))
    codigos = rotulos.separar(eps)
    assert torch.equal(codigos[:, 6:], eps[:, 6:]) and (codigos[:, :6].abs() - 1).abs().mean() < 0.3
    assert torch.equal(rotulos.ler(codigos), rotulos.ler(eps))
    with pytest.raises(ValueError, match="os rótulos usam 6"):
        rotulos.ler(z[:, :4])
    rede_d = DiscriminadorProjecao(corpo_dc(1, 8, (4, 4), 6), (1, 8, 8), 8, 6)
    x, y = torch.randn(2, 1, 8, 8), rotulos.indicadores(rotulos.ler(z))
    h = rede_d.phi(x)
    esperado = rede_d.nota(h) + (h * (y @ rede_d.v.weight.T)).sum(1, keepdim=True)
    torch.testing.assert_close(rede_d(juntar(x, y)), esperado)


def test_trocar_muda_um_rotulo_so():
    regra = rotulos_das_carinhas()
    z = regra.sortear(200, 64, gerador(3))
    antes, nomes = regra.ler(z), list(regra.esquema)
    for atributo, valor in (("boca", "neutra"), ("oculos", "sem"), ("oculos", "com"), ("fundo", "rosa")):
        depois, coluna = regra.ler(regra.trocar(z, atributo, valor)), nomes.index(atributo)
        assert (depois[:, coluna] == regra.esquema[atributo].index(valor)).all()
        depois[:, coluna] = antes[:, coluna]
        assert torch.equal(depois, antes)
        inicio = sum(regra.coordenadas[:coluna])
        mudou = (regra.trocar(z, atributo, valor) != z).any(dim=0).nonzero().flatten()
        assert set(mudou.tolist()) <= set(range(inicio, inicio + regra.coordenadas[coluna]))
    azul = regra.ler(regra.trocar(regra.trocar(z, "chapeu", "com"), "cor_chapeu", "azul"))
    assert (azul[:, nomes.index("cor_chapeu")] == 2).all()
    for atributo, valor, dica in (("boca", "aberta", "sorriso, neutra"), ("cor_chapeu", "nenhuma", "vermelho, azul"),
                                  ("nariz", "com", "boca, oculos")):  # fmt: skip
        with pytest.raises(ValueError, match=dica):
            regra.trocar(z, atributo, valor)


def test_gerador_com_rotulos():
    rotulos = RotulosEmZ({"oculos": ("sem", "com"), "boca": ("s", "n", "t")})
    eps = torch.randn(500, 9, generator=gerador(1))
    codigos = rotulos.separar(eps)
    assert torch.equal(rotulos.ler(codigos), rotulos.ler(eps)) and codigos[:, 0].abs().min() >= 1
    assert codigos[:, 0].abs().mean().item() == pytest.approx(1 + 0.2 * (2 / torch.pi) ** 0.5, abs=0.01)
    assert torch.equal(rotulos.sortear(500, 9, gerador(1)), codigos)
    par = GeradorComRotulos(nn.Unflatten(1, (1, 3, 3)), rotulos)(eps)
    assert torch.equal(par, juntar(codigos.view(-1, 1, 3, 3), rotulos.indicadores(rotulos.ler(codigos))))


def test_r1_nao_deriva_nos_rotulos():
    par = torch.randn(2, 64 + 5, requires_grad=True)
    DiscriminadorProjecao(corpo_dc(1, 8, (4, 4), 6), (1, 8, 8), 5, 6)(par).sum().backward()
    assert par.grad[:, :64].abs().min() > 0 and not par.grad[:, 64:].any()


def test_receita():
    conjunto, rotulos = carinhas(16, cache=False), rotulos_das_carinhas()
    treino = treinar_condicional(criar_dcgan(conjunto), conjunto, 0)
    assert torch.equal(treino.dados, juntar(conjunto.imagens, rotulos.indicadores(conjunto.atributos)))
    assert imagens_de(treino.melhor_modelo, torch.randn(2, 64)).shape == (2, 3, 32, 32)
    assert [constante_e_queda(f) for f in (0, 0.6, 0.8, 1)] == pytest.approx([1, 1, 0.5, 0.05])


def test_o_peso_do_repositorio_obedece_aos_rotulos():
    rotulos, sonda = rotulos_das_carinhas(), receitas.carregar("sonda")
    z = rotulos.sortear(500, 64, gerador(8))
    imagens = imagens_de(receitas.carregar("condicional"), z)
    assert (prever(sonda, imagens) == rotulos.ler(z)).double().mean(dim=0).min() > 0.9

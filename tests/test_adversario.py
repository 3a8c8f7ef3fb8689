"""O laço de dois jogadores: quem anda, quando, e o que se guarda."""

import pytest
import torch
from torch import nn

from aulas_lib.ambiente import gerador, semear
from aulas_lib.modelos.gan import gerar, perda_discriminador, perda_gerador
from aulas_lib.treino import TreinoAdversario, TreinoDivergiu, acompanhar


def redes(semente=0):
    semear(semente)
    return nn.Linear(2, 1), nn.Sequential(nn.Linear(1, 8), nn.SiLU(), nn.Linear(8, 1))


def novo(passos=20, perda_d=perda_discriminador, perda_g=perda_gerador, **opcoes):
    rede_g, rede_d = redes()
    dados = 3 + 0.5 * torch.randn(200, 1, generator=gerador(1))
    return TreinoAdversario(rede_g, rede_d, dados, perda_d, perda_g, latentes=2, passos=passos, lote=64, **opcoes)


def pesos(rede):
    return torch.cat([p.detach().flatten().clone() for p in rede.parameters()])


def test_cada_jogador_so_muda_os_seus_pesos():
    """Com a perda de um deles constante, só o outro anda."""
    parado_g = novo(passos=3, perda_g=lambda a: 0 * a[:, 0])
    antes = pesos(parado_g.modelo["gerador"]), pesos(parado_g.modelo["discriminador"])
    list(parado_g)
    assert torch.equal(pesos(parado_g.modelo["gerador"]), antes[0])
    assert not torch.equal(pesos(parado_g.modelo["discriminador"]), antes[1])

    parado_d = novo(passos=3, perda_d=lambda a, b: 0 * (a + b)[:, 0])
    list(parado_d)
    assert not torch.equal(pesos(parado_d.modelo["gerador"]), antes[0])
    assert torch.equal(pesos(parado_d.modelo["discriminador"]), antes[1])


def test_cada_jogador_anda_com_a_sua_taxa():
    """No primeiro passo do Adam, um peso anda no máximo a taxa de aprendizado."""
    treino = novo(passos=1, lr_g=0.1, lr_d=1e-3)
    antes = [pesos(rede) for rede in treino.modelo.values()]
    list(treino)
    andou = [(pesos(rede) - w).abs().max().item() for rede, w in zip(treino.modelo.values(), antes, strict=True)]
    assert andou == pytest.approx([0.1, 1e-3], rel=1e-2)


def test_volta_ao_modo_de_treino_depois_de_uma_parada():
    """`acompanhar` deixa as redes em modo de uso; quem continua treina de novo com dropout e ruído."""
    modos = []

    def perda_g(a):
        modos.append([rede.training for rede in treino.modelo.values()])
        return perda_gerador(a)

    treino = novo(passos=2, perda_g=perda_g)
    treino.modelo.eval()
    list(treino)
    assert modos == [[True, True]] * 2


def test_passos_d_por_volta():
    chamadas = []

    def perda_d(a, b):
        chamadas.append("d")
        return perda_discriminador(a, b)

    def perda_g(a):
        chamadas.append("g")
        return perda_gerador(a)

    list(novo(passos=2, perda_d=perda_d, perda_g=perda_g, passos_d=3))
    assert chamadas == ["d", "d", "d", "g"] * 2


def test_parar_e_continuar_da_os_mesmos_bits():
    seguido, em_partes = novo(), novo()
    valores = [r.valores for r in seguido]
    partes = []
    for registro in em_partes:
        partes.append(registro.valores)
        if registro.passo == 7:
            break
    assert len(em_partes) == 13
    partes += [r.valores for r in em_partes]
    assert valores == partes
    assert torch.equal(pesos(seguido.modelo), pesos(em_partes.modelo))


def test_o_gerador_chega_a_media_dos_dados():
    """Com G afim e D treinado, a média gerada vai para 3, onde o discriminador não separa mais."""
    treino = novo(passos=600, lr_g=5e-3, lr_d=5e-3)
    inicio = gerar(treino.modelo["gerador"], 2000, 2, gerador(2)).mean().item()
    registros = acompanhar(treino)
    fim = gerar(treino.modelo["gerador"], 2000, 2, gerador(2)).mean().item()
    assert len(registros) == 600
    assert abs(inicio - 3) > 1.5 and abs(fim - 3) < 0.3


def test_divergencia_avisa_e_guarda_os_pesos():
    treino = novo(perda_g=lambda a: a[:, 0] * float("nan"))
    antes = pesos(treino.modelo["gerador"])
    with pytest.raises(TreinoDivergiu, match="perda do gerador foi nan"):
        list(treino)
    assert torch.equal(pesos(treino.modelo["gerador"]), antes)


def test_gradiente_que_nao_e_numero_tambem_avisa():
    """A perda vale zero, mas a raiz não tem inclinação em zero."""
    treino = novo(perda_g=lambda a: (a - a.detach())[:, 0].abs().sqrt())
    antes = pesos(treino.modelo["gerador"])
    with pytest.raises(TreinoDivergiu, match="norma do gradiente, nan"):
        list(treino)
    assert torch.equal(pesos(treino.modelo["gerador"]), antes)


def test_entrada_ruim():
    with pytest.raises(ValueError, match="inteiros positivos"):
        novo(passos=0)
    with pytest.raises(ValueError, match="passos_d=0; esperava inteiros positivos"):
        novo(passos_d=0)
    with pytest.raises(ValueError, match="número positivo"):
        novo(lr_d=-1.0)
    with pytest.raises(ValueError, match="um valor por exemplo"):
        list(novo(perda_g=lambda a: a.mean()))

"""A receita da difusão: poucas voltas de ponta a ponta, e a agenda da taxa de aprendizado."""

import pytest
import torch

from aulas_lib.ambiente import semear
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.receitas.difusao import (
    AGENDA,
    criar_difusao,
    gerar_difusao,
    retratar_difusao,
    subida_e_descida,
    treinar_difusao,
)
from aulas_lib.treino import acompanhar


def test_treina_aprende_e_gera_imagens() -> None:
    conjunto = carinhas(32, cache=False)
    semear(0)
    treino = treinar_difusao(criar_difusao(conjunto), conjunto, 0)
    treino.passos = 12
    perdas = [registro.valores["perda"] for registro in acompanhar(treino)]
    # a rede começa em zero, e ‖v‖² é ‖√ᾱ ε − √(1 − ᾱ) x_0‖², na média sobre t
    sinal, tamanho = AGENDA.alfa_barra[1:].mean(), conjunto.imagens.square().sum(dim=(1, 2, 3)).mean()
    esperada = sinal * 3 * 32 * 32 + (1 - sinal) * tamanho
    assert perdas[0] == pytest.approx(esperada.item(), rel=0.2)  # 32 exemplos só
    assert perdas[-1] < perdas[0]
    chamadas: list[int] = []
    rede = treino.melhor_modelo.eval()
    rede.register_forward_pre_hook(lambda modulo, entradas: chamadas.append(int(entradas[1][0])))
    imagens = gerar_difusao(rede, 3, semente=1, chamadas=2)
    assert chamadas == [1000, 500]
    assert imagens.shape == (3, 3, 32, 32) and imagens.abs().max() <= 1
    torch.testing.assert_close(gerar_difusao(rede, 3, semente=1, chamadas=2), imagens)
    assert retratar_difusao(rede).shape == (10, 3, 32, 32)


def test_taxa_sobe_no_comeco_e_desce_ate_o_fim() -> None:
    valores = [subida_e_descida(i / 1000) for i in range(1001)]
    maior = valores.index(max(valores))
    assert 20 <= maior <= 35 and valores[0] < 0.05 and valores[-1] == 0.02
    subida, descida = valores[: maior + 1], valores[maior:]
    assert subida == sorted(subida) and descida == sorted(descida, reverse=True)

"""Modas cobertas: com amostras da própria lei, com modas tiradas e com pontos fora."""

import math

import pytest
import torch

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao import modas_cobertas
from aulas_lib.dados.distribuicoes import MisturaGaussiana, anel_de_oito


def test_amostras_da_lei_cobrem_tudo():
    lei = anel_de_oito(desvio=0.2)
    modas = modas_cobertas(lei.amostrar(20_000, gerador(0)), lei)
    assert modas[:2] == (8, 8)
    assert modas.perto == pytest.approx(1 - math.exp(-4.5), abs=0.003)  # P(χ²₂ ≤ 9)


def test_modas_que_faltam_e_pontos_fora():
    lei = anel_de_oito(desvio=0.2)
    x = lei.amostrar(8000, gerador(0))
    direita = x[x[:, 0] > 0.5]  # ficam as modas 0, 1 e 7
    assert modas_cobertas(direita, lei).cobertas == 3
    com_lixo = torch.cat([direita, torch.zeros(len(direita), 2)])
    assert modas_cobertas(com_lixo, lei).perto == pytest.approx(0.49, abs=0.01)


def test_um_ponto_isolado_nao_cobre():
    lei = anel_de_oito(desvio=0.2)
    uma_moda = lei.medias[:1].expand(800, 2)
    assert modas_cobertas(torch.cat([uma_moda, lei.medias[3:4]]), lei).cobertas == 1
    assert modas_cobertas(torch.cat([uma_moda, lei.medias[3:4]]), lei, minimo=0.0).cobertas == 2


def test_componentes_alongadas_e_pesos_diferentes():
    lei = MisturaGaussiana(
        torch.tensor([0.9, 0.1]), torch.tensor([[0.0, 0.0], [9.0, 0.0]]), torch.tensor([[4.0, 0.01], [0.01, 4.0]])
    )
    longe_no_eixo_longo, longe_no_curto = torch.tensor([[5.0, 0.0]]), torch.tensor([[0.0, 5.0]])
    assert modas_cobertas(longe_no_eixo_longo, lei).perto == 1
    assert modas_cobertas(longe_no_curto, lei).perto == 0
    x = torch.cat([torch.zeros(90, 2), torch.tensor([[9.0, 0.0]]).expand(10, 2)])
    assert modas_cobertas(x, lei).cobertas == 2


def test_entrada_ruim():
    with pytest.raises(ValueError, match=r"esperava \(n, 2\)"):
        modas_cobertas(torch.zeros(4, 3), anel_de_oito())
    with pytest.raises(ValueError, match="sem NaN"):
        modas_cobertas(torch.full((4, 2), float("nan")), anel_de_oito())

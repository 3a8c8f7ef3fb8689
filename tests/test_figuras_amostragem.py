"""Figuras da abertura da lição 1: o que está desenhado são os números dados."""

import matplotlib as mpl
import numpy as np
import pytest
import torch

from aulas_lib import figuras

mpl.use("Agg")
GRADE = torch.linspace(-4, 4, 201)
LOG_P = torch.distributions.Normal(0.0, 1.0).log_prob(GRADE)


def test_histograma_tem_area_igual_a_fracao_dentro_da_grade():
    amostras = torch.cat([torch.zeros(75, 1), torch.full((25, 1), 9.0)])
    ax = figuras.histograma_contra_densidade(amostras, LOG_P, GRADE)
    assert sum(b.get_height() * b.get_width() for b in ax.patches) == pytest.approx(0.75)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), LOG_P.exp().numpy())


def test_densidade_estimada_usa_a_mesma_escala_em_todos_os_paineis():
    fina = LOG_P + 5
    eixos = [figuras.densidade_estimada(q, LOG_P, GRADE, titulo="t") for q in (LOG_P, fina)]
    assert eixos[0].get_ylim() == eixos[1].get_ylim()
    np.testing.assert_allclose(eixos[1].lines[0].get_ydata(), fina.exp().numpy())


def test_mapa_gerador_desenha_todas_as_curvas_com_tracos_diferentes():
    ax = figuras.mapa_gerador({"a": GRADE, "b": -GRADE}, {"exata": GRADE**3}, GRADE)
    assert [linha.get_label() for linha in ax.lines] == ["a", "b", "exata"]
    assert len({(linha.get_linestyle(), linha.get_color()) for linha in ax.lines}) == 3
    np.testing.assert_allclose(ax.lines[1].get_ydata(), -GRADE.numpy())


def test_taxas_por_dimensao_em_escala_logaritmica_e_sem_marca_no_zero():
    exatas = {"a": torch.tensor([1.0, 0.1, 0.01])}
    ax = figuras.taxas_por_dimensao({"a": torch.tensor([1.0, 0.11, 0.0])}, exatas, range(1, 4))
    assert ax.get_yscale() == "log"
    assert np.isnan(ax.lines[1].get_ydata()).tolist() == [False, False, True]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["100 %", "10 %", "1 %"]


@pytest.mark.parametrize(
    "chamada",
    [
        lambda: figuras.histograma_contra_densidade(torch.tensor([]), LOG_P, GRADE),
        lambda: figuras.histograma_contra_densidade(torch.tensor([torch.nan]), LOG_P, GRADE),
        lambda: figuras.densidade_estimada(LOG_P[:3], LOG_P, GRADE),
        lambda: figuras.mapa_gerador({"a": GRADE[:3]}, {}, GRADE),
        lambda: figuras.taxas_por_dimensao({"a": GRADE}, {"b": GRADE}, range(201)),
        lambda: figuras.taxas_por_dimensao({"a": GRADE}, {"a": GRADE}, range(3)),
    ],
)
def test_figuras_recusam_formas_que_nao_combinam(chamada):
    with pytest.raises(ValueError, match=r"forma|nomes|amostras"):
        chamada()

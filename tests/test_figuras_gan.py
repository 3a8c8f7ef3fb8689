"""Figuras das GANs: o que está desenhado são os números dados, e o que se lê neles é verdade."""

import math

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from aulas_lib import figuras

mpl.use("Agg")
A = torch.linspace(-6, 6, 121, dtype=torch.float64)
D = torch.sigmoid(A)
CINCO = {"minimax": torch.log(1 - D), "não saturante": -torch.log(D), "quadrados": (A - 1) ** 2 / 2}
CINCO |= {"hinge": -A, "Wasserstein": -A}
X = torch.linspace(-5, 5, 201, dtype=torch.float64)


def normal(media, desvio):
    return torch.distributions.Normal(torch.tensor(media, dtype=torch.float64), desvio).log_prob(X)


def por_nome(ax):
    return {linha.get_label(): linha for linha in ax.lines}


def gemeo(ax):
    (outro,) = [e for e in ax.figure.axes if e is not ax]
    return outro


# Perdas no logit ------------------------------------------------------------------------------------


def test_perdas_no_logit_desenha_os_valores_e_distingue_sem_cor():
    ax = figuras.perdas_no_logit(CINCO, A)
    linhas = [linha for linha in ax.lines if linha.get_label() in CINCO]
    assert [linha.get_label() for linha in linhas] == list(CINCO)
    for linha in linhas:
        np.testing.assert_array_equal(linha.get_xdata(), A.numpy())
        np.testing.assert_array_equal(linha.get_ydata(), CINCO[linha.get_label()].numpy())
    assert len({(linha.get_linestyle(), linha.get_marker()) for linha in linhas}) == 5
    larguras = [linha.get_linewidth() for linha in linhas]
    assert larguras == sorted(larguras, reverse=True) and larguras[0] > larguras[-1]  # as iguais não se escondem


def test_o_eixo_de_cima_poe_d_no_logit_certo():
    ax = figuras.perdas_no_logit(CINCO, A)
    (acima,) = ax.child_axes
    ax.figure.canvas.draw()
    textos = [t.get_text() for t in acima.get_xticklabels()]
    assert textos == ["0,01", "0,1", "0,5", "0,9", "0,99"]
    previstos = [1 / (1 + math.exp(-a)) for a in acima.get_xticks()]
    assert previstos == pytest.approx([float(t.replace(",", ".")) for t in textos])
    assert acima.get_xlim() == ax.get_xlim() == (-6, 6)
    curto = figuras.perdas_no_logit({"a": torch.zeros(3)}, torch.tensor([-1.0, 0.0, 3.0]))
    assert len(curto.child_axes[0].get_xticks()) == 2  # 0,5 e 0,9: as outras ficam fora


def test_so_a_curva_que_foge_e_cortada():
    baixo, alto = figuras.perdas_no_logit(CINCO, A).get_ylim()
    assert -8 < baixo < -6 and 6.1 < alto < 10  # a dos quadrados vai a 24,5
    inclinacoes = {"minimax": -D, "não saturante": D - 1, "quadrados": A - 1}
    baixo, alto = figuras.perdas_no_logit(inclinacoes, A).get_ylim()
    assert -1.5 < baixo < -1 and 0 < alto < 0.5
    duas = figuras.perdas_no_logit({"a": -D, "quadrados": (A - 1) ** 2 / 2}, A).get_ylim()
    assert duas[0] < -1 and duas[1] > 24.5  # com duas, nada é cortado


# D contra o ótimo ------------------------------------------------------------------------------------


def test_discriminador_contra_otimo_desenha_d_estrela_e_as_densidades():
    log_p, log_pg = normal(1.0, 1.0), normal(-1.0, 0.7)
    treinado = torch.sigmoid(X)
    ax = figuras.discriminador_contra_otimo(X, log_p, log_pg, treinado)
    p, p_g = log_p.exp().numpy(), log_pg.exp().numpy()
    d = por_nome(gemeo(ax))
    np.testing.assert_allclose(d["D* (ótimo)"].get_ydata(), p / (p + p_g), atol=1e-12)
    np.testing.assert_array_equal(d["D treinado"].get_ydata(), treinado.numpy())
    assert d["D* (ótimo)"].get_linewidth() > 2 * d["D treinado"].get_linewidth()
    np.testing.assert_allclose(por_nome(ax)["$p_g$ (gerados)"].get_ydata(), p_g)
    assert ax.collections[0].get_paths()[0].vertices[:, 1].max() == pytest.approx(p.max())
    meio = [linha for linha in gemeo(ax).lines if list(linha.get_ydata()) == [0.5, 0.5]]
    assert len(meio) == 1


def test_os_dois_zeros_ficam_na_mesma_altura_e_as_densidades_embaixo():
    ax = figuras.discriminador_contra_otimo(X, normal(0.0, 1.0), normal(0.0, 0.1), torch.sigmoid(X))
    alturas = []
    for e in (ax, gemeo(ax)):
        baixo, alto = e.get_ylim()
        alturas.append(-baixo / (alto - baixo))
    assert alturas[0] == pytest.approx(alturas[1], abs=2e-3)
    baixo, alto = ax.get_ylim()
    pico = normal(0.0, 0.1).exp().max().item()
    assert (pico - baixo) / (alto - baixo) == pytest.approx(0.5, abs=0.01) and max(ax.get_yticks()) <= pico


def test_onde_as_duas_densidades_sao_zero_d_estrela_e_meio():
    nada = torch.full_like(X, -math.inf)
    log_p = torch.where(X > 0, normal(0.0, 1.0), nada)
    d = por_nome(gemeo(figuras.discriminador_contra_otimo(X, log_p, nada, torch.sigmoid(X))))["D* (ótimo)"]
    assert set(d.get_ydata()) == {0.5, 1.0}


def test_a_legenda_de_um_painel_basta():
    partes = (X, normal(0.0, 1.0), normal(1.0, 1.0), torch.sigmoid(X))
    com, sem = figuras.discriminador_contra_otimo(*partes), figuras.discriminador_contra_otimo(*partes, legenda=False)
    nomes = [t.get_text() for t in com.get_legend().get_texts()]
    assert nomes == ["p (dados)", "$p_g$ (gerados)", "D* (ótimo)", "D treinado"] and sem.get_legend() is None
    letras = {t.get_size() for t in gemeo(sem).get_yticklabels()}
    assert letras == {12.0} and gemeo(sem).yaxis.label.get_size() == 13


# Modas por semente ------------------------------------------------------------------------------------


def test_modas_por_semente_um_ponto_por_semente_e_a_media():
    resultados = {"minimax": [1, 1, 2, 0], "com R1": [8] * 7 + [6]}
    ax = figuras.modas_por_semente(resultados, 8)
    montes = [linha for linha in ax.lines if linha.get_marker() in figuras.MARCAS]
    assert [sorted(np.rint(monte.get_xdata())) for monte in montes] == [sorted(r) for r in resultados.values()]
    for i, monte in enumerate(montes):
        pontos = {(round(x, 6), round(y, 6)) for x, y in monte.get_xydata()}
        assert len(pontos) == len(monte.get_xdata())  # nenhum ponto por cima de outro
        assert np.abs(monte.get_xdata() - np.rint(monte.get_xdata())).max() < 0.4
        assert np.abs(monte.get_ydata() - i).max() < 0.5
    assert montes[0].get_marker() != montes[1].get_marker()
    tracos = [linha.get_xdata()[0] for linha in ax.lines if linha.get_color() == "black"]
    assert tracos == [1.0, 7.75]
    assert [t.get_text() for t in ax.texts] == ["1,0", "7,8", "média"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["minimax", "com R1"] and ax.yaxis_inverted()


def test_montes_ficam_no_meio_da_sua_contagem():
    ax = figuras.modas_por_semente({"a": [3] * 10}, 8)
    (monte,) = [linha for linha in ax.lines if linha.get_marker() == "o"]
    assert np.mean(monte.get_xdata()) == pytest.approx(3) and np.mean(monte.get_ydata()) == pytest.approx(0)
    assert len(set(monte.get_xdata())) == 2 and len(set(monte.get_ydata())) == 5


# Viés da distância de Fréchet ---------------------------------------------------------------------------


def test_vies_frechet_pontos_barras_e_a_reta_de_minimos_quadrados():
    n = torch.tensor([100, 200, 400, 1000])
    medias = torch.tensor([3.1, 2.0, 1.4, 1.25], dtype=torch.float64)
    desvios = torch.tensor([0.3, 0.2, 0.1, 0.05], dtype=torch.float64)
    inclinacao, limite = np.polyfit(1 / n.numpy(), medias.numpy(), 1)
    ax = figuras.vies_frechet(1 / n, medias, desvios, float(limite))
    linhas = por_nome(ax)
    x, y = linhas["reta em 1/n"].get_data()
    assert x[0] == 0 and y[0] == pytest.approx(limite)
    assert (y[1] - y[0]) / (x[1] - x[0]) == pytest.approx(inclinacao, rel=1e-5)
    (barras,) = ax.containers
    np.testing.assert_allclose(barras.lines[0].get_xydata(), np.stack([1 / n.numpy(), medias.numpy()], 1), rtol=1e-6)
    segmentos = np.array(barras.lines[2][0].get_segments())
    np.testing.assert_allclose(segmentos[:, 1, 1] - segmentos[:, 0, 1], 2 * desvios.numpy(), rtol=1e-6)
    assert linhas[f"limite com n infinito: {limite:.1f}".replace(".", ",")].get_xydata().tolist() == [[0, limite]]


def test_o_eixo_de_cima_diz_n_sem_sobrepor_os_numeros():
    n = torch.tensor([100, 150, 250, 500, 1000, 2000, 4000])
    ax = figuras.vies_frechet(1 / n, 10 / n, 1 / n, 0.0)
    (acima,) = ax.child_axes
    ax.figure.canvas.draw()
    textos = [t.get_text() for t in acima.get_xticklabels()]
    assert textos[:4] == ["100", "150", "250", "500"] and len(textos) < 7
    assert [round(1 / m) for m in acima.get_xticks()] == [int(t) for t in textos]
    caixas = [t.get_window_extent() for t in acima.get_xticklabels()]
    assert all(b.x1 < a.x0 for a, b in zip(caixas, caixas[1:], strict=False))


@pytest.mark.parametrize(
    ("chamar", "trecho"),
    [
        (lambda: figuras.perdas_no_logit({}, A), "vazio"),
        (lambda: figuras.perdas_no_logit({"x": A[:3]}, A), r"curvas\['x'\]"),
        (lambda: figuras.discriminador_contra_otimo(X, X[:3], X, X), "log_p"),
        (lambda: figuras.discriminador_contra_otimo(X, X, X, X), "torch.sigmoid"),
        (lambda: figuras.modas_por_semente({}, 8), "resultados"),
        (lambda: figuras.modas_por_semente({"a": []}, 8), "resultados"),
        (lambda: figuras.modas_por_semente({"a": [9]}, 8), "de 0 a 8"),
        (lambda: figuras.vies_frechet(X[:2], X, X, 0.0), "medias"),
        (lambda: figuras.vies_frechet(X, X, X, 0.0), "positivos"),
    ],
)
def test_entradas_ruins(chamar, trecho):
    abertas = plt.get_fignums()
    with pytest.raises(ValueError, match=trecho):
        chamar()
    assert plt.get_fignums() == abertas


@pytest.fixture(autouse=True)
def _sem_restos():
    yield
    plt.close("all")

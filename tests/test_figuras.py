"""Figuras: devolvem o eixo recebido, mostram exatamente os dados, falam português e não deixam restos."""

import math
from dataclasses import dataclass

import figuras_geradores
import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from aulas_lib import figuras
from aulas_lib.ambiente import gerador, pasta_projeto
from aulas_lib.figuras.curvas import media_movel
from aulas_lib.interativos import desenho


@dataclass(frozen=True)
class Registro:
    passo: int
    valores: dict[str, float]


X = torch.linspace(-5, 5, 201, dtype=torch.float64)
NORMAL = torch.distributions.Normal(torch.tensor(0.0), torch.tensor(1.0))
IMAGENS = torch.rand(9, 1, 8, 8, generator=gerador(0)) * 2 - 1
REGISTROS = [Registro(i, {"perda": 100.0 / i, "KL": float(i)}) for i in range(1, 41)]


def _anel(x):
    return -0.5 * (x.norm(dim=1) - 2).square() / 0.1


# Cada figura com dados pequenos: (função que recebe o eixo, trechos que têm de aparecer escritos)
FIGURAS = {
    "grade": (lambda ax: figuras.grade(IMAGENS, ax, 3, "Nove", list("abcdefghi")), ["Nove", "a", "i"]),
    "fileiras": (
        lambda ax: figuras.fileiras({"originais": IMAGENS, "cópias": IMAGENS}, ax),
        ["originais", "cópias"],
    ),
    "variedade": (lambda ax: figuras.variedade(IMAGENS, 3.0, ax), ["$z_1$", "$z_2$"]),
    "historico": (
        lambda ax: figuras.historico(REGISTROS, ["perda"], ax),
        ["passo", "nats por imagem", "perda"],
    ),
    "curvas": (lambda ax: figuras.curvas({"ELBO": X}, X, ax, "amostras"), ["amostras", "ELBO"]),
    "barras": (lambda ax: figuras.barras({"VAE": (92.84, 0.7)}, ax), ["VAE", "92,8 ± 0,7", "nats"]),
    "densidades": (lambda ax: figuras.densidades({"p": NORMAL.log_prob(X)}, X, ax), ["densidade", "p"]),
    "mistura_2d": (lambda ax: figuras.mistura_2d(_anel, torch.zeros(3, 2), ax), ["$x_1$"]),
    "mapa_latente": (lambda ax: figuras.mapa_latente(torch.rand(6, 2), torch.arange(6), ax), ["$z_2$"]),
    "histograma_contra_normal": (
        lambda ax: figuras.histograma_contra_normal(torch.randn(50, generator=gerador(1)), ax, "z"),
        ["densidade", "N(0, 1)"],
    ),
    "dispersao_gradientes": (
        lambda ax: figuras.dispersao_gradientes({"escore": torch.tensor([0.0, 3.0])}, ax, verdadeiro=1.5),
        ["escore: média 1,50, variância 4,5", "valor exato: 1,50"],
    ),
} | figuras_geradores.FIGURAS


@pytest.fixture(autouse=True)
def _sem_restos():
    plt.close("all")
    yield
    plt.close("all")


def _eixo_solto():
    """Um eixo que o pyplot não conhece."""
    return Figure(figsize=(6, 4)).add_subplot()


def _textos(ax):
    ax.figure.canvas.draw()
    return [t.get_text() for t in ax.figure.findobj(matplotlib.text.Text) if t.get_visible()]


@pytest.mark.parametrize("nome", FIGURAS)
def test_devolve_o_eixo_recebido_e_nao_cria_figuras(nome):
    desenhar, trechos = FIGURAS[nome]
    ax = _eixo_solto()
    antes = dict(matplotlib.rcParams)
    assert desenhar(ax) is ax
    assert plt.get_fignums() == []
    assert dict(matplotlib.rcParams) == antes
    escritos = "\n".join(_textos(ax))
    assert all(trecho in escritos for trecho in trechos), escritos


@pytest.mark.parametrize("nome", FIGURAS)
def test_sem_eixo_cria_uma_figura_no_estilo_da_casa(nome):
    antes = dict(matplotlib.rcParams)
    ax = FIGURAS[nome][0](None)
    assert isinstance(ax, Axes) and plt.get_fignums() == [ax.figure.number]
    assert ax.xaxis.label.get_size() == 13
    assert dict(matplotlib.rcParams) == antes


def test_toda_figura_publica_esta_nos_testes():
    outras = "CORES MARCAS PALETA TRACOS NumeroComVirgula estilo quadro mosaico grade_latente"
    outras += " campos_receptivos instantes nuvens"  # mais de um eixo
    assert set(figuras.__all__) == set(FIGURAS) | set(outras.split(" "))


# Base -------------------------------------------------------------------------------------------


def test_paleta_distinguivel_por_daltonicos():
    okabe_ito = {"#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"}
    assert set(figuras.PALETA.values()) == okabe_ito
    interativos = {"#{:02X}{:02X}{:02X}".format(*cor) for cor in desenho.PALETA}
    assert set(figuras.CORES) < interativos  # os interativos usam as mesmas cores, e mais algumas
    assert len(set(figuras.CORES)) == 7 <= len(figuras.TRACOS) and set(figuras.CORES) < okabe_ito


def test_quadro():
    eixos = figuras.quadro(colunas=3, linhas=2)
    assert len(eixos) == 6 and len({id(ax.figure) for ax in eixos}) == 1
    posicoes = [ax.get_position() for ax in eixos]
    assert posicoes[1].x0 > posicoes[0].x0 and posicoes[3].y0 < posicoes[0].y0  # ordem de leitura
    with pytest.raises(ValueError, match="quadro"):
        figuras.quadro(colunas=0)


def test_virgula_nas_marcas_dos_eixos():
    ax = figuras.densidades({"p": NORMAL.log_prob(X)}, X, _eixo_solto())
    ax.set_xlim(-0.5, 0.5)
    ax.figure.canvas.draw()
    marcas = [t.get_text() for t in ax.get_xticklabels() + ax.get_yticklabels()]
    assert any("," in m for m in marcas) and not any("." in m for m in marcas)


# Imagens ----------------------------------------------------------------------------------------


def test_mosaico_poe_cada_pixel_no_lugar():
    imagens = torch.rand(5, 3, 4, 6, generator=gerador(2)) * 2 - 1
    tela = figuras.mosaico(imagens, colunas=3, margem=(2, 1))
    assert tela.shape == (2 * 4 + 2, 3 * 6 + 2, 3)
    for i in range(5):
        linha, coluna = divmod(i, 3)
        parte = tela[linha * 6 : linha * 6 + 4, coluna * 7 : coluna * 7 + 6]
        torch.testing.assert_close(parte, (imagens[i].permute(1, 2, 0) + 1) / 2)
    for vazio in (tela[4:6], tela[:, 6], tela[6:, 14:]):
        assert (vazio == 1).all()


def test_mosaico_corta_o_que_passa_da_faixa():
    tela = figuras.mosaico(torch.tensor([-3.0, 3.0]).reshape(2, 1, 1, 1), colunas=2)
    assert tela[0, :, 0].tolist() == [0.0, 1.0]


def test_grade_e_fileiras_mostram_o_mosaico():
    ax = figuras.grade(IMAGENS, _eixo_solto(), colunas=5)
    mostrada = torch.tensor(ax.images[0].get_array())
    torch.testing.assert_close(mostrada, figuras.mosaico(IMAGENS, 5, (1, 1)))
    ax = figuras.fileiras({"a": IMAGENS[:4], "b": IMAGENS[4:8]}, _eixo_solto())
    mostrada = torch.tensor(ax.images[0].get_array())
    torch.testing.assert_close(mostrada, figuras.mosaico(IMAGENS[:8], 4, (1, 1)))
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]
    assert list(ax.get_yticks()) == [3.5, 12.5]  # o meio de cada fileira


def test_variedade_poe_cada_imagem_no_seu_codigo():
    z = figuras.grade_latente(lado=3, extensao=2.0)
    assert z[0].tolist() == [-2.0, 2.0] and z[2].tolist() == [2.0, 2.0] and z[6].tolist() == [-2.0, -2.0]
    tons = (z.sum(dim=1) / 4).reshape(9, 1, 1, 1).expand(9, 1, 2, 2)  # o tom diz onde o código está
    ax = figuras.variedade(tons, 2.0, _eixo_solto())
    esquerda, direita, baixo, cima = ax.images[0].get_extent()
    assert (esquerda, direita, baixo, cima) == (-3, 3, -3, 3)  # meio passo além dos códigos extremos
    pixels = ax.images[0].get_array()
    altura, largura = pixels.shape[:2]
    for (z_1, z_2), tom in zip(z.tolist(), tons[:, 0, 0, 0].tolist(), strict=True):
        coluna = int((z_1 - esquerda) / (direita - esquerda) * largura)
        linha = int((cima - z_2) / (cima - baixo) * altura)
        assert pixels[linha, coluna, 0] == pytest.approx((tom + 1) / 2)


@pytest.mark.parametrize(
    ("chamar", "mensagem"),
    [
        (lambda: figuras.grade(IMAGENS[0]), r"chegou a forma \(1, 8, 8\); esperava \(N, C, H, W\)"),
        (lambda: figuras.grade(IMAGENS.expand(9, 2, 8, 8)), "C = 1 ou 3"),
        (lambda: figuras.grade(IMAGENS[:0]), "N ≥ 1"),
        (lambda: figuras.grade(IMAGENS.byte()), "uint8"),
        (lambda: figuras.grade(IMAGENS / 0), "NaN"),
        (lambda: figuras.grade(IMAGENS, colunas=0), "colunas"),
        (lambda: figuras.grade(IMAGENS, rotulos=["a"]), "rotulos: chegaram 1 para 9"),
        (lambda: figuras.fileiras({"a": IMAGENS, "b": IMAGENS[:3]}), "grupos"),
        (lambda: figuras.fileiras({}), "grupos"),
        (lambda: figuras.variedade(IMAGENS[:8]), "lado × lado"),
    ],
)
def test_imagens_erros(chamar, mensagem):
    with pytest.raises(ValueError, match=mensagem):
        chamar()
    assert plt.get_fignums() == []  # o erro vem antes de qualquer figura


# Curvas -----------------------------------------------------------------------------------------


def test_historico_desenha_os_valores_e_a_media_movel():
    ax = figuras.historico(REGISTROS, ["perda", "KL"], _eixo_solto())
    assert ax.lines[0].get_ydata().tolist() == [r.valores["perda"] for r in REGISTROS]
    assert ax.lines[0].get_xdata() == pytest.approx(range(1, 41))
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()
    ax = figuras.historico(REGISTROS, ["KL"], _eixo_solto(), suavizar=4)
    assert ax.lines[1].get_ydata()[:5].tolist() == [1.0, 1.5, 2.0, 2.5, 3.5]
    assert media_movel(torch.tensor([2.0, 4.0]), 10).tolist() == [2.0, 3.0]
    com_nan = media_movel(torch.tensor([1.0, math.nan, 3.0, 5.0]), 2)
    assert com_nan.isnan().tolist() == [False, True, True, False]


def test_curvas_em_escala_logaritmica_marca_cada_ponto():
    k = torch.tensor([1.0, 8.0, 64.0])
    ax = figuras.curvas({"a": -k, "b": k}, k, _eixo_solto(), log_x=True)
    assert [linha.get_ydata().tolist() for linha in ax.lines] == [[-1, -8, -64], [1, 8, 64]]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["1", "8", "64"]
    assert ax.lines[0].get_marker() != ax.lines[1].get_marker()


def test_barras_tem_o_comprimento_dos_valores():
    ax = figuras.barras({"a": 3.0, "b": (-1.5, 0.25)}, _eixo_solto(), referencia=("publicado", 2.0))
    larguras = [p.get_width() for p in ax.patches if isinstance(p, Rectangle)]
    assert larguras == [3.0, -1.5]
    assert [t.get_text() for t in ax.texts] == ["3,0", "−1,5 ± 0,2"]
    assert ax.get_legend().get_texts()[0].get_text() == "publicado: 2,0"


# Amostras ---------------------------------------------------------------------------------------


def test_histograma_soma_um_e_a_normal_e_a_normal():
    ax = figuras.histograma_contra_normal(torch.randn(20, 30, generator=gerador(3)), _eixo_solto())
    assert sum(p.get_width() * p.get_height() for p in ax.patches) == pytest.approx(1.0)
    assert max(ax.lines[0].get_ydata()) == pytest.approx(1 / math.sqrt(2 * math.pi), rel=1e-3)


def test_dispersao_mostra_todas_as_estimativas():
    a, b = torch.randn(30, generator=gerador(4)), 5 * torch.randn(40, generator=gerador(5))
    ax = figuras.dispersao_gradientes({"a": a, "b": b}, _eixo_solto())
    pontos = [linha for linha in ax.lines if len(linha.get_xdata()) > 2]
    torch.testing.assert_close(torch.tensor(pontos[1].get_xdata()), b.double())
    assert set(pontos[0].get_ydata().round()) == {0} and set(pontos[1].get_ydata().round()) == {1}


# Densidades ---------------------------------------------------------------------------------------


def test_densidades_desenha_a_exponencial():
    log_p = NORMAL.log_prob(X)
    ax = figuras.densidades({"p": log_p, "q": log_p - 1}, X, _eixo_solto())
    torch.testing.assert_close(torch.tensor(ax.lines[1].get_ydata()), (log_p - 1).exp())
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()


def test_mistura_2d_densidade_no_lugar():
    centro = torch.tensor([2.0, -1.0])
    ax = figuras.mistura_2d(lambda x: -0.5 * (x - centro).square().sum(dim=1), ax=_eixo_solto())
    plano = torch.tensor(ax.images[0].get_array())
    linha, coluna = divmod(int(plano.argmax()), plano.shape[1])
    eixo_desenhado = torch.linspace(-4, 4, len(plano))
    assert ax.images[0].origin == "lower"
    assert (eixo_desenhado[coluna].item(), eixo_desenhado[linha].item()) == pytest.approx((2, -1), abs=0.04)


def test_mapa_latente_digitos_e_nomes():
    mu, rotulos = torch.rand(20, 2, generator=gerador(6)), torch.arange(20) % 3
    ax = figuras.mapa_latente(mu, rotulos, _eixo_solto())
    assert len(ax.collections) == 3 and ax.get_legend() is None
    torch.testing.assert_close(torch.tensor(ax.collections[1].get_offsets().data).float(), mu[rotulos == 1])
    ax = figuras.mapa_latente(mu, rotulos, _eixo_solto(), nomes=["sem", "boné", "gorro"])
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["sem", "boné", "gorro"]
    formas = {c.get_paths()[0].vertices.shape for c in ax.collections}
    assert len(formas) == 3  # três marcas diferentes, não só três cores


@pytest.mark.parametrize(
    ("chamar", "mensagem"),
    [
        (lambda: figuras.historico([], ["perda"]), "registros"),
        (lambda: figuras.historico(REGISTROS, ["elbo"]), "'elbo' não foi registrada; há perda, KL"),
        (lambda: figuras.curvas({"a": X[:3]}, X), r"series\['a'\]"),
        (lambda: figuras.barras({}), "valores"),
        (lambda: figuras.histograma_contra_normal(torch.tensor([math.nan])), "finitos"),
        (lambda: figuras.dispersao_gradientes({"a": torch.zeros(1)}), "estimativas"),
        (lambda: figuras.densidades({"p": X[:3]}, X), "log_densidades"),
        (lambda: figuras.mistura_2d(None), "mistura_2d"),
        (lambda: figuras.mistura_2d(_anel, torch.zeros(3)), "amostras"),
        (lambda: figuras.mapa_latente(torch.zeros(4, 3), torch.zeros(4)), "mais de 2 dimensões"),
        (lambda: figuras.mapa_latente(torch.zeros(4, 2), torch.arange(4), nomes=["a"]), "nomes"),
    ],
)
def test_graficos_erros(chamar, mensagem):
    with pytest.raises(ValueError, match=mensagem):
        chamar()
    assert plt.get_fignums() == []


def test_todas_as_figuras_de_um_caderno_aparecem(tmp_path):
    """O backend do caderno liga o modo interativo ao ser carregado; o estilo da casa não pode desligá-lo."""
    import nbformat
    from nbclient import NotebookClient

    celula = "from aulas_lib import figuras\nfiguras.barras({'a': 1.0, 'b': 2.0});"
    caderno = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(celula) for _ in range(2)])
    NotebookClient(caderno, kernel_name="python3", resources={"metadata": {"path": str(pasta_projeto())}}).execute()
    assert all("image/png" in celula.outputs[0].data for celula in caderno.cells)


def test_nuvens_um_painel_por_conjunto():
    eixos = figuras.nuvens({nome: torch.randn(30, 2) for nome in "abcde"})
    assert [ax.get_title(loc="left") for ax in eixos] == list("abcde")
    assert len(eixos[0].lines[0].get_xdata()) == 30
    with pytest.raises(ValueError, match="zero conjuntos"):
        figuras.nuvens({})
    with pytest.raises(ValueError, match=r"\(n, 2\)"):
        figuras.nuvens({"a": torch.zeros(3)})


def test_corrida_poe_segundos_e_frechet_em_eixos_logaritmicos():
    ax = figuras.corrida([{"nome": "nossa", "segundos": t, "frechet": 900 / t} for t in (10.0, 60.0)])
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert ax.lines[0].get_xydata().tolist() == [[10, 90], [60, 15]]
    with pytest.raises(ValueError, match="lista vazia"):
        figuras.corrida([])

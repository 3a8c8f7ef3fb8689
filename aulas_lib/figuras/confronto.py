"""Figuras do confronto: o limite em parcelas, as duas trocas e o trilema."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from aulas_lib.ambiente import virgula
from aulas_lib.figuras.base import CINZA, CORES, LETRA, MARCAS, PALETA, TRACOS, acabar, eixo
from aulas_lib.figuras.medidas import Linha, marcas_do_logaritmo

HACHURAS = ("", "//", "..")
NOMES = {"precisao": "precisão", "revocacao": "revocação", "frechet": "distância de Fréchet (escala logarítmica)"}


def parcelas(
    modelos: Mapping[str, Mapping[str, float]],
    referencias: Mapping[str, float],
    ax: Axes | None = None,
    titulo: str | None = None,
) -> Axes:
    """Barras horizontais empilhadas, uma por modelo, com a soma escrita na ponta e linhas de referência.

    Args:
        modelos: de nome a parcelas, de nome a nats; as parcelas de mesmo nome têm a mesma cor e a mesma hachura.
        referencias: de nome a valor, em nats.
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

    Raises:
        ValueError: se não há modelos.
    """
    if not modelos:
        raise ValueError("modelos: chegou um dicionário vazio; esperava pelo menos uma barra.")
    ax = eixo(ax, altura=1.9 + 0.55 * len(modelos))
    nomes = list(dict.fromkeys(nome for partes in modelos.values() for nome in partes))
    for i, partes in enumerate(modelos.values()):
        esquerda = 0.0
        for nome, valor in partes.items():
            k = nomes.index(nome)
            estilo = {"color": CORES[k], "hatch": HACHURAS[k % len(HACHURAS)], "edgecolor": "white"}
            ax.barh(i, valor, left=esquerda, height=0.6, **estilo)
            esquerda += valor
        soma = virgula(esquerda, 1)
        ax.annotate(soma, (esquerda, i), (6, 0), textcoords="offset points", va="center", fontsize=LETRA)
    for k, nome in enumerate(nomes):
        ax.barh(0, 0, color=CORES[k], hatch=HACHURAS[k % len(HACHURAS)], edgecolor="white", label=nome)
    for k, (nome, valor) in enumerate(referencias.items()):
        ax.axvline(valor, color=PALETA["preto"], linestyle=TRACOS[k + 1], label=f"{nome}: {virgula(valor, 1)}")
    ax.set_yticks(range(len(modelos)), list(modelos), fontsize=LETRA)
    ax.set_ylim(len(modelos) - 0.5, -0.5)
    ax.margins(x=0.12)
    acabar(ax, "nats por imagem", None, titulo)
    ax.legend(frameon=False, fontsize=LETRA - 1, ncols=2, loc="upper center", bbox_to_anchor=(0.45, -0.25))
    return ax


def trocas(
    linhas: Sequence[Linha], medida: str = "precisao", ax: Axes | None = None, titulo: str | None = None
) -> Axes:
    """Uma medida contra a revocação, uma curva por modelo, com o valor do botão em cada ponto e um desvio nas barras.

    Args:
        linhas: com "modelo", "botao", "revocacao", a medida e os seus desvios; as sem "botao" são o piso.
        medida: "precisao" ou "frechet" (com o eixo em logaritmo).
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

    Raises:
        ValueError: se não há linhas ou a medida não é uma dessas.
    """
    if not linhas or medida not in ("precisao", "frechet"):
        raise ValueError(f"trocas: chegaram {len(linhas)} linhas e {medida!r}; esperava linhas e precisao ou frechet.")
    ax, escala = eixo(ax), 100 if medida == "precisao" else 1
    for i, nome in enumerate(dict.fromkeys(str(um["modelo"]) for um in linhas)):
        meus = [um for um in linhas if um["modelo"] == nome]
        x, dx = ([100 * float(um[c]) for um in meus] for c in ("revocacao", "revocacao_dp"))
        y, dy = ([escala * float(um[c]) for um in meus] for c in (medida, f"{medida}_dp"))
        piso = "botao" not in meus[0]
        aparencia = {"color": CINZA if piso else CORES[i], "marker": "*" if piso else MARCAS[i], "capsize": 3}
        ax.errorbar(x, y, dy, dx, markersize=13 if piso else 7, linestyle=TRACOS[i], label=nome, **aparencia)
        for um, a, b in zip([] if piso else meus, x, y, strict=False):
            onde = {"xytext": (7, 4), "ha": "left"} if i % 2 == 0 else {"xytext": (-8, -11), "ha": "right"}
            ax.annotate(f"{um['botao']:g}".replace(".", ","), (a, b), textcoords="offset points", fontsize=11, **onde)
    if medida == "frechet":
        ax.set_yscale("log")
        marcas_do_logaritmo(ax.yaxis)
    else:
        ax.yaxis.set_major_formatter(PercentFormatter(decimals=0, symbol=" %"))
    ax.xaxis.set_major_formatter(PercentFormatter(decimals=0, symbol=" %"))
    return acabar(ax, NOMES["revocacao"], NOMES[medida], titulo, legenda=True)


def trilema(linhas: Sequence[Linha], ax: Axes | None = None, titulo: str | None = None) -> Axes:
    """Milissegundos por imagem contra a distância de Fréchet, um ponto por modelo, com a revocação escrita ao lado.

    Args:
        linhas: com "modelo", "segundos_por_imagem", "frechet", "frechet_dp" e "revocacao".
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

    Raises:
        ValueError: se não há linhas.
    """
    if not linhas:
        raise ValueError("linhas: chegou uma lista vazia; esperava pelo menos um modelo.")
    ax = eixo(ax, altura=5.2)
    for i, um in enumerate(linhas):
        x, y = 1000 * float(um["segundos_por_imagem"]), float(um["frechet"])
        aparencia = {"color": CORES[i % len(CORES)], "marker": MARCAS[i % len(MARCAS)], "capsize": 3}
        ax.errorbar(x, y, float(um["frechet_dp"]), markersize=10, linestyle="", label=str(um["modelo"]), **aparencia)
        texto = f"{virgula(100 * float(um['revocacao']), 0)} %"
        ax.annotate(texto, (x, y), (9, 5), textcoords="offset points", fontsize=LETRA - 2)
    ax.set(xscale="log", yscale="log")
    marcas_do_logaritmo(ax.yaxis)
    marcas_do_logaritmo(ax.xaxis, (1,))
    ax.margins(x=0.12)
    acabar(ax, "milissegundos de um núcleo por rosto", NOMES["frechet"], titulo)
    ax.legend(frameon=False, fontsize=LETRA - 2, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax

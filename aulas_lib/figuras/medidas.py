"""Tabelas de medidas em figura: um ponto por treino nas ablações, e barras de erro na árvore das GANs."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import LogLocator, NullFormatter

from aulas_lib.ambiente import virgula
from aulas_lib.figuras.base import CINZA, CORES, LETRA, MARCAS, PALETA, NumeroComVirgula, acabar, eixo

Linha = Mapping[str, float | str]


def ablacao(linhas: Sequence[Linha], ax: Axes | None = None, titulo: str | None = None) -> Axes:
    """Distância de Fréchet de cada treino, uma faixa por variante; a primeira é a receita completa.

    Args:
        linhas: da tabela das ablações, com "variante" e "frechet".
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

    Raises:
        ValueError: se não há linhas.
    """
    if not linhas:
        raise ValueError("linhas: chegou uma lista vazia; esperava pelo menos um treino.")
    nomes = list(dict.fromkeys(str(linha["variante"]) for linha in linhas))
    por_nome = {nome: [float(um["frechet"]) for um in linhas if um["variante"] == nome] for nome in nomes}
    ax = eixo(ax, altura=1.0 + 0.55 * len(nomes))
    for i, valores in enumerate(por_nome.values()):
        cor = PALETA["azul"] if i == 0 else PALETA["laranja"]
        ax.plot(valores, [i] * len(valores), MARCAS[min(i, 1)], color=cor, markersize=8, alpha=0.85)
        media = sum(valores) / len(valores)
        ax.plot([media] * 2, [i - 0.28, i + 0.28], color=PALETA["preto"], linewidth=2.2)
        ax.annotate(virgula(media, 0), (media, i - 0.3), fontsize=LETRA - 2, ha="center", va="bottom")
    faixa = por_nome[nomes[0]]
    ax.axvspan(min(faixa), max(faixa), color=CINZA, alpha=0.18, zorder=0)
    ax.set_yticks(range(len(nomes)), nomes, fontsize=LETRA)
    ax.set_ylim(len(nomes) - 0.5, -0.75)
    ax.xaxis.set_major_formatter(NumeroComVirgula())
    return acabar(ax, "distância de Fréchet (menor é melhor); traço: média das sementes", None, titulo)


def corrida(linhas: Sequence[Linha], ax: Axes | None = None, titulo: str | None = None) -> Axes:
    """Distância de Fréchet contra os segundos de treino, uma curva por rede, com os dois eixos em logaritmo.

    Args:
        linhas: com "nome", "segundos" e "frechet", na ordem do treino.
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

    Raises:
        ValueError: se não há linhas.
    """
    if not linhas:
        raise ValueError("linhas: chegou uma lista vazia; esperava pelo menos um ponto.")
    ax = eixo(ax)
    for i, nome in enumerate(dict.fromkeys(str(um["nome"]) for um in linhas)):
        pontos = [(float(um["segundos"]), float(um["frechet"])) for um in linhas if um["nome"] == nome]
        aparencia = {"color": CORES[i % len(CORES)], "marker": MARCAS[i % len(MARCAS)]}
        ax.plot(*zip(*pontos, strict=True), label=nome, linewidth=2.2, markersize=8, **aparencia)
    ax.set(xscale="log", yscale="log")
    marcas_do_logaritmo(ax.xaxis)
    marcas_do_logaritmo(ax.yaxis)
    return acabar(ax, "segundos de treino", "distância de Fréchet", titulo, legenda=True)


def arvore(linhas: Sequence[Linha], ax: Axes | None = None, titulo: str | None = None) -> Axes:
    """Distância de Fréchet contra revocação, um ponto por gerador, com barras de um desvio-padrão.

    Args:
        linhas: da tabela da árvore, com "modelo", "frechet", "revocacao" e os seus desvios, "frechet_dp" e
            "revocacao_dp".
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

    Raises:
        ValueError: se não há linhas.
    """
    if not linhas:
        raise ValueError("linhas: chegou uma lista vazia; esperava pelo menos um gerador.")
    ax = eixo(ax)
    cores = (*CORES, CINZA)
    for i, linha in enumerate(linhas):
        aparencia = {"color": cores[i % len(cores)], "marker": MARCAS[i % len(MARCAS)]}
        ax.errorbar(
            float(linha["frechet"]), 100 * float(linha["revocacao"]), 100 * float(linha["revocacao_dp"]),
            float(linha["frechet_dp"]), markersize=8, capsize=3, linestyle="", label=str(linha["modelo"]), **aparencia,
        )  # fmt: skip
    ax.set_xscale("log")
    marcas_do_logaritmo(ax.xaxis)
    return acabar(ax, "distância de Fréchet (escala logarítmica)", "revocação (%)", titulo, legenda=True)


def marcas_do_logaritmo(um: Axis, multiplos: tuple[int, ...] = (1, 2, 5)) -> None:
    """Marcas de um eixo em logaritmo nesses múltiplos das potências de dez, com vírgula decimal."""
    um.set_major_locator(LogLocator(subs=multiplos))
    um.set_major_formatter(NumeroComVirgula())
    um.set_minor_formatter(NullFormatter())

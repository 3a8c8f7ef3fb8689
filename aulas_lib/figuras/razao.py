"""Razões de densidades: a curva, a calibração, a inferência de um parâmetro e o empurrão que leva q a p."""

from typing import Protocol

from matplotlib.axes import Axes
from torch import Tensor

from aulas_lib.figuras.base import (
    CINZA,
    CORES,
    LETRA,
    MARCAS,
    PALETA,
    TRACOS,
    acabar,
    conferir_vetor,
    eixo,
    numpy,
)
from aulas_lib.figuras.densidades import densidades


class CurvaDeConfiabilidade(Protocol):
    """O que `confiabilidade` desenha: médias, frequências e contagens por faixa, forma (F,)."""

    previsto: Tensor
    frequencia: Tensor
    contagem: Tensor


def log_razoes(
    razoes: dict[str, Tensor],
    grade: Tensor,
    densidade: Tensor | None = None,
    ax: Axes | None = None,
    titulo: str | None = None,
) -> Axes:
    """Curvas de log p(x)/q(x) em uma dimensão; a primeira, a de referência, é larga e clara.

    Args:
        razoes: de nome à log-razão nos pontos da grade, em nats, forma (G,).
        grade: abscissas, forma (G,).
        densidade: onde há amostras, por exemplo ½(p + q), forma (G,); vira uma sombra ao fundo.
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

    Raises:
        ValueError: se uma curva não tem a forma da grade.
    """
    for nome, valores in razoes.items():
        conferir_vetor(f"razoes[{nome!r}]", valores, len(grade))
    ax = eixo(ax)
    x = numpy(grade)
    if densidade is not None:
        conferir_vetor("densidade", densidade, len(grade))
        fundo = ax.inset_axes([0, 0, 1, 1], sharex=ax, zorder=-1)  # outra escala vertical, sem marcas
        fundo.fill_between(x, numpy(densidade), color="#DDDDDD", linewidth=0)
        fundo.set_ylim(0, 2.2 * densidade.max().item())
        fundo.axis("off")
        ax.set_facecolor("none")
        ax.fill_between([], [], facecolor="#DDDDDD", edgecolor=CINZA, label="onde há amostras: ½(p + q)")
    for i, (nome, valores) in enumerate(razoes.items()):
        aparencia = {"color": PALETA["céu"], "linewidth": 6, "alpha": 0.8} if i == 0 else {
            "color": CORES[i % len(CORES)], "linewidth": 2.2, "linestyle": TRACOS[(i - 1) % len(TRACOS)]}
        ax.plot(x, numpy(valores), label=nome, **aparencia)
    ax.axhline(0, color=CINZA, linewidth=0.9)
    ax.set_xlim(x[0], x[-1])
    return acabar(ax, "x", "log p(x)/q(x) (nats)", titulo, legenda=True)


def confiabilidade(
    curvas: dict[str, CurvaDeConfiabilidade], ax: Axes | None = None, titulo: str | None = None
) -> Axes:
    """Frequência de p em cada faixa de D, contra a média de D na faixa; a diagonal é a calibração perfeita.

    Args:
        curvas: de nome à curva de confiabilidade.
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

    Raises:
        ValueError: se as partes de uma curva têm tamanhos diferentes.
    """
    for nome, curva in curvas.items():
        conferir_vetor(f"curvas[{nome!r}].frequencia", curva.frequencia, len(curva.previsto))
    ax = eixo(ax, largura=6.0, altura=5.0)
    ax.plot([0, 1], [0, 1], color=CINZA, linewidth=5, alpha=0.3, label="calibração perfeita")
    for i, (nome, curva) in enumerate(curvas.items()):
        aparencia = {"color": CORES[i], "marker": MARCAS[i], "linestyle": TRACOS[i], "markersize": 7}
        ax.plot(numpy(curva.previsto), numpy(curva.frequencia), linewidth=2, label=nome, **aparencia)
    acabar(ax, "D(x): o que o classificador diz", "fração que veio de p", titulo, legenda=True)
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    return ax


def posterioris(
    densidades_theta: dict[str, Tensor], grade: Tensor, verdadeiro: float, ax: Axes | None = None,
    eixo_x: str = "θ", titulo: str | None = None,
) -> Axes:
    """Densidades a posteriori de um parâmetro, com o valor verdadeiro marcado.

    Args:
        densidades_theta: de nome à densidade na grade, forma (G,).
        grade: valores do parâmetro, forma (G,).
        verdadeiro: o valor com que os dados foram simulados.
        ax: onde desenhar; sem ele, uma figura nova.
        eixo_x: nome do eixo horizontal, com unidade.
        titulo: título da figura.

    Raises:
        ValueError: se uma densidade não tem a forma da grade.
    """
    logs = {nome: p.log() for nome, p in densidades_theta.items()}
    ax = densidades(logs, grade.to(next(iter(logs.values())).dtype), ax, eixo_x, titulo)
    ax.axvline(verdadeiro, color="black", linestyle=":", linewidth=2, label="θ verdadeiro")
    return acabar(ax, eixo_x, "densidade a posteriori", titulo, legenda=True)


def cobertura(
    intervalos: Tensor, verdadeiros: Tensor, ax: Axes | None = None, titulo: str | None = None
) -> Axes:
    """Um intervalo por repetição, contra o valor verdadeiro; os que erram ganham um ×.

    Args:
        intervalos: começo e fim, forma (R, 2).
        verdadeiros: forma (R,).
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

    Raises:
        ValueError: se as formas não combinam.
    """
    if intervalos.shape != (len(verdadeiros), 2):
        raise ValueError(
            f"cobertura: intervalos chegou com a forma {tuple(intervalos.shape)}; esperava ({len(verdadeiros)}, 2)."
        )
    ax = eixo(ax)
    baixo, alto = intervalos.T
    dentro = (baixo <= verdadeiros) & (verdadeiros <= alto)
    limites = [intervalos.min().item(), intervalos.max().item()]
    ax.plot(limites, limites, color=CINZA, linewidth=5, alpha=0.3, label="θ verdadeiro")
    for certos, cor, marca, nome in ((dentro, PALETA["azul"], "", "intervalo que contém θ"),
                                     (~dentro, PALETA["vermelhão"], "X", "intervalo que não contém")):
        x = numpy(verdadeiros[certos])
        ax.vlines(x, numpy(baixo[certos]), numpy(alto[certos]), color=cor, linewidth=1.8, label=nome)
        ax.plot(x, numpy((baixo + alto)[certos]) / 2, linestyle="", marker=marca, color=cor, markersize=8)
    acabar(ax, "θ verdadeiro", "intervalo de 95 %", titulo, legenda=True)
    ax.legend(frameon=False, fontsize=LETRA - 1, loc="upper left", bbox_to_anchor=(0, 1.22))
    return ax


def setas(
    de_p: Tensor, de_q: Tensor, gradientes: Tensor | None = None, ax: Axes | None = None,
    extensao: float = 4.0, titulo: str | None = None,
) -> Axes:
    """Duas amostras no plano e, saindo de cada ponto de q, a direção em que log p/q cresce.

    Args:
        de_p: amostra de p, forma (n, 2).
        de_q: amostra de q, forma (m, 2).
        gradientes: ∇ log p/q nos pontos de q, forma (m, 2); sem eles, só os pontos.
        ax: onde desenhar; sem ele, uma figura nova.
        extensao: os eixos vão de −extensao a +extensao.
        titulo: título da figura.

    Raises:
        ValueError: se gradientes não tem a forma de de_q.
    """
    if gradientes is not None and gradientes.shape != de_q.shape:
        raise ValueError(
            f"setas: gradientes chegou com a forma {tuple(gradientes.shape)}; esperava {tuple(de_q.shape)}."
        )
    ax = eixo(ax, largura=5.6, altura=5.4)
    ax.plot(*numpy(de_p).T, "o", color=PALETA["céu"], markersize=4, alpha=0.6, markeredgewidth=0, label="p")
    ax.plot(*numpy(de_q).T, "s", color=PALETA["vermelhão"], markersize=3.5, markeredgewidth=0, label="q")
    if gradientes is not None:
        ax.quiver(*numpy(de_q).T, *numpy(gradientes).T, angles="xy", width=0.004, color=PALETA["preto"])
    acabar(ax, "$x_1$", "$x_2$", titulo)
    ax.legend(frameon=False, fontsize=LETRA - 1, loc="upper right", handletextpad=0.1, borderpad=0.1)
    ax.set(xlim=(-extensao, extensao), ylim=(-extensao, extensao), aspect="equal")
    return ax

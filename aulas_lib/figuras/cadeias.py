"""Figuras de Monte Carlo: a queda do erro com N e o caminho de cadeias no plano."""

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from torch import Tensor

from aulas_lib.figuras.base import CORES, MARCAS, acabar, conferir_vetor, eixo, numpy, quadro
from aulas_lib.figuras.densidades import mistura_2d


def queda_do_erro(
    n: Tensor,
    medido: Tensor,
    previsto: Tensor,
    ax: Axes | None = None,
    eixo_y: str = "erro",
    titulo: str | None = None,
) -> Axes:
    """Erro medido e erro previsto contra o número de sorteios, nos dois eixos em escala logarítmica.

    Args:
        n: números de sorteios, forma (K,), positivos.
        medido: erros medidos, forma (K,), positivos.
        previsto: erros que a teoria prevê, forma (K,), positivos.
        ax: onde desenhar; sem ele, uma figura nova.
        eixo_y: nome do eixo vertical, com unidade.
        titulo: título da figura.

    Raises:
        ValueError: se uma das formas não é a de `n`.
    """
    conferir_vetor("n", n)
    conferir_vetor("medido", medido, len(n))
    conferir_vetor("previsto", previsto, len(n))
    ax = eixo(ax)
    ax.plot(numpy(n), numpy(previsto), "--", color="black", linewidth=2, label="previsto: cai com 1/√N")
    ax.plot(numpy(n), numpy(medido), "o", color=CORES[0], markersize=8, label="medido")
    ax.set(xscale="log", yscale="log")
    for lado in (ax.xaxis, ax.yaxis):
        lado.set_major_locator(LogLocator(subs=(1, 3)))
        lado.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.6g}".replace(".", ",")))
        lado.set_minor_formatter(NullFormatter())
    return acabar(ax, "número de sorteios, N", eixo_y, titulo, legenda=True)


def caminhos(
    log_densidade: Callable[[Tensor], Tensor],
    estados: Tensor,
    ax: Axes | None = None,
    extensao: float = 4.0,
    titulo: str | None = None,
) -> Axes:
    """Cadeias sobre a densidade no plano, cada uma com a sua cor e a sua marca.

    Args:
        log_densidade: recebe pontos (N, 2) e devolve log p, forma (N,).
        estados: forma (C, T, 2).
        ax: onde desenhar; sem ele, uma figura nova.
        extensao: os eixos vão de −extensao a +extensao.
        titulo: título da figura.

    Raises:
        ValueError: se estados não tem forma (C, T, 2).
    """
    if estados.ndim != 3 or estados.shape[2] != 2:
        raise ValueError(f"estados: chegou a forma {tuple(estados.shape)}; esperava (C, T, 2).")
    ax = mistura_2d(log_densidade, None, ax, extensao, titulo)
    cores = [cor for cor in CORES if cor not in CORES[:1]]  # o azul é o da densidade
    for i, cadeia in enumerate(estados):
        x, y = numpy(cadeia).T
        aparencia = {"color": cores[i % len(cores)], "marker": MARCAS[i % len(MARCAS)], "label": f"cadeia {i + 1}"}
        ax.plot(x, y, linewidth=0.6, markersize=4, alpha=0.7, **aparencia)
    if len(estados) > 1:
        ax.legend(loc="center", frameon=False)
    return ax


def instantes(
    estados: Tensor,
    passos: Sequence[int],
    log_densidade: Callable[[Tensor], Tensor] | None = None,
    extensao: float = 4.0,
) -> list[Axes]:
    """A nuvem de muitas cadeias em alguns passos, lado a lado.

    Args:
        estados: forma (B, T + 1, 2), com a partida na posição 0.
        passos: quais mostrar, de 0 a T.
        log_densidade: se vem, a densidade aparece por trás.
        extensao: os eixos vão de −extensao a +extensao.

    Raises:
        ValueError: se estados não tem forma (B, T + 1, 2) ou um passo não existe.
    """
    if estados.ndim != 3 or estados.shape[2] != 2:
        raise ValueError(f"estados: chegou a forma {tuple(estados.shape)}; esperava (B, T + 1, 2).")
    if not passos or not 0 <= min(passos) <= max(passos) < estados.shape[1]:
        raise ValueError(f"passos: chegou {list(passos)}; esperava valores de 0 a {estados.shape[1] - 1}.")
    eixos = quadro(colunas=len(passos), altura=3.4)
    for ax, passo in zip(eixos, passos, strict=True):
        mistura_2d(log_densidade, estados[:, passo], ax, extensao, f"passo {passo}")
        ax.set(xlabel="", ylabel="")
    return eixos

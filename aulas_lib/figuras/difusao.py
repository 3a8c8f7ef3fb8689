"""Figuras da difusão: a densidade que anda no tempo; campos de setas e caminhos de pontos sobre uma densidade."""

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from torch import Tensor

from aulas_lib.figuras.base import LETRA, PALETA, acabar, eixo, numpy
from aulas_lib.figuras.densidades import AZUIS, mistura_2d


def densidade_no_tempo(
    densidades: Tensor, grade: Tensor, caminhos: Tensor | None = None, ax: Axes | None = None,
    titulo: str | None = None, fim: float | None = None, tempo: str = "t",
) -> Axes:
    """A densidade de x_t em cada instante, em tons de azul, e alguns caminhos por cima.

    Args:
        densidades: q(x_t) de t = 0 a T, forma (T + 1, G).
        grade: os x, igualmente espaçados, forma (G,).
        caminhos: forma (n, T + 1).
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.
        fim: o tempo do último instante; sem ele, o tempo conta os passos, e é T.
        tempo: como se chama o tempo nos eixos.

    Raises:
        ValueError: se as formas não combinam.
    """
    passos, pontos = len(densidades) - 1, len(grade)
    if densidades.shape[1:] != (pontos,) or (caminhos is not None and caminhos.shape[1:] != (passos + 1,)):
        de_caminhos = "" if caminhos is None else f" e caminhos {tuple(caminhos.shape)}"
        raise ValueError(
            f"densidade_no_tempo: chegaram densidades {tuple(densidades.shape)}, com grade {tuple(grade.shape)}"
            f"{de_caminhos}; esperava (T + 1, G), (G,) e (n, T + 1)."
        )
    ax = eixo(ax)
    fim = passos if fim is None else fim
    lados = (0, fim, grade[0].item(), grade[-1].item())
    ax.imshow(
        numpy(densidades.T), extent=lados, origin="lower", aspect="auto", cmap=AZUIS, norm=PowerNorm(0.5, vmin=0)
    )
    if caminhos is not None:
        for i, caminho in enumerate(numpy(caminhos)):
            cor = PALETA["preto"] if i % 2 else PALETA["vermelhão"]
            ax.plot([fim * k / passos for k in range(passos + 1)], caminho, color=cor, linewidth=0.9, alpha=0.85)
    acabar(ax, tempo, rf"$x_{tempo}$", titulo)
    ax.grid(False)
    ax.set(xlim=lados[:2], ylim=lados[2:])
    return ax


def campo(
    log_densidade: Callable[[Tensor], Tensor], pontos: Tensor, vetores: Tensor, ax: Axes | None = None,
    extensao: float = 4.0, titulo: str | None = None,
) -> Axes:
    """Setas que saem de pontos do plano, sobre a densidade.

    Args:
        log_densidade: recebe pontos (N, 2) e devolve log p, forma (N,).
        pontos: de onde saem, forma (n, 2).
        vetores: as setas, forma (n, 2); a maior mede um décimo do quadro.
        ax: onde desenhar; sem ele, uma figura nova.
        extensao: os eixos vão de −extensao a +extensao.
        titulo: título da figura.

    Raises:
        ValueError: se as formas não combinam.
    """
    if pontos.shape != vetores.shape or pontos.ndim != 2:
        raise ValueError(
            f"campo: chegaram pontos {tuple(pontos.shape)} e vetores {tuple(vetores.shape)}; esperava (n, 2) nos dois."
        )
    ax = mistura_2d(log_densidade, None, ax, extensao, titulo)
    maior = vetores.norm(dim=1).max().clamp(min=1e-9) / (0.2 * extensao)
    setas = numpy(vetores / maior)
    ax.quiver(*numpy(pontos).T, *setas.T, angles="xy", scale_units="xy", scale=1, width=0.004, color=PALETA["preto"])
    return ax


def trajetorias(
    log_densidade: Callable[[Tensor], Tensor], estados: Tensor, ax: Axes | None = None, extensao: float = 3.0,
    titulo: str | None = None,
) -> Axes:
    """Caminhos de pontos do plano, do ruído (círculo vazio) à chegada (ponto cheio), sobre a densidade dos dados.

    Args:
        log_densidade: recebe pontos (N, 2) e devolve log p, forma (N,).
        estados: as paradas de cada ponto, em ordem, forma (n, T, 2).
        ax: onde desenhar; sem ele, uma figura nova.
        extensao: os eixos vão de −extensao a +extensao.
        titulo: título da figura.

    Raises:
        ValueError: se os estados não têm forma (n, T, 2).
    """
    if estados.ndim != 3 or estados.shape[2] != 2:
        raise ValueError(f"trajetorias: chegou a forma {tuple(estados.shape)}; esperava (n, T, 2).")
    ax = mistura_2d(log_densidade, None, ax, extensao, titulo)
    for caminho in numpy(estados):
        ax.plot(*caminho.T, color=PALETA["preto"], linewidth=0.8, alpha=0.6)
    (x, y), (x_fim, y_fim) = numpy(estados[:, 0]).T, numpy(estados[:, -1]).T
    ax.plot(x, y, "o", markersize=5, markerfacecolor="white", markeredgecolor=PALETA["preto"], label="ruído")
    ax.plot(x_fim, y_fim, "o", color=PALETA["vermelhão"], markersize=5, label="chegada")
    ax.legend(frameon=False, loc="upper right", fontsize=LETRA - 2, handlelength=1, borderaxespad=0.1)
    return ax

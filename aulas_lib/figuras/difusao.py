"""Figuras da difusão: a densidade que anda no tempo, e campos de setas sobre uma densidade."""

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from torch import Tensor

from aulas_lib.figuras.base import PALETA, acabar, eixo, numpy
from aulas_lib.figuras.densidades import AZUIS, mistura_2d


def densidade_no_tempo(
    densidades: Tensor, grade: Tensor, caminhos: Tensor | None = None, ax: Axes | None = None,
    titulo: str | None = None,
) -> Axes:
    """A densidade de x_t em cada instante, em tons de azul, e alguns caminhos por cima.

    Args:
        densidades: q(x_t) de t = 0 a T, forma (T + 1, G).
        grade: os x, igualmente espaçados, forma (G,).
        caminhos: forma (n, T + 1).
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

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
    lados = (0, passos, grade[0].item(), grade[-1].item())
    ax.imshow(
        numpy(densidades.T), extent=lados, origin="lower", aspect="auto", cmap=AZUIS, norm=PowerNorm(0.5, vmin=0)
    )
    if caminhos is not None:
        for i, caminho in enumerate(numpy(caminhos)):
            cor = PALETA["preto"] if i % 2 else PALETA["vermelhão"]
            ax.plot(range(passos + 1), caminho, color=cor, linewidth=0.9, alpha=0.85)
    acabar(ax, "t", "$x_t$", titulo)
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

"""Densidades em uma e duas dimensões."""

from collections.abc import Callable

import torch
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from torch import Tensor

from aulas_lib.figuras.base import CORES, PALETA, TRACOS, acabar, eixo, numpy, quadro

AZUIS = LinearSegmentedColormap.from_list("azuis", ["white", PALETA["céu"], PALETA["azul"]])


def densidades(
    log_densidades: dict[str, Tensor],
    grade: Tensor,
    ax: Axes | None = None,
    eixo_x: str = "x",
    titulo: str | None = None,
) -> Axes:
    """Densidades em uma dimensão; a primeira, a de referência, fica preenchida.

    Args:
        log_densidades: de nome ao logaritmo da densidade nos pontos da grade, forma (G,).
        grade: abscissas, forma (G,).
        ax: onde desenhar; sem ele, uma figura nova.
        eixo_x: nome do eixo horizontal.
        titulo: título da figura.

    Raises:
        ValueError: se uma das log-densidades não tem a forma da grade.
    """
    for nome, log_p in log_densidades.items():
        if log_p.shape != grade.shape or grade.ndim != 1:
            raise ValueError(
                f"log_densidades[{nome!r}]: chegou a forma {tuple(log_p.shape)}, "
                f"com grade {tuple(grade.shape)}; esperava (G,) nas duas."
            )
    ax = eixo(ax)
    x = numpy(grade)
    for i, (nome, log_p) in enumerate(log_densidades.items()):
        p, cor = numpy(log_p.exp()), CORES[i % len(CORES)]
        if i == 0:
            ax.fill_between(x, p, color=cor, alpha=0.15, linewidth=0)
        ax.plot(x, p, linestyle=TRACOS[i % len(TRACOS)], color=cor, linewidth=2.4, label=nome)
    acabar(ax, eixo_x, "densidade", titulo, legenda=True)
    ax.set_ylim(bottom=0)
    return ax


def mistura_2d(
    log_densidade: Callable[[Tensor], Tensor] | None,
    amostras: Tensor | None = None,
    ax: Axes | None = None,
    extensao: float = 4.0,
    titulo: str | None = None,
) -> Axes:
    """Densidade no plano em tons de azul, e amostras por cima.

    Args:
        log_densidade: recebe pontos (N, 2) e devolve log p, forma (N,); sem ela, só as amostras.
        amostras: pontos, forma (n, 2); sem eles, só a densidade.
        ax: onde desenhar; sem ele, uma figura nova.
        extensao: os eixos vão de −extensao a +extensao.
        titulo: título da figura.

    Raises:
        ValueError: se não veio nem densidade nem amostras, ou se as amostras não têm a forma (n, 2).
    """
    if log_densidade is None and amostras is None:
        raise ValueError("mistura_2d: não há o que desenhar; passe log_densidade, amostras ou as duas.")
    if amostras is not None and (amostras.ndim != 2 or amostras.shape[1] != 2):
        raise ValueError(f"amostras: chegou a forma {tuple(amostras.shape)}; esperava (n, 2).")
    ax = eixo(ax, largura=5.6, altura=5.4)
    if log_densidade is not None:
        plano = _densidade_no_plano(log_densidade, extensao)
        lados, norma = (-extensao, extensao) * 2, PowerNorm(0.5, vmin=0)
        ax.imshow(numpy(plano), extent=lados, origin="lower", cmap=AZUIS, norm=norma)
    if amostras is not None:
        x, y = numpy(amostras).T
        ax.plot(x, y, "o", color=PALETA["vermelhão"], markersize=3.6, alpha=0.6, markeredgewidth=0)
    acabar(ax, "$x_1$", "$x_2$", titulo)
    ax.grid(log_densidade is None)
    ax.set(xlim=(-extensao, extensao), ylim=(-extensao, extensao), aspect="equal")
    return ax


def nuvens(conjuntos: dict[str, Tensor], extensao: float = 3.0, colunas: int = 4) -> list[Axes]:
    """Vários conjuntos de pontos do plano, lado a lado e na mesma escala.

    Args:
        conjuntos: de nome a pontos, forma (n, 2); são desenhados os 1000 primeiros de cada um.
        extensao: os eixos vão de −extensao a +extensao.
        colunas: painéis por linha.

    Raises:
        ValueError: se não há conjuntos, ou se um deles não tem a forma (n, 2).
    """
    if not conjuntos:
        raise ValueError("nuvens: chegaram zero conjuntos; esperava pelo menos um, de nome a pontos (n, 2).")
    linhas = -(-len(conjuntos) // colunas)
    eixos = quadro(colunas=colunas, linhas=linhas, largura=12, altura=3.1 * linhas)
    for (nome, pontos), ax in zip(conjuntos.items(), eixos, strict=False):
        mistura_2d(None, pontos[:1000], ax, extensao, nome)
        ax.set(xlabel="", ylabel="")
        ax.lines[0].set(markersize=2, color=PALETA["azul"])
    for ax in eixos[len(conjuntos) :]:
        ax.set_axis_off()
    return eixos[: len(conjuntos)]


def _densidade_no_plano(log_densidade: Callable[[Tensor], Tensor], extensao: float) -> Tensor:
    lado = 240
    linha = torch.linspace(-extensao, extensao, lado)
    y, x = torch.meshgrid(linha, linha, indexing="ij")
    with torch.no_grad():
        return log_densidade(torch.stack([x.flatten(), y.flatten()], dim=1)).exp().reshape(lado, lado)

"""Como números sorteados se espalham: contra a normal, e entre estimadores."""

import torch
from matplotlib.axes import Axes
from torch import Tensor

from aulas_lib.ambiente import virgula
from aulas_lib.figuras.base import CINZA, CORES, LETRA, MARCAS, PALETA, acabar, conferir_vetor, eixo, numpy


def histograma_contra_normal(
    valores: Tensor, ax: Axes | None = None, nome: str = "valores", titulo: str | None = None
) -> Axes:
    """Histograma de números que deveriam vir de N(0, 1), com a densidade de N(0, 1) por cima.

    Args:
        valores: qualquer forma; todos entram na conta.
        ax: onde desenhar; sem ele, uma figura nova.
        nome: o que os valores são, para o eixo e a legenda.
        titulo: título da figura.

    Raises:
        ValueError: se não há valores ou se há infinitos ou NaN.
    """
    v = valores.detach().double().cpu().flatten()
    if len(v) == 0 or not v.isfinite().all():
        raise ValueError("valores: esperava pelo menos um número, todos finitos.")
    ax = eixo(ax)
    limite = max(4.0, v.abs().max().item())
    faixas = {"bins": 60, "range": (-limite, limite), "density": True}
    ax.hist(numpy(v), color=PALETA["céu"], edgecolor="white", label=nome, **faixas)
    x = torch.linspace(-limite, limite, 400, dtype=torch.float64)
    normal = torch.distributions.Normal(0.0, 1.0).log_prob(x).exp()
    ax.plot(numpy(x), numpy(normal), "--", color=PALETA["preto"], linewidth=2.2, label="N(0, 1)")
    return acabar(ax, nome, "densidade", titulo, legenda=True)


def dispersao_gradientes(
    estimativas: dict[str, Tensor],
    ax: Axes | None = None,
    verdadeiro: float | None = None,
    eixo_x: str = "gradiente estimado com uma amostra",
    titulo: str | None = None,
) -> Axes:
    """Um ponto por estimativa, uma faixa por estimador, com a média e a variância escritas.

    Args:
        estimativas: de nome do estimador a estimativas independentes da mesma derivada, forma (N,).
        ax: onde desenhar; sem ele, uma figura nova.
        verdadeiro: valor exato, se conhecido: uma linha vertical.
        eixo_x: nome do eixo horizontal.
        titulo: título da figura.

    Raises:
        ValueError: se uma das formas não é (N,), com N de pelo menos 2.
    """
    for nome, valores in estimativas.items():
        conferir_vetor(f"estimativas[{nome!r}]", valores, minimo=2)
    ax = eixo(ax, altura=1.5 + 1.05 * len(estimativas))
    for i, (nome, valores) in enumerate(estimativas.items()):
        v = valores.detach().double().cpu()
        # A sequência da razão áurea espalha os pontos na faixa sem sortear nada.
        altura = i + 0.36 * ((torch.arange(len(v)) * 0.6180339887) % 1) - 0.05
        pontos = {"linestyle": "", "markersize": 4, "markeredgewidth": 0, "alpha": 0.45}
        ax.plot(numpy(v), numpy(altura), marker=MARCAS[i], color=CORES[i], **pontos)
        ax.plot([v.mean().item()] * 2, [i - 0.09, i + 0.35], color="black", linewidth=2.6)
        texto = f"{nome}: média {virgula(v.mean().item())}, variância {_curto(v.var().item())}"
        ax.annotate(texto, (0, i - 0.17), xycoords=("axes fraction", "data"), fontsize=LETRA, va="bottom",
                    bbox={"color": "white", "pad": 1})
    if verdadeiro is not None:
        rotulo = f"valor exato: {virgula(verdadeiro)}"
        ax.axvline(verdadeiro, color=CINZA, linestyle="--", linewidth=1.6, label=rotulo, zorder=0)
        ax.legend(frameon=False, fontsize=LETRA - 1, loc="lower right", bbox_to_anchor=(1, 1))
    acabar(ax, eixo_x, None, titulo)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.set_ylim(len(estimativas) - 0.55, -0.45)
    return ax


def _curto(numero: float) -> str:
    """Três algarismos significativos, com vírgula."""
    casas = max(0, 2 - int(f"{numero:e}".split("e")[1]))
    return virgula(numero, casas)

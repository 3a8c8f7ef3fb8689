"""Amostras em uma dimensão contra a densidade exata, e taxas que caem com a dimensão."""

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from torch import Tensor

from aulas_lib.figuras.base import CORES, MARCAS, PALETA, TRACOS, acabar, conferir_vetor, eixo, numpy


def densidade_estimada(
    log_q: Tensor, log_p: Tensor, grade: Tensor, ax: Axes | None = None, titulo: str | None = None
) -> Axes:
    """Uma densidade estimada (linha cheia) sobre a exata (área cinzenta), sem legenda, para painéis pequenos.

    Args:
        log_q: log-densidade estimada na grade, forma (G,), em nats.
        log_p: log-densidade exata na grade, forma (G,), em nats.
        grade: abscissas, forma (G,).
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título do painel.

    Raises:
        ValueError: se as formas não combinam.
    """
    conferir_vetor("grade", grade, minimo=2)
    conferir_vetor("log_q", log_q, len(grade))
    conferir_vetor("log_p", log_p, len(grade))
    ax = eixo(ax)
    exata = numpy(log_p.exp())
    ax.fill_between(numpy(grade), exata, color="#C8C8C8", linewidth=0)
    ax.plot(numpy(grade), numpy(log_q.exp()), color=CORES[0], linewidth=1.8)
    acabar(ax, "x", "densidade", titulo)
    ax.set_ylim(0, 2 * exata.max())  # a mesma escala em todos os painéis: picos mais altos são cortados
    return ax


def histograma_contra_densidade(
    amostras: Tensor,
    log_p: Tensor,
    grade: Tensor,
    ax: Axes | None = None,
    nome: str = "amostras",
    titulo: str | None = None,
) -> Axes:
    """Histograma de amostras em uma dimensão, com a densidade exata por cima.

    Args:
        amostras: qualquer forma; todas entram na conta.
        log_p: log-densidade exata na grade, forma (G,), em nats.
        grade: abscissas; dão também os limites do histograma, forma (G,).
        ax: onde desenhar; sem ele, uma figura nova.
        nome: o que as amostras são, para a legenda.
        titulo: título da figura.

    Raises:
        ValueError: se as formas não combinam, ou se não há amostras ou há infinitos ou NaN entre elas.
    """
    conferir_vetor("grade", grade, minimo=2)
    conferir_vetor("log_p", log_p, len(grade))
    v = amostras.detach().double().cpu().flatten()
    if len(v) == 0 or not v.isfinite().all():
        raise ValueError("amostras: esperava pelo menos uma, todas finitas.")
    ax = eixo(ax)
    bordas = torch.linspace(grade[0].item(), grade[-1].item(), 81, dtype=torch.float64)
    contagens = torch.histogram(v, bordas).hist
    alturas = contagens / (len(v) * bordas.diff())  # as que caem fora da grade contam no total
    ax.bar(numpy(bordas[:-1]), numpy(alturas), numpy(bordas.diff()), align="edge", color=PALETA["céu"],
           edgecolor="white", linewidth=0.6, label=nome)
    ax.plot(numpy(grade), numpy(log_p.exp()), "--", color=PALETA["preto"], linewidth=2.2, label="densidade exata")
    acabar(ax, "x", "densidade", titulo, legenda=True)
    ax.set_ylim(0, 1.35 * max(alturas.max().item(), log_p.exp().max().item()))  # a legenda fica acima
    return ax


def mapa_gerador(
    redes: dict[str, Tensor],
    exatas: dict[str, Tensor],
    z: Tensor,
    ax: Axes | None = None,
    titulo: str | None = None,
) -> Axes:
    """O que redes de uma dimensão fazem com z, contra as funções que levam a priori exatamente a p.

    Args:
        redes: de nome a saída em z, forma (G,).
        exatas: de nome a função exata em z, forma (G,); em preto.
        z: abscissas crescentes, forma (G,).
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

    Raises:
        ValueError: se as formas não combinam.
    """
    conferir_vetor("z", z, minimo=2)
    for nome, valores in {**redes, **exatas}.items():
        conferir_vetor(nome, valores, len(z))
    ax = eixo(ax)
    for i, (nome, valores) in enumerate(redes.items()):
        ax.plot(numpy(z), numpy(valores), color=CORES[i], linestyle=TRACOS[i], linewidth=2.8, label=nome)
    for i, (nome, valores) in enumerate(exatas.items()):
        ax.plot(numpy(z), numpy(valores), color="black", linestyle=TRACOS[-1 - i], linewidth=1.5, label=nome)
    acabar(ax, "z, sorteado de N(0, 1)", "x gerado", titulo, legenda=True)
    baixo, alto = ax.get_ylim()
    ax.set_ylim(baixo, alto + 0.5 * (alto - baixo))  # a legenda fica acima das curvas
    return ax


def taxas_por_dimensao(
    medidas: dict[str, Tensor],
    exatas: dict[str, Tensor],
    dimensoes: Sequence[int],
    ax: Axes | None = None,
    eixo_y: str = "fração aceita",
    titulo: str | None = None,
) -> Axes:
    """Taxas medidas (marcas) sobre as curvas exatas (linhas), em escala logarítmica.

    Args:
        medidas: de nome a taxas, forma (D,); um zero, que a escala não mostra, fica sem marca.
        exatas: de nome a taxas, forma (D,), com os nomes de `medidas`.
        dimensoes: abscissas, uma por taxa.
        ax: onde desenhar; sem ele, uma figura nova.
        eixo_y: nome do eixo vertical.
        titulo: título da figura.

    Raises:
        ValueError: se os nomes ou os tamanhos não combinam.
    """
    if medidas.keys() != exatas.keys():
        raise ValueError(f"medidas e exatas têm nomes diferentes: {list(medidas)} e {list(exatas)}.")
    ax, x = eixo(ax), list(dimensoes)
    for i, nome in enumerate(medidas):
        conferir_vetor(f"medidas[{nome!r}]", medidas[nome], len(x))
        conferir_vetor(f"exatas[{nome!r}]", exatas[nome], len(x))
        ax.plot(x, numpy(exatas[nome]), color=CORES[i], linestyle=TRACOS[i], linewidth=1.8)
        taxas = numpy(medidas[nome].where(medidas[nome] > 0, torch.nan))
        ax.plot(x, taxas, linestyle="", marker=MARCAS[i], color=CORES[i], markersize=8, label=nome)
    ax.set_yscale("log")
    marcas = [10.0**-k for k in range(7) if 10.0**-k >= 0.3 * min(t.min().item() for t in exatas.values())]
    ax.set_yticks(marcas, [_por_cento(marca) for marca in marcas])
    ax.minorticks_off()
    ax.set_xticks(x)
    return acabar(ax, "dimensão", eixo_y, titulo, legenda=True)


def _por_cento(fracao: float) -> str:
    return f"{100 * fracao:g} %".replace(".", ",")

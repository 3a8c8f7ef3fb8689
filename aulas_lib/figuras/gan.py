"""Redes adversárias: as perdas no logit, D contra o ótimo, modas por semente e o viés da distância de Fréchet."""

import math
from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from aulas_lib.ambiente import virgula
from aulas_lib.figuras.base import (
    CINZA,
    CORES,
    LETRA,
    MARCAS,
    PALETA,
    TRACOS,
    NumeroComVirgula,
    acabar,
    conferir_vetor,
    eixo,
    numpy,
)

MARCAS_DE_D = (0.01, 0.1, 0.5, 0.9, 0.99)
PILHA = 5  # sementes por coluna; com mais, o monte ganha outra coluna


def perdas_no_logit(
    curvas: dict[str, Tensor],
    a: Tensor,
    ax: Axes | None = None,
    eixo_y: str = "perda do gerador (nats)",
    titulo: str | None = None,
) -> Axes:
    """Perdas (ou inclinações) em função do logit; em cima, o mesmo eixo em D = σ(a).

    Uma curva que vai muito além das outras é cortada: as outras continuam legíveis.

    Args:
        curvas: de nome aos valores em `a`, forma (N,).
        a: logits crescentes, forma (N,).
        ax: onde desenhar; sem ele, uma figura nova.
        eixo_y: nome do eixo vertical, com unidade.
        titulo: título da figura.

    Raises:
        ValueError: se não há curvas, ou se uma não tem a forma de `a`.
    """
    conferir_vetor("a", a, minimo=2)
    if not curvas:
        raise ValueError("curvas: chegou um dicionário vazio; esperava pelo menos uma.")
    for nome, valores in curvas.items():
        conferir_vetor(f"curvas[{nome!r}]", valores, len(a))
    ax = eixo(ax)
    espaco = max(1, len(a) // 9)
    for i, (nome, valores) in enumerate(curvas.items()):
        # curvas iguais continuam visíveis: as primeiras são mais largas, e as marcas não caem no mesmo ponto
        aparencia = {"color": CORES[i % len(CORES)], "linestyle": TRACOS[i % len(TRACOS)], "markersize": 7,
                     "marker": MARCAS[i % len(MARCAS)], "markevery": (i * espaco // len(curvas), espaco)}  # fmt: skip
        ax.plot(numpy(a), numpy(valores), linewidth=2 + 0.5 * (len(curvas) - 1 - i), label=nome, **aparencia)
    ax.axhline(0, color=CINZA, linewidth=0.9, zorder=0.9)
    acabar(ax, "logit a de um exemplo gerado", eixo_y, titulo, legenda=True)
    ax.set(xlim=(a[0].item(), a[-1].item()), ylim=_sem_os_extremos(list(curvas.values())))
    dentro = [d for d in MARCAS_DE_D if a[0] <= math.log(d / (1 - d)) <= a[-1]]
    acima = ax.secondary_xaxis("top")
    acima.set_xticks([math.log(d / (1 - d)) for d in dentro], [f"{d:g}".replace(".", ",") for d in dentro])
    acima.tick_params(labelsize=LETRA - 1, color=CINZA)
    acima.spines["top"].set_color(CINZA)
    acima.set_xlabel("D = σ(a)", fontsize=LETRA)
    return ax


def discriminador_contra_otimo(
    grade: Tensor,
    log_p: Tensor,
    log_pg: Tensor,
    d_treinado: Tensor,
    ax: Axes | None = None,
    titulo: str | None = None,
    legenda: bool = True,
) -> Axes:
    """O discriminador treinado sobre o ótimo D* = p/(p + p_g), à direita; ao fundo, as duas densidades, à esquerda.

    Args:
        grade: abscissas crescentes, forma (G,).
        log_p: log p_data na grade, forma (G,).
        log_pg: log p_g na grade, forma (G,).
        d_treinado: D(x) na grade, em [0, 1], forma (G,).
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.
        legenda: se mostra a legenda, embaixo; em painéis lado a lado, basta uma.

    Raises:
        ValueError: se uma das formas não é a da grade, ou se D sai de [0, 1].
    """
    conferir_vetor("grade", grade, minimo=2)
    for nome, valores in {"log_p": log_p, "log_pg": log_pg, "d_treinado": d_treinado}.items():
        conferir_vetor(nome, valores, len(grade))
    if not ((d_treinado >= 0) & (d_treinado <= 1)).all():
        raise ValueError("d_treinado: esperava probabilidades em [0, 1]; passe o logit por torch.sigmoid.")
    ax = eixo(ax)
    x, p, p_g = numpy(grade), numpy(log_p.exp()), numpy(log_pg.exp())
    otimo = torch.where(log_p.isneginf() & log_pg.isneginf(), 0.0, log_p - log_pg).sigmoid()
    ax.fill_between(x, p, facecolor="#CDE7F7", edgecolor=PALETA["azul"], linewidth=1, label="p (dados)")
    ax.plot(x, p_g, "--", color=PALETA["vermelhão"], linewidth=2, label="$p_g$ (gerados)")
    acabar(ax, "x", "densidade", titulo)
    ax.grid(False)
    pico = max(p.max(), p_g.max())
    ax.set(xlim=(x[0], x[-1]), ylim=(-0.06 * pico, 2.06 * pico))  # metade de baixo; os dois zeros na mesma altura
    ax.set_yticks([t for t in MaxNLocator(3).tick_values(0, pico) if t <= pico])
    direita = ax.twinx()
    direita.axhline(0.5, color=CINZA, linewidth=1, linestyle=":")
    direita.plot(x, numpy(otimo), color=PALETA["laranja"], alpha=0.55, linewidth=7, label="D* (ótimo)")
    direita.plot(x, numpy(d_treinado), color="black", linewidth=1.8, label="D treinado")
    direita.set(ylim=(-0.03, 1.03), yticks=[0, 0.5, 1])
    direita.yaxis.set_major_formatter(NumeroComVirgula())
    direita.tick_params(labelsize=LETRA - 1, color=CINZA)
    direita.set_ylabel("D(x)", fontsize=LETRA)
    direita.spines["top"].set_visible(False)
    direita.spines[["left", "right", "bottom"]].set_color(CINZA)
    if legenda:
        densidades, notas = ax.get_legend_handles_labels(), direita.get_legend_handles_labels()
        partes = densidades[0] + notas[0], densidades[1] + notas[1]
        ax.legend(*partes, frameon=False, fontsize=LETRA - 1, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.2))
    return ax


def modas_por_semente(
    resultados: dict[str, Sequence[int]], total: int, ax: Axes | None = None, titulo: str | None = None
) -> Axes:
    """Quantas modas cada treino cobriu: um ponto por semente, em montes; o traço é a média.

    Args:
        resultados: de nome do método às modas cobertas, uma por semente.
        total: quantas modas há.
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

    Raises:
        ValueError: se não há resultados, se um método não tem sementes, ou se uma contagem sai de 0 a total.
    """
    if not resultados or not all(len(r) and all(0 <= m <= total for m in r) for r in resultados.values()):
        raise ValueError(
            f"resultados: chegou {resultados}; esperava, para cada método, contagens de 0 a {total}, uma por semente."
        )
    ax = eixo(ax, altura=1.5 + 0.75 * len(resultados) + 0.4 * (titulo is not None))
    ax.axvline(total, color=CINZA, linestyle="--", linewidth=1.5)
    for i, contagens in enumerate(resultados.values()):
        pontos = [p for m in sorted(set(contagens)) for p in _monte(m, i, list(contagens).count(m), 0.017 * total)]
        cor, marca = CORES[i % len(CORES)], MARCAS[i % len(MARCAS)]
        media = sum(contagens) / len(contagens)
        ax.plot([media, media], [i - 0.42, i + 0.42], color="black", linewidth=2)
        ax.plot(*zip(*pontos, strict=True), linestyle="", marker=marca, color=cor, markersize=8, markeredgewidth=0)
        ax.annotate(virgula(media, 1), (1, i), (8, 0), xycoords=("axes fraction", "data"), va="center",
                    textcoords="offset points", fontsize=LETRA)  # fmt: skip
    ax.annotate("média", (1, 1), (8, 2), xycoords="axes fraction", textcoords="offset points", fontsize=LETRA - 1)
    acabar(ax, f"modas cobertas, de {total} (um ponto por semente)", None, titulo)
    ax.grid(axis="y", visible=False)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=9, integer=True, steps=[1, 2, 5, 10]))
    ax.set_yticks(range(len(resultados)), list(resultados))
    ax.set(xlim=(-0.04 * total, 1.04 * total), ylim=(len(resultados) - 0.45, -0.55))  # o primeiro em cima
    return ax


def vies_frechet(
    inversos: Tensor,
    medias: Tensor,
    desvios: Tensor,
    limite: float,
    ax: Axes | None = None,
    titulo: str | None = None,
) -> Axes:
    """A distância de Fréchet contra 1/n, e a reta que a leva a infinitas imagens; em cima, n.

    Args:
        inversos: 1/n, forma (K,), positivos.
        medias: média da distância em cada n, forma (K,).
        desvios: desvio-padrão em cada n, forma (K,); são as barras.
        limite: onde a reta corta 1/n = 0.
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

    Raises:
        ValueError: se as formas não combinam, ou se 1/n não é positivo.
    """
    conferir_vetor("inversos", inversos)
    conferir_vetor("medias", medias, len(inversos))
    conferir_vetor("desvios", desvios, len(inversos))
    if not (inversos > 0).all():
        raise ValueError("inversos: esperava 1/n, números positivos.")
    ax = eixo(ax)
    x = inversos.double()
    fim = 1.06 * x.max().item()
    inclinacao = ((x * (medias.double() - limite)).sum() / x.square().sum()).item()
    ax.plot([0, fim], [limite, limite + inclinacao * fim], "--", color="black", linewidth=1.8, label="reta em 1/n")
    ax.errorbar(numpy(x), numpy(medias), numpy(desvios), fmt="o", color=PALETA["azul"], markersize=8, capsize=5,
                elinewidth=1.8, label="média e desvio-padrão")  # fmt: skip
    ax.plot([0], [limite], "D", color=PALETA["vermelhão"], markersize=10, clip_on=False, zorder=3,
            label=f"limite com n infinito: {virgula(limite, 1)}")  # fmt: skip
    acabar(ax, "1/n", "distância de Fréchet", titulo, legenda=True)
    ax.set_xlim(0, fim)
    acima = ax.secondary_xaxis("top")
    marcas = _espacadas(sorted(x.tolist(), reverse=True), fim / 14)
    acima.set_xticks(marcas, [f"{1 / m:.0f}" for m in marcas])
    acima.tick_params(labelsize=LETRA - 1, color=CINZA)
    acima.spines["top"].set_color(CINZA)
    acima.set_xlabel("n, imagens de cada conjunto", fontsize=LETRA)
    return ax


def _sem_os_extremos(curvas: list[Tensor]) -> tuple[float, float]:
    """Limites do eixo vertical: com três curvas ou mais, a que vai muito além das outras é cortada."""
    baixos, altos = sorted(c.min().item() for c in curvas), sorted(c.max().item() for c in curvas)
    k = 1 if len(curvas) >= 3 else 0
    baixo, alto = baixos[k], altos[-1 - k]
    folga = 0.15 * (alto - baixo) or 1.0
    baixo, alto = max(baixos[0], baixo - folga), min(altos[-1], alto + folga)
    return baixo - folga / 3, alto + folga / 3


def _monte(x: float, y: float, quantos: int, passo: float) -> list[tuple[float, float]]:
    """Posições de pontos iguais, em colunas de até `PILHA`, em volta de (x, y)."""
    colunas = [min(PILHA, quantos - inicio) for inicio in range(0, quantos, PILHA)]
    return [
        (x + passo * (c - (len(colunas) - 1) / 2), y + 0.17 * (h - (altura - 1) / 2))
        for c, altura in enumerate(colunas)
        for h in range(altura)
    ]


def _espacadas(marcas: list[float], distancia: float) -> list[float]:
    """As marcas, tiradas as que ficariam por cima de outra."""
    ficam: list[float] = []
    for m in marcas:
        if not ficam or ficam[-1] - m >= distancia:
            ficam.append(m)
    return ficam

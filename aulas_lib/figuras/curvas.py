"""Curvas e barras: treinos e comparações."""

from collections.abc import Sequence
from typing import Protocol

import torch
from matplotlib.axes import Axes
from torch import Tensor

from aulas_lib.ambiente import virgula
from aulas_lib.figuras.base import CORES, LETRA, MARCAS, PALETA, TRACOS, acabar, conferir_vetor, eixo, numpy

UNIDADE = "nats por imagem"
NOMES = {"reconstrucao": "reconstrução", "kl": "KL"}  # das chaves dos registros à legenda
FUNDO_BRANCO = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}  # nenhuma linha corta os números


class RegistroDeTreino(Protocol):
    """O que `historico` lê de cada passo: o número do passo e os valores medidos nele."""

    passo: int
    valores: dict[str, float]


def historico(
    registros: Sequence[RegistroDeTreino],
    chaves: Sequence[str],
    ax: Axes | None = None,
    suavizar: int = 1,
    unidade: str = UNIDADE,
    titulo: str | None = None,
) -> Axes:
    """Curvas de treino.

    Args:
        registros: um por passo, como os que `treino.treinar` produz.
        chaves: quais valores desenhar, um por curva; a chave é o nome na legenda.
        ax: onde desenhar; sem ele, uma figura nova.
        suavizar: janela da média móvel, em registros; a curva crua fica clara, por trás.
        unidade: nome do eixo vertical.
        titulo: título da figura.

    Raises:
        ValueError: se não há registros ou se uma chave não está neles.
    """
    if not registros:
        raise ValueError("registros: chegou uma lista vazia; treine pelo menos um passo.")
    faltam = [chave for chave in chaves if chave not in registros[0].valores]
    if faltam:
        raise ValueError(f"chaves: {faltam[0]!r} não foi registrada; há {', '.join(registros[0].valores)}.")
    ax = eixo(ax)
    passos = [registro.passo for registro in registros]
    for i, chave in enumerate(chaves):
        valores = torch.tensor([registro.valores[chave] for registro in registros], dtype=torch.float64)
        cor, traco = CORES[i % len(CORES)], TRACOS[i % len(TRACOS)]
        if suavizar > 1:
            ax.plot(passos, numpy(valores), color=cor, alpha=0.22, linewidth=0.9)
        media = numpy(media_movel(valores, suavizar))
        ax.plot(passos, media, linestyle=traco, color=cor, linewidth=2.2, label=NOMES.get(chave, chave))
    return acabar(ax, "passo", unidade, titulo, legenda=True)


def media_movel(valores: Tensor, janela: int) -> Tensor:
    """Média dos últimos `janela` valores (de menos, no começo): forma (N,) → (N,)."""
    # Cada média é uma soma nova: um NaN no treino só apaga a sua janela, não o resto da curva.
    return torch.stack([valores[max(0, i + 1 - janela) : i + 1].mean() for i in range(len(valores))])


def curvas(
    series: dict[str, Tensor],
    x: Tensor,
    ax: Axes | None = None,
    eixo_x: str = "x",
    eixo_y: str = UNIDADE,
    titulo: str | None = None,
    log_x: bool = False,
) -> Axes:
    """Poucas curvas sobre os mesmos pontos, distinguidas por cor, traço e marca.

    Args:
        series: de nome a valores, forma (N,).
        x: abscissas, forma (N,).
        ax: onde desenhar; sem ele, uma figura nova.
        eixo_x: nome do eixo horizontal.
        eixo_y: nome do eixo vertical, com unidade.
        titulo: título da figura.
        log_x: se o eixo horizontal é logarítmico, com uma marca em cada ponto.

    Raises:
        ValueError: se uma série não tem a forma de `x`.
    """
    for nome, valores in series.items():
        conferir_vetor(f"series[{nome!r}]", valores, len(x))
    ax = eixo(ax)
    marcas = MARCAS if len(x) <= 30 else ("",)
    for i, (nome, valores) in enumerate(series.items()):
        aparencia = {"color": CORES[i % len(CORES)], "linestyle": TRACOS[i % len(TRACOS)], "linewidth": 2.2}
        ax.plot(numpy(x), numpy(valores), marker=marcas[i % len(marcas)], label=nome, **aparencia)
    if log_x:
        ax.set_xscale("log")
        ax.set_xticks(x.tolist(), [f"{v:g}".replace(".", ",") for v in x.tolist()])
        ax.minorticks_off()
    return acabar(ax, eixo_x, eixo_y, titulo, legenda=True)


def barras(
    valores: dict[str, float | tuple[float, float]],
    ax: Axes | None = None,
    unidade: str = UNIDADE,
    casas: int = 1,
    referencia: tuple[str, float] | None = None,
    titulo: str | None = None,
) -> Axes:
    """Barras horizontais com o número escrito na ponta.

    Args:
        valores: de nome a valor, ou a (valor, erro).
        ax: onde desenhar; sem ele, uma figura nova.
        unidade: nome do eixo dos valores.
        casas: casas decimais dos números.
        referencia: nome e valor de uma linha vertical de comparação.
        titulo: título da figura.

    Raises:
        ValueError: se não há valores.
    """
    if not valores:
        raise ValueError("valores: chegou um dicionário vazio; esperava pelo menos uma barra.")
    ax = eixo(ax, altura=1.3 + 0.55 * len(valores) + 0.4 * (titulo is not None))
    pares = [v if isinstance(v, tuple) else (v, None) for v in valores.values()]
    for i, (valor, erro) in enumerate(pares):
        cor = CORES[i % len(CORES)]
        ax.barh(i, valor, height=0.62, color=cor, alpha=0.85, xerr=erro, ecolor="black", capsize=4)
        numero = virgula(valor, casas) + ("" if erro is None else f" ± {virgula(erro, casas)}")
        fora = 6 if valor >= 0 else -6
        ponta = valor + (erro or 0) * (1 if valor >= 0 else -1)
        ax.annotate(numero, (ponta, i), (fora, 0), textcoords="offset points", va="center",
                    ha="left" if valor >= 0 else "right", fontsize=LETRA, bbox=FUNDO_BRANCO)
    ax.margins(x=0.22)
    if referencia is not None:
        rotulo = f"{referencia[0]}: {virgula(referencia[1], casas)}"
        ax.axvline(referencia[1], color="black", linestyle="--", linewidth=1.5, label=rotulo)
        ax.legend(frameon=False, fontsize=LETRA - 1, loc="lower right", bbox_to_anchor=(1, 1))
    acabar(ax, unidade, None, titulo)
    ax.set_yticks(range(len(valores)), list(valores), fontsize=LETRA)
    ax.tick_params(axis="y", length=0)
    ax.grid(False, axis="y")
    ax.set_ylim(len(valores) - 0.5, -0.5)
    return ax


def orbita(
    caminho: Tensor, ax: Axes | None = None, nomes: tuple[str, str] = ("θ", "ψ"), extensao: float = 1.2,
    titulo: str | None = None,
) -> Axes:
    """O caminho de um jogo de dois números, do quadrado à estrela do equilíbrio, na origem.

    Args:
        caminho: os dois números a cada passo, forma (T, 2).
        ax: onde desenhar; sem ele, uma figura nova.
        nomes: dos dois eixos.
        extensao: os eixos vão de −extensao a +extensao.
        titulo: título da figura.

    Raises:
        ValueError: se o caminho não tem forma (T, 2).
    """
    if caminho.ndim != 2 or caminho.shape[1] != 2:
        raise ValueError(f"caminho: chegou a forma {tuple(caminho.shape)}; esperava (T, 2).")
    ax = eixo(ax)
    ax.plot(*numpy(caminho).T, color=PALETA["azul"], linewidth=1.2)
    ax.plot(*numpy(caminho[0]), "s", color=PALETA["azul"], markersize=9)
    ax.plot(0, 0, "*", color=PALETA["vermelhão"], markersize=14)
    ax.set(xlim=(-extensao, extensao), ylim=(-extensao, extensao), aspect="equal")
    return acabar(ax, *nomes, titulo)

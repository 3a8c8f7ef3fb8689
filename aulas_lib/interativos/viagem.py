"""Viagem no tempo: um filme do treino, com reconstruções, mapa latente e perda, que pode ser rebobinado."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageDraw

from aulas_lib.ambiente import virgula
from aulas_lib.interativos import desenho
from aulas_lib.interativos.filme import Eixo, Filme, filme
from aulas_lib.interativos.latente import mapa_latente

LARGURA, ALTURA, LADO_MAPA = 620, 340, 326


class Instante(NamedTuple):
    """O que se grava do treino num passo.

    Attributes:
        passo: passos de otimização já dados.
        reconstrucoes: forma (n, C, H, W), em [-1, 1].
        mu: médias dos exemplos do mapa, forma (N, 2).
        perda: −ELBO médio, em nats.
    """

    passo: int
    reconstrucoes: torch.Tensor
    mu: torch.Tensor
    perda: float


def quadro_viagem(
    instantes: Sequence[Instante],
    atual: int,
    originais: torch.Tensor,
    rotulos: torch.Tensor,
    limite: float = 3.0,
) -> Image.Image:
    """Um instante do treino: à esquerda pares original/reconstrução e a perda; à direita o mapa latente.

    Args:
        instantes: todo o treino gravado (a curva da perda o mostra inteiro).
        atual: posição do instante desenhado.
        originais: forma (n, C, H, W), em [-1, 1].
        rotulos: classe de cada ponto do mapa, forma (N,).
        limite: o mapa vai de −limite a limite.

    Returns:
        Imagem Pillow RGB de 620 × 340 pixels.
    """
    instante = instantes[atual]
    tela = Image.new("RGB", (LARGURA, ALTURA), desenho.BRANCO)
    pincel = ImageDraw.Draw(tela)
    tela.paste(mapa_latente(instante.mu, rotulos, LADO_MAPA, limite), (LARGURA - LADO_MAPA - 7, 7))
    colunas = len(originais)
    lado = min(64, (LARGURA - LADO_MAPA - 30) // colunas - 4)
    letra = desenho.fonte(16)
    for alto, nome, imagens in (
        (6, "originais", originais),
        (46 + lado, "reconstruções", instante.reconstrucoes),
    ):
        pincel.text((12, alto), nome, font=letra, fill=desenho.PRETO)
        tela.paste(desenho.mosaico(imagens, lado, colunas), (12, alto + 24))
    _desenhar_perda(tela, instantes, atual, 92 + 2 * lado)
    return tela


def viagem_no_tempo(
    instantes: Sequence[Instante],
    originais: torch.Tensor,
    rotulos: torch.Tensor,
    *,
    limite: float = 3.0,
    fps: float = 6,
) -> Filme:
    """Filme de um controle: o passo do treino.

    Args:
        instantes: o que se gravou, em ordem; de 20 a 60 instantes dão um bom filme.
        originais: imagens fixas, forma (n, C, H, W), em [-1, 1]; de 4 a 6 cabem bem.
        rotulos: classe de cada ponto do mapa, forma (N,); até uns 400 pontos se leem bem.
        limite: o mapa vai de −limite a limite.
        fps: quadros por segundo do botão "Tocar".

    Returns:
        `Filme` que começa no fim do treino.

    Raises:
        ValueError: se há menos de dois instantes ou as formas não combinam.
    """
    if len(instantes) < 2:
        raise ValueError(
            f"viagem_no_tempo recebeu {len(instantes)} instante(s): grave pelo menos dois passos do treino."
        )
    for instante in instantes:
        if len(instante.reconstrucoes) != len(originais):
            raise ValueError(
                f"viagem_no_tempo recebeu {len(instante.reconstrucoes)} reconstruções no passo "
                f"{instante.passo} para {len(originais)} originais: reconstrua sempre as mesmas imagens."
            )
    total = len(instantes)
    return filme(
        [quadro_viagem(instantes, i, originais, rotulos, limite) for i in range(total)],
        [Eixo("passo do treino", [f"{instante.passo}" for instante in instantes], -1)],
        "Viagem no tempo: o treino do começo ao fim",
        "À esquerda, imagens originais sobre as suas reconstruções, e a curva da perda; à direita, o mapa "
        "latente, com um algarismo por exemplo. No começo tudo se amontoa perto da origem; ao longo do "
        "treino as classes se separam.",
        legendas=[f"perda {virgula(instante.perda, 1)} nats" for instante in instantes],
        fps=fps,
    )


def _desenhar_perda(tela: Image.Image, instantes: Sequence[Instante], atual: int, alto: int) -> None:
    pincel = ImageDraw.Draw(tela)
    passos = np.array([instante.passo for instante in instantes], dtype=float)
    perdas = np.array([instante.perda for instante in instantes], dtype=float)
    folga = max(1e-6, float(perdas.max() - perdas.min())) * 0.05
    grafico = desenho.Grafico(
        (14, alto + 52, LARGURA - LADO_MAPA - 28, ALTURA - 14),
        (passos[0], passos[-1]),
        (perdas.min() - folga, perdas.max() + folga),
    )
    pincel.text((12, alto), f"passo {instantes[atual].passo}", font=desenho.fonte(16), fill=desenho.PRETO)
    pincel.text(
        (12, alto + 22),
        f"perda = {virgula(instantes[atual].perda, 1)} nats",
        font=desenho.fonte(19, True),
        fill=desenho.PRETO,
    )
    pincel.line(grafico.caminho(passos, perdas), fill=desenho.AZUL, width=3)
    x, y = (float(p) for p in grafico.ponto(passos[atual], perdas[atual]))
    pincel.ellipse((x - 7, y - 7, x + 7, y + 7), fill=desenho.VERMELHO)

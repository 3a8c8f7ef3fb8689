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

LARGURA, ALTURA, MARGEM = 420, 520, 6
LADO_MAPA, LADO_IMAGEM, LARGURA_NOME = 290, 64, 150


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
    """Um instante do treino: de cima para baixo, originais e reconstruções, o mapa latente e a perda.

    Args:
        instantes: todo o treino gravado (a curva da perda o mostra inteiro).
        atual: posição do instante desenhado.
        originais: forma (n, C, H, W), em [-1, 1].
        rotulos: classe de cada ponto do mapa, forma (N,).
        limite: o mapa vai de −limite a limite.

    Returns:
        Imagem Pillow RGB de 420 × 520 pixels.
    """
    instante = instantes[atual]
    tela = Image.new("RGB", (LARGURA, ALTURA), desenho.BRANCO)
    pincel = ImageDraw.Draw(tela)
    letra, colunas = desenho.fonte(20), len(originais)
    lado = min(LADO_IMAGEM, (LARGURA - LARGURA_NOME - MARGEM) // colunas - 4)
    alto = MARGEM
    for nome, imagens in (("originais", originais), ("reconstruções", instante.reconstrucoes)):
        fila = desenho.mosaico(imagens, lado, colunas)
        pincel.text((MARGEM, alto + fila.height / 2), nome, font=letra, fill=desenho.PRETO, anchor="lm")
        tela.paste(fila, (LARGURA_NOME, alto))
        alto += fila.height + 4
    tela.paste(mapa_latente(instante.mu, rotulos, LADO_MAPA, limite), (MARGEM, alto + 6))
    coluna = LADO_MAPA + 2 * MARGEM + 4
    perda = virgula(instante.perda, 1)
    textos = ("mapa", "latente", "", "passo", f"{instante.passo}", "", "perda", perda, "nats")
    for i, texto in enumerate(textos):
        pincel.text((coluna, alto + 8 + 28 * i), texto, font=letra, fill=desenho.PRETO)
    _desenhar_perda(tela, instantes, atual, alto + LADO_MAPA + 14)
    return tela.point(lambda nivel: (nivel + 8) // 17 * 17)  # 16 níveis por cor: filme 40% menor


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
        [Eixo("passo", [f"{i.passo}" for i in instantes], -1, por_extenso="passo do treino")],
        "Viagem no tempo: o treino do começo ao fim",
        "Em cima, imagens originais sobre as suas reconstruções; no meio, o mapa latente, com um algarismo por "
        "exemplo; embaixo, a curva da perda. No começo tudo se amontoa perto da origem; ao longo do "
        "treino as classes se separam.",
        legendas=[f"perda {virgula(instante.perda, 1)} nats" for instante in instantes],
        fps=fps,
        largura_maxima=440,
    )


def _desenhar_perda(tela: Image.Image, instantes: Sequence[Instante], atual: int, alto: int) -> None:
    pincel = ImageDraw.Draw(tela)
    passos = np.array([instante.passo for instante in instantes], dtype=float)
    perdas = np.array([instante.perda for instante in instantes], dtype=float)
    folga = max(1e-6, float(perdas.max() - perdas.min())) * 0.05
    grafico = desenho.Grafico(
        (14, alto, LARGURA - 14, ALTURA - 10),
        (passos[0], passos[-1]),
        (perdas.min() - folga, perdas.max() + folga),
    )
    pincel.line(grafico.caminho(passos, perdas), fill=desenho.AZUL, width=3)
    x, y = (float(p) for p in grafico.ponto(passos[atual], perdas[atual]))
    pincel.ellipse((x - 7, y - 7, x + 7, y + 7), fill=desenho.VERMELHO)

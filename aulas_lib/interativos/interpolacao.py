"""Filme de interpolação: vários caminhos entre códigos, percorridos ao mesmo tempo."""

from collections.abc import Sequence

import torch
from PIL import Image, ImageDraw

from aulas_lib.ambiente import virgula
from aulas_lib.interativos import desenho
from aulas_lib.interativos.filme import Eixo, Filme, filme

LARGURA, MARGEM, FOLGA = 560, 112, 6


def quadro_interpolacao(imagens: torch.Tensor, linhas: Sequence[str], colunas: int, t: float) -> Image.Image:
    """Um instante: uma linha de imagens por caminho, com o nome do caminho à esquerda.

    Args:
        imagens: forma (P, C, H, W), P = linhas × colunas, em [-1, 1].
        linhas: nome de cada linha.
        colunas: imagens por linha.
        t: instante, de 0 a 1.

    Returns:
        Imagem Pillow RGB de 560 pixels de largura.
    """
    lado = (LARGURA - MARGEM - FOLGA * colunas) // colunas
    lado = (
        lado // imagens.shape[-1] * imagens.shape[-1] or lado
    )  # múltiplo exato: pixels todos do mesmo tamanho
    tela = Image.new("RGB", (LARGURA, 46 + len(linhas) * (lado + FOLGA)), desenho.BRANCO)
    pincel = ImageDraw.Draw(tela)
    for i, nome in enumerate(linhas):
        alto = 6 + i * (lado + FOLGA)
        fila = desenho.mosaico(imagens[i * colunas : (i + 1) * colunas], lado, colunas, FOLGA)
        tela.paste(fila, (MARGEM, alto))
        pincel.text((12, alto + lado / 2), nome, font=desenho.fonte(18), fill=desenho.PRETO, anchor="lm")
    # régua do tempo: início à esquerda, fim à direita
    y, fim = tela.height - 20, LARGURA - 24
    pincel.line([(MARGEM, y), (fim, y)], fill=desenho.CINZA, width=3)
    x = MARGEM + t * (fim - MARGEM)
    pincel.ellipse((x - 8, y - 8, x + 8, y + 8), fill=desenho.VERMELHO)
    pincel.text(
        (12, y), f"t = {virgula(t, 2)}", font=desenho.fonte(18, True), fill=desenho.PRETO, anchor="lm"
    )
    return tela


def filme_interpolacao(
    imagens: torch.Tensor,
    linhas: Sequence[str],
    *,
    titulo: str = "De um código a outro",
    fps: float = 10,
    qualidade: int | None = 85,
) -> Filme:
    """Filme de um controle, t de 0 a 1, com um caminho por linha e um par de extremos por coluna.

    Args:
        imagens: forma (P, Q, C, H, W): P = linhas × colunas caminhos, Q instantes; em [-1, 1].
        linhas: nome de cada linha (por exemplo "lerp" e "slerp"); P é múltiplo do número de linhas.
        titulo: linha acima da figura.
        fps: quadros por segundo do botão "Tocar".
        qualidade: do WebP; `None` quer dizer sem perda.

    Returns:
        `Filme` que começa no meio do caminho.

    Raises:
        ValueError: se a forma não é essa.
    """
    if imagens.ndim != 5 or not linhas or len(imagens) % len(linhas):
        raise ValueError(
            f"filme_interpolacao recebeu a forma {tuple(imagens.shape)} e {len(linhas)} linhas, mas espera "
            "(P, Q, C, H, W) com P múltiplo do número de linhas."
        )
    colunas, instantes = len(imagens) // len(linhas), imagens.shape[1]
    tempos = torch.linspace(0, 1, instantes).tolist()
    quadros = [quadro_interpolacao(imagens[:, i], linhas, colunas, t) for i, t in enumerate(tempos)]
    nomes = ", ".join(linhas)
    return filme(
        quadros,
        [Eixo("t, do primeiro ao segundo código", tempos, instantes // 2)],
        titulo,
        f"Imagens decodificadas ao longo do caminho entre dois códigos, {colunas} pares; uma linha por "
        f"caminho: {nomes}. Em t = 0 e t = 1, as linhas coincidem.",
        fps=fps,
        qualidade=qualidade,
    )

"""Filme de interpolação: vários caminhos entre códigos, percorridos ao mesmo tempo."""

from collections.abc import Sequence

import torch
from PIL import Image, ImageDraw

from aulas_lib.interativos import desenho
from aulas_lib.interativos.filme import Eixo, Filme, filme

LARGURA, FOLGA, ALTURA_NOME = 420, 6, 32


def quadro_interpolacao(imagens: torch.Tensor, linhas: Sequence[str], colunas: int) -> Image.Image:
    """Um instante: uma linha de imagens por caminho, com o nome do caminho em cima.

    Args:
        imagens: forma (P, C, H, W), P = linhas × colunas, em [-1, 1].
        linhas: nome de cada linha.
        colunas: imagens por linha.

    Returns:
        Imagem Pillow RGB de 420 pixels de largura.
    """
    lado = (LARGURA - FOLGA * (colunas + 1)) // colunas
    # múltiplo exato: pixels todos do mesmo tamanho
    lado = lado // imagens.shape[-1] * imagens.shape[-1] or lado
    filas = [
        desenho.mosaico(imagens[i * colunas : (i + 1) * colunas], lado, colunas, FOLGA)
        for i in range(len(linhas))
    ]
    altura = ALTURA_NOME + filas[0].height + FOLGA
    margem = (LARGURA - filas[0].width) // 2
    tela = Image.new("RGB", (LARGURA, altura * len(linhas)), desenho.BRANCO)
    pincel = ImageDraw.Draw(tela)
    for i, (nome, fila) in enumerate(zip(linhas, filas, strict=True)):
        pincel.text((margem, i * altura + 4), nome, font=desenho.fonte(20), fill=desenho.PRETO)
        tela.paste(fila, (margem, i * altura + ALTURA_NOME))
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
    quadros = [quadro_interpolacao(imagens[:, i], linhas, colunas) for i in range(instantes)]
    nomes = ", ".join(linhas)
    return filme(
        quadros,
        [Eixo("t", tempos, instantes // 2, por_extenso="t, do primeiro ao segundo código")],
        titulo,
        f"Imagens decodificadas ao longo do caminho entre dois códigos, {colunas} pares; uma linha por "
        f"caminho: {nomes}. Em t = 0 e t = 1, as linhas coincidem.",
        fps=fps,
        qualidade=qualidade,
        largura_maxima=480,
    )

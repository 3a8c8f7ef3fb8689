"""Filmes de uma máquina de Boltzmann de imagens: os filtros ao longo do treino e a cadeia de Gibbs."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from PIL import Image, ImageDraw

from aulas_lib.ambiente import virgula
from aulas_lib.interativos import desenho
from aulas_lib.interativos.filme import Eixo, Filme, filme
from aulas_lib.modelos.boltzmann import RBM, bloco_gibbs

MARGEM = 8
LADO_FILTRO, COLUNAS_DE_FILTROS = 76, 5
LADO_CADEIA, FOLGA_CADEIA, LADO_OCULTA = 62, 8, 12
MOMENTOS = (*range(11), *range(12, 21, 2), 25, 30, 40, 50, 75, 100, 150, 200, 300, 500)


class Filtros(NamedTuple):
    """O que se grava do treino em um passo.

    Attributes:
        passo: passos de otimização já dados.
        W: pesos, forma (D, H).
        nats: −log p(v) médio, com Z exata.
    """

    passo: int
    W: torch.Tensor
    nats: float


class EstadoDaCadeia(NamedTuple):
    """Um momento de várias cadeias.

    Attributes:
        passo: passos de Gibbs já dados.
        p: probabilidade de cada visível dadas as ocultas sorteadas, forma (n, D).
        h: ocultas sorteadas dado o estado, forma (n, H).
    """

    passo: int
    p: torch.Tensor
    h: torch.Tensor


def quadro_filtros(retrato: Filtros, lado: int, limite: float) -> Image.Image:
    """As colunas de W como imagens, com o passo e os nats embaixo.

    Args:
        retrato: o instante do treino.
        lado: largura e altura de uma imagem, em pixels do modelo.
        limite: peso que aparece branco (preto, se negativo); zero é cinza.

    Returns:
        Imagem Pillow RGB.
    """
    filtros = (retrato.W.T / limite).unflatten(1, (1, lado, lado))
    fila = desenho.mosaico(filtros, LADO_FILTRO, COLUNAS_DE_FILTROS)
    tela = Image.new("RGB", (fila.width + 2 * MARGEM, fila.height + 52), desenho.BRANCO)
    tela.paste(fila, (MARGEM, MARGEM))
    pincel, baixo = ImageDraw.Draw(tela), fila.height + 2 * MARGEM + 2
    pincel.text((MARGEM, baixo), f"passo {retrato.passo}", font=desenho.fonte(20), fill=desenho.PRETO)
    texto = f"{virgula(retrato.nats, 1)} nats por imagem"
    pincel.text((tela.width - MARGEM, baixo), texto, font=desenho.fonte(20), fill=desenho.PRETO, anchor="ra")
    return tela


def filme_filtros(retratos: Sequence[Filtros], lado: int = 8, fps: float = 5) -> Filme:
    """Filme do treino: os filtros de cada oculta, passo a passo.

    Args:
        retratos: gravados em ordem, por exemplo com `Gravador`.
        lado: largura e altura de uma imagem.
        fps: quadros por segundo do botão "Tocar".

    Returns:
        `Filme` que começa no fim do treino.

    Raises:
        ValueError: se há menos de dois retratos, ou se W não tem lado² linhas.
    """
    if len(retratos) < 2 or any(len(retrato.W) != lado**2 for retrato in retratos):
        formas = sorted({tuple(retrato.W.shape) for retrato in retratos})
        raise ValueError(
            f"filme_filtros recebeu {len(retratos)} retrato(s), com W de forma {formas}; esperava dois ou mais, "
            f"com {lado**2} linhas em W (uma por pixel)."
        )
    limite = float(retratos[-1].W.abs().quantile(0.98))
    return filme(
        [quadro_filtros(retrato, lado, limite) for retrato in retratos],
        [Eixo("passo", [f"{retrato.passo}" for retrato in retratos], -1, por_extenso="passo do treino")],
        "Os filtros das ocultas durante o treino",
        "Uma imagem por unidade oculta: branco é peso positivo, preto é negativo e cinza é zero. No começo tudo é "
        "cinza; ao longo do treino aparecem traços e manchas, e os nats por imagem caem.",
        legendas=[f"{virgula(retrato.nats, 1)} nats por imagem" for retrato in retratos],
        fps=fps,
        largura_maxima=440,
    )


def gravar_gibbs(
    rbm: RBM, inicio: torch.Tensor, momentos: Sequence[int] = MOMENTOS, gerador: torch.Generator | None = None
) -> list[EstadoDaCadeia]:
    """Percorre várias cadeias de Gibbs e guarda alguns momentos.

    Args:
        rbm: a máquina.
        inicio: estados de partida, forma (n, D).
        momentos: passos a guardar, em ordem crescente.
        gerador: fonte do acaso.

    Returns:
        Um estado por momento; no passo 0, `p` é o próprio início.

    Raises:
        ValueError: se os momentos não são crescentes a partir de zero.
    """
    if not momentos or momentos[0] < 0 or any(b <= a for a, b in zip(momentos, momentos[1:], strict=False)):
        raise ValueError(f"momentos: chegou {tuple(momentos)}; esperava passos crescentes, a partir de 0.")
    v, p, estados = inicio, inicio, []
    for passo in range(momentos[-1] + 1):
        h, p_seguinte, v_seguinte = bloco_gibbs(rbm, v, gerador)
        if passo in momentos:
            estados.append(EstadoDaCadeia(passo, p, h))
        p, v = p_seguinte, v_seguinte
    return estados


def quadro_gibbs(estado: EstadoDaCadeia, lado: int = 8) -> Image.Image:
    """Uma cadeia por coluna: em cima as visíveis, em tons; embaixo as ocultas, cheias se ligadas.

    Args:
        estado: o momento.
        lado: largura e altura de uma imagem, em pixels do modelo.

    Returns:
        Imagem Pillow RGB.
    """
    n, ocultas = estado.h.shape
    fila = desenho.mosaico((2 * estado.p - 1).unflatten(1, (1, lado, lado)), LADO_CADEIA, n, FOLGA_CADEIA)
    por_linha = (LADO_CADEIA + 1) // (LADO_OCULTA + 1)
    linhas = -(-ocultas // por_linha)
    altura = fila.height + linhas * (LADO_OCULTA + 1) + 52
    tela = Image.new("RGB", (fila.width + 2 * MARGEM, altura), desenho.BRANCO)
    tela.paste(fila, (MARGEM, MARGEM))
    pincel, alto = ImageDraw.Draw(tela), fila.height + MARGEM + 6
    for i in range(n):
        for j in range(ocultas):
            linha, coluna = divmod(j, por_linha)
            x = MARGEM + i * (LADO_CADEIA + FOLGA_CADEIA) + coluna * (LADO_OCULTA + 1)
            y = alto + linha * (LADO_OCULTA + 1)
            cor = desenho.LARANJA if estado.h[i, j] > 0.5 else desenho.BRANCO
            pincel.rectangle((x, y, x + LADO_OCULTA - 1, y + LADO_OCULTA - 1), fill=cor, outline=desenho.CINZA)
    texto = f"passo {estado.passo} da cadeia"
    pincel.text((MARGEM, altura - 32), texto, font=desenho.fonte(20), fill=desenho.PRETO)
    return tela


def filme_gibbs(estados: Sequence[EstadoDaCadeia], lado: int = 8, fps: float = 4) -> Filme:
    """Filme de várias cadeias de Gibbs lado a lado.

    Args:
        estados: de `gravar_gibbs`.
        lado: largura e altura de uma imagem.
        fps: quadros por segundo do botão "Tocar".

    Returns:
        `Filme` que começa no último momento.

    Raises:
        ValueError: se há menos de dois estados.
    """
    if len(estados) < 2:
        raise ValueError(f"filme_gibbs recebeu {len(estados)} estado(s); esperava dois ou mais.")
    return filme(
        [quadro_gibbs(estado, lado) for estado in estados],
        [Eixo("passo", [f"{estado.passo}" for estado in estados], -1, por_extenso="passo da cadeia")],
        "Cadeias de Gibbs que partem do ruído",
        "Uma cadeia por coluna: em cima, a probabilidade de cada pixel estar aceso; embaixo, um quadradinho por "
        "oculta, cheio se ela está ligada. As cadeias começam em ruído e em poucos passos mostram manchas com cara "
        "de dígito.",
        legendas=[f"{int(estado.h.sum())} ocultas ligadas ao todo" for estado in estados],
        fps=fps,
        largura_maxima=480,
    )

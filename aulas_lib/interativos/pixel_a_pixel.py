"""Filme do sorteio de uma FVBN: a imagem nasce pixel a pixel, com a lei do próximo pixel ao lado."""

import math
from collections.abc import Sequence

import torch
from PIL import Image, ImageDraw

from aulas_lib.ambiente import virgula
from aulas_lib.interativos import desenho
from aulas_lib.interativos.filme import Eixo, Filme, filme
from aulas_lib.modelos.autorregressivo import Passo

LARGURA, ALTURA, MARGEM = 420, 372, 8
LADO, LADO_MENOR = 216, 60  # pixels da imagem grande e das outras
CELULA_VAZIA = (245, 226, 196)  # bege: nem preto nem branco, ainda não sorteado
BARRAS = (244, 60, LARGURA - MARGEM, 196)  # caixa do gráfico da lei do próximo pixel


def log_p_acumulado(passos: Sequence[Passo], imagem: int = 0) -> list[float]:
    """log p(x_1, …, x_t) de uma das imagens, em nats, para t = 0, 1, …, D; o último é log p(x).

    Args:
        passos: os de `modelos.autorregressivo.pixel_a_pixel`.
        imagem: qual imagem do lote.
    """
    total = [0.0]
    for passo in passos:
        total.append(total[-1] + math.log(passo.p[imagem, _nivel(passo, imagem)].item()))
    return total


def legenda_pixel(passos: Sequence[Passo], t: int) -> str:
    """Frase do quadro t, igual à da figura."""
    log_p = virgula(log_p_acumulado(passos[:t])[-1], 1)
    if t == len(passos):
        return f"imagem completa: log p(x) = {log_p} nats"
    linha, coluna = divmod(passos[t].pixel, passos[t].x.shape[-1])
    nivel = _nivel(passos[t], 0)
    p = virgula(passos[t].p[0, nivel].item(), 2)
    return f"próximo: linha {linha + 1}, coluna {coluna + 1}; sai o nível {nivel}, com p = {p}; até aqui {log_p} nats"


def quadro_pixel(passos: Sequence[Passo], t: int) -> Image.Image:
    """O sorteio depois de t pixels: a imagem, a lei do próximo pixel e as outras imagens do lote.

    Args:
        passos: os de `modelos.autorregressivo.pixel_a_pixel`, de um sorteio inteiro (C = 1).
        t: quantos pixels já saíram, de 0 a D.

    Returns:
        Imagem Pillow RGB de 420 × 372 pixels.
    """
    tela = Image.new("RGB", (LARGURA, ALTURA), desenho.BRANCO)
    pincel, letra = ImageDraw.Draw(tela), desenho.fonte(18)
    prontos = [passo.pixel for passo in passos[:t]]
    imagens = passos[t - 1].x if t else passos[0].x
    tela.paste(_imagem(imagens[0], prontos, LADO), (MARGEM, MARGEM))
    for i, outra in enumerate(imagens[1:6]):
        lugar = (MARGEM + i * (LADO_MENOR + 26), 302)
        tela.paste(_imagem(outra, prontos, LADO_MENOR), lugar)
    total = virgula(log_p_acumulado(passos[:t])[-1], 1)
    pincel.text((MARGEM, 234), f"{t} de {len(passos)} pixels", font=letra, fill=desenho.PRETO)
    pincel.text((MARGEM, 260), f"log p até aqui: {total} nats", font=letra, fill=desenho.PRETO)
    if t < len(passos):
        _contornar(pincel, passos[t].pixel, passos[t].x.shape[-1])
        _lei(pincel, passos[t])
    else:
        pincel.text((BARRAS[0], 96), "imagem completa", font=letra, fill=desenho.PRETO)
    return tela


def filme_pixel_a_pixel(passos: Sequence[Passo], *, fps: float = 6) -> Filme:
    """Filme de um controle: quantos pixels já foram sorteados.

    Args:
        passos: os de `modelos.autorregressivo.pixel_a_pixel`; até seis imagens do lote aparecem.
        fps: quadros por segundo do botão "Tocar".

    Returns:
        `Filme` que começa no meio do sorteio.

    Raises:
        ValueError: se não há passos ou se as imagens têm mais de um canal.
    """
    if not passos or passos[0].x.shape[1] != 1:
        chegou = tuple(passos[0].x.shape) if passos else "nenhum passo"
        raise ValueError(
            f"filme_pixel_a_pixel recebeu {chegou}: dê a lista de pixel_a_pixel, com imagens (B, 1, H, W)."
        )
    total = len(passos)
    return filme(
        [quadro_pixel(passos, t) for t in range(total + 1)],
        [Eixo("pixels", [str(t) for t in range(total + 1)], total // 2, por_extenso="pixels já sorteados")],
        "Uma imagem nasce pixel a pixel",
        "À esquerda, a imagem em construção: em bege, o que ainda não foi sorteado; contornado, o próximo pixel. "
        "À direita, a probabilidade de cada nível desse pixel, dados os anteriores, com um triângulo no nível "
        "que sai. Embaixo, outras imagens do mesmo lote. A soma dos logaritmos é log p da imagem.",
        legendas=[legenda_pixel(passos, t) for t in range(total + 1)],
        fps=fps,
        largura_maxima=440,
    )


def _nivel(passo: Passo, imagem: int) -> int:
    valor = passo.x[imagem].flatten()[passo.pixel].item()
    return round((valor + 1) / 2 * (passo.p.shape[1] - 1))


def _imagem(imagem: torch.Tensor, prontos: Sequence[int], lado: int) -> Image.Image:
    tons = ((imagem.flatten() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).tolist()
    altura, largura = imagem.shape[-2:]
    pequena = Image.new("RGB", (largura, altura), CELULA_VAZIA)
    for i in prontos:
        pequena.putpixel((i % largura, i // largura), (tons[i],) * 3)
    return pequena.resize((lado, round(lado * altura / largura)), Image.Resampling.NEAREST)


def _contornar(pincel: ImageDraw.ImageDraw, pixel: int, largura: int) -> None:
    linha, coluna = divmod(pixel, largura)
    passo = LADO / largura
    x, y = MARGEM + coluna * passo, MARGEM + linha * passo
    pincel.rectangle((x, y, x + passo - 1, y + passo - 1), outline=desenho.VERMELHO, width=4)


def _lei(pincel: ImageDraw.ImageDraw, passo: Passo) -> None:
    """Barras de p(nível) do próximo pixel, de 0 a 1, e um triângulo sob o nível que sai."""
    esquerda, alto, direita, baixo = BARRAS
    niveis, letra = passo.p.shape[1], desenho.fonte(16)
    fatia = (direita - esquerda) / niveis
    pincel.text((esquerda, MARGEM), "próximo pixel", font=desenho.fonte(18), fill=desenho.PRETO)
    for k, p in enumerate(passo.p[0].tolist()):
        x = esquerda + k * fatia
        pincel.rectangle((x + 1, baixo - p * (baixo - alto), x + fatia - 1, baixo), fill=desenho.AZUL)
    pincel.line([(esquerda, alto), (direita, alto)], fill=desenho.CINZA_CLARO, width=2)
    pincel.text((direita, alto - 2), "p = 1", font=letra, fill=desenho.CINZA, anchor="rb")
    pincel.line([(esquerda, baixo), (direita, baixo)], fill=desenho.CINZA, width=2)
    meio = esquerda + (_nivel(passo, 0) + 0.5) * fatia
    pincel.polygon([(meio, baixo + 3), (meio - 7, baixo + 15), (meio + 7, baixo + 15)], fill=desenho.VERMELHO)
    pincel.text((esquerda, baixo + 18), "0", font=letra, fill=desenho.PRETO)
    pincel.text((direita, baixo + 18), f"{niveis - 1}", font=letra, fill=desenho.PRETO, anchor="ra")
    pincel.text(((esquerda + direita) / 2, baixo + 18), "nível", font=letra, fill=desenho.PRETO, anchor="ma")
    maior = f"p máxima: {virgula(passo.p[0].max().item(), 2)}"
    pincel.text((direita, baixo + 42), maior, font=letra, fill=desenho.PRETO, anchor="ra")

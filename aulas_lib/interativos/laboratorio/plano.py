"""O plano dos dados num instante: o que D diz, exemplos, gerados, a malha de G e os puxões."""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from aulas_lib.interativos import desenho
from aulas_lib.interativos.laboratorio.cenario import EXTENSAO
from aulas_lib.interativos.laboratorio.instante import Instante

LADO, ESCALA = 300, 2  # desenha com o dobro do tamanho e reduz: é o que suaviza as linhas
# Do lado do real, mais escuro: o fundo se lê também em tons de cinza.
FALSO, REAL = np.array((255, 241, 222)), np.array((146, 192, 224))
MALHA, SETA = (120, 120, 120), (20, 20, 20)
PIXELS_POR_FORCA, SETA_MAXIMA, SETA_MINIMA = 22.0, 30.0, 2.0


@dataclass(frozen=True)
class Detalhe:
    """Quanto se desenha no plano; menos, para um filme que pesa menos.

    Args:
        pontos: exemplos, e outros tantos gerados.
        setas: puxões.
        malha: desenha uma linha da malha a cada tantas.
        degraus: tons do fundo.
    """

    pontos: int = 200
    setas: int = 40
    malha: int = 1
    degraus: int = 8


def pintar_plano(instante: Instante, reais: Tensor, detalhe: Detalhe) -> Image.Image:
    """O quadrado [−3, 3]² num instante.

    Args:
        instante: o que mostrar.
        reais: exemplos, forma (n, 2).
        detalhe: quanto desenhar.

    Returns:
        Imagem Pillow RGB de 300 × 300 pixels.
    """
    total = LADO * ESCALA
    tela = _fundo(instante.campo, total, detalhe.degraus)
    pincel = ImageDraw.Draw(tela)
    plano = desenho.Grafico((0, 0, total, total), (-EXTENSAO, EXTENSAO), (-EXTENSAO, EXTENSAO))
    for x, y in _pixels(plano, reais[: detalhe.pontos]):
        pincel.ellipse((x - 6, y - 6, x + 6, y + 6), fill=desenho.BRANCO, outline=desenho.AZUL, width=3)
    for linha in instante.malha[:: detalhe.malha]:
        pincel.line(_pixels(plano, linha), fill=MALHA, width=ESCALA)
    gerados = _pixels(plano, instante.gerados[: detalhe.pontos])
    for x, y in gerados:
        pincel.rectangle((x - 5, y - 5, x + 5, y + 5), fill=desenho.VERMELHO)
    for (x, y), (dx, dy) in zip(gerados, instante.setas[: detalhe.setas].tolist(), strict=False):
        _seta(pincel, x, y, dx, -dy)
    pincel.rectangle((0, 0, total - 1, total - 1), outline=desenho.CINZA, width=ESCALA)
    return tela.reduce(ESCALA)


def cor_do_fundo(nivel: np.ndarray, degraus: int) -> np.ndarray:
    """Cor de cada nível do campo, de 0 (gerado) a 1 (real), em degraus; uint8, forma (..., 3)."""
    mistura = np.linspace(0, 1, degraus)[:, None]
    tabela = (FALSO + mistura * (REAL - FALSO)).round().astype(np.uint8)  # uma conta por degrau, não por pixel
    return tabela[np.minimum((nivel * degraus).astype(np.uint8), degraus - 1)]


def _fundo(campo: Tensor, total: int, degraus: int) -> Image.Image:
    """O campo em degraus de cor, com a fronteira ½ em preto."""
    suave = torch.nn.functional.interpolate(
        campo[None, None], size=(total, total), mode="bilinear", align_corners=True
    )[0, 0].numpy()
    cores, real = cor_do_fundo(suave, degraus), suave > 0.5
    fronteira = np.zeros_like(real)
    fronteira[1:] |= real[1:] != real[:-1]
    fronteira[:, 1:] |= real[:, 1:] != real[:, :-1]
    fronteira[:-1] |= fronteira[1:]
    fronteira[:, :-1] |= fronteira[:, 1:]
    cores[fronteira] = desenho.PRETO
    return Image.fromarray(cores)


def _pixels(plano: desenho.Grafico, pontos: Tensor) -> list[tuple[float, float]]:
    # longe do quadrado o Pillow se perde em coordenadas enormes; perto dele o corte não se vê
    px, py = plano.ponto(*pontos.clamp(-4 * EXTENSAO, 4 * EXTENSAO).numpy().T)
    return list(zip(px.tolist(), py.tolist(), strict=True))


def _seta(pincel: ImageDraw.ImageDraw, x: float, y: float, dx: float, dy: float) -> None:
    """Do ponto, no sentido de (dx, dy), com o comprimento proporcional à força até um máximo."""
    forca = (dx**2 + dy**2) ** 0.5
    tamanho = min(PIXELS_POR_FORCA * forca, SETA_MAXIMA) * ESCALA
    if tamanho < SETA_MINIMA * ESCALA:
        return
    ux, uy = dx / forca, dy / forca
    fim_x, fim_y, ponta = x + tamanho * ux, y + tamanho * uy, min(10.0, tamanho / 2)
    pincel.line((x, y, fim_x, fim_y), fill=SETA, width=3)
    base_x, base_y = fim_x - ponta * ux, fim_y - ponta * uy
    abas = [(base_x + s * 0.5 * ponta * uy, base_y - s * 0.5 * ponta * ux) for s in (-1, 1)]
    pincel.polygon([(fim_x, fim_y), *abas], fill=SETA)

"""Peças de desenho em Pillow que os interativos partilham: fontes, imagens de tensores e eixos de gráfico."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageColor, ImageDraw, ImageFont

from aulas_lib.figuras import base

# As cores das figuras (Okabe e Ito), em níveis de 0 a 255; nenhuma figura distingue coisas só pela cor.
AZUL, LARANJA, VERDE, VERMELHO, CELESTE, ROSA, PRETO = (
    ImageColor.getrgb(base.PALETA[nome])
    for nome in ("azul", "laranja", "verde", "vermelhão", "céu", "roxo", "preto")
)
CINZA, CINZA_CLARO, BRANCO = ImageColor.getrgb(base.CINZA), (222, 222, 222), (255, 255, 255)
AZUL_CLARO = (190, 219, 238)  # o fundo de uma área
PALETA = tuple(ImageColor.getrgb(cor) for cor in base.CORES_DAS_CLASSES)


@cache
def fonte(tamanho: int, negrito: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans (vem com o matplotlib): tem acentos, letras gregas e os sinais da matemática.

    Args:
        tamanho: altura em pixels.
        negrito: se as letras são grossas.
    """
    import matplotlib  # tarde: só quem desenha paga por ele

    nome = "DejaVuSans-Bold.ttf" if negrito else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / nome), tamanho)


def para_pillow(imagem: torch.Tensor, lado: int | None = None) -> Image.Image:
    """Tensor de pixels em [-1, 1] como imagem RGB, ampliada com vizinho mais próximo.

    Args:
        imagem: forma (C, H, W), C = 1 ou 3; valores fora de [-1, 1] são cortados.
        lado: largura final em pixels; `None` mantém a original.

    Returns:
        Imagem Pillow RGB.

    Raises:
        ValueError: se a forma não é a de uma imagem.
    """
    if imagem.ndim != 3 or imagem.shape[0] not in (1, 3):
        raise ValueError(
            f"para_pillow recebeu a forma {tuple(imagem.shape)}, mas espera (1, H, W) ou (3, H, W): "
            "passe uma imagem de cada vez."
        )
    niveis = ((imagem.detach().cpu().float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    pilha = niveis.expand(3, -1, -1).permute(1, 2, 0).contiguous().numpy()  # (H, W, 3)
    desenhada = Image.fromarray(pilha)
    if lado is None:
        return desenhada
    altura = round(lado * desenhada.height / desenhada.width)
    return desenhada.resize((lado, altura), Image.Resampling.NEAREST)


def mosaico(imagens: torch.Tensor, lado: int, colunas: int, folga: int = 4) -> Image.Image:
    """Imagens lado a lado sobre fundo branco.

    Args:
        imagens: forma (N, C, H, W), em [-1, 1].
        lado: largura de cada imagem, em pixels.
        colunas: quantas por linha.
        folga: pixels entre duas imagens.

    Returns:
        Imagem Pillow RGB.
    """
    pecas = [para_pillow(imagem, lado) for imagem in imagens]
    linhas = -(-len(pecas) // colunas)
    passo_x, passo_y = lado + folga, pecas[0].height + folga
    tela = Image.new("RGB", (colunas * passo_x - folga, linhas * passo_y - folga), BRANCO)
    for i, peca in enumerate(pecas):
        tela.paste(peca, (i % colunas * passo_x, i // colunas * passo_y))
    return tela


def tracejar(
    pincel: ImageDraw.ImageDraw, caminho: list[tuple[float, float]], cor: tuple[int, int, int], largura: int
) -> None:
    """Linha tracejada ao longo de um caminho de muitos pontos, como o de `Grafico.caminho`."""
    for i in range(0, len(caminho) - 1, 12):
        pincel.line(caminho[i : i + 8], fill=cor, width=largura)


@dataclass(frozen=True)
class Grafico:
    """Retângulo de um gráfico: leva dados a pixels e desenha as peças comuns.

    Attributes:
        caixa: (esquerda, alto, direita, baixo), em pixels.
        x, y: limites (mínimo, máximo) dos dados.
    """

    caixa: tuple[float, float, float, float]
    x: tuple[float, float]
    y: tuple[float, float]

    def ponto(self, x: np.ndarray | float, y: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """Posição em pixels de coordenadas dos dados."""
        esquerda, alto, direita, baixo = self.caixa
        px = esquerda + (np.asarray(x) - self.x[0]) / (self.x[1] - self.x[0]) * (direita - esquerda)
        py = baixo - (np.asarray(y) - self.y[0]) / (self.y[1] - self.y[0]) * (baixo - alto)
        return px, py

    def caminho(self, x: np.ndarray, y: np.ndarray) -> list[tuple[float, float]]:
        """Lista de pontos em pixels, cortados na caixa do gráfico em y."""
        px, py = self.ponto(x, np.clip(y, *self.y))
        return list(zip(px.tolist(), py.tolist(), strict=True))

    def area(
        self, pincel: ImageDraw.ImageDraw, x: np.ndarray, y: np.ndarray, cor: tuple[int, int, int]
    ) -> None:
        """Pinta entre a curva e o zero."""
        pincel.polygon(self.caminho(np.r_[x[0], x, x[-1]], np.r_[0.0, y, 0.0]), fill=cor)

    def marcas_x(
        self, pincel: ImageDraw.ImageDraw, valores: Sequence[int], letra: ImageFont.FreeTypeFont
    ) -> None:
        """Eixo horizontal embaixo da caixa, com números inteiros."""
        esquerda, _, direita, baixo = self.caixa
        pincel.line([(esquerda, baixo), (direita, baixo)], fill=CINZA, width=2)
        for valor in valores:
            px, _ = self.ponto(float(valor), 0.0)
            pincel.line([(px, baixo), (px, baixo + 6)], fill=CINZA, width=2)
            pincel.text((px, baixo + 8), str(valor).replace("-", "−"), font=letra, fill=CINZA, anchor="ma")

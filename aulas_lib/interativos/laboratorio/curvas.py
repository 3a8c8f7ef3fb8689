"""As duas curvas ao pé do quadro: as perdas dos dois jogadores e a JSD com o seu piso, com o passo atual marcado."""

import itertools
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from aulas_lib.ambiente import virgula
from aulas_lib.interativos import desenho
from aulas_lib.interativos.laboratorio.instante import Instante

LARGURA, MARGEM, FOLGA, ALTO_DO_TITULO, ALTURA = 440, 6, 12, 24, 114
LETRA = 16
JSD_MAXIMA = 0.7  # log 2 e uma folga
ESCALA = 2


def desenhar_curvas(
    tela: Image.Image, instantes: Sequence[Instante], atual: int, piso: float, alto: int, ate: int
) -> None:
    """Pinta em `tela`, a partir da altura `alto`, as perdas à esquerda e a JSD à direita.

    Args:
        tela: imagem de 440 pixels de largura.
        instantes: a linha inteira.
        atual: posição do instante mostrado.
        piso: a JSD de exemplos contra exemplos, em nats.
        alto: onde começam os títulos, em pixels.
        ate: último passo do eixo horizontal.
    """
    largura = (LARGURA - 2 * MARGEM - FOLGA) // 2
    agora, pincel = instantes[atual], ImageDraw.Draw(tela)
    esquerda, direita = MARGEM, MARGEM + largura + FOLGA
    letra = desenho.fonte(LETRA)
    x = _titulo(pincel, esquerda, alto, "D", agora.perda_d, desenho.AZUL, False)
    _titulo(pincel, x + 8, alto, "G", agora.perda_g, desenho.VERMELHO, True)
    pincel.text((direita, alto), f"JSD {virgula(agora.jsd)}  piso {virgula(piso)}", font=letra, fill=desenho.PRETO)
    comparaveis = [i for i in instantes if i.ajustes.perdas == agora.ajustes.perdas]
    perdas = [([i.perda_d for i in comparaveis], desenho.AZUL), ([i.perda_g for i in comparaveis], desenho.VERMELHO)]
    topo = alto + ALTO_DO_TITULO
    caixa = (largura, ALTURA - ALTO_DO_TITULO)
    faixa = (0, max(ate, 1))
    tela.paste(_grafico(caixa, comparaveis, perdas, faixa, agora), (esquerda, topo))
    jsd = [([i.jsd for i in instantes], desenho.PRETO)]
    tela.paste(_grafico(caixa, instantes, jsd, faixa, agora, (0.0, JSD_MAXIMA), piso), (direita, topo))


def _titulo(
    pincel: ImageDraw.ImageDraw, x: float, y: float, quem: str, valor: float, cor: tuple[int, int, int], tracejada: bool
) -> float:
    """Uma amostra do traço, o nome e o valor; devolve onde acabou."""
    pedacos = ((0, 8), (13, 21)) if tracejada else ((0, 21),)
    for a, b in pedacos:
        pincel.line((x + a, y + 10, x + b, y + 10), fill=cor, width=3)
    texto, letra = f"{quem} {virgula(valor)}", desenho.fonte(LETRA)
    pincel.text((x + 26, y), texto, font=letra, fill=desenho.PRETO)
    return x + 26 + pincel.textlength(texto, font=letra)


def _grafico(
    tamanho: tuple[int, int],
    instantes: Sequence[Instante],
    series: Sequence[tuple[list[float], tuple[int, int, int]]],
    faixa: tuple[int, int],
    agora: Instante,
    limites: tuple[float, float] | None = None,
    piso: float | None = None,
) -> Image.Image:
    """Uma ou duas séries ao longo dos passos, a segunda tracejada; um triângulo mostra onde o ramo começou."""
    largura, altura = (ESCALA * lado for lado in tamanho)
    painel = Image.new("RGB", (largura, altura), desenho.BRANCO)
    pincel = ImageDraw.Draw(painel)
    valores = np.array([serie for serie, _ in series])
    grafico = desenho.Grafico((4, 4, largura - 5, altura - 5), faixa, limites or _limites(valores))
    if piso is not None:
        _, y = grafico.ponto(0.0, piso)
        for x in range(0, largura, 20):
            pincel.line((x, y, x + 10, y), fill=desenho.VERDE, width=4)
    passos = np.array([instante.passo for instante in instantes], dtype=float)
    for valor, (_, cor), tracejada in zip(valores, series, (False, True), strict=False):
        caminho = _por_pixel(grafico.caminho(passos, valor))
        if tracejada:
            _tracejar(pincel, caminho, cor)
        elif len(caminho) > 1:
            pincel.line(caminho, fill=cor, width=4)
    for antes, depois in itertools.pairwise(instantes):
        if antes.ajustes != depois.ajustes:  # aqui começou o ramo
            px, _ = grafico.ponto(float(depois.passo), 0.0)
            pincel.polygon([(px, altura - 16), (px - 9, altura), (px + 9, altura)], fill=desenho.LARANJA)
    px, _ = grafico.ponto(float(agora.passo), 0.0)
    pincel.line((px, 0, px, altura), fill=desenho.CINZA, width=3)
    pincel.rectangle((0, 0, largura - 1, altura - 1), outline=desenho.CINZA, width=ESCALA)
    return painel.reduce(ESCALA)


def _limites(valores: np.ndarray) -> tuple[float, float]:
    """Do quase menor ao quase maior: um pico isolado não achata o resto."""
    baixo, alto = np.quantile(valores, (0.01, 0.99))
    folga = max(0.1 * (alto - baixo), 0.05)
    return float(baixo - folga), float(alto + folga)


def _por_pixel(caminho: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [ponto for i, ponto in enumerate(caminho) if i == 0 or ponto != caminho[i - 1]]


def _tracejar(pincel: ImageDraw.ImageDraw, caminho: list[tuple[float, float]], cor: tuple[int, int, int]) -> None:
    """Traços de comprimento fixo ao longo do caminho, seja qual for a distância entre os pontos dele."""
    andado, traco = 0.0, 14.0
    for (xa, ya), (xb, yb) in zip(caminho[:-1], caminho[1:], strict=True):
        comprimento = max(((xb - xa) ** 2 + (yb - ya) ** 2) ** 0.5, 1e-9)
        inicio = 0.0
        while inicio < comprimento:
            fim = min(comprimento, inicio + traco - andado % traco)
            if int((andado + 1e-6) // traco) % 2 == 0:
                a, b = inicio / comprimento, fim / comprimento
                pincel.line(
                    (xa + a * (xb - xa), ya + a * (yb - ya), xa + b * (xb - xa), ya + b * (yb - ya)), fill=cor, width=4
                )
            andado, inicio = andado + max(fim - inicio, 1e-6), max(fim, inicio + 1e-6)

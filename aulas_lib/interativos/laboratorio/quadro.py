"""O quadro do laboratório: o plano dos dados com as duas redes, as perdas, a JSD e as modas de um instante."""

import textwrap
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from aulas_lib.ambiente import virgula
from aulas_lib.interativos import desenho
from aulas_lib.interativos.laboratorio.cenario import COM_MODAS, Ajustes
from aulas_lib.interativos.laboratorio.curvas import desenhar_curvas
from aulas_lib.interativos.laboratorio.instante import Instante, Observador, e_probabilidade
from aulas_lib.interativos.laboratorio.plano import LADO, MALHA, SETA, Detalhe, cor_do_fundo, pintar_plano

LARGURA, ALTURA = 440, 480
ALTO_DO_PLANO, ESQUERDA = 52, 6
COMPLETO = Detalhe()
COLUNA = ESQUERDA + LADO + 8
LETRA = 16


def quadro_laboratorio(
    instantes: Sequence[Instante],
    atual: int,
    observador: Observador,
    titulo: str,
    *,
    aviso: str = "",
    ate: int | None = None,
    detalhe: Detalhe = COMPLETO,
) -> Image.Image:
    """Um instante de uma linha do tempo.

    Em cima, os ajustes; no plano, o que o discriminador diz (fundo), exemplos (círculos), gerados (quadrados), a
    malha de z levada por G e o puxão −∂(perda de G)/∂x em alguns gerados (setas); embaixo, as duas perdas e a JSD,
    com um traço no passo atual.

    Args:
        instantes: a linha inteira (as curvas a mostram toda).
        atual: posição do instante desenhado.
        observador: de onde vêm os exemplos e o piso da JSD.
        titulo: nome da linha, curto.
        aviso: texto sobre o plano, para uma linha que parou.
        ate: último passo do eixo das curvas; `None` é o do último instante.
        detalhe: quanto desenhar no plano.

    Returns:
        Imagem Pillow RGB de 440 × 480 pixels.
    """
    instante = instantes[atual]
    tela = Image.new("RGB", (LARGURA, ALTURA), desenho.BRANCO)
    pincel = ImageDraw.Draw(tela)
    _escrever_ajustes(pincel, instante, titulo)
    tela.paste(pintar_plano(instante, observador.reais, detalhe), (ESQUERDA, ALTO_DO_PLANO))
    _legenda(pincel, instante.ajustes, detalhe.degraus)
    _numeros(pincel, instante)
    if aviso:
        _avisar(pincel, aviso)
    alto = ALTO_DO_PLANO + LADO + 6
    desenhar_curvas(tela, instantes, atual, observador.piso, alto, instantes[-1].passo if ate is None else ate)
    return tela


def descrever(instante: Instante, piso: float) -> str:
    """Uma frase com os números do quadro, para leitores de tela.

    Args:
        instante: o que o quadro mostra.
        piso: a JSD de exemplos contra exemplos, em nats.
    """
    modas = instante.modas
    cobertas = f"{modas.cobertas} de {modas.total} modas; " if instante.ajustes.lei in COM_MODAS else ""
    return (
        f"{cobertas}{virgula(100 * modas.perto, 0)} % perto dos dados; JSD {virgula(instante.jsd)} nat, piso "
        f"{virgula(piso)}; perda de D {virgula(instante.perda_d)}, de G {virgula(instante.perda_g)}"
    )


def por_extenso(ajustes: Ajustes) -> tuple[str, str]:
    """Os ajustes em dois textos curtos: o jogo com a penalidade, e as taxas com os passos de D."""
    r1 = f", R1 {curto(ajustes.gama_r1)}" if ajustes.gama_r1 else ", sem R1"
    vezes = f" ×{ajustes.passos_d}" if ajustes.passos_d > 1 else ""
    return ajustes.perdas + r1, f"taxas G {curto(ajustes.lr_g)}, D {curto(ajustes.lr_d)}{vezes}"


def curto(numero: float) -> str:
    """O número com vírgula e sem zeros à direita: `curto(0.0005)` é "0,0005"."""
    return f"{numero:g}".replace(".", ",")


def _escrever_ajustes(pincel: ImageDraw.ImageDraw, instante: Instante, titulo: str) -> None:
    jogo, taxas = por_extenso(instante.ajustes)
    direita, forte, letra = LARGURA - ESQUERDA, desenho.fonte(18, True), desenho.fonte(LETRA)
    volta = f"volta {instante.rotulo}"
    sobra = direita - ESQUERDA - 10 - pincel.textlength(volta, font=forte)
    pincel.text((ESQUERDA, 3), _caber(pincel, titulo, forte, sobra), font=forte, fill=desenho.PRETO)
    pincel.text((direita, 3), volta, font=forte, fill=desenho.PRETO, anchor="ra")
    if pincel.textlength(jogo + taxas, font=letra) > direita - ESQUERDA - 10:
        taxas = taxas.removeprefix("taxas ")
    pincel.text((ESQUERDA, 28), jogo, font=letra, fill=desenho.CINZA)
    pincel.text((direita, 28), taxas, font=letra, fill=desenho.CINZA, anchor="ra")


def _caber(pincel: ImageDraw.ImageDraw, texto: str, letra: ImageFont.FreeTypeFont, largura: float) -> str:
    """O texto, cortado com reticências se passa da largura."""
    if pincel.textlength(texto, font=letra) <= largura:
        return texto
    while texto and pincel.textlength(texto + "…", font=letra) > largura:
        texto = texto[:-1]
    return texto + "…"


def _legenda(pincel: ImageDraw.ImageDraw, ajustes: Ajustes, degraus: int) -> None:
    """À direita do plano: o que é cada sinal."""
    letra, x, y = desenho.fonte(LETRA), COLUNA, ALTO_DO_PLANO
    pincel.ellipse((x + 2, y + 5, x + 12, y + 15), fill=desenho.BRANCO, outline=desenho.AZUL, width=2)
    pincel.rectangle((x + 4, y + 31, x + 11, y + 38), fill=desenho.VERMELHO)
    pincel.line((x, y + 59, x + 14, y + 59), fill=MALHA, width=2)
    pincel.line((x, y + 83, x + 12, y + 83), fill=SETA, width=2)
    pincel.polygon([(x + 15, y + 83), (x + 9, y + 79), (x + 9, y + 87)], fill=SETA)
    probabilidade = e_probabilidade(ajustes.perdas)
    pincel.line((x, y + 107, x + 14, y + 107), fill=desenho.PRETO, width=2)
    nomes = ("reais", "gerados", "malha de z", "puxão em G", "D = ½" if probabilidade else "fronteira")
    for i, nome in enumerate(nomes):
        pincel.text((x + 20, y + 24 * i), nome, font=letra, fill=desenho.PRETO)
    pincel.text((x, y + 128), "fundo: D(x)" if probabilidade else "fundo: nota a", font=letra, fill=desenho.PRETO)
    niveis = cor_do_fundo(np.linspace(0, 1, LARGURA - ESQUERDA - x), degraus)
    for i, cor in enumerate(niveis.tolist()):
        pincel.line((x + i, y + 152, x + i, y + 166), fill=tuple(cor))
    pincel.rectangle((x, y + 152, LARGURA - ESQUERDA, y + 166), outline=desenho.CINZA)
    pincel.text((x, y + 168), "gerado", font=letra, fill=desenho.PRETO)
    pincel.text((LARGURA - ESQUERDA, y + 168), "real", font=letra, fill=desenho.PRETO, anchor="ra")


def _numeros(pincel: ImageDraw.ImageDraw, instante: Instante) -> None:
    """Embaixo da legenda: modas e fração perto dos dados."""
    x, y, modas = COLUNA, ALTO_DO_PLANO + LADO, instante.modas
    letra, forte = desenho.fonte(LETRA), desenho.fonte(22, True)
    pincel.text((x, y - 26), "dos gerados", font=letra, fill=desenho.PRETO)
    pincel.text((x, y - 46), "perto: " + virgula(100 * modas.perto, 0) + " %", font=letra, fill=desenho.PRETO)
    if instante.ajustes.lei in COM_MODAS:
        pincel.text((x, y - 100), "modas", font=letra, fill=desenho.PRETO)
        pincel.text((x, y - 80), f"{modas.cobertas} de {modas.total}", font=forte, fill=desenho.PRETO)


def _avisar(pincel: ImageDraw.ImageDraw, aviso: str) -> None:
    """Uma faixa branca com borda, por cima do plano."""
    linhas = textwrap.wrap(aviso, 30)
    base = ALTO_DO_PLANO + LADO - 8
    caixa = (ESQUERDA + 8, base - 22 * len(linhas) - 10, ESQUERDA + LADO - 8, base)
    pincel.rectangle(caixa, fill=desenho.BRANCO, outline=desenho.VERMELHO, width=3)
    for i, linha in enumerate(linhas):
        pincel.text((caixa[0] + 8, caixa[1] + 5 + 22 * i), linha, font=desenho.fonte(LETRA), fill=desenho.PRETO)

"""As duas imagens do laboratório: o tronco, e o ramo com o que o próximo vai ter."""

from collections.abc import Sequence

from PIL import Image, ImageDraw

from aulas_lib.interativos import desenho
from aulas_lib.interativos.laboratorio.cenario import Ajustes
from aulas_lib.interativos.laboratorio.linha import LinhaDoTempo
from aulas_lib.interativos.laboratorio.quadro import ALTURA, LARGURA, LETRA, por_extenso, quadro_laboratorio

ALTO_DA_LINHA, MARGEM = 22, 6
CONVITE = (
    "Ainda não há ramo.",
    "",
    "1. Volte no tempo com o controle “volta”.",
    "2. Mude um dos ajustes lá embaixo.",
    "3. Aperte “Ramificar daqui”.",
    "",
    "O ramo sai do instante à esquerda, com as",
    "mesmas redes; o tronco fica como está.",
)


def tela_da_linha(linha: LinhaDoTempo, momento: tuple[float, float], nome: str, ate: int) -> Image.Image:
    """O quadro da linha no momento pedido, com o aviso se foi ali que ela parou.

    Args:
        linha: tronco ou ramo.
        momento: (voltas, passos avulsos).
        nome: o que escrever no canto.
        ate: último passo do eixo das curvas.
    """
    i = linha.posicao(momento)
    aviso = linha.parou if i == len(linha) - 1 else ""
    return quadro_laboratorio(linha.instantes, i, linha.observador, nome, aviso=aviso, ate=ate)


def tela_sem_ramo() -> Image.Image:
    """O lugar do ramo antes do primeiro: diz como abrir um."""
    tela = Image.new("RGB", (LARGURA, ALTURA), (246, 246, 246))
    pincel = ImageDraw.Draw(tela)
    pincel.rectangle((0, 0, LARGURA - 1, ALTURA - 1), outline=desenho.CINZA_CLARO, width=2)
    _escrever(pincel, CONVITE, 24, 120, 28)
    return tela


def com_rodape(imagem: Image.Image, proximo: Ajustes) -> Image.Image:
    """A imagem com duas linhas embaixo: o que o próximo ramo vai ter, e o próximo tronco.

    Args:
        imagem: o quadro do ramo, ou o lugar dele.
        proximo: o que está escolhido nas listas.
    """
    jogo, taxas = por_extenso(proximo)
    linhas = (
        f"próximo ramo: {jogo}",
        f"{taxas}; semente {proximo.semente}",
        f"ao recomeçar: {proximo.lei}",
    )
    tela = Image.new("RGB", (imagem.width, imagem.height + ALTO_DA_LINHA * len(linhas) + 2 * MARGEM), desenho.BRANCO)
    tela.paste(imagem, (0, 0))
    pincel = ImageDraw.Draw(tela)
    topo = imagem.height + 2
    pincel.rectangle((0, topo, tela.width - 1, tela.height - 1), fill=(255, 247, 235))
    _escrever(pincel, linhas, MARGEM, topo + 4, ALTO_DA_LINHA)
    return tela


def _escrever(pincel: ImageDraw.ImageDraw, linhas: Sequence[str], x: int, y: int, passo: int) -> None:
    for i, linha in enumerate(linhas):
        pincel.text((x, y + passo * i), linha, font=desenho.fonte(LETRA), fill=desenho.PRETO)

"""O caminho de volta: x_t ao lado do x_0 que a rede prevê dele, em qualquer passo e para qualquer amostra."""

from collections.abc import Sequence

from PIL import Image, ImageDraw
from torch import Tensor

from aulas_lib.interativos import desenho
from aulas_lib.interativos.filme import Eixo, Filme, filme
from aulas_lib.modelos.amostradores import Parada

LADO, FOLGA, TOPO = 224, 16, 30


def quadro_volta(x_t: Tensor, x_0: Tensor) -> Image.Image:
    """À esquerda, x_t; à direita, o x_0 previsto.

    Args:
        x_t, x_0: forma (C, H, W); o que passa de [−1, 1] é cortado.

    Returns:
        Imagem Pillow RGB de 480 × 262 pixels.
    """
    tela = Image.new("RGB", (2 * LADO + 2 * FOLGA, TOPO + LADO + FOLGA // 2), desenho.BRANCO)
    pincel = ImageDraw.Draw(tela)
    for i, (nome, imagem) in enumerate((("x_t", x_t), ("x_0 previsto", x_0))):
        esquerda = FOLGA // 2 + i * (LADO + FOLGA)
        pincel.text((esquerda, 4), nome, font=desenho.fonte(18), fill=desenho.PRETO)
        tela.paste(desenho.para_pillow(imagem, LADO), (esquerda, TOPO))
    return tela


def filme_volta(paradas: Sequence[Parada], amostras: int = 4, titulo: str = "A volta: do ruído à imagem") -> Filme:
    """Filme de dois controles: a amostra e o instante.

    Args:
        paradas: as de um amostrador, na ordem em que vieram.
        amostras: quantas do lote entram no filme.
        titulo: linha acima da figura.

    Returns:
        `Filme` que começa na primeira amostra, no meio do caminho.

    Raises:
        ValueError: se não há paradas, ou se há menos amostras do que se pediu.
    """
    if not paradas or not 1 <= amostras <= len(paradas[0].x):
        tem = f"{len(paradas)} paradas, com {len(paradas[0].x)} amostras cada" if paradas else "zero paradas"
        raise ValueError(f"filme_volta recebeu {tem}, e amostras={amostras}; esperava paradas com tantas amostras.")
    instantes = [str(p.t) for p in paradas]
    # a parada guarda a previsão da chamada que levou até ela; a de x_t é a da parada seguinte
    previstas = [*(p.x_0 for p in paradas[1:]), paradas[-1].x]
    return filme(
        [quadro_volta(p.x[i], x_0[i]) for i in range(amostras) for p, x_0 in zip(paradas, previstas, strict=True)],
        [
            Eixo("amostra", [str(i + 1) for i in range(amostras)]),
            Eixo("t", instantes, len(instantes) // 2, por_extenso="t, o instante; zero é a imagem pronta"),
        ],
        titulo,
        "À esquerda, x_t; à direita, a imagem que a rede prevê a partir dele. No começo a previsão é um borrão, a "
        "média do que poderia ser; no último quadro, a imagem pronta.",
        legendas=[f"amostra {i + 1}, t = {t}" for i in range(amostras) for t in instantes],
        fps=6,
        qualidade=60,
    )

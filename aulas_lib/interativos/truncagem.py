"""Truncagem: rostos gerados com cada corte, e onde ele põe o gerador no plano da precisão e da revocação."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw
from torch import Tensor

from aulas_lib.ambiente import virgula
from aulas_lib.avaliacao import PrecisaoRevocacao
from aulas_lib.interativos import desenho
from aulas_lib.interativos.filme import Eixo, Filme, filme

LADO_ROSTO, COLUNAS, GRAFICO = 56, 5, 230
LARGURA, TOPO = COLUNAS * (LADO_ROSTO + 4) + GRAFICO + 76, 8
DA_TRUNCAGEM = (
    "ao longo dos cortes, com um ponto no atual. Com o corte menor, os rostos variam menos, e a revocação cai."
)


def quadro_truncagem(rostos: Tensor, medidas: Sequence[PrecisaoRevocacao], atual: int) -> Image.Image:
    """À esquerda, os rostos; à direita, a curva de todos os cortes, com o ponto do corte atual.

    Args:
        rostos: forma (n, C, H, W), em [−1, 1]; 25 enchem o quadro.
        medidas: de cada corte.
        atual: posição do corte atual.

    Returns:
        Imagem Pillow RGB de 606 × 312 pixels.
    """
    tela = Image.new("RGB", (LARGURA, COLUNAS * (LADO_ROSTO + 4) + 2 * TOPO - 4), desenho.BRANCO)
    tela.paste(desenho.mosaico(rostos, LADO_ROSTO, COLUNAS), (4, TOPO))
    pincel, letra = ImageDraw.Draw(tela), desenho.fonte(16)
    esquerda = LARGURA - GRAFICO - 12
    grafico = desenho.Grafico((esquerda, TOPO + 44, LARGURA - 14, TOPO + 28 + GRAFICO - 14), (0.0, 1.0), (0.0, 1.0))
    _eixos(pincel, grafico)
    caminho = grafico.caminho(np.array([m.revocacao for m in medidas]), np.array([m.precisao for m in medidas]))
    pincel.line(caminho, fill=desenho.AZUL, width=3)
    for x, y in caminho:
        pincel.ellipse((x - 3, y - 3, x + 3, y + 3), fill=desenho.AZUL)
    x, y = caminho[atual]
    pincel.ellipse((x - 9, y - 9, x + 9, y + 9), fill=desenho.VERMELHO, outline=desenho.BRANCO, width=2)
    pincel.text((esquerda - 20, TOPO - 4), _por_extenso(medidas[atual], "   "), font=letra, fill=desenho.PRETO)
    return tela


def _por_extenso(medida: PrecisaoRevocacao, entre: str) -> str:
    precisao, revocacao = (f"{virgula(100 * v, 0)} %" for v in (medida.precisao, medida.revocacao))
    return f"precisão {precisao}{entre}revocação {revocacao}"


def filme_truncagem(
    nome: str,
    limites: Sequence[float],
    rostos: Tensor,
    medidas: Sequence[PrecisaoRevocacao],
    titulo: str = "Truncagem: mais típicos, menos variados",
    o_que_ver: str = DA_TRUNCAGEM,
    comanda: str = "a truncagem",
) -> Filme:
    """Filme de um controle, o corte, ou outro botão que troque variedade por fidelidade.

    Args:
        nome: do corte, "limite" ou "ψ".
        limites: os cortes, do menor ao maior.
        rostos: os mesmos z em cada corte, forma (K, n, C, H, W), em [−1, 1].
        medidas: de cada corte.
        titulo: linha acima da figura.
        o_que_ver: o fim da descrição da figura, para quem não a vê, depois de "a curva da precisão contra a revocação".
        comanda: o que o controle comanda, na descrição dele.

    Returns:
        `Filme` que começa no maior corte.

    Raises:
        ValueError: se as listas não têm o mesmo comprimento.
    """
    if not len(limites) == len(rostos) == len(medidas):
        raise ValueError(
            f"filme_truncagem recebeu {len(limites)} cortes, {len(rostos)} grupos de rostos e {len(medidas)} medidas; "
            "esperava o mesmo número de cada."
        )
    return filme(
        [quadro_truncagem(rostos[i], medidas, i) for i in range(len(limites))],
        [Eixo(nome, limites, -1, por_extenso=f"{nome}, que comanda {comanda}")],
        titulo,
        "À esquerda, vinte e cinco rostos gerados; à direita, a curva da precisão contra a revocação "
        + o_que_ver,
        legendas=[_por_extenso(medida, ", ") for medida in medidas],
        qualidade=80,
    )


def _eixos(pincel: ImageDraw.ImageDraw, grafico: desenho.Grafico) -> None:
    letra = desenho.fonte(14)
    esquerda, alto, direita, baixo = grafico.caixa
    for valor in (0.0, 0.5, 1.0):
        x, y = (float(p) for p in grafico.ponto(valor, valor))
        pincel.line((x, alto, x, baixo), fill=desenho.CINZA_CLARO)
        pincel.line((esquerda, y, direita, y), fill=desenho.CINZA_CLARO)
        texto = virgula(valor, 1)
        pincel.text((x, baixo + 4), texto, font=letra, fill=desenho.CINZA, anchor="ma")
        pincel.text((esquerda - 5, y), texto, font=letra, fill=desenho.CINZA, anchor="rm")
    pincel.text(((esquerda + direita) / 2, baixo + 22), "revocação", font=letra, fill=desenho.PRETO, anchor="ma")
    pincel.text((esquerda, alto - 20), "precisão", font=letra, fill=desenho.PRETO)

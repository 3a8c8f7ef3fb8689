"""O laboratório de ᾱ_T: passos, agenda e dados, e a densidade que a volta gera com o ruído exato."""

import math
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw
from torch import Tensor

from aulas_lib.ambiente import virgula
from aulas_lib.interativos import desenho
from aulas_lib.interativos.eixo import Eixo, combinacoes
from aulas_lib.interativos.filme import Filme, filme
from aulas_lib.modelos.propagacao import Fatias, variacao_total

ESCALA, LARGURA, ALTURA, MARGEM = 2, 520, 330, 14
CAIXA = (MARGEM, 46, LARGURA - MARGEM, 236)
X, TOPO = (-4.0, 6.0), 1.4


def quadro_alfa_barra(gerada: Tensor, certa: Tensor, fatias: Fatias, alfa_barra: float) -> Image.Image:
    """A densidade dos dados, tracejada, e a que a volta gera, com a variação total entre as duas.

    Args:
        gerada, certa: massas por fatia, forma (G,).
        fatias: a grade.
        alfa_barra: ᾱ_T.

    Returns:
        Imagem Pillow RGB de 520 × 330 pixels.
    """
    tela = Image.new("RGB", (LARGURA * ESCALA, ALTURA * ESCALA), desenho.BRANCO)
    pincel, centros = ImageDraw.Draw(tela), fatias.centros.numpy()
    dentro = (centros > X[0]) & (centros < X[1])
    grafico = desenho.Grafico(tuple(v * ESCALA for v in CAIXA), X, (0.0, TOPO))
    da_rede, dos_dados = (v.numpy()[dentro] / fatias.passo for v in (gerada, certa))
    grafico.area(pincel, centros[dentro], da_rede, desenho.AZUL_CLARO)
    pincel.line(grafico.caminho(centros[dentro], da_rede), fill=desenho.AZUL, width=3 * ESCALA, joint="curve")
    desenho.tracejar(pincel, grafico.caminho(centros[dentro], dos_dados), desenho.PRETO, 2 * ESCALA)
    tela = tela.reduce(ESCALA)
    pincel, letra = ImageDraw.Draw(tela), desenho.fonte(18)
    desenho.Grafico(CAIXA, X, (0.0, 1.0)).marcas_x(pincel, range(-4, 7, 2), desenho.fonte(16))
    pincel.text((MARGEM, 8), "gerada: linha cheia", font=letra, fill=desenho.AZUL)
    pincel.text((LARGURA - MARGEM, 8), "dados: linha tracejada", font=letra, fill=desenho.PRETO, anchor="ra")
    pincel.text((MARGEM, 272), legenda_alfa_barra(gerada, certa, alfa_barra), font=letra, fill=desenho.PRETO)
    return tela


def legenda_alfa_barra(gerada: Tensor, certa: Tensor, alfa_barra: float) -> str:
    """ᾱ_T e a variação total."""
    casas = max(2, 1 - math.floor(math.log10(alfa_barra)))
    total = virgula(variacao_total(gerada, certa), 3)
    return f"ᾱ_T = {virgula(alfa_barra, casas)}\nvariação total = {total}"


def filme_alfa_barra(
    geradas: Mapping[tuple[str, str, int], tuple[Tensor, Tensor, float]], dados: Sequence[str], agendas: Sequence[str],
    passos: Sequence[int], fatias: Fatias,
) -> Filme:  # fmt: skip
    """Filme de três controles: os dados, a agenda e o número de passos T.

    Args:
        geradas: de (dados, agenda, T) a (massa gerada, massa dos dados, ᾱ_T).
        dados, agendas, passos: as posições de cada controle.
        fatias: a grade das massas.

    Returns:
        `Filme` que começa no segundo T, em que mudar de agenda ou de dados já faz diferença.

    Raises:
        ValueError: se falta uma combinação.
    """
    chaves = combinacoes("filme_alfa_barra", geradas, dados, agendas, passos)
    return filme(
        [quadro_alfa_barra(g, c, fatias, ab) for g, c, ab in map(geradas.__getitem__, chaves)],
        [
            Eixo("dados", dados, por_extenso="o que se fez com os dados"),
            Eixo("agenda", agendas, por_extenso="agenda de ruído"),
            Eixo("T", [str(t) for t in passos], min(1, len(passos) - 1), por_extenso="T, o número de passos"),
        ],
        "O que sobra em x_T",
        "A densidade dos dados, tracejada, com duas modas, e a que o caminho de volta gera, cheia. Com muitos passos "
        "as duas coincidem; com poucos passos e dados deslocados, a gerada fica entre zero e o lugar certo.",
        legendas=[legenda_alfa_barra(g, c, ab).replace("\n", ", ") for g, c, ab in map(geradas.__getitem__, chaves)],
        largura_maxima=560,
    )

"""Filme do discriminador ótimo: mova o que o gerador produz e veja D*, a divergência e o valor do jogo."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageDraw

from aulas_lib.ambiente import virgula
from aulas_lib.dados.distribuicoes import MisturaGaussiana, duas_modas
from aulas_lib.interativos import desenho
from aulas_lib.interativos.eixo import mais_perto
from aulas_lib.interativos.filme import Eixo, Filme, filme
from aulas_lib.modelos.jogo import custo_do_gerador, jsd, logit_otimo

MEDIAS = tuple(round(-3 + 0.5 * i, 1) for i in range(13))
DESVIOS = (0.3, 0.6, 1.0, 1.5, 2.1, 3.0)
LARGURA, ALTURA, MARGEM, ESCALA = 440, 440, 30, 2
LIMITE_X, LIMITE_GRADE, DENSIDADE_MAXIMA = 6.0, 20, 0.75


class Estado(NamedTuple):
    """As duas densidades e D* nos pontos x, e os dois números do jogo, em nats."""

    x: np.ndarray
    p: np.ndarray
    p_g: np.ndarray
    d_otimo: np.ndarray
    jsd: float
    custo: float


def estado_otimo(media: float, desvio: float, lei: MisturaGaussiana | None = None) -> Estado:
    """O jogo contra um gerador que produz N(media, desvio²).

    Args:
        media: média de p_g.
        desvio: desvio-padrão de p_g, de 0,05 em diante.
        lei: p_data, em uma dimensão; None são as duas modas da lição.

    Raises:
        ValueError: se o desvio é pequeno demais para a grade, ou se p_g não cabe nela.
    """
    if not (desvio >= 0.05 and abs(media) + 5 * desvio <= LIMITE_GRADE):
        raise ValueError(
            f"estado_otimo recebeu média {media} e desvio-padrão {desvio}; esperava um desvio de 0,05 em diante e "
            f"|média| + 5 desvios até {LIMITE_GRADE}."
        )
    lei = lei or duas_modas()
    gerada = MisturaGaussiana(torch.ones(1), torch.tensor([[media]]), torch.tensor(desvio**2))
    larga = torch.linspace(-LIMITE_GRADE, LIMITE_GRADE, 4001, dtype=torch.float64)  # cobre as caudas de p_g
    log_p, log_pg = (d.to(torch.float64).log_densidade(larga[:, None]) for d in (lei, gerada))
    d_otimo = logit_otimo(log_p, log_pg).sigmoid()
    dentro = larga.abs() <= LIMITE_X
    x, p, p_g, d = (v[dentro].numpy() for v in (larga, log_p.exp(), log_pg.exp(), d_otimo))
    return Estado(x, p, p_g, d, jsd(log_p, log_pg, larga).item(), custo_do_gerador(log_p, log_pg, larga).item())


def quadro_otimo(estado: Estado) -> Image.Image:
    """Em cima, p_data e p_g; no meio, D*; embaixo, os números.

    Args:
        estado: o de `estado_otimo`.

    Returns:
        Imagem Pillow RGB de 440 × 440 pixels.
    """
    tela = Image.new("RGB", (LARGURA * ESCALA, ALTURA * ESCALA), desenho.BRANCO)
    pincel, e = ImageDraw.Draw(tela), ESCALA
    cima = _painel(34, 172, (0, DENSIDADE_MAXIMA), e)
    cima.area(pincel, estado.x, estado.p, desenho.AZUL_CLARO)
    pincel.line(cima.caminho(estado.x, estado.p), fill=desenho.AZUL, width=3 * e, joint="curve")
    desenho.tracejar(pincel, cima.caminho(estado.x, estado.p_g), desenho.VERMELHO, 3 * e)
    baixo = _painel(208, 330, (0, 1), e)
    pincel.rectangle(baixo.caixa, outline=desenho.CINZA_CLARO, width=e)
    desenho.tracejar(pincel, baixo.caminho(estado.x, np.full_like(estado.x, 0.5)), desenho.CINZA, e)
    pincel.line(baixo.caminho(estado.x, estado.d_otimo), fill=desenho.PRETO, width=3 * e, joint="curve")
    tela = tela.reduce(e)
    _escrever(ImageDraw.Draw(tela), estado)
    return tela


def filme_otimo(medias: Sequence[float] = MEDIAS, desvios: Sequence[float] = DESVIOS) -> Filme:
    """Filme de dois controles: a média e o desvio-padrão do que o gerador produz.

    Args:
        medias: de p_g.
        desvios: de p_g, > 0.

    Raises:
        ValueError: se algum desvio não é positivo.
    """
    pares = [(m, d) for m in medias for d in desvios]
    estados = [estado_otimo(m, d) for m, d in pares]
    return filme(
        [quadro_otimo(estado) for estado in estados],
        [
            Eixo("média de p_g", medias, mais_perto(medias, -2.0), 1, "média do que o gerador produz"),
            Eixo("desvio de p_g", desvios, mais_perto(desvios, 0.6), 1, "desvio-padrão do que o gerador produz"),
        ],
        "O melhor discriminador contra cada gerador",
        "Em cima, a densidade dos dados, de duas modas, em linha cheia, e a do gerador, tracejada. No meio, o "
        "discriminador ótimo: perto de 1 onde só há dados, perto de 0 onde só há gerados, ½ onde as densidades se "
        "cruzam. Embaixo, a divergência de Jensen-Shannon e o valor do jogo.",
        legendas=[
            f"média {virgula(m, 1)}, desvio {virgula(d, 1)}: "
            f"JSD {virgula(e.jsd, 3)} nat, C(G) {virgula(e.custo, 3)} nat"
            for (m, d), e in zip(pares, estados, strict=True)
        ],
        largura_maxima=500,
    )


def _painel(alto: int, baixo: int, y: tuple[float, float], escala: int = 1) -> desenho.Grafico:
    caixa = (MARGEM * escala, alto * escala, (LARGURA - 10) * escala, baixo * escala)
    return desenho.Grafico(caixa, (-LIMITE_X, LIMITE_X), y)


def _escrever(pincel: ImageDraw.ImageDraw, estado: Estado) -> None:
    letra, pequena = desenho.fonte(18), desenho.fonte(16)
    pincel.text((MARGEM, 4), "p_data: cheia", font=letra, fill=desenho.AZUL)
    pincel.text((LARGURA - 10, 4), "p_g: tracejada", font=letra, fill=desenho.VERMELHO, anchor="ra")
    pincel.text((MARGEM, 180), "D*(x) = p_data / (p_data + p_g)", font=letra, fill=desenho.PRETO)
    baixo = _painel(208, 330, (0, 1))
    baixo.marcas_x(pincel, range(-6, 7, 2), pequena)
    for valor, texto in ((0.0, "0"), (0.5, "½"), (1.0, "1")):
        _, y = baixo.ponto(0.0, valor)
        pincel.text((MARGEM - 6, float(y)), texto, font=pequena, fill=desenho.CINZA, anchor="rm")
    casas = [virgula(v, 3) for v in (estado.jsd, estado.custo, math.log(2), -math.log(4))]
    texto = f"JSD = {casas[0]} nat (de 0 a {casas[2]})"
    pincel.text((MARGEM, 372), texto, font=desenho.fonte(18, True), fill=desenho.PRETO)
    texto = f"C(G) = −log 4 + 2 JSD = {casas[1]} (mínimo {casas[3]})"
    pincel.text((MARGEM, 404), texto, font=pequena, fill=desenho.PRETO)

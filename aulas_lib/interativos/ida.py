"""O caminho de ida da difusão sobre uma imagem: t à mão, agenda à escolha."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from aulas_lib.ambiente import gerador, virgula
from aulas_lib.interativos import desenho
from aulas_lib.interativos.filme import Eixo, Filme, filme
from aulas_lib.modelos.difusao import Agenda, difundir

LADO, LARGURA, ALTURA, MARGEM = 256, 600, 326, 10
CAIXA = (LADO + 3 * MARGEM, 52, LARGURA - MARGEM, MARGEM + LADO)
ALCANCE, BARRAS, TOPO = 4.0, 40, 0.9  # a densidade mais alta que cabe no gráfico
GRADE = np.linspace(-ALCANCE, ALCANCE, 161)


def legenda_ida(agenda: Agenda, t: int) -> str:
    """ᾱ_t e a razão entre sinal e ruído, em decibéis: 10 log₁₀ ᾱ_t/(1 − ᾱ_t)."""
    ab = agenda.alfa_barra[t].item()
    razao = f"{virgula(10 * math.log10(agenda.snr[t].item()), 1)} dB" if t else "infinita (não há ruído)"
    quanto = f"= {virgula(ab, 4)}" if ab >= 1e-4 else "< 0,0001"
    return f"ᾱ {quanto}   sinal/ruído: {razao}"


def quadro_ida(x_0: Tensor, eps: Tensor, agenda: Agenda, t: int) -> Image.Image:
    """À esquerda, x_t; à direita, o histograma dos pixels dele e a densidade de N(0, 1).

    Args:
        x_0: a imagem, forma (C, H, W), em [−1, 1].
        eps: o ruído, forma (C, H, W).
        agenda: os β.
        t: de 0 a T.

    Returns:
        Imagem Pillow RGB de 600 × 326 pixels.
    """
    x_t = difundir(x_0[None], torch.tensor([t]), eps[None], agenda)[0]
    tela = Image.new("RGB", (LARGURA, ALTURA), desenho.BRANCO)
    tela.paste(desenho.para_pillow(x_t, LADO), (MARGEM, MARGEM))
    pincel = ImageDraw.Draw(tela)
    grafico = desenho.Grafico(CAIXA, (-ALCANCE, ALCANCE), (0.0, TOPO))
    _barras(pincel, grafico, x_t)
    normal = np.exp(-(GRADE**2) / 2) / math.sqrt(2 * math.pi)
    desenho.tracejar(pincel, grafico.caminho(GRADE, normal), desenho.PRETO, 3)
    grafico.marcas_x(pincel, range(-4, 5, 2), desenho.fonte(16))
    pincel.text((CAIXA[0], MARGEM), "pixels de x_t: barras", font=desenho.fonte(16), fill=desenho.AZUL)
    pincel.text((CAIXA[0], MARGEM + 20), "N(0, 1): linha tracejada", font=desenho.fonte(16), fill=desenho.PRETO)
    texto = f"t = {t} de {agenda.T}   {legenda_ida(agenda, t)}"
    pincel.text((MARGEM, ALTURA - 30), texto, font=desenho.fonte(17), fill=desenho.PRETO)
    return tela


def filme_ida(
    x_0: Tensor, agendas: Mapping[str, Agenda], fracoes: Sequence[float] | None = None, semente: int = 0
) -> Filme:
    """Filme de dois controles: a agenda e o instante. O ruído ε é o mesmo em todos os quadros.

    Args:
        x_0: a imagem, forma (C, H, W), em [−1, 1].
        agendas: de nome a agenda.
        fracoes: os instantes, como frações de T, de 0 a 1; None são 17 iguais.
        semente: do ruído.

    Returns:
        `Filme` que começa na primeira agenda, a um quinto do caminho.

    Raises:
        ValueError: se x_0 não é uma imagem em [−1, 1].
    """
    if x_0.ndim != 3 or not x_0.abs().max() <= 1:
        raise ValueError(
            f"filme_ida recebeu a forma {tuple(x_0.shape)}, com valores de {x_0.min():.2g} a {x_0.max():.2g}; esperava "
            "uma imagem (C, H, W) em [−1, 1]. Se os pixels estão em [0, 1], passe 2 * x − 1."
        )
    fracoes = fracoes or [i / 16 for i in range(17)]
    eps = torch.randn(x_0.shape, generator=gerador(semente))
    pares = [(agenda, round(f * agenda.T)) for agenda in agendas.values() for f in fracoes]
    return filme(
        [quadro_ida(x_0, eps, agenda, t) for agenda, t in pares],
        [
            Eixo("agenda", list(agendas), por_extenso="agenda de ruído"),
            Eixo("t/T", fracoes, len(fracoes) // 5, por_extenso="instante, como fração de T"),
        ],
        "A ida: da imagem ao ruído",
        "À esquerda, a imagem com ruído no instante escolhido; à direita, o histograma dos seus pixels e a curva de "
        "N(0, 1). Quanto maior o instante, menos se vê da imagem, e mais o histograma se ajusta à curva.",
        legendas=[f"t = {t}: {legenda_ida(agenda, t)}" for agenda, t in pares],
        fps=6,
        qualidade=50,
    )


def _barras(pincel: ImageDraw.ImageDraw, grafico: desenho.Grafico, x_t: Tensor) -> None:
    densidade, bordas = np.histogram(x_t.flatten().numpy(), BARRAS, (-ALCANCE, ALCANCE))
    densidade = densidade / (x_t.numel() * (bordas[1] - bordas[0]))
    for a, b, altura in zip(bordas[:-1], bordas[1:], densidade, strict=True):
        (x, y), (x_fim, base) = grafico.ponto(a, min(altura, TOPO)), grafico.ponto(b, 0.0)
        pincel.rectangle((float(x) + 1, float(y), float(x_fim) - 1, float(base)), fill=desenho.CELESTE)

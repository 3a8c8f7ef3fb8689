"""Filme da divergência KL entre duas gaussianas: as duas densidades, a área e o número."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw

from aulas_lib.ambiente import virgula
from aulas_lib.interativos import desenho
from aulas_lib.interativos.eixo import mais_perto
from aulas_lib.interativos.filme import Eixo, Filme, filme
from aulas_lib.modelos.vae import kl_gaussiana

ESCALA = 2  # desenha com o dobro do tamanho e reduz: é o que suaviza as linhas
LARGURA, ALTURA = 420, 436
MARGEM = 14
DENSIDADE_MAXIMA, INTEGRANDO_MAXIMO = 1.65, 3.0  # 1,6 é o pico de q no menor σ
GRADE = np.linspace(-5, 5, 401)
MUS = tuple(np.arange(-2, 2.01, 0.25).tolist())
SIGMAS = (0.25, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0)


def partes_kl(mu: float, sigma: float) -> tuple[float, float, float]:
    """KL de N(μ, σ²) para N(0, 1) e as suas duas partes, em nats.

    Equação: KL = ½ μ² + ½ (σ² − 1 − log σ²): a primeira parte cobra a média, a segunda, a largura.

    Args:
        mu: média de q.
        sigma: desvio-padrão de q, > 0.

    Returns:
        (total, parte da média, parte da largura).

    Raises:
        ValueError: se sigma não é positivo.
    """
    if not sigma > 0:
        raise ValueError(f"partes_kl recebeu sigma={sigma}, mas um desvio-padrão é maior que zero.")
    logvar = 2 * math.log(sigma)
    total = kl_gaussiana(
        torch.tensor([[mu]], dtype=torch.float64), torch.tensor([[logvar]], dtype=torch.float64)
    )
    return float(total), mu**2 / 2, (sigma**2 - 1 - logvar) / 2


def integrando(mu: float, sigma: float, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Densidades e integrando da KL: p(x), q(x) e q(x)·log(q(x)/p(x)).

    Args:
        mu: média de q.
        sigma: desvio-padrão de q.
        x: pontos, forma (G,).

    Returns:
        Três vetores de forma (G,): p = N(0, 1), q = N(μ, σ²) e o integrando, em nats por unidade de x.
    """
    log_p = -(x**2) / 2 - math.log(2 * math.pi) / 2
    log_q = -(((x - mu) / sigma) ** 2) / 2 - math.log(sigma) - math.log(2 * math.pi) / 2
    return np.exp(log_p), np.exp(log_q), np.exp(log_q) * (log_q - log_p)


def legenda_kl(mu: float, sigma: float) -> str:
    """Frase com o número e as suas partes, igual à da figura."""
    total, media, largura = (virgula(parte, 2) for parte in partes_kl(mu, sigma))
    return f"KL(q‖p) = {total} nats = {media} (média) + {largura} (largura)"


def quadro_kl(mu: float, sigma: float) -> Image.Image:
    """Figura da KL de N(μ, σ²) para N(0, 1): em cima as densidades, embaixo a área que se soma.

    Args:
        mu: média de q.
        sigma: desvio-padrão de q.

    Returns:
        Imagem Pillow RGB de 420 × 436 pixels.
    """
    tela = Image.new("RGB", (LARGURA * ESCALA, ALTURA * ESCALA), desenho.BRANCO)
    pincel = ImageDraw.Draw(tela)
    p, q, nats = integrando(mu, sigma, GRADE)
    _desenhar_densidades(pincel, p, q)
    _desenhar_integrando(pincel, nats)
    tela = tela.reduce(ESCALA)
    _escrever(ImageDraw.Draw(tela), mu, sigma, float(nats.max()))
    return tela


def filme_kl(mus: Sequence[float] = MUS, sigmas: Sequence[float] = SIGMAS) -> Filme:
    """Filme de dois controles: a média e o desvio-padrão de q, contra p = N(0, 1).

    Args:
        mus: médias a percorrer.
        sigmas: desvios-padrão a percorrer, > 0.

    Returns:
        `Filme` que começa em q mais perto de N(1, 0,6²).

    Raises:
        ValueError: se algum sigma não é positivo.
    """
    pares = [(mu, sigma) for mu in mus for sigma in sigmas]
    return filme(
        [quadro_kl(mu, sigma) for mu, sigma in pares],
        [
            Eixo("μ", mus, mais_perto(mus, 1.0), por_extenso="μ, a média de q"),
            Eixo("σ", sigmas, mais_perto(sigmas, 0.6), por_extenso="σ, o desvio-padrão de q"),
        ],
        "KL de q = N(μ, σ²) para p = N(0, 1)",
        "Em cima, as densidades q, em linha cheia, e p, tracejada. Embaixo, a curva q·log(q/p): a área acima do zero "
        "menos a área abaixo dele é a KL, escrita com a parte da média e a parte da largura. "
        "A KL só é zero quando μ = 0 e σ = 1.",
        legendas=[legenda_kl(mu, sigma) for mu, sigma in pares],
        largura_maxima=480,
    )


def _painel(alto: int, baixo: int, y: tuple[float, float], escala: int = ESCALA) -> desenho.Grafico:
    caixa = (MARGEM * escala, alto * escala, (LARGURA - MARGEM) * escala, baixo * escala)
    return desenho.Grafico(caixa, (-5, 5), y)


def _desenhar_densidades(pincel: ImageDraw.ImageDraw, p: np.ndarray, q: np.ndarray) -> None:
    e = ESCALA
    grafico = _painel(36, 166, (0, DENSIDADE_MAXIMA))
    grafico.area(pincel, GRADE, q, desenho.AZUL_CLARO)
    pincel.line(grafico.caminho(GRADE, q), fill=desenho.AZUL, width=3 * e, joint="curve")
    desenho.tracejar(pincel, grafico.caminho(GRADE, p), desenho.PRETO, 2 * e)
    pincel.line([(MARGEM * e, 166 * e), ((LARGURA - MARGEM) * e, 166 * e)], fill=desenho.CINZA, width=e)


def _desenhar_integrando(pincel: ImageDraw.ImageDraw, nats: np.ndarray) -> None:
    e = ESCALA
    grafico = _painel(204, 342, (-0.35, INTEGRANDO_MAXIMO))
    grafico.area(pincel, GRADE, np.maximum(nats, 0), (244, 190, 130))
    grafico.area(pincel, GRADE, np.minimum(nats, 0), desenho.CELESTE)
    pincel.line(grafico.caminho(GRADE, nats), fill=desenho.PRETO, width=2 * e, joint="curve")
    _, zero = grafico.ponto(0.0, 0.0)
    pincel.line(
        [(MARGEM * e, float(zero)), ((LARGURA - MARGEM) * e, float(zero))], fill=desenho.CINZA, width=e
    )


def _escrever(pincel: ImageDraw.ImageDraw, mu: float, sigma: float, pico: float) -> None:
    letra, direita = desenho.fonte(20), LARGURA - MARGEM
    pincel.text((MARGEM, 6), "q: linha cheia", font=letra, fill=desenho.AZUL)
    pincel.text((direita, 6), "p: linha tracejada", font=letra, fill=desenho.PRETO, anchor="ra")
    pincel.text((MARGEM, 173), "q·log(q/p): a área com sinal é a KL", font=letra, fill=desenho.PRETO)
    _painel(204, 342, (0, 1), 1).marcas_x(pincel, range(-4, 5, 2), desenho.fonte(18))
    pincel.text((direita, 348), "z", font=letra, fill=desenho.CINZA, anchor="ra")
    if pico > INTEGRANDO_MAXIMO:  # só com q estreita e longe de p
        lado = "ra" if mu < 0 else "la"
        x = direita if mu < 0 else MARGEM
        pincel.text((x, 206), f"↑ vai até {virgula(pico, 1)}", font=letra, fill=desenho.PRETO, anchor=lado)
    total, media, largura = (virgula(parte, 2) for parte in partes_kl(mu, sigma))
    pincel.text((MARGEM, 376), f"KL = {total} nats", font=desenho.fonte(22, True), fill=desenho.PRETO)
    partes = f"= {media} (média) + {largura} (largura)"
    pincel.text((MARGEM, 406), partes, font=letra, fill=desenho.PRETO)

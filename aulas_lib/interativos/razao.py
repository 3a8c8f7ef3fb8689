"""Filme da razão de densidades: duas gaussianas que se movem e um classificador que só vê as amostras."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from sklearn.linear_model import LogisticRegression

from aulas_lib.ambiente import virgula
from aulas_lib.interativos import desenho
from aulas_lib.interativos.eixo import mais_perto
from aulas_lib.interativos.filme import Eixo, Filme, filme

ESCALA = 2  # desenha com o dobro do tamanho e reduz: é o que suaviza as linhas
LARGURA, ALTURA = 440, 452
MARGEM = 14
LIMITE_X, LIMITE_Y = 5.0, 10.0  # a log-razão é cortada em ±10 nats
DENSIDADE_MAXIMA = 0.85  # 0,8 é o pico de p no menor σ
GRADE = np.linspace(-LIMITE_X, LIMITE_X, 401)
DISTANCIAS = tuple(np.arange(0, 4.01, 0.5).tolist())
SIGMAS = (0.5, 0.75, 1.0, 1.5, 2.0)
EXEMPLOS, REPETICOES = 200, 12


@dataclass(frozen=True)
class Estado:
    """O que um quadro mostra, na grade.

    Attributes:
        log_p, log_q: log-densidades, forma (G,), em nats.
        estimativas: log p/q dos classificadores, forma (R, G), um por repetição; a primeira é a desenhada.
        x_p, x_q: as amostras da primeira repetição, forma (n,).
    """

    log_p: np.ndarray
    log_q: np.ndarray
    estimativas: np.ndarray
    x_p: np.ndarray
    x_q: np.ndarray

    @property
    def exata(self) -> np.ndarray:
        """log p/q exata na grade, em nats."""
        return self.log_p - self.log_q

    @property
    def erro(self) -> float:
        """Erro absoluto médio da primeira estimativa sob ½(p + q), em nats."""
        peso = np.exp(self.log_p) + np.exp(self.log_q)
        return float((peso * np.abs(self.estimativas[0] - self.exata)).sum() / peso.sum())

    @property
    def pior(self) -> float:
        """Maior erro absoluto da primeira estimativa na grade inteira, em nats."""
        return float(np.abs(self.estimativas[0] - self.exata).max())


def estado_razao(
    distancia: float, sigma: float, exemplos: int = EXEMPLOS, repeticoes: int = REPETICOES, semente: int = 0
) -> Estado:
    """Sorteia p = N(distancia/2, σ²) e q = N(−distancia/2, 1), e ajusta um classificador a cada sorteio.

    O classificador é uma regressão logística em x e x²: entre duas gaussianas, log p/q é um polinômio de grau 2.

    Args:
        distancia: entre as médias.
        sigma: desvio-padrão de p, > 0; o de q é 1.
        exemplos: de cada lado.
        repeticoes: sorteios independentes.
        semente: de onde saem todos.

    Raises:
        ValueError: se sigma não é positivo.
    """
    if not sigma > 0:
        raise ValueError(f"estado_razao recebeu sigma={sigma}, mas um desvio-padrão é maior que zero.")
    rng = np.random.default_rng(semente)
    eps = rng.standard_normal((repeticoes, 2, exemplos))  # o mesmo ruído em todo o filme: só as médias andam
    x_p, x_q = distancia / 2 + sigma * eps[:, 0], -distancia / 2 + eps[:, 1]
    estimativas = np.stack([_classificar(p, q) for p, q in zip(x_p, x_q, strict=True)])
    return Estado(
        _log_normal(GRADE, distancia / 2, sigma), _log_normal(GRADE, -distancia / 2, 1.0), estimativas, x_p[0], x_q[0]
    )


def legenda_razao(distancia: float, sigma: float, estado: Estado) -> str:
    """Frase com os números do quadro."""
    return (
        f"Distância {virgula(distancia, 1)}, σ de p {virgula(sigma, 2)}: erro médio de {virgula(estado.erro, 2)} nats "
        f"onde há amostras; maior erro no gráfico, {virgula(estado.pior, 1)} nats."
    )


def quadro_razao(estado: Estado) -> Image.Image:
    """Em cima, p, q e as amostras; embaixo, log p/q exata, a estimada e a faixa das repetições.

    Args:
        estado: o de `estado_razao`.

    Returns:
        Imagem Pillow RGB de 440 × 452 pixels.
    """
    tela = Image.new("RGB", (LARGURA * ESCALA, ALTURA * ESCALA), desenho.BRANCO)
    pincel = ImageDraw.Draw(tela)
    _desenhar_densidades(pincel, estado)
    _desenhar_razoes(pincel, estado)
    tela = tela.reduce(ESCALA)
    _escrever(ImageDraw.Draw(tela), estado)
    return tela


def filme_razao(
    distancias: Sequence[float] = DISTANCIAS, sigmas: Sequence[float] = SIGMAS, exemplos: int = EXEMPLOS
) -> Filme:
    """Filme de dois controles: a distância entre as médias e o desvio-padrão de p.

    Args:
        distancias: entre as médias de p e q.
        sigmas: desvios-padrão de p, > 0; o de q é 1.
        exemplos: de cada lado, para treinar o classificador.

    Raises:
        ValueError: se algum sigma não é positivo.
    """
    pares = [(d, s) for d in distancias for s in sigmas]
    estados = [estado_razao(d, s, exemplos) for d, s in pares]
    return filme(
        [quadro_razao(estado) for estado in estados],
        [
            Eixo("distância", distancias, mais_perto(distancias, 2.0), 1, "distância entre as médias de p e q"),
            Eixo("σ de p", sigmas, mais_perto(sigmas, 0.75), 2, "σ, o desvio-padrão de p"),
        ],
        f"log p/q por um classificador com {exemplos} exemplos de cada lado",
        "Em cima, as densidades p, em linha cheia, e q, tracejada, com as amostras marcadas embaixo. No gráfico de "
        "baixo, log p/q exata, tracejada, a estimada, cheia, e a faixa entre a menor e a maior de doze repetições. A "
        "faixa é estreita onde há amostras e abre onde não há.",
        legendas=[legenda_razao(d, s, estado) for (d, s), estado in zip(pares, estados, strict=True)],
        largura_maxima=500,
    )


def _log_normal(x: np.ndarray, media: float, sigma: float) -> np.ndarray:
    return -(((x - media) / sigma) ** 2) / 2 - math.log(sigma) - math.log(2 * math.pi) / 2


def _classificar(x_p: np.ndarray, x_q: np.ndarray) -> np.ndarray:
    """Logit do classificador na grade, forma (G,); os tamanhos são iguais, e ele já é log p/q."""
    x = np.concatenate([x_p, x_q])
    rotulo = np.r_[np.ones(len(x_p)), np.zeros(len(x_q))]
    # C alto: quase sem penalidade, mas finito quando as amostras não se tocam
    modelo = LogisticRegression(C=1e3, solver="liblinear").fit(np.stack([x, x**2], axis=1), rotulo)
    return modelo.decision_function(np.stack([GRADE, GRADE**2], axis=1))


def _painel(alto: int, baixo: int, y: tuple[float, float], escala: int = ESCALA) -> desenho.Grafico:
    caixa = (MARGEM * escala, alto * escala, (LARGURA - MARGEM) * escala, baixo * escala)
    return desenho.Grafico(caixa, (-LIMITE_X, LIMITE_X), y)


def _desenhar_densidades(pincel: ImageDraw.ImageDraw, estado: Estado) -> None:
    e = ESCALA
    grafico = _painel(34, 138, (0, DENSIDADE_MAXIMA))
    grafico.area(pincel, GRADE, np.exp(estado.log_p), desenho.AZUL_CLARO)
    pincel.line(grafico.caminho(GRADE, np.exp(estado.log_p)), fill=desenho.AZUL, width=3 * e, joint="curve")
    desenho.tracejar(pincel, grafico.caminho(GRADE, np.exp(estado.log_q)), desenho.VERMELHO, 3 * e)
    for x, cor, alto in ((estado.x_p, desenho.AZUL, 141), (estado.x_q, desenho.VERMELHO, 150)):
        px, _ = grafico.ponto(x[np.abs(x) < LIMITE_X], 0.0)
        for posicao in px.tolist():
            pincel.line([(posicao, alto * e), (posicao, (alto + 7) * e)], fill=cor, width=e // 2)


def _desenhar_razoes(pincel: ImageDraw.ImageDraw, estado: Estado) -> None:
    e = ESCALA
    grafico = _painel(194, 362, (-LIMITE_Y, LIMITE_Y))
    menor, maior = estado.estimativas.min(axis=0), estado.estimativas.max(axis=0)
    faixa = [*grafico.caminho(GRADE, menor), *reversed(grafico.caminho(GRADE, maior))]
    pincel.polygon(faixa, fill=(255, 224, 178))
    _, zero = grafico.ponto(0.0, 0.0)
    pincel.line([(MARGEM * e, float(zero)), ((LARGURA - MARGEM) * e, float(zero))], fill=desenho.CINZA, width=e)
    pincel.line(grafico.caminho(GRADE, estado.estimativas[0]), fill=desenho.LARANJA, width=3 * e, joint="curve")
    desenho.tracejar(pincel, grafico.caminho(GRADE, estado.exata), desenho.PRETO, 2 * e)


def _escrever(pincel: ImageDraw.ImageDraw, estado: Estado) -> None:
    letra, direita = desenho.fonte(18), LARGURA - MARGEM
    pincel.text((MARGEM, 4), "p: cheia", font=letra, fill=desenho.AZUL)
    pincel.text((direita, 4), "q: tracejada", font=letra, fill=desenho.VERMELHO, anchor="ra")
    pincel.text((MARGEM, 164), "log p/q: tracejada exata, cheia estimada", font=letra, fill=desenho.PRETO)
    _painel(194, 362, (0, 1), 1).marcas_x(pincel, range(-4, 5, 2), desenho.fonte(16))
    pincel.text((direita, 368), "x", font=letra, fill=desenho.CINZA, anchor="ra")
    for nats in (-5, 5):
        _, y = _painel(194, 362, (-LIMITE_Y, LIMITE_Y), 1).ponto(0.0, float(nats))
        pincel.line([(MARGEM, float(y)), (MARGEM + 6, float(y))], fill=desenho.CINZA, width=1)
        texto = f"{nats:+d} nats".replace("-", "−")
        pincel.text((MARGEM + 12, float(y)), texto, font=desenho.fonte(14), fill=desenho.CINZA, anchor="lm")
    medio, pior = virgula(estado.erro, 2), virgula(estado.pior, 1)
    texto = f"erro médio sob ½(p + q): {medio} nats"
    pincel.text((MARGEM, 396), texto, font=desenho.fonte(18, True), fill=desenho.PRETO)
    pincel.text((MARGEM, 424), f"maior erro no gráfico: {pior} nats", font=letra, fill=desenho.PRETO)

"""Filme da amostragem por rejeição: o envelope posto à mão, e o que sai quando ele corta a densidade."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw

from aulas_lib.ambiente import gerador, virgula
from aulas_lib.dados.distribuicoes import MisturaGaussiana, duas_modas
from aulas_lib.interativos import desenho
from aulas_lib.interativos.eixo import mais_perto
from aulas_lib.interativos.filme import Eixo, Filme, filme
from aulas_lib.modelos.amostragem import menor_envelope, rejeicao

ESCALA = 2  # desenha com o dobro do tamanho e reduz: é o que suaviza as linhas
LARGURA, ALTURA, MARGEM = 420, 470, 14
LIMITE = 6.0
PROPOSTAS, DESENHADAS = 20_000, 180
MS = (1.2, 1.6, 2.0, 2.5, 3.0, 4.0, 6.5)
SIGMAS = (1.2, 1.5, 2.0, 3.0)


@dataclass(frozen=True)
class Rodada:
    """Uma rodada de rejeição com p = duas_modas() e q = N(0, σ²).

    Attributes:
        x: propostas, forma (N,).
        altura: u M q(x), a altura do ponto sob o envelope, forma (N,).
        aceitas: booleanos, forma (N,).
        medida: fração aceita.
        M: escala do envelope.
        esperada: ∫ min(p/M, q) dx, que é 1/M quando o envelope cobre p.
        menor_M: o menor M que cobre p com esta largura.
    """

    x: np.ndarray
    altura: np.ndarray
    aceitas: np.ndarray
    M: float
    medida: float
    esperada: float
    menor_M: float

    @property
    def amostras(self) -> np.ndarray:
        """As propostas aceitas, siga ou não a lei delas p."""
        return self.x[self.aceitas]

    @property
    def cobre(self) -> bool:
        """Se p ≤ M q em toda parte."""
        return self.menor_M <= self.M


def rodar_rejeicao(M: float, sigma: float, semente: int = 0) -> Rodada:
    """Sorteia 20 mil propostas de N(0, σ²) e decide quais ficam.

    Args:
        M: escala do envelope, > 0.
        sigma: desvio-padrão da proposta, > 0.
        semente: a mesma em todos os quadros, para que só o envelope mude.

    Raises:
        ValueError: se M ou sigma não é positivo.
    """
    if not (M > 0 and sigma > 0):
        raise ValueError(f"M e sigma devem ser positivos; chegaram M={M} e sigma={sigma}")
    x = sigma * torch.randn(PROPOSTAS, 1, generator=gerador(semente), dtype=torch.float64)
    p, q = _alvo(), _proposta(sigma)
    log_p, log_q = p.log_densidade(x), q.log_densidade(x)
    aceitas = rejeicao(log_p, log_q, M, gerador(semente + 1))
    u = torch.rand(log_p.shape, generator=gerador(semente + 1), dtype=log_p.dtype)  # os mesmos de `rejeicao`
    grade = torch.linspace(-LIMITE, LIMITE, 2401, dtype=torch.float64)
    log_p_grade, log_q_grade = p.log_densidade(grade[:, None]), q.log_densidade(grade[:, None])
    esperada = torch.trapezoid((log_p_grade - math.log(M)).minimum(log_q_grade).exp(), grade)
    return Rodada(
        x.squeeze(1).numpy(), (u * M * log_q.exp()).numpy(), aceitas.numpy(), M,
        aceitas.double().mean().item(), esperada.item(), menor_envelope(log_p_grade, log_q_grade),
    )  # fmt: skip


def legenda_rejeicao(rodada: Rodada) -> str:
    """Frase com as taxas e o veredito, igual à da figura."""
    return f"{_taxas(rodada)}. {_veredito(rodada)}"


def quadro_rejeicao(M: float, sigma: float) -> Image.Image:
    """Em cima, as propostas sob o envelope M q; embaixo, o histograma do que foi aceito, contra p.

    Args:
        M: escala do envelope, > 0.
        sigma: desvio-padrão da proposta q = N(0, σ²), > 0.

    Returns:
        Imagem Pillow RGB de 420 × 470 pixels.

    Raises:
        ValueError: se M ou sigma não é positivo.
    """
    rodada = rodar_rejeicao(M, sigma)
    tela = Image.new("RGB", (LARGURA * ESCALA, ALTURA * ESCALA), desenho.BRANCO)
    pincel = ImageDraw.Draw(tela)
    x = np.linspace(-LIMITE, LIMITE, 481)
    p, envelope = _densidade(_alvo(), x), M * _densidade(_proposta(sigma), x)
    _desenhar_propostas(pincel, rodada, x, p, envelope)
    _desenhar_histograma(pincel, rodada, x, p)
    tela = tela.reduce(ESCALA)
    _escrever(ImageDraw.Draw(tela), rodada)
    return tela


def filme_rejeicao(Ms: Sequence[float] = MS, sigmas: Sequence[float] = SIGMAS) -> Filme:
    """Filme de dois controles: a escala M do envelope e a largura σ da proposta.

    Args:
        Ms: escalas a percorrer.
        sigmas: desvios-padrão da proposta a percorrer.

    Returns:
        `Filme` que começa com um envelope que corta p.

    Raises:
        ValueError: se algum valor não é positivo.
    """
    pares = [(M, sigma) for M in Ms for sigma in sigmas]
    return filme(
        [quadro_rejeicao(M, sigma) for M, sigma in pares],
        [
            Eixo("M", Ms, mais_perto(Ms, 1.6), casas=1, por_extenso="M, a escala do envelope"),
            Eixo("σ", sigmas, mais_perto(sigmas, 2.0), casas=1, por_extenso="σ, a largura da proposta"),
        ],
        "Rejeição: o envelope M q sobre a densidade p",
        "Em cima, propostas sorteadas sob a curva M q: círculos cheios são aceitos, cruzes são recusadas. Embaixo, o "
        "histograma do que foi aceito, com p tracejada. Onde o envelope passa por baixo de p, faltam amostras.",
        legendas=[legenda_rejeicao(rodar_rejeicao(M, sigma)) for M, sigma in pares],
        largura_maxima=480,
    )


def _alvo() -> MisturaGaussiana:
    return duas_modas().to(torch.float64)


def _proposta(sigma: float) -> MisturaGaussiana:
    um = torch.ones(1, dtype=torch.float64)
    return MisturaGaussiana(um, torch.zeros(1, 1, dtype=torch.float64), um * sigma**2)


def _densidade(lei: MisturaGaussiana, x: np.ndarray) -> np.ndarray:
    return lei.log_densidade(torch.from_numpy(x)[:, None]).exp().numpy()


def _taxas(rodada: Rodada) -> str:
    taxa, inverso = virgula(100 * rodada.medida, 1), virgula(100 / rodada.M, 1)
    return f"aceitas: {taxa} %; 1/M = {inverso} %"


def _veredito(rodada: Rodada) -> str:
    menor = virgula(rodada.menor_M, 1)
    if rodada.cobre:
        return f"O envelope cobre p (basta M = {menor})"
    return f"O envelope CORTA p: é preciso M = {menor}"


def _painel(alto: int, baixo: int, y: float, escala: int = ESCALA) -> desenho.Grafico:
    caixa = (MARGEM * escala, alto * escala, (LARGURA - MARGEM) * escala, baixo * escala)
    return desenho.Grafico(caixa, (-LIMITE, LIMITE), (0, y))


def _desenhar_propostas(
    pincel: ImageDraw.ImageDraw, rodada: Rodada, x: np.ndarray, p: np.ndarray, envelope: np.ndarray
) -> None:
    e = ESCALA
    grafico = _painel(36, 216, 1.06 * max(envelope.max(), p.max()))
    grafico.area(pincel, x, p, (218, 234, 246))
    corte = np.maximum(p - envelope, 0)
    if corte.max() > 1e-3:  # a parte de p que o envelope deixa de fora
        pontos = grafico.caminho(x, np.minimum(p, envelope)) + grafico.caminho(x, p)[::-1]
        pincel.polygon(pontos, fill=(244, 190, 130))
    pincel.line(grafico.caminho(x, envelope), fill=desenho.PRETO, width=2 * e, joint="curve")
    pincel.line(grafico.caminho(x, p), fill=desenho.AZUL, width=3 * e, joint="curve")
    for i in np.flatnonzero(np.abs(rodada.x[:DESENHADAS]) < LIMITE):
        px, py = (float(v) for v in grafico.ponto(rodada.x[i], rodada.altura[i]))
        if rodada.aceitas[i]:
            pincel.ellipse((px - 2.4 * e, py - 2.4 * e, px + 2.4 * e, py + 2.4 * e), fill=desenho.AZUL)
        else:
            r = 2.2 * e
            pincel.line((px - r, py - r, px + r, py + r), fill=desenho.VERMELHO, width=e)
            pincel.line((px - r, py + r, px + r, py - r), fill=desenho.VERMELHO, width=e)


def _desenhar_histograma(pincel: ImageDraw.ImageDraw, rodada: Rodada, x: np.ndarray, p: np.ndarray) -> None:
    grafico = _painel(250, 366, 0.44)
    bordas = np.linspace(-LIMITE, LIMITE, 49)
    alturas = np.histogram(rodada.amostras, bordas, density=True)[0]
    for esquerda, direita, altura in zip(bordas[:-1], bordas[1:], np.minimum(alturas, 0.44), strict=True):
        (x0, y1), (x1, y0) = grafico.ponto(esquerda, 0.0), grafico.ponto(direita, altura)
        pincel.rectangle((float(x0), float(y0), float(x1) - ESCALA, float(y1)), fill=desenho.CELESTE)
    desenho.tracejar(pincel, grafico.caminho(x, p), desenho.PRETO, 2 * ESCALA)


def _escrever(pincel: ImageDraw.ImageDraw, rodada: Rodada) -> None:
    letra, direita = desenho.fonte(18), LARGURA - MARGEM
    pincel.text((MARGEM, 6), "● aceita", font=letra, fill=desenho.AZUL)
    pincel.text((MARGEM + letra.getlength("● aceita   "), 6), "× recusada", font=letra, fill=desenho.VERMELHO)
    pincel.text((direita, 6), "M q: linha preta", font=letra, fill=desenho.PRETO, anchor="ra")
    pincel.text((MARGEM, 222), "aceitas (barras) e p (tracejada)", font=letra, fill=desenho.PRETO)
    _painel(250, 366, 1, 1).marcas_x(pincel, range(-6, 7, 2), desenho.fonte(16))
    pincel.text((MARGEM, 402), _taxas(rodada), font=desenho.fonte(20, True), fill=desenho.PRETO)
    cor = desenho.PRETO if rodada.cobre else (168, 70, 0)
    pincel.text((MARGEM, 434), _veredito(rodada), font=letra, fill=cor)

"""Filme das cadeias de Markov: o algoritmo e o tamanho do passo à mão, com aceitação, N_ef e R̂ medidos."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from aulas_lib.ambiente import gerador, virgula
from aulas_lib.avaliacao.diagnosticos import r_chapeu, tamanho_efetivo
from aulas_lib.dados.gaussianas import MisturaGaussiana
from aulas_lib.interativos import desenho
from aulas_lib.interativos.eixo import mais_perto
from aulas_lib.interativos.filme import Eixo, Filme, filme
from aulas_lib.modelos.cadeias import Cadeia, mala, metropolis_hastings, ula

ALGORITMOS = ("Metropolis", "ULA", "MALA")
PASSOS_H = (0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.3, 2.0)
CADEIAS = 4
ESCALA = 2  # desenha com o dobro do tamanho e reduz: é o que suaviza as linhas
LARGURA, ALTURA, MAPA, ALTO_DO_RASTRO = 380, 474, 288, 48
EXTENSAO = 3.6
LONGE = 1e3  # um estado além disso é de uma cadeia que divergiu


@dataclass(frozen=True)
class Corrida:
    """Quatro cadeias com um algoritmo e um passo, e o que se mede nelas.

    Attributes:
        algoritmo: "Metropolis", "ULA" ou "MALA".
        h: o passo, na unidade de x.
        cadeia: estados (4, T, 2), já sem o aquecimento.
        exato: E[x₁²] do alvo.
    """

    algoritmo: str
    h: float
    cadeia: Cadeia
    exato: float

    @property
    def divergiu(self) -> bool:
        """Se algum estado fugiu para o infinito."""
        return not bool((self.cadeia.estados.abs() < LONGE).all())

    def legenda(self) -> tuple[str, str]:
        """Duas linhas com os números, iguais às da figura."""
        julga = self.cadeia.aceitacao
        aceitacao = "sem aceitação" if julga is None else f"aceitação {virgula(100 * julga.mean().item(), 0)} %"
        if self.divergiu:
            return f"{aceitacao} · a cadeia divergiu", "h grande demais: |x| cresce sem parar"
        estados = self.cadeia.estados
        total = estados.shape[0] * estados.shape[1]
        efetivo, r = tamanho_efetivo(estados).min().item(), r_chapeu(estados).max().item()
        medido = estados[..., 0].double().square().mean().item()
        medidas = f" · N_ef {efetivo:.0f} de {total} · R̂ {virgula(r, 2)}"
        diagnosticos = medidas if math.isfinite(r) else " · nenhuma cadeia anda"
        return aceitacao + diagnosticos, f"E[x₁²] medido {virgula(medido)}; exato {virgula(self.exato)}"


def correr(
    alvo: MisturaGaussiana, hs: Sequence[float] = PASSOS_H, passos: int = 500, semente: int = 0
) -> dict[tuple[str, float], Corrida]:
    """Os três algoritmos com todos os passos; as cadeias de um algoritmo andam juntas.

    Args:
        alvo: mistura em duas dimensões.
        hs: passos h, na unidade de x.
        passos: iterações guardadas por cadeia, depois de mais um quarto disso de aquecimento.
        semente: de onde saem as partidas e o acaso.

    Returns:
        De (algoritmo, h) à corrida.

    Raises:
        ValueError: se o alvo não é de duas dimensões ou um passo não é positivo.
    """
    if alvo.medias.shape[1] != 2:
        raise ValueError(f"filme_cadeias: o alvo tem {alvo.medias.shape[1]} dimensões; o filme mostra 2.")
    partidas = 2 * torch.randn(CADEIAS, 2, generator=gerador(semente))
    x0, h = partidas.repeat(len(hs), 1), torch.tensor(hs).repeat_interleave(CADEIAS)[:, None]
    aquecimento = passos // 4
    total, log_p, escore = passos + aquecimento, alvo.log_densidade, alvo.escore
    andadas = (
        metropolis_hastings(log_p, x0, total, h, gerador(semente + 1)),
        ula(escore, x0, total, h, gerador(semente + 1)),
        mala(log_p, escore, x0, total, h, gerador(semente + 1)),
    )
    exato = segundo_momento(alvo)
    corridas = {}
    for nome, andada in zip(ALGORITMOS, andadas, strict=True):
        andada = andada.depois_de(aquecimento)
        for i, passo in enumerate(hs):
            linhas = slice(i * CADEIAS, (i + 1) * CADEIAS)
            aceitos = None if andada.aceitos is None else andada.aceitos[linhas]
            corridas[nome, passo] = Corrida(nome, passo, Cadeia(andada.estados[linhas], aceitos), exato)
    return corridas


def segundo_momento(alvo: MisturaGaussiana) -> float:
    """E[x₁²] exato de uma mistura: Σ_k π_k (m_{k1}² + Σ_{k,11})."""
    por_moda = alvo.medias[:, 0].square() + alvo.covariancias[:, 0, 0]
    return (alvo.pesos * por_moda).sum().item()


def quadro_cadeias(alvo: MisturaGaussiana, corrida: Corrida, mostrar: int = 250) -> Image.Image:
    """A densidade com o caminho de uma das cadeias por cima, o rastro de x₁ e os números.

    Args:
        alvo: mistura em duas dimensões.
        corrida: o que andou.
        mostrar: iterações desenhadas.

    Returns:
        Imagem Pillow RGB de 380 × 474 pixels.
    """
    return _pintar(_mapa(alvo), corrida, mostrar)


def filme_cadeias(
    alvo: MisturaGaussiana, hs: Sequence[float] = PASSOS_H, passos: int = 500, semente: int = 0
) -> Filme:
    """Filme de dois controles: o algoritmo e o passo h.

    Args:
        alvo: mistura em duas dimensões.
        hs: passos a percorrer, na unidade de x.
        passos: iterações por cadeia.
        semente: de onde saem as partidas e o acaso.

    Raises:
        ValueError: se o alvo não é de duas dimensões ou um passo não é positivo.
    """
    corridas, mapa = correr(alvo, hs, passos, semente), _mapa(alvo)
    pares = [(nome, h) for nome in ALGORITMOS for h in hs]
    return filme(
        [_pintar(mapa, corridas[par], 250) for par in pares],
        [
            Eixo("algoritmo", ALGORITMOS, 0),
            Eixo("passo h", hs, mais_perto(hs, 0.2), por_extenso="passo h, na unidade de x"),
        ],
        "Uma cadeia sobre a densidade",
        "Em tons de azul, a densidade; em laranja, as primeiras 250 iterações de uma cadeia depois do aquecimento; "
        "embaixo, a coordenada x₁ a cada iteração. A legenda traz a aceitação, o tamanho efetivo N_ef e o R̂ de "
        "quatro cadeias, e E[x₁²] medido e exato.",
        legendas=[f"{nome}, h = {virgula(h)}: {'; '.join(corridas[nome, h].legenda())}" for nome, h in pares],
        qualidade=54,
        largura_maxima=460,
    )


def _mapa(alvo: MisturaGaussiana) -> Image.Image:
    """A densidade, do branco ao azul, com um pixel por ponto da grade."""
    eixo = torch.linspace(-EXTENSAO, EXTENSAO, MAPA)
    y, x = torch.meshgrid(-eixo, eixo, indexing="ij")
    with torch.no_grad():
        p = alvo.log_densidade(torch.stack([x.flatten(), y.flatten()], dim=1)).exp().reshape(MAPA, MAPA)
    tom = (p / p.max()).sqrt()[..., None].numpy()
    branco, azul = np.array(desenho.BRANCO), np.array((120, 178, 216))
    return Image.fromarray((branco + tom * (azul - branco)).round().astype(np.uint8))


def _pintar(mapa: Image.Image, corrida: Corrida, mostrar: int) -> Image.Image:
    tela = Image.new("RGB", (LARGURA * ESCALA, ALTURA * ESCALA), desenho.BRANCO)
    margem = (LARGURA - MAPA) // 2
    caixa = (margem * ESCALA, 34 * ESCALA, (margem + MAPA) * ESCALA, (34 + MAPA) * ESCALA)
    painel = mapa.resize((MAPA * ESCALA, MAPA * ESCALA), Image.Resampling.BILINEAR)
    caminho = corrida.cadeia.estados[0, :mostrar]
    plano = desenho.Grafico((0, 0, MAPA * ESCALA, MAPA * ESCALA), (-EXTENSAO, EXTENSAO), (-EXTENSAO, EXTENSAO))
    _desenhar_caminho(ImageDraw.Draw(painel), plano, caminho)  # no painel: o que sai da caixa é cortado
    tela.paste(painel, caixa[:2])
    pincel = ImageDraw.Draw(tela)
    pincel.rectangle(caixa, outline=desenho.CINZA, width=ESCALA)
    alto = 34 + MAPA + 26
    faixa = (margem * ESCALA, alto * ESCALA, (margem + MAPA) * ESCALA, (alto + ALTO_DO_RASTRO) * ESCALA)
    rastro = desenho.Grafico(faixa, (0, mostrar), (-EXTENSAO, EXTENSAO))
    x1 = _finitos(caminho)[:, 0]
    pincel.rectangle(faixa, outline=desenho.CINZA_CLARO, width=ESCALA)
    pincel.line(rastro.caminho(np.arange(len(x1)), x1), fill=desenho.AZUL, width=2 * ESCALA)
    tela = tela.reduce(ESCALA)
    _escrever(ImageDraw.Draw(tela), corrida, margem, mostrar)
    return tela


def _finitos(estados: Tensor) -> np.ndarray:
    """Só o trecho antes de a cadeia fugir para longe: o resto não cabe em uma figura."""
    x = estados.cpu().numpy()
    fora = np.nonzero(~(np.abs(x) < LONGE).all(axis=1))[0]
    return x[: fora[0]] if len(fora) else x


def _desenhar_caminho(pincel: ImageDraw.ImageDraw, plano: desenho.Grafico, estados: Tensor) -> None:
    px, py = plano.ponto(*_finitos(estados).T)
    pontos = list(zip(px.tolist(), py.tolist(), strict=True))
    if len(pontos) > 1:
        pincel.line(pontos, fill=(226, 150, 110), width=ESCALA)
    for a, b in pontos:
        pincel.ellipse((a - 3, b - 3, a + 3, b + 3), fill=desenho.VERMELHO)


def _escrever(pincel: ImageDraw.ImageDraw, corrida: Corrida, margem: int, mostrar: int) -> None:
    letra = desenho.fonte(16)
    titulo = f"{corrida.algoritmo}, h = {virgula(corrida.h)}"
    pincel.text((margem, 6), titulo, font=desenho.fonte(20, True), fill=desenho.PRETO)
    pincel.text((margem, 34 + MAPA + 4), f"x₁ nas {mostrar} iterações desenhadas", font=letra, fill=desenho.CINZA)
    alto = 34 + MAPA + 26 + ALTO_DO_RASTRO + 12
    for i, linha in enumerate(corrida.legenda()):
        pincel.text((8, alto + 26 * i), linha, font=letra, fill=desenho.PRETO)

"""Filme da paisagem de energia: uma máquina que cabe na figura, e a cadeia de Gibbs andando nela."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw

from aulas_lib.ambiente import gerador
from aulas_lib.interativos import desenho
from aulas_lib.interativos.eixo import mais_perto
from aulas_lib.interativos.filme import Eixo, Filme, filme
from aulas_lib.modelos.boltzmann import Parametros, bloco_gibbs, energia_livre

POR_GRUPO = 10
PESOS = (0.0, 1.0, 2.0, 3.0, 4.0)
MOMENTOS = (*range(16), 18, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100)
RASTRO = 30  # passos do caminho que ficam na figura
CELULA, MARGEM, ALTO, FAIXA = 24, 56, 34, 118  # pixels; FAIXA é a altura do desenho da máquina
ESCURO, CLARO = np.array((8.0, 69.0, 120.0)), np.array((250.0, 252.0, 254.0))


def maquina_de_bolso(peso: float, por_grupo: int = POR_GRUPO) -> Parametros:
    """Dois grupos de visíveis, cada um preso à sua oculta com o mesmo peso.

    Os vieses (b = −w/2, c = −w·m/2) fazem de cada grupo uma moeda viciada sem lado preferido: trocar todos os
    zeros por uns não muda a energia. Com w grande sobram quatro vales, um em cada canto.

    Args:
        peso: w.
        por_grupo: m, visíveis em cada grupo.

    Returns:
        Parâmetros de 2m visíveis e 2 ocultas.
    """
    W = torch.zeros(2 * por_grupo, 2)
    W[:por_grupo, 0] = W[por_grupo:, 1] = peso
    return Parametros(torch.full((2 * por_grupo,), -peso / 2), torch.full((2,), -peso * por_grupo / 2), W)


def energia_por_celula(rbm: Parametros, por_grupo: int = POR_GRUPO) -> torch.Tensor:
    """Energia livre de cada par (acesas no grupo A, acesas no grupo B), com Z descontada: −log da probabilidade.

    Equação: −log Σ_v exp(−F(v)) + log Z; os C(m, a) · C(m, b) estados da célula têm a mesma F.

    Returns:
        Forma (m + 1, m + 1), em nats; exp(−valor) soma 1.
    """
    acesas = torch.arange(por_grupo + 1)
    degraus = (torch.arange(por_grupo) < acesas[:, None]).float()  # um estado de cada contagem
    pares = torch.cat([degraus.repeat_interleave(len(acesas), 0), degraus.repeat(len(acesas), 1)], 1)
    estados = torch.tensor([math.log(math.comb(por_grupo, int(a))) for a in acesas])
    celulas = energia_livre(rbm, pares).view(len(acesas), -1) - estados[:, None] - estados
    return celulas + (-celulas).flatten().logsumexp(0)


def percurso(
    rbm: Parametros, passos: int, gerador: torch.Generator | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Uma cadeia de Gibbs que parte de todas as visíveis apagadas.

    Returns:
        Visíveis, forma (passos + 1, D), e ocultas sorteadas a partir delas, forma (passos + 1, H).
    """
    v, visiveis, ocultas = torch.zeros(1, len(rbm.b)), [], []
    for _ in range(passos + 1):
        visiveis.append(v)
        h, _, v = bloco_gibbs(rbm, v, gerador)
        ocultas.append(h)
    return torch.cat(visiveis), torch.cat(ocultas)


def quadrantes_visitados(celulas: np.ndarray, por_grupo: int = POR_GRUPO) -> int:
    """Quantos dos quatro quadrantes da paisagem aparecem no percurso; o meio não conta.

    Args:
        celulas: pares (acesas em A, acesas em B), forma (N, 2).
        por_grupo: m.
    """
    lados = np.sign(2 * celulas - por_grupo)
    return len({tuple(par) for par in lados.tolist() if 0 not in par})


def quadro_paisagem(rbm: Parametros, visiveis: torch.Tensor, ocultas: torch.Tensor) -> Image.Image:
    """A paisagem, os últimos passos da cadeia e, embaixo, a máquina inteira no estado atual.

    Args:
        rbm: uma máquina de bolso.
        visiveis: o percurso até agora, forma (passos + 1, 2m).
        ocultas: forma (passos + 1, 2).

    Returns:
        Imagem Pillow RGB de 378 × 456 pixels, com 10 visíveis por grupo.
    """
    m = len(rbm.b) // 2
    celulas = visiveis.unflatten(1, (2, m)).sum(2).int().numpy()
    lado = CELULA * (m + 1)
    tela = Image.new("RGB", (lado + MARGEM + 58, ALTO + lado + 40 + FAIXA), desenho.BRANCO)
    tela.paste(_mapa(energia_por_celula(rbm, m).numpy()), (MARGEM, ALTO))
    pincel, letra = ImageDraw.Draw(tela), desenho.fonte(18)
    titulo = f"passo {len(celulas) - 1}: {quadrantes_visitados(celulas, m)} de 4 quadrantes"
    pincel.text((MARGEM, 6), titulo, font=desenho.fonte(20), fill=desenho.PRETO)
    for numero in range(0, m + 1, 5):
        x, y = _centro((numero, numero), m)
        pincel.text((x, ALTO + lado + 3), f"{numero}", font=letra, fill=desenho.PRETO, anchor="ma")
        pincel.text((MARGEM - 6, y), f"{numero}", font=letra, fill=desenho.PRETO, anchor="rm")
    pincel.text((tela.width - 4, ALTO + lado + 3), "em A", font=letra, fill=desenho.PRETO, anchor="ra")
    pincel.text((MARGEM - 6, ALTO + lado - 3.1 * CELULA), "em B", font=letra, fill=desenho.PRETO, anchor="rm")
    pontos = [_centro(tuple(par), m) for par in celulas[-RASTRO - 1 :].tolist()]
    if len(pontos) > 1:
        pincel.line(pontos, fill=desenho.LARANJA, width=2, joint="curve")
    x, y = pontos[-1]
    pincel.ellipse((x - 9, y - 9, x + 9, y + 9), fill=desenho.VERMELHO, outline=desenho.BRANCO, width=2)
    _desenhar_maquina(pincel, visiveis[-1].unflatten(0, (2, m)), ocultas[-1], ALTO + lado + 34)
    return tela


def filme_paisagem(
    pesos: Sequence[float] = PESOS, momentos: Sequence[int] = MOMENTOS, semente: int = 1
) -> Filme:
    """Filme de dois controles: o peso que liga as visíveis às ocultas e o passo da cadeia.

    Args:
        pesos: os w a percorrer.
        momentos: passos da cadeia a mostrar.
        semente: a mesma para todos os pesos.

    Returns:
        `Filme` que começa no último passo do peso 2.
    """
    quadros, legendas = [], []
    for peso in pesos:
        rbm = maquina_de_bolso(peso)
        visiveis, ocultas = percurso(rbm, momentos[-1], gerador(semente))
        celulas = visiveis.unflatten(1, (2, POR_GRUPO)).sum(2).int().numpy()
        for passo in momentos:
            quadros.append(quadro_paisagem(rbm, visiveis[: passo + 1], ocultas[: passo + 1]))
            a, b = celulas[passo]
            visitados = quadrantes_visitados(celulas[: passo + 1])
            legendas.append(f"passo {passo}: acesas, {a} em A e {b} em B; {visitados} de 4 quadrantes visitados")
    return filme(
        quadros,
        [
            Eixo("peso w", pesos, mais_perto(pesos, 2.0), casas=0,
                 por_extenso="peso w que liga as visíveis às ocultas"),
            Eixo("passo", [f"{passo}" for passo in momentos], -1, por_extenso="passo da cadeia de Gibbs"),
        ],
        "Paisagem de energia e a cadeia de Gibbs",
        "Em cima, o mapa da energia livre pelo número de visíveis acesas nos grupos A e B: quanto mais escuro, mais "
        "provável; a linha é o caminho da cadeia e o ponto, onde ela está. Embaixo, as duas ocultas e as vinte "
        "visíveis. Com w = 0 há um vale só, no meio; com w grande há quatro, e a cadeia não sai do primeiro.",
        legendas=legendas,
        largura_maxima=400,
    )  # fmt: skip


def _mapa(nats: np.ndarray) -> Image.Image:
    """Células em tons de azul: 0 a 7 nats acima da mais provável. B cresce para cima."""
    altura = np.clip((nats - nats.min()) / 7, 0, 1)[..., None] ** 0.8
    cores = (ESCURO + altura * (CLARO - ESCURO)).round().astype(np.uint8)
    mapa = Image.fromarray(cores.swapaxes(0, 1)[::-1].copy())
    return mapa.resize((mapa.width * CELULA, mapa.height * CELULA), Image.Resampling.NEAREST)


def _centro(par: tuple[int, int], m: int) -> tuple[float, float]:
    return MARGEM + (par[0] + 0.5) * CELULA, ALTO + (m - par[1] + 0.5) * CELULA


def _desenhar_maquina(
    pincel: ImageDraw.ImageDraw, visiveis: torch.Tensor, ocultas: torch.Tensor, alto: int
) -> None:
    """Uma árvore por grupo: a oculta em cima, as visíveis embaixo; cheia quer dizer acesa."""
    raio, passo = 6, 15
    for grupo, nome in enumerate("AB"):
        esquerda = 24 + grupo * 178
        meio, y_h, y_v = esquerda + (visiveis.shape[1] - 1) * passo / 2, alto + 26, alto + 90
        for i, acesa in enumerate(visiveis[grupo].tolist()):
            x = esquerda + i * passo
            pincel.line((meio, y_h, x, y_v), fill=desenho.CINZA_CLARO, width=1)
            _no(pincel, x, y_v, raio, acesa)
        _no(pincel, meio, y_h, 10, float(ocultas[grupo]))
        pincel.text((meio + 18, y_h), f"oculta de {nome}", font=desenho.fonte(14), fill=desenho.PRETO, anchor="lm")


def _no(pincel: ImageDraw.ImageDraw, x: float, y: float, raio: int, aceso: float) -> None:
    cor = desenho.LARANJA if aceso > 0.5 else desenho.BRANCO
    pincel.ellipse((x - raio, y - raio, x + raio, y + raio), fill=cor, outline=desenho.PRETO)

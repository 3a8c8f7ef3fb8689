"""Do ruído aos dados, no plano: os mesmos pontos por caminhos diferentes, em mais ou em menos passos."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from aulas_lib.ambiente import virgula
from aulas_lib.interativos import desenho
from aulas_lib.interativos.eixo import Eixo, combinacoes
from aulas_lib.interativos.filme import Filme, filme

ESCALA, LADO, MARGEM, RODAPE, ALCANCE = 2, 360, 10, 34, 3.0
RAIO, RASTROS = 2.2, 30  # do ponto, em pixels; quantos pontos deixam rastro


def quadro_fluxo(caminho: Tensor, fracao: float, legenda: str) -> Image.Image:
    """Os pontos a uma fração dos passos, e por onde passaram os primeiros deles.

    Args:
        caminho: as paradas, do ruído aos dados, forma (n + 1, P, 2), com n passos.
        fracao: de 0 (ruído) a 1 (chegada); entre duas paradas, o ponto anda em linha reta.
        legenda: o que se escreve embaixo.

    Returns:
        Imagem Pillow RGB de 380 × 414 pixels.
    """
    lado = LADO * ESCALA
    painel = Image.new("RGB", (lado, lado), desenho.BRANCO)  # o que sai do plano não se vê
    limites = (-ALCANCE, ALCANCE)
    pincel, plano = ImageDraw.Draw(painel), desenho.Grafico((0, 0, lado, lado), limites, limites)
    percorrido = ate(caminho, fracao).numpy()  # (paradas, P, 2)
    for i in range(min(RASTROS, percorrido.shape[1])):
        linha = np.stack(plano.ponto(percorrido[:, i, 0], percorrido[:, i, 1]), axis=1)
        pincel.line(linha.flatten().tolist(), fill=desenho.CELESTE, width=ESCALA)
    raio = RAIO * ESCALA
    for px, py in zip(*plano.ponto(percorrido[-1, :, 0], percorrido[-1, :, 1]), strict=True):
        pincel.ellipse((px - raio, py - raio, px + raio, py + raio), fill=desenho.AZUL)
    pincel.rectangle((0, 0, lado - 1, lado - 1), outline=desenho.CINZA_CLARO, width=ESCALA)
    tela = Image.new("RGB", (LADO + 2 * MARGEM, LADO + 2 * MARGEM + RODAPE), desenho.BRANCO)
    tela.paste(painel.reduce(ESCALA), (MARGEM, MARGEM))
    onde = (MARGEM, LADO + MARGEM + 10)
    ImageDraw.Draw(tela).text(onde, legenda, font=desenho.fonte(16), fill=desenho.PRETO)
    return tela


def ate(caminho: Tensor, fracao: float) -> Tensor:
    """As paradas já passadas e o ponto de agora, na reta entre duas paradas: forma (k, P, 2), com k ≥ 1."""
    passado = fracao * (len(caminho) - 1)
    k = min(int(passado), len(caminho) - 2)
    agora = torch.lerp(caminho[k], caminho[k + 1], passado - k)
    return torch.cat([caminho[: k + 1], agora[None]]) if passado > k else caminho[: k + 1]


def filme_fluxo(
    caminhos: Mapping[tuple[str, int], Tensor], metodos: Sequence[str], passos: Sequence[int],
    fracoes: Sequence[float] = tuple(i / 6 for i in range(7)),
) -> Filme:
    """Filme de três controles: o método, o número de passos e quantos deles já se deram.

    Args:
        caminhos: de (método, passos) às paradas, forma (passos + 1, P, 2), do ruído aos dados.
        metodos, passos: as posições de cada controle.
        fracoes: que parte dos passos já se deu, de 0 a 1.

    Returns:
        `Filme` que começa no primeiro método, no terceiro número de passos, com dois terços deles dados.

    Raises:
        ValueError: se falta uma combinação, ou se as paradas não são n + 1, no plano.
    """
    chaves = combinacoes("filme_fluxo", caminhos, metodos, passos)
    for chave in chaves:
        forma = tuple(caminhos[chave].shape)
        if len(forma) != 3 or (forma[0], forma[2]) != (chave[1] + 1, 2):
            raise ValueError(f"filme_fluxo: {chave} chegou com a forma {forma}; esperava ({chave[1] + 1}, P, 2).")
    casos = [(chave, f) for chave in chaves for f in fracoes]
    legendas = [legenda_fluxo(metodo, n, f) for (metodo, n), f in casos]
    return filme(
        [quadro_fluxo(caminhos[chave].cpu(), f, texto) for (chave, f), texto in zip(casos, legendas, strict=True)],
        [
            Eixo("método", metodos, por_extenso="método que leva do ruído aos dados"),
            Eixo("passos", [str(n) for n in passos], min(2, len(passos) - 1), por_extenso="número de passos"),
            Eixo("andado", [f"{100 * f:.0f} %" for f in fracoes], 2 * (len(fracoes) - 1) // 3,
                 por_extenso="parte dos passos já dada"),
        ],
        "Do ruído aos dados",
        "Pontos no plano, que começam em uma nuvem redonda e andam até formar duas meias-luas entrelaçadas; linhas "
        "claras mostram por onde alguns passaram. Com poucos passos as luas não se formam; com muitos, ficam nítidas.",
        legendas=legendas,
        fps=4,
        qualidade=40,
        largura_maxima=420,
    )


def legenda_fluxo(metodo: str, passos: int, fracao: float) -> str:
    """O método, o número de passos e a parte deles que já se deu."""
    palavra, deles = ("passo", "do passo") if passos == 1 else ("passos", "dos passos")
    return f"{metodo}, {passos} {palavra}: {virgula(100 * fracao, 0)} % {deles}"

"""Mistura de estilos: de que camada em diante o segundo rosto manda."""

from collections.abc import Sequence

from PIL import Image, ImageDraw
from torch import Tensor

from aulas_lib.interativos import desenho
from aulas_lib.interativos.filme import Eixo, Filme, filme

LADO, FOLGA, TOPO = 84, 4, 28


def quadro_mistura(origens: Tensor, estilos: Tensor, misturas: Tensor) -> Image.Image:
    """Uma tabela: à esquerda, os rostos de partida; em cima, os que dão o estilo; dentro, as misturas.

    Args:
        origens: forma (L, C, H, W), em [−1, 1].
        estilos: forma (K, C, H, W).
        misturas: forma (L, K, C, H, W).

    Returns:
        Imagem Pillow RGB.
    """
    linhas, colunas = misturas.shape[:2]
    passo, borda = LADO + FOLGA, LADO + 14
    tela = Image.new("RGB", (borda + colunas * passo, TOPO + borda + linhas * passo), desenho.BRANCO)
    pincel, letra = ImageDraw.Draw(tela), desenho.fonte(16)
    pincel.text((borda, 4), "estilo das camadas finais", font=letra, fill=desenho.PRETO)
    pincel.text((4, TOPO + LADO - 40), "estilo das\niniciais", font=letra, fill=desenho.PRETO)
    tela.paste(desenho.mosaico(estilos, LADO, colunas, FOLGA), (borda, TOPO))
    tela.paste(desenho.mosaico(origens, LADO, 1, FOLGA), (0, TOPO + borda))
    tela.paste(desenho.mosaico(misturas.flatten(0, 1), LADO, colunas, FOLGA), (borda, TOPO + borda))
    return tela


def filme_mistura(
    origens: Tensor, estilos: Tensor, misturas: Tensor, nomes: Sequence[str], inicial: int = 0
) -> Filme:
    """Filme de um controle: a primeira camada que recebe o segundo estilo.

    Args:
        origens: forma (L, C, H, W), em [−1, 1].
        estilos: forma (K, C, H, W).
        misturas: forma (cortes, L, K, C, H, W).
        nomes: o que se lê em cada corte.
        inicial: corte de partida.

    Returns:
        `Filme`.

    Raises:
        ValueError: se as formas não combinam.
    """
    if misturas.ndim != 6 or tuple(misturas.shape[:3]) != (len(nomes), len(origens), len(estilos)):
        raise ValueError(
            f"filme_mistura recebeu misturas de forma {tuple(misturas.shape)}; esperava ({len(nomes)}, {len(origens)}, "
            f"{len(estilos)}, C, H, W): um corte por nome, uma linha por origem e uma coluna por estilo."
        )
    return filme(
        [quadro_mistura(origens, estilos, deste) for deste in misturas],
        [Eixo("o segundo estilo entra", nomes, inicial, por_extenso="camada em que o segundo estilo entra")],
        "Mistura de estilos",
        f"Uma tabela de rostos: {len(origens)} de partida à esquerda, {len(estilos)} que dão o estilo em cima, e as "
        "misturas dentro. Quando o segundo estilo entra na primeira camada, cada coluna repete o rosto de cima; quando "
        "não entra, cada linha repete o da esquerda.",
        qualidade=80,
        largura_maxima=520,
    )

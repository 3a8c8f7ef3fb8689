"""O filme de um treino: os mesmos códigos, volta por volta."""

from collections.abc import Callable, Mapping

from PIL import Image, ImageDraw
from torch import Tensor

from aulas_lib.interativos import desenho
from aulas_lib.interativos.filme import Eixo, Filme, filme

LADO, COLUNAS, TOPO = 96, 5, 30


def quadro_retratos(imagens: Tensor, texto: str) -> Image.Image:
    """As imagens em fileiras de cinco, com uma linha de texto em cima.

    Args:
        imagens: forma (n, C, H, W), em [−1, 1].
        texto: o que dizer deste momento.

    Returns:
        Imagem Pillow RGB.
    """
    folha = desenho.mosaico(imagens, LADO, COLUNAS)
    tela = Image.new("RGB", (folha.width + 8, folha.height + TOPO + 4), desenho.BRANCO)
    ImageDraw.Draw(tela).text((4, 5), texto, font=desenho.fonte(17), fill=desenho.PRETO)
    tela.paste(folha, (4, TOPO))
    return tela


def filme_retratos(
    retratos: Mapping[int, Tensor], titulo: str, descricao: str, dizer: Callable[[int], str] = lambda volta: ""
) -> Filme:
    """Filme de um controle: a volta do treino.

    Args:
        retratos: volta → imagens, sempre dos mesmos códigos, forma (n, C, H, W), em [−1, 1].
        titulo: linha acima da figura.
        descricao: texto alternativo.
        dizer: volta → o que escrever em cima das imagens.

    Returns:
        `Filme` que começa no fim do treino.

    Raises:
        ValueError: se não há retratos.
    """
    if not retratos:
        raise ValueError("filme_retratos recebeu um dicionário vazio: dê pelo menos um retrato.")
    textos = [dizer(volta) for volta in retratos]
    return filme(
        [quadro_retratos(imagens, texto) for imagens, texto in zip(retratos.values(), textos, strict=True)],
        [Eixo("volta", [f"{volta}" for volta in retratos], -1, por_extenso="volta do treino")],
        titulo,
        descricao,
        legendas=textos if all(textos) else (),
        fps=4,
        qualidade=80,
        largura_maxima=520,
    )

"""Para onde olha cada posição de um mapa de atenção: clique no rosto e veja o mapa."""

from PIL import Image, ImageDraw
from torch import Tensor

from aulas_lib.ambiente import virgula
from aulas_lib.interativos import desenho
from aulas_lib.interativos.filme import Eixo, Filme, filme

LADO, FOLGA, AMPLIAR = 64, 4, 4  # o quadro é pequeno, e o filme o amplia: são 256 quadros
CAIXA = (0, 0, LADO, LADO)  # do rosto em que se clica


def quadro_atencao(imagem: Tensor, pesos: Tensor, linha: int, coluna: int, grade: int) -> Image.Image:
    """À esquerda, o rosto com a posição escolhida; à direita, o rosto apagado, com o que ela olha em destaque.

    Args:
        imagem: forma (C, H, W), em [−1, 1].
        pesos: da posição escolhida, forma (m, m), somando 1.
        linha, coluna: da posição escolhida.
        grade: posições por lado do mapa em que se escolhe.

    Returns:
        Imagem Pillow RGB de 132 × 64 pixels.
    """
    tela = Image.new("RGB", (2 * LADO + FOLGA, LADO), desenho.BRANCO)
    celula, rosto = LADO // grade, desenho.para_pillow(imagem, LADO)
    tela.paste(rosto, CAIXA[:2])
    x, y = coluna * celula, linha * celula
    ImageDraw.Draw(tela).rectangle((x - 1, y - 1, x + celula, y + celula), outline=desenho.LARANJA)
    # 0,15 do rosto em toda parte; onde o peso é o maior de todos, o rosto inteiro
    forca = 0.15 + 0.85 * pesos / pesos.max()
    mascara = desenho.para_pillow(2 * forca[None] - 1, LADO).convert("L")
    apagado = Image.composite(rosto, Image.new("RGB", rosto.size, desenho.BRANCO), mascara)
    tela.paste(apagado, (LADO + FOLGA, 0))
    return tela


def filme_atencao(imagem: Tensor, pesos: Tensor, titulo: str = "Para onde olha cada posição") -> Filme:
    """Filme de dois controles, a linha e a coluna da posição; clicar no rosto leva os dois.

    Args:
        imagem: forma (C, H, W), em [−1, 1].
        pesos: β da autoatenção, forma (G², M²): uma linha por posição, que soma 1.
        titulo: linha acima da figura.

    Returns:
        `Filme` que começa no meio do rosto.

    Raises:
        ValueError: se pesos não é de uma grade quadrada que olha outra grade quadrada.
    """
    lados = [round(n**0.5) for n in pesos.shape]
    if len(lados) != 2 or tuple(n**2 for n in lados) != tuple(pesos.shape) or LADO % lados[0]:
        raise ValueError(
            f"filme_atencao recebeu pesos de forma {tuple(pesos.shape)}; esperava (G², M²), com G divisor de {LADO}."
        )
    grade, menor = lados
    mapas = pesos.detach().unflatten(1, (menor, menor)).unflatten(0, (grade, grade))
    posicoes = [(i, j) for i in range(grade) for j in range(grade)]
    nomes = [str(i + 1) for i in range(grade)]
    return filme(
        [quadro_atencao(imagem, mapas[i, j], i, j, grade) for i, j in posicoes],
        [
            Eixo("linha", nomes, grade // 2, por_extenso="linha da posição, de cima para baixo"),
            Eixo("coluna", nomes, grade // 3, por_extenso="coluna da posição, da esquerda para a direita"),
        ],
        titulo,
        "À esquerda, um rosto gerado, com uma posição marcada. À direita, o mesmo rosto, apagado, menos nas regiões "
        "que essa posição olha: quanto mais nítidas, maior o peso.",
        legendas=[_legenda(mapas[i, j]) for i, j in posicoes],
        ampliar=AMPLIAR,
        qualidade=75,
        largura_maxima=(2 * LADO + FOLGA) * AMPLIAR,
        clicavel=CAIXA,
    )


def _legenda(mapa: Tensor) -> str:
    i, j = divmod(int(mapa.argmax()), mapa.shape[1])
    maior = f"{virgula(100 * mapa.max().item(), 0)} %"
    return f"olha mais para a linha {i + 1} e a coluna {j + 1} da grade de {len(mapa)}, com peso {maior}"

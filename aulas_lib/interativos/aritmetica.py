"""Aritmética de carinhas: retire um atributo, acrescente outro e escolha a força."""

from collections.abc import Callable, Mapping

import torch
from PIL import Image, ImageDraw

from aulas_lib.ambiente import virgula
from aulas_lib.interativos import desenho
from aulas_lib.interativos.controles import Controles, Deslizante, Lista

NADA = "nada"
LADO, LARGURA, ALTURA = 160, 500, 268
ANULADA = "os dois se anulam"


def somar_direcoes(
    z: torch.Tensor, direcoes: Mapping[str, torch.Tensor], retirar: str, acrescentar: str, forca: float
) -> torch.Tensor:
    """Código deslocado: z + força · (direção acrescentada − direção retirada).

    Args:
        z: forma (Z,).
        direcoes: nome do atributo -> direção que o acrescenta, forma (Z,).
        retirar, acrescentar: nomes em direcoes, ou "nada".
        forca: 0 não muda nada; 1 anda uma direção inteira.

    Returns:
        Forma (Z,).

    Raises:
        ValueError: se um nome não está em direcoes.
    """
    zero = torch.zeros_like(z)
    for nome in (retirar, acrescentar):
        if nome != NADA and nome not in direcoes:
            raise ValueError(f"somar_direcoes não conhece {nome!r}: use {', '.join(direcoes)} ou {NADA!r}.")
    mais = zero if acrescentar == NADA else direcoes[acrescentar]
    menos = zero if retirar == NADA else direcoes[retirar]
    return z + forca * (mais - menos)


def escrever_conta(retirar: str, acrescentar: str, forca: float) -> str:
    """A conta de `somar_direcoes` por extenso: "z + 1,0 · (chapéu − óculos)".

    Retirar e acrescentar o mesmo atributo não muda nada, e uma segunda linha o diz.
    """
    termos = [] if acrescentar == NADA else [acrescentar]
    termos += [] if retirar == NADA else [f"− {retirar}"]
    conta = f"z + {virgula(forca, 1)} · ({' '.join(termos) or '0'})"
    return f"{conta}\n{ANULADA}" if retirar == acrescentar != NADA else conta


def quadro_carinhas(imagens: torch.Tensor, titulos: tuple[str, ...], conta: str) -> Image.Image:
    """Carinhas ampliadas lado a lado, cada uma com o seu título, e a conta embaixo.

    Args:
        imagens: forma (N, C, H, W), em [-1, 1].
        titulos: um por imagem.
        conta: a conta feita no espaço latente, em uma ou duas linhas.

    Returns:
        Imagem Pillow RGB de 500 pixels de largura.
    """
    tela = Image.new("RGB", (LARGURA, ALTURA), desenho.BRANCO)
    pincel = ImageDraw.Draw(tela)
    folga = (LARGURA - len(imagens) * LADO) // (len(imagens) + 1)
    for i, (imagem, titulo) in enumerate(zip(imagens, titulos, strict=True)):
        esquerda = folga + i * (LADO + folga)
        meio = esquerda + LADO // 2
        pincel.text((meio, 6), titulo, font=desenho.fonte(20), fill=desenho.PRETO, anchor="ma")
        tela.paste(desenho.para_pillow(imagem, LADO), (esquerda, 36))
    for i, linha in enumerate(conta.split("\n")):
        onde = (LARGURA // 2, LADO + 44 + 30 * i)
        pincel.text(onde, linha, font=desenho.fonte(20, True), fill=desenho.PRETO, anchor="ma")
    return tela


def aritmetica_carinhas(
    codigos: torch.Tensor,
    originais: torch.Tensor,
    direcoes: Mapping[str, torch.Tensor],
    decodificar: Callable[[torch.Tensor], torch.Tensor],
    retirar: str = NADA,
    acrescentar: str = NADA,
) -> Controles:
    """Interativo com a carinha, o que retirar, o que acrescentar e a força.

    Args:
        codigos: códigos das carinhas de partida, forma (N, Z).
        originais: as mesmas carinhas antes de codificar, forma (N, C, H, W), em [-1, 1].
        direcoes: nome do atributo -> direção que o acrescenta, forma (Z,).
        decodificar: (B, Z) -> (B, C, H, W) em [-1, 1].
        retirar, acrescentar: escolhas de partida.

    Returns:
        `Controles`, com os argumentos carinha, retirar, acrescentar e forca.

    Raises:
        ValueError: se os tamanhos não combinam ou uma escolha de partida não existe.
    """
    if len(codigos) != len(originais):
        raise ValueError(
            f"aritmetica_carinhas recebeu {len(codigos)} códigos e {len(originais)} originais: "
            "dê um código por carinha."
        )
    nomes = [NADA, *direcoes]
    somar_direcoes(codigos[0], direcoes, retirar, acrescentar, 0.0)
    carinhas = [f"{i + 1}" for i in range(len(codigos))]

    @torch.no_grad()
    def estado(carinha: str, retirar: str, acrescentar: str, forca: float) -> Image.Image:
        i = int(carinha) - 1
        mudado = somar_direcoes(codigos[i], direcoes, retirar, acrescentar, forca)
        refeita, resultado = decodificar(torch.stack([codigos[i], mudado]))
        conta = escrever_conta(retirar, acrescentar, forca)
        pilha = torch.stack([originais[i].cpu(), refeita.cpu(), resultado.cpu()])
        return quadro_carinhas(pilha, ("original", "reconstrução", "resultado"), conta)

    return Controles(
        estado,
        {
            "carinha": Lista("Carinha", carinhas),
            "retirar": Lista("Retirar (−)", nomes, nomes.index(retirar)),
            "acrescentar": Lista("Acrescentar (+)", nomes, nomes.index(acrescentar)),
            "forca": Deslizante("Força", 0.0, 2.0, 0.1, 1.0),
        },
        "Aritmética de carinhas",
    )

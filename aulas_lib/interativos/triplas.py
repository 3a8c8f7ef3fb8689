"""A − B + C em uma GAN: escolha três grupos de rostos, a força e a rede, e veja a conta em imagens."""

from collections.abc import Mapping
from typing import Protocol

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from aulas_lib.interativos import desenho
from aulas_lib.interativos.controles import Controles, Deslizante, Lista

LADO, LADO_MENOR, LARGURA, ALTURA = 116, 70, 500, 336
ROSTOS = 6
Exigencias = Mapping[str, str]


class BancoDeCodigos(Protocol):
    """O que o interativo pede: os códigos de um grupo, e onde eles estão."""

    z: Tensor

    def quais(self, exigencias: Exigencias) -> Tensor:
        """Índices dos códigos do grupo."""

    def medio(self, exigencias: Exigencias) -> Tensor:
        """Código médio do grupo."""


class Rede(Protocol):
    """Um gerador com o seu banco: z (B, Z) → imagens (B, C, H, W) em [−1, 1]."""

    banco: BancoDeCodigos

    def __call__(self, z: Tensor) -> Tensor:
        """Imagens dos códigos."""


def estado_triplas(
    rede: Rede, a: Exigencias, b: Exigencias, c: Exigencias, forca: float
) -> tuple[Tensor, Tensor, Tensor]:
    """As imagens da conta.

    Args:
        rede: gerador com banco.
        a, b, c: exigências de cada grupo.
        forca: s, em C + s (A − B).

    Returns:
        Os códigos médios de A, B e C e o da conta, em imagens (4, C, H, W); seis rostos do grupo C, (6, C, H, W); e os
        mesmos seis com s (A − B) somado.

    Raises:
        ValueError: se nenhum rosto cumpre as exigências de um grupo.
    """
    banco = rede.banco
    m_a, m_b, m_c = (banco.medio(grupo) for grupo in (a, b, c))
    passo = forca * (m_a - m_b)
    seis = banco.z[banco.quais(c)[:ROSTOS]]
    imagens = rede(torch.cat([torch.stack([m_a, m_b, m_c, m_c + passo]), seis, seis + passo]))
    return imagens[:4], imagens[4 : 4 + len(seis)], imagens[4 + len(seis) :]


def quadro_triplas(medias: Tensor, antes: Tensor, depois: Tensor) -> Image.Image:
    """Em cima, A, B, C e o resultado; embaixo, seis rostos do grupo C antes e depois da conta.

    Returns:
        Imagem Pillow RGB de 500 × 336 pixels.
    """
    tela = Image.new("RGB", (LARGURA, ALTURA), desenho.BRANCO)
    pincel, letra = ImageDraw.Draw(tela), desenho.fonte(18)
    nomes = ("A", "− B", "+ C", "resultado")
    for i, (nome, imagem) in enumerate(zip(nomes, medias, strict=True)):
        esquerda = 4 + i * (LADO + 9)
        pincel.text((esquerda + LADO // 2, 2), nome, font=letra, fill=desenho.PRETO, anchor="ma")
        tela.paste(desenho.para_pillow(imagem, LADO), (esquerda, 26))
    for linha, (nome, imagens) in enumerate((("C", antes), ("conta", depois))):
        alto = 26 + LADO + 26 + linha * (LADO_MENOR + 8)
        pincel.text((4, alto + LADO_MENOR // 2), nome, font=letra, fill=desenho.PRETO, anchor="lm")
        for i, imagem in enumerate(imagens):
            tela.paste(desenho.para_pillow(imagem, LADO_MENOR), (62 + i * (LADO_MENOR + 3), alto))
    return tela


def triplas_de_carinhas(redes: Mapping[str, Rede], grupos: Mapping[str, Exigencias]) -> Controles:
    """Interativo com a rede, os três grupos e a força.

    Args:
        redes: nome → gerador com banco.
        grupos: nome → exigências; os três primeiros são a escolha de partida de A, B e C.

    Returns:
        `Controles`, com os argumentos rede, a, b, c e forca.

    Raises:
        ValueError: se há menos de três grupos ou nenhuma rede.
    """
    if len(grupos) < 3 or not redes:
        raise ValueError(
            f"triplas_de_carinhas recebeu {len(redes)} rede(s) e {len(grupos)} grupo(s); esperava pelo menos 1 e 3."
        )
    nomes = list(grupos)

    def estado(rede: str, a: str, b: str, c: str, forca: float) -> Image.Image:
        imagens = estado_triplas(redes[rede], grupos[a], grupos[b], grupos[c], forca)
        return quadro_triplas(*imagens)

    controles = {"rede": Lista("Rede", list(redes))}
    controles |= {letra: Lista(letra.upper(), nomes, i) for i, letra in enumerate("abc")}
    controles["forca"] = Deslizante("Força", 0.0, 3.0, 0.1, 1.0)
    return Controles(estado, controles, "A − B + C com grupos de rostos")


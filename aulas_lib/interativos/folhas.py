"""Junta os quadros de um filme em poucas imagens grandes (folhas), prontas para um endereço `data:`."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

FORMATOS = {"webp": "image/webp", "jpeg": "image/jpeg"}


@dataclass(frozen=True)
class Folhas:
    """Folhas codificadas e o que é preciso para achar nelas o quadro k.

    O quadro k está na folha k // por_folha; dentro dela, na coluna (k % por_folha) % colunas e
    na linha (k % por_folha) // colunas.
    """

    enderecos: tuple[str, ...]
    colunas: int
    por_folha: int


def codificar(imagem: Image.Image, formato: str, qualidade: int | None) -> str:
    """Imagem como endereço `data:`, para o atributo `src` de uma página sem rede.

    Args:
        imagem: imagem Pillow, RGB.
        formato: "webp" ou "jpeg".
        qualidade: de 1 a 100; `None` quer dizer sem perda (só em "webp").

    Returns:
        Texto `data:image/...;base64,...`.
    """
    memoria = io.BytesIO()
    if formato == "jpeg":
        imagem.save(memoria, "JPEG", quality=qualidade, optimize=True)
    elif qualidade is None:
        imagem.save(memoria, "WEBP", lossless=True, quality=75, method=4, exact=True)
    else:
        imagem.save(memoria, "WEBP", quality=qualidade, method=4)
    return f"data:{FORMATOS[formato]};base64,{base64.b64encode(memoria.getvalue()).decode('ascii')}"


def montar_folhas(
    quadros: np.ndarray, formato: str, qualidade: int | None, lado_maximo: int = 2816
) -> Folhas:
    """Distribui os quadros em grades que não passam de `lado_maximo` pixels de lado.

    Args:
        quadros: uint8, forma (N, H, W, 3).
        formato: "webp" ou "jpeg".
        qualidade: como em `codificar`.
        lado_maximo: maior lado de uma folha, em pixels; folhas menores decodificam antes.

    Returns:
        As folhas, na ordem dos quadros.
    """
    total, altura, largura, _ = quadros.shape
    colunas = min(total, max(1, lado_maximo // largura))
    por_folha = colunas * max(1, lado_maximo // altura)
    enderecos = []
    for inicio in range(0, total, por_folha):
        parte = quadros[inicio : inicio + por_folha]
        linhas = -(-len(parte) // colunas)
        grade = np.full((linhas * colunas, altura, largura, 3), 255, dtype=np.uint8)
        grade[: len(parte)] = parte
        # (linhas, colunas, H, W, 3) -> (linhas, H, colunas, W, 3) -> (linhas·H, colunas·W, 3)
        folha = grade.reshape(linhas, colunas, altura, largura, 3).swapaxes(1, 2)
        folha = folha.reshape(linhas * altura, colunas * largura, 3)
        enderecos.append(codificar(Image.fromarray(folha), formato, qualidade))
    return Folhas(tuple(enderecos), colunas, por_folha)

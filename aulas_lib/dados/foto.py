"""Uma imagem do aluno, na convenção de pixels do curso."""

from pathlib import Path

import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor


def abrir_foto(caminho: Path | str, tamanho: int = 64) -> Tensor:
    """Uma imagem do disco: o quadrado do meio, no lado pedido, em cores.

    Args:
        caminho: arquivo PNG, JPEG ou outro que o Pillow leia.
        tamanho: lado, em pixels.

    Returns:
        Forma (3, tamanho, tamanho), em [−1, 1].

    Raises:
        FileNotFoundError: se não há arquivo nesse caminho.
        ValueError: se o arquivo não é uma imagem.
    """
    caminho = Path(caminho)
    if not caminho.is_file():
        raise FileNotFoundError(
            f"Não encontrei a imagem {caminho}, procurada em {Path.cwd()}. Ponha o arquivo ao lado do caderno (ou, no "
            "Colab, envie-o pelo painel de arquivos) e passe só o nome dele."
        )
    try:
        with Image.open(caminho) as aberta:
            foto = ImageOps.fit(ImageOps.exif_transpose(aberta).convert("RGB"), (tamanho, tamanho))
    except (UnidentifiedImageError, OSError) as erro:
        raise ValueError(f"{caminho.name} não é uma imagem que se possa ler ({erro}); use um PNG ou um JPEG.") from erro
    niveis = torch.frombuffer(bytearray(foto.tobytes()), dtype=torch.uint8).reshape(tamanho, tamanho, 3)
    return niveis.permute(2, 0, 1).float() / 127.5 - 1

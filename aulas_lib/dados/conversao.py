"""Uma imagem qualquer do disco → um quadrado de cor, com o nome de tudo o que foi preciso mudar, ou o que a recusa."""

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

# Só formatos de imagem por pontos: o Pillow abriria também EPS, que chama outro programa.
FORMATOS = ("PNG", "JPEG", "MPO", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "JPEG2000", "PPM")
PIXELS_MAXIMOS = 50_000_000  # 150 MB em cores; uma foto de celular tem de 12 a 50 milhões
FOLGA = 3  # um JPEG é lido já reduzido, até este número de vezes o lado pedido; o filtro faz o resto
HEIC = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1")  # as fotos do iPhone

NAO_E_IMAGEM, VAZIO, SEM_PERMISSAO = "não é imagem", "arquivo vazio", "sem permissão de leitura"
ESTRAGADA = "estragada ou cortada no meio"
FOTO_HEIC = "foto HEIC, que o Pillow não lê (exporte como JPEG)"
PEQUENA, ENORME = "pequena demais", "grande demais"
SEM_ESCALA = "números com vírgula, sem escala conhecida"

GIRADA = "girada, como a câmera anotou"
RECORTADA = "recortada no quadrado do meio"
AMPLIADA = "ampliada (menor que o lado pedido)"
QUADROS = "animada: só o primeiro quadro"
ALFA = "com transparência: posta sobre o fundo"
DE_16_BITS = "de 16 bits por cor, levada a 8"
PALETA, CMYK = "com paleta, levada a cores", "CMYK (de impressão), levada a cores"
CINZA = "em tons de cinza, levada a cores"


class Recusada(Exception):
    """Uma imagem que não entra no conjunto.

    Attributes:
        motivo: uma das constantes deste arquivo.
        detalhe: o que se viu, ou um texto vazio.
    """

    def __init__(self, motivo: str, detalhe: str = "") -> None:
        super().__init__(motivo, detalhe)
        self.motivo, self.detalhe = motivo, detalhe


def abrir_quadrado(
    caminho: Path, lado: int, menor: int, fundo: tuple[int, int, int] = (255, 255, 255)
) -> tuple[Tensor, list[str]]:
    """O quadrado do meio de uma imagem, reduzido com filtro, em cores.

    Args:
        caminho: o arquivo.
        lado: em pixels.
        menor: o lado mais curto da imagem tem de ter pelo menos tantos pixels.
        fundo: cor, de 0 a 255, que fica atrás do que é transparente.

    Returns:
        Níveis uint8 de forma (3, lado, lado), e o que foi preciso mudar (`GIRADA`, `ALFA`...).

    Raises:
        Recusada: se o arquivo não é imagem, está estragado, ou tem tamanho que não serve.
    """
    try:
        with _sem_aviso_de_bomba(), Image.open(caminho, formats=_formatos()) as aberta:
            return _converter(aberta, lado, menor, fundo)
    except Recusada:
        raise
    except Image.DecompressionBombError:
        raise Recusada(ENORME, f"mais de {PIXELS_MAXIMOS // 10**6} milhões de pixels") from None
    except PermissionError:
        raise Recusada(SEM_PERMISSAO) from None
    except UnidentifiedImageError:
        raise Recusada(_o_que_e(caminho)) from None
    except Exception as erro:  # um arquivo estragado derruba os decodificadores de muitas maneiras
        raise Recusada(ESTRAGADA, str(erro)) from erro


def _converter(foto: Image.Image, lado: int, menor: int, fundo: tuple[int, int, int]) -> tuple[Tensor, list[str]]:
    mudancas = []
    if min(foto.size) < menor:
        raise Recusada(PEQUENA, f"{foto.width} × {foto.height} pixels; o mínimo é {menor}")
    if min(foto.size) < lado:
        mudancas.append(AMPLIADA)
    if foto.width != foto.height:
        mudancas.append(RECORTADA)
    if getattr(foto, "is_animated", False):
        mudancas.append(QUADROS)
    tamanho = f"{foto.width} × {foto.height} pixels"
    foto.draft(foto.mode, (FOLGA * lado, FOLGA * lado))  # só o JPEG atende: pula a leitura do que seria jogado fora
    if foto.width * foto.height > PIXELS_MAXIMOS:
        raise Recusada(ENORME, tamanho)
    foto.load()
    direita = ImageOps.exif_transpose(foto)
    if foto.getexif().get(0x0112, 1) in range(2, 9):
        mudancas.append(GIRADA)
    em_cores, outras = _em_cores(direita, fundo)
    reduzida = em_cores.resize((lado, lado), Image.Resampling.LANCZOS, _quadrado_do_meio(em_cores), reducing_gap=FOLGA)
    niveis = torch.frombuffer(bytearray(reduzida.tobytes()), dtype=torch.uint8).reshape(lado, lado, 3)
    return niveis.permute(2, 0, 1).contiguous(), mudancas + outras


def _quadrado_do_meio(foto: Image.Image) -> tuple[float, float, float, float]:
    """Esquerda, cima, direita e baixo do maior quadrado centrado."""
    lado = min(foto.size)
    x, y = (foto.width - lado) // 2, (foto.height - lado) // 2
    return x, y, x + lado, y + lado


def _em_cores(foto: Image.Image, fundo: tuple[int, int, int]) -> tuple[Image.Image, list[str]]:
    """A imagem em RGB de 8 bits, e o que foi preciso mudar."""
    if foto.mode == "F":
        raise Recusada(SEM_ESCALA)
    if foto.mode.startswith("I"):
        return _de_16_bits(foto).convert("RGB"), [DE_16_BITS, CINZA]
    mudancas = [PALETA] if foto.mode in ("P", "PA") else [CMYK] if foto.mode == "CMYK" else []
    if foto.mode in ("1", "L", "LA", "La"):
        mudancas = [CINZA]
    if not foto.has_transparency_data:
        return foto.convert("RGB"), mudancas
    atras = Image.new("RGBA", foto.size, (*fundo, 255))
    return Image.alpha_composite(atras, foto.convert("RGBA")).convert("RGB"), [*mudancas, ALFA]


def _de_16_bits(foto: Image.Image) -> Image.Image:
    """De 0 a 65535 para 0 a 255: a conversão do Pillow cortaria tudo em 255."""
    niveis = torch.frombuffer(bytearray(foto.convert("I").tobytes()), dtype=torch.int32)
    oito = (niveis.clamp(0, 65_535) / 257).round().to(torch.uint8)
    return Image.frombytes("L", foto.size, oito.numpy().tobytes())


def _o_que_e(caminho: Path) -> str:
    with caminho.open("rb") as aberto:
        inicio = aberto.read(12)
    if not inicio:
        return VAZIO
    return FOTO_HEIC if inicio[4:12] in HEIC else NAO_E_IMAGEM


def _formatos() -> list[str]:
    Image.init()  # registra todos os leitores; AVIF não existe nos Pillow mais velhos
    return [nome for nome in FORMATOS if nome in Image.OPEN]


@contextlib.contextmanager
def _sem_aviso_de_bomba() -> Iterator[None]:
    """O limite de tamanho é o nosso: o aviso do Pillow não sabe que um JPEG é lido já reduzido."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield

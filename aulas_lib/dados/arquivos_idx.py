"""Arquivos IDX (o formato do MNIST) no disco: achar, baixar, conferir e ler.

O .gz é a forma que vale: seu md5 é o publicado, e ele é conferido a cada leitura. O arquivo já descompactado,
que o torchvision deixa ao lado, só tem o cabeçalho para ser conferido, e só se lê onde o .gz falta.
"""

import errno
import math
import os
import socket
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, NoReturn
from urllib.error import URLError

from torch import Tensor

from aulas_lib import compat

ALTERNATIVA = "ou siga com digitos(), que não precisa da rede"
SEM_ESCRITA = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC)
ESPERA = 10.0  # segundos sem resposta até desistir de um endereço
LADO = 28
PREFIXOS = {"treino": "train", "teste": "t10k"}
EXEMPLOS = {"treino": 60_000, "teste": 10_000}


class Arquivo(NamedTuple):
    """Um arquivo .gz publicado: onde está, como se chama, seu md5 e de onde vem."""

    base: Path
    conjunto: str
    nome: str
    md5: str
    espelhos: tuple[str, ...]

    @property
    def pasta(self) -> Path:
        """Onde o torchvision o guarda: `<base>/<conjunto>/raw`."""
        return self.base / self.conjunto / "raw"


def ler_particao(conjunto: str, particao: str, pasta: Path, baixar: bool) -> tuple[Tensor, Tensor]:
    """Imagens e classes de uma partição, só com os dois arquivos dela.

    Args:
        conjunto: nome da classe do torchvision ("MNIST" ou "FashionMNIST"), que traz endereços e md5.
        particao: "treino" ou "teste".
        pasta: a pasta que contém `<conjunto>/raw`, ou ela mesma com os arquivos .gz dentro.
        baixar: se falta um arquivo, tenta baixá-lo.

    Returns:
        Níveis uint8 (N, 28, 28) e classes int64 (N,).

    Raises:
        ValueError: se a partição não existe, ou se um arquivo está truncado ou não é o esperado.
        FileNotFoundError: se um arquivo falta e não pôde ser baixado.
        PermissionError: se não dá para gravar na pasta.
    """
    if particao not in PREFIXOS:
        raise ValueError(f'particao deve ser "treino" ou "teste"; chegou {particao!r}')
    tv = compat.torchvision().datasets.mnist
    classe = getattr(tv, conjunto)
    base = pasta.parents[1] if pasta.parts[-2:] == (conjunto, "raw") else pasta
    imagens, rotulos = (
        Arquivo(base, conjunto, nome, md5, tuple(classe.mirrors))
        for nome, md5 in classe.resources
        if nome.startswith(PREFIXOS[particao])
    )
    niveis = _ler(tv, imagens, (EXEMPLOS[particao], LADO, LADO), baixar)
    classes = _ler(tv, rotulos, (EXEMPLOS[particao],), baixar)
    return niveis, classes.long()


def _ler(tv: ModuleType, arquivo: Arquivo, forma: tuple[int, ...], baixar: bool) -> Tensor:
    solto = arquivo.pasta / arquivo.nome.removesuffix(".gz")
    candidatos = (arquivo.pasta / arquivo.nome, arquivo.base / arquivo.nome)
    compactado = next((c for c in candidatos if c.is_file()), None)
    if compactado is None and solto.is_file():
        return _ler_descompactado(tv, solto, forma)
    if compactado is None:
        compactado = _baixar(arquivo) if baixar else _desistir(arquivo, "não está no disco e baixar=False")
    if not tv.check_integrity(compactado, arquivo.md5):
        raise _recusa(compactado, f"o md5 não é {arquivo.md5}")
    with tempfile.TemporaryDirectory() as temporaria:
        return _ler_descompactado(tv, Path(tv.extract_archive(str(compactado), temporaria)), forma)


def _ler_descompactado(tv: ModuleType, caminho: Path, forma: tuple[int, ...]) -> Tensor:
    """Lê com o torchvision, que sozinho aceita um arquivo truncado no meio ou com outro número de imagens."""
    dimensoes = len(forma)
    cabecalho = struct.pack(f">{dimensoes + 1}i", 0x0800 + dimensoes, *forma)  # 0x08: uint8, big-endian
    with caminho.open("rb") as aberto:
        lido = aberto.read(len(cabecalho))
    esperado = len(cabecalho) + math.prod(forma)
    if caminho.stat().st_size != esperado:
        raise _recusa(caminho, f"tem {caminho.stat().st_size} bytes, e deveria ter {esperado}")
    if lido != cabecalho:
        raise _recusa(caminho, f"o cabeçalho não é o de um arquivo IDX de forma {forma}")
    return tv.read_label_file(caminho) if dimensoes == 1 else tv.read_image_file(caminho)


def _recusa(caminho: Path, motivo: str) -> ValueError:
    return ValueError(
        f"o arquivo {caminho.name}, na pasta {caminho.parent}, está truncado ou não é o esperado ({motivo}): "
        f"apague-o e rode de novo para baixá-lo, ponha ali uma cópia boa, {ALTERNATIVA}."
    )


def _desistir(arquivo: Arquivo, motivo: str) -> NoReturn:
    raise FileNotFoundError(
        f"não há {arquivo.nome} ({motivo}): baixe-o de {arquivo.espelhos[0]}{arquivo.nome}, "
        f"ponha-o na pasta {arquivo.pasta}, {ALTERNATIVA}."
    )


def _sem_escrita(arquivo: Arquivo, erro: OSError) -> PermissionError:
    motivo = erro.strerror or erro
    return PermissionError(
        f"não consegui gravar {arquivo.nome} na pasta {arquivo.pasta} ({motivo}): dê a ela permissão "
        f"de escrita e espaço, aponte a variável AULAS_DADOS para outra pasta, {ALTERNATIVA}."
    )


def _baixar(arquivo: Arquivo) -> Path:
    """Baixa para uma pasta temporária vizinha e só então move: no lugar final nunca há meio arquivo."""
    destino = arquivo.pasta / arquivo.nome
    try:
        arquivo.pasta.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".baixando-", dir=arquivo.pasta) as temporaria:
            falha = _tentar_espelhos(arquivo, temporaria)
            if falha is None:
                os.replace(Path(temporaria) / arquivo.nome, destino)
    except OSError as erro:
        raise _sem_escrita(arquivo, erro) from None  # o motivo já está na frase
    return destino if falha is None else _desistir(arquivo, falha)


def _tentar_espelhos(arquivo: Arquivo, temporaria: str) -> str | None:
    download_url = compat.torchvision().datasets.utils.download_url
    falha = "não há endereço conhecido"
    for espelho in arquivo.espelhos:
        try:
            with _espera_limitada():
                download_url(espelho + arquivo.nome, temporaria, arquivo.nome, arquivo.md5)
            return None
        except RuntimeError:
            falha = "o que veio da rede não é esse arquivo, o md5 difere"
        except (OSError, HTTPException) as erro:
            if isinstance(erro, OSError) and not isinstance(erro, URLError) and erro.errno in SEM_ESCRITA:
                raise
            falha = f"a rede não respondeu: {getattr(erro, 'reason', erro)}"
    return falha


@contextmanager
def _espera_limitada() -> Iterator[None]:
    """Sem isto, uma rede que engole os pacotes prende a célula por minutos: o torchvision não põe limite."""
    antes = socket.getdefaulttimeout()
    socket.setdefaulttimeout(ESPERA)
    try:
        yield
    finally:
        socket.setdefaulttimeout(antes)

"""Pacotes do registro npm: baixados uma vez, com a versão fixa e a soma conferida, sem precisar do Node."""

import base64
import hashlib
import os
import tarfile
import urllib.request
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from aulas_lib.ambiente import gravacao_inteira, pasta_cache

REGISTRO = "https://registry.npmjs.org"
SEGUNDOS = 60


@dataclass(frozen=True)
class Pacote:
    """Um pacote do npm e o que dele se usa.

    Attributes:
        nome: nome no registro.
        versao: versão exata.
        integridade: "sha512-" e a soma em base64, como o registro a publica (`npm view NOME@VERSAO dist.integrity`).
        arquivos: caminhos, dentro do pacote, dos arquivos a copiar.
    """

    nome: str
    versao: str
    integridade: str
    arquivos: tuple[str, ...]


REVEAL = Pacote(
    "reveal.js",
    "6.0.2",
    "sha512-JYIg5D9aoxoaLeb84O+OvAwsKWdIavVgEDScxtYEXFCT6t6TQrhNtSgogcjdCpdLsWglhJn3zyE3fUOwiH5KEg==",
    ("dist/reveal.js", "dist/reveal.css", "LICENSE"),
)
MATHJAX = Pacote(
    "mathjax",
    "3.2.2",
    "sha512-Bt+SSVU8eBG27zChVewOicYs7Xsdt40qm4+UpHyX7k0/O9NliPc+x77k1/FEsPsjKPZGJvtRZM1vO+geW0OhGw==",
    ("es5/tex-svg-full.js", "LICENSE"),
)


def confere(dados: bytes, integridade: str) -> bool:
    """Diz se os dados têm a soma SHA-512 que o registro publica.

    Args:
        dados: o arquivo `.tgz` inteiro.
        integridade: "sha512-" seguido da soma em base64.
    """
    return "sha512-" + base64.b64encode(hashlib.sha512(dados).digest()).decode("ascii") == integridade


def baixar(pacote: Pacote) -> bytes:
    """O arquivo `.tgz` do pacote: o que já foi baixado, se está inteiro; senão, o do registro.

    Args:
        pacote: o que baixar. A variável de ambiente `npm_config_registry` troca o endereço do registro.

    Returns:
        Os bytes do `.tgz`, com a soma conferida.

    Raises:
        OSError: se não há rede nem cópia guardada; a mensagem diz o que fazer.
        ValueError: se o que o registro mandou não tem a soma esperada.
    """
    guardado = pasta_cache() / "npm" / f"{pacote.nome}-{pacote.versao}.tgz"
    if guardado.is_file():
        dados = guardado.read_bytes()
        if confere(dados, pacote.integridade):
            return dados
    registro = (os.environ.get("npm_config_registry") or REGISTRO).rstrip("/")  # noqa: SIM112 (o nome é do npm)
    endereco = f"{registro}/{pacote.nome}/-/{pacote.nome}-{pacote.versao}.tgz"
    try:
        with urllib.request.urlopen(endereco, timeout=SEGUNDOS) as resposta:
            dados = resposta.read()
    except (OSError, ValueError) as erro:  # ValueError: um endereço que não é endereço
        raise OSError(
            f"Não consegui baixar {pacote.nome} {pacote.versao} de {endereco} ({erro}). Faça isto uma vez com a rede "
            f"ligada, ou copie para {guardado} o arquivo que, em outra máquina, este comando baixa: "
            f"npm pack {pacote.nome}@{pacote.versao}"
        ) from erro
    if not confere(dados, pacote.integridade):
        raise ValueError(
            f"O arquivo de {endereco} não tem a soma esperada ({pacote.integridade[:20]}...): veio incompleto ou "
            "foi trocado, e não será usado. Tente de novo; se persistir, confira `npm config get registry`."
        )
    with gravacao_inteira(guardado) as rascunho:
        rascunho.write_bytes(dados)
    return dados


def copiar(pacote: Pacote, destino: Path) -> list[Path]:
    """Copia os arquivos do pacote para `destino/NOME/`.

    Args:
        pacote: de onde e o quê.
        destino: pasta dos arquivos estáticos; é criada se preciso.

    Returns:
        Os arquivos gravados.

    Raises:
        OSError: se o pacote não pôde ser baixado.
        ValueError: se a soma não confere.
    """
    pasta = destino / pacote.nome
    pasta.mkdir(parents=True, exist_ok=True)
    gravados = []
    with tarfile.open(fileobj=BytesIO(baixar(pacote))) as arquivo:
        for caminho in pacote.arquivos:
            gravado = pasta / Path(caminho).name
            gravado.write_bytes(arquivo.extractfile(f"package/{caminho}").read())
            gravados.append(gravado)
    return gravados

"""Um pacote npm de mentira, para testar sem rede."""

import base64
import hashlib
import io
import tarfile

from aulas_lib.paginas import npm


def pacote_falso(modelo: npm.Pacote) -> tuple[npm.Pacote, bytes]:
    """Um pacote com os nomes do modelo, arquivos de três bytes e a soma certa; e os bytes dele."""
    memoria = io.BytesIO()
    with tarfile.open(fileobj=memoria, mode="w:gz") as arquivo:
        for caminho in modelo.arquivos:
            parte = tarfile.TarInfo(f"package/{caminho}")
            parte.size = 3
            arquivo.addfile(parte, io.BytesIO(b"ok\n"))
    dados = memoria.getvalue()
    soma = "sha512-" + base64.b64encode(hashlib.sha512(dados).digest()).decode("ascii")
    return npm.Pacote(modelo.nome, modelo.versao, soma, modelo.arquivos), dados

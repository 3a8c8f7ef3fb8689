"""O que já se tentou: um arquivo deste computador, com uma linha por resposta conferida; nada sai dele.

Uma linha só se acrescenta, nunca se reescreve. Por isso dois cadernos abertos ao mesmo tempo não apagam um o que o
outro anotou, um acerto não se perde, e um pedaço estragado do arquivo não leva os outros consigo.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aulas_lib.ambiente import arquivo_progresso


@dataclass(frozen=True)
class Tentativa:
    """Uma resposta conferida.

    Attributes:
        exercicio: nome do exercício, como em `licoes.LICOES`.
        certo: o veredito.
        quando: dia e hora, com o fuso do computador.
    """

    exercicio: str
    certo: bool
    quando: datetime


@dataclass(frozen=True)
class Resultado:
    """Em que pé está um exercício.

    Attributes:
        tentativas: respostas conferidas até a primeira certa, inclusive; sem acerto, todas elas.
        resolvido: dia e hora da primeira resposta certa, ou None. O que se resolveu continua resolvido.
        passou: o veredito da última resposta, que pode ser posterior ao acerto.
    """

    tentativas: int = 0
    resolvido: datetime | None = None
    passou: bool = False


def anotar(exercicio: str, certo: bool) -> None:
    """Acrescenta uma tentativa ao arquivo.

    Args:
        exercicio: nome do exercício.
        certo: o veredito.

    Raises:
        OSError: se o arquivo não pode ser escrito.
    """
    agora = datetime.now().astimezone().isoformat(timespec="seconds")
    linha = json.dumps({"exercicio": exercicio, "certo": certo, "quando": agora})
    caminho = arquivo_progresso()
    caminho.parent.mkdir(parents=True, exist_ok=True)
    # Um só `write`, sem buffer e no modo "a", não se mistura com o de outro processo. A quebra vem antes: se a linha
    # anterior ficou pela metade (disco cheio, queda de energia), esta se lê mesmo assim.
    with open(caminho, "ab", buffering=0) as arquivo:
        arquivo.write(f"\n{linha}".encode())


def ler() -> tuple[list[Tentativa], int]:
    """Lê as tentativas, da mais antiga à mais nova.

    Returns:
        As tentativas e o número de linhas ilegíveis, que são puladas e ficam no arquivo.

    Raises:
        OSError: se o arquivo existe e não pode ser lido.
    """
    try:
        texto = arquivo_progresso().read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return [], 0
    lidas = [_ler_linha(linha) for linha in texto.splitlines() if linha.strip()]
    boas = [tentativa for tentativa in lidas if tentativa is not None]
    return boas, len(lidas) - len(boas)


def _ler_linha(linha: str) -> Tentativa | None:
    try:
        campos = json.loads(linha)
        exercicio, certo = campos["exercicio"], campos["certo"]
        quando = datetime.fromisoformat(campos["quando"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(exercicio, str) or not isinstance(certo, bool):
        return None
    return Tentativa(exercicio, certo, quando)


def resumir(tentativas: Iterable[Tentativa]) -> dict[str, Resultado]:
    """Junta as tentativas de cada exercício.

    Args:
        tentativas: da mais antiga à mais nova.

    Returns:
        O resultado de cada exercício que alguém tentou.
    """
    resultados: dict[str, Resultado] = {}
    for tentativa in tentativas:
        antes = resultados.get(tentativa.exercicio, Resultado())
        quantas = antes.tentativas + (antes.resolvido is None)
        resolvido = antes.resolvido or (tentativa.quando if tentativa.certo else None)
        resultados[tentativa.exercicio] = Resultado(quantas, resolvido, tentativa.certo)
    return resultados

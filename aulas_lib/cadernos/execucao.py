"""Execução limpa de um caderno, do começo ao fim, com as saídas guardadas no próprio arquivo."""

import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .arquivos import gravar, ler

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

SEGUNDOS_POR_CELULA = 120
# Pastas de uma máquina: nunca devem aparecer no que o estudante lê.
CAMINHO_DE_MAQUINA = re.compile(r"(?<![\w.:/])/(?:root|work|tmp|home|Users)/\w|\b[A-Z]:\\+\w")


class CadernoComErro(RuntimeError):
    """O caderno não rodou até o fim, ou deixou nas saídas algo que não pode ser publicado."""


@dataclass(frozen=True)
class Execucao:
    """Quanto tempo levou uma execução.

    Attributes:
        celulas: segundos de cada célula de código, por posição no caderno.
        total: segundos do caderno inteiro, com a partida do kernel.
    """

    celulas: dict[int, float]
    total: float


def executar(caminho: Path, segundos_por_celula: int = SEGUNDOS_POR_CELULA) -> Execucao:
    """Roda o caderno na sua pasta, com o Python deste ambiente, e grava as saídas.

    O arquivo só é trocado se tudo correu bem; senão, fica exatamente como estava.

    Args:
        caminho: arquivo `.ipynb`.
        segundos_por_celula: limite de tempo de uma célula.

    Returns:
        Os tempos medidos.

    Raises:
        ModuleNotFoundError: se falta o pacote nbclient.
        CadernoComErro: se uma célula falha, demora demais, ou mostra uma pasta da máquina.
    """
    caderno = ler(caminho)
    inicio = time.perf_counter()
    celulas = _rodar(caderno, caminho, segundos_por_celula)
    total = time.perf_counter() - inicio
    _limpar(caderno)
    achados = caminhos_de_maquina(caderno)
    if achados:
        raise CadernoComErro(f"{caminho.name}: as saídas mostram pastas desta máquina: {'; '.join(achados)}")
    gravar(caderno, caminho)
    return Execucao(celulas, total)


def caminhos_de_maquina(caderno: "NotebookNode") -> list[str]:
    """Procura nas saídas os nomes de pastas da máquina em que o caderno rodou.

    Args:
        caderno: o caderno executado.

    Returns:
        Uma frase por célula em que há um; vazia se não há nenhum.
    """
    achados = []
    for posicao, celula in enumerate(caderno.cells):
        textos = [_texto_legivel(saida) for saida in celula.get("outputs", [])]
        encontrado = CAMINHO_DE_MAQUINA.search("\n".join(textos))
        if encontrado:
            achados.append(f"célula {posicao}, perto de {encontrado[0]!r}")
    return achados


def _texto_legivel(saida: "NotebookNode") -> str:
    """O que a saída tem de texto, sem as imagens (em base64 qualquer sequência de letras pode aparecer)."""
    partes = [saida.get("text", ""), *saida.get("traceback", [])]
    for tipo, conteudo in saida.get("data", {}).items():
        if not tipo.startswith("image/") or tipo == "image/svg+xml":
            partes.append(conteudo if isinstance(conteudo, str) else json.dumps(conteudo))
    return re.sub(r"base64,[A-Za-z0-9+/=\s]+", "base64,", "\n".join(partes))


def _rodar(caderno: "NotebookNode", caminho: Path, segundos: int) -> dict[int, float]:
    """Executa as células no lugar; devolve os segundos de cada uma."""
    try:
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "Para executar cadernos falta o pacote nbclient. Digite: pip install nbformat nbclient"
        ) from None
    cliente = NotebookClient(
        caderno,
        timeout=segundos,
        kernel_name="python3",
        resources={"metadata": {"path": str(caminho.resolve().parent)}},
        store_widget_state=False,
        record_timing=False,
        coalesce_streams=True,
    )
    tempos = _cronometrar(cliente)
    try:
        cliente.execute(env={**os.environ, "AULAS_PROGRESSO": os.devnull})  # os exercícios saem em aberto
    except CellTimeoutError:
        raise CadernoComErro(f"{caminho.name}: uma célula passou de {segundos} s; parei nela.") from None
    except (CellExecutionError, DeadKernelError) as erro:
        raise CadernoComErro(f"{caminho.name}: uma célula falhou.\n{erro}") from None
    return tempos


def _cronometrar(cliente: "NotebookClient") -> dict[int, float]:
    """Liga dois relógios ao executor; o dicionário devolvido se enche durante a execução."""
    comecos: dict[int, float] = {}
    tempos: dict[int, float] = {}

    def comecou(cell_index: int, **_: object) -> None:
        comecos[cell_index] = time.perf_counter()

    def terminou(cell_index: int, **_: object) -> None:
        tempos[cell_index] = time.perf_counter() - comecos[cell_index]

    cliente.on_cell_execute = comecou
    cliente.on_cell_executed = terminou
    return tempos


def _limpar(caderno: "NotebookNode") -> None:
    """Tira do caderno o que muda de uma máquina para outra e não ensina nada."""
    caderno.metadata.pop("widgets", None)
    caderno.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    caderno.metadata["language_info"] = {"name": "python", "file_extension": ".py"}
    for celula in caderno.cells:
        for chave in ("execution", "ExecuteTime", "collapsed", "scrolled"):
            celula.metadata.pop(chave, None)
        for saida in celula.get("outputs", []):
            # Sem kernel o widget não existe: fica a figura parada (ou o texto) que veio com ele.
            saida.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)

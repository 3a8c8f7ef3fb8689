"""Ler e gravar cadernos: a formatação é sempre a mesma, e um caderno nunca fica pela metade no disco."""

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from aulas_lib.ambiente import gravacao_inteira

if TYPE_CHECKING:
    from nbformat import NotebookNode


def importar_nbformat() -> ModuleType:
    """O módulo `nbformat`, importado só quando um caderno vai mesmo ser lido.

    Returns:
        O módulo.

    Raises:
        ModuleNotFoundError: se não está instalado; a mensagem diz o que digitar.
    """
    try:
        import nbformat
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "Para cuidar dos cadernos falta o pacote nbformat. Digite: pip install nbformat nbclient"
        ) from None
    return nbformat


def ler(caminho: Path) -> "NotebookNode":
    """Lê um caderno do disco.

    Args:
        caminho: arquivo `.ipynb`.

    Returns:
        O caderno, no formato 4 do Jupyter.

    Raises:
        FileNotFoundError: se o arquivo não existe.
        ValueError: se o arquivo existe, mas não é um caderno.
    """
    nbformat = importar_nbformat()
    if not caminho.is_file():
        raise FileNotFoundError(f"Não encontrei o caderno {caminho}. Confira o nome do arquivo.")
    try:
        return nbformat.read(caminho, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, AttributeError, KeyError):
        raise ValueError(f"{caminho} não é um caderno do Jupyter válido (esperava um .ipynb).") from None


def gravar(caderno: "NotebookNode", caminho: Path) -> None:
    """Grava o caderno de uma só vez: primeiro num rascunho ao lado, que depois toma o lugar do arquivo.

    Args:
        caderno: o caderno.
        caminho: arquivo `.ipynb` a criar ou substituir.
    """
    nbformat = importar_nbformat()
    with gravacao_inteira(caminho) as rascunho:
        nbformat.write(caderno, rascunho)


def marcas(celula: "NotebookNode") -> list[str]:
    """As marcas (*tags*) de uma célula, na ordem em que foram escritas.

    Args:
        celula: célula de caderno.

    Returns:
        Lista de marcas; vazia se não há nenhuma.
    """
    return list(celula.metadata.get("tags", []))

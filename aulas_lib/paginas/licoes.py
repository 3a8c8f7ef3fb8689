"""As lições, lidas dos cadernos na ordem do curso."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .alternativo import corrido
from .celulas import Celula, converter
from .marcacao import Marcador, Titulo

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Licao:
    """Uma lição pronta para virar página ou apresentação.

    Attributes:
        nome: nome do caderno, sem `.ipynb`.
        titulo: o título, em texto corrido.
        frase: o que se aprende nela, em uma frase, com fórmulas entre cifrões.
        tempo: o tempo de quem estuda, como o caderno o diz; vazio se não diz.
        celulas: o conteúdo.
        titulos: todos os títulos, na ordem.
        trechos: (âncora, título, texto) de cada seção, para a busca.
    """

    nome: str
    titulo: str
    frase: str
    tempo: str
    celulas: tuple[Celula, ...]
    titulos: tuple[Titulo, ...]
    trechos: tuple[tuple[str, str, str], ...]


def ler_licoes(pasta: Path) -> list[Licao]:
    """Lê todos os cadernos de uma pasta.

    Args:
        pasta: onde estão os `.ipynb`, executados.

    Returns:
        As lições, na ordem dos nomes dos arquivos, que é a do curso.

    Raises:
        FileNotFoundError: se a pasta não tem cadernos.
    """
    import nbformat

    caminhos = sorted(pasta.glob("*.ipynb"))
    if not caminhos:
        raise FileNotFoundError(f"Não há cadernos em {pasta}: esperava arquivos .ipynb. Rode na pasta do projeto.")
    nomes = [caminho.stem for caminho in caminhos]
    return [montar(caminho.stem, nbformat.read(caminho, as_version=4), nomes) for caminho in caminhos]


def montar(nome: str, caderno: "NotebookNode", nomes: list[str]) -> Licao:
    """Converte um caderno já lido.

    Args:
        nome: nome do caderno, sem `.ipynb`.
        caderno: o conteúdo.
        nomes: nomes de todos os cadernos, para as ligações entre eles.

    Returns:
        A lição.
    """
    marcador = Marcador(nomes)
    celulas = converter(caderno, marcador)
    abertura = caderno.cells[0].source if caderno.cells else ""
    titulos = tuple(marcador.titulos)
    return Licao(
        nome,
        titulos[0].texto if titulos else nome,
        frase_da_abertura(abertura),
        tempo_da_abertura(abertura),
        celulas,
        titulos,
        _trechos(caderno, celulas, titulos),
    )


def frase_da_abertura(markdown: str) -> str:
    """Uma frase sobre a lição, do primeiro item de "Ao final, você vai saber".

    Args:
        markdown: a primeira célula do caderno.

    Returns:
        "Você vai saber ...", com ponto final; vazia se a lista não existe.
    """
    item = re.search(r"Ao final, você vai saber.*?\n\s*\n?- (.+?)[;.]?\s*(?:\n|$)", markdown, re.DOTALL)
    return f"Você vai saber {re.sub(r'[*`]', '', item[1])}." if item else ""


def tempo_da_abertura(markdown: str) -> str:
    """O tempo de quem estuda, da tabela da primeira célula; vazio se ela não o diz.

    Args:
        markdown: a primeira célula do caderno.
    """
    linha = re.search(r"^\| *\*\*Seu tempo\*\* *\|(.+?)\|", markdown, re.MULTILINE)
    return corrido(linha[1]).split(";")[0].split(", ")[0] if linha else ""


def _trechos(
    caderno: "NotebookNode", celulas: tuple[Celula, ...], titulos: tuple[Titulo, ...]
) -> tuple[tuple[str, str, str], ...]:
    """Os textos de cada seção, juntos sob o título dela."""
    nomes = {titulo.ancora: titulo.texto for titulo in titulos}
    textos: dict[str, list[str]] = {ancora: [] for ancora in nomes}
    for original, celula in zip(caderno.cells, celulas, strict=True):
        if celula.tipo == "texto" and celula.secao in textos:
            textos[celula.secao].append(_procuravel(original.source))
    return tuple((ancora, nomes[ancora], " ".join(partes)) for ancora, partes in textos.items())


def _procuravel(markdown: str) -> str:
    """Texto corrido, com o que há dentro das tabelas."""
    sem_barras = re.sub(r"^\|(.*)\|\s*$", r"\1", markdown, flags=re.MULTILINE).replace("|", " ")
    return corrido(re.sub(r":?-{3,}:?", " ", sem_barras))

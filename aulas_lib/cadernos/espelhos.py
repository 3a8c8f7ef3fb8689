"""Células-espelho: as peças de matemática que aparecem na lição são o código da biblioteca, linha por linha.

Uma célula marcada com `fonte:modelos.vae.kl_gaussiana` mostra a função `kl_gaussiana` de
`aulas_lib/modelos/vae.py`. Várias marcas na mesma célula aparecem uma depois da outra.
"""

import ast
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

from .arquivos import marcas

if TYPE_CHECKING:
    from nbformat import NotebookNode

PREFIXO = "fonte:"
BIBLIOTECA = Path(__file__).resolve().parents[1]

_COM_DOCSTRING = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _arquivo_do_modulo(modulo: str) -> Path:
    """O arquivo de um módulo da biblioteca, dado o nome relativo a `aulas_lib`."""
    caminho = BIBLIOTECA.joinpath(*modulo.split("."))
    for arquivo in (caminho.with_suffix(".py"), caminho / "__init__.py"):
        if arquivo.is_file():
            return arquivo
    raise ValueError(f"A marca {PREFIXO}{modulo}… aponta para aulas_lib/{modulo}, que não existe.")


def _definicao(arvore: ast.Module, nome: str) -> ast.stmt | None:
    """O comando do módulo que define `nome`: função, classe ou atribuição."""
    for comando in arvore.body:
        if isinstance(comando, _COM_DOCSTRING) and comando.name == nome:
            return comando
        alvos = comando.targets if isinstance(comando, ast.Assign) else [getattr(comando, "target", None)]
        if any(isinstance(alvo, ast.Name) and alvo.id == nome for alvo in alvos):
            return comando
    return None


def _docstrings(no: ast.AST) -> list[ast.Expr]:
    """Os nós das docstrings dentro de `no`, do fim para o começo do arquivo."""
    com_docstring = [
        filho.body[0]
        for filho in ast.walk(no)
        if isinstance(filho, _COM_DOCSTRING) and ast.get_docstring(filho) is not None
    ]
    return sorted(com_docstring, key=lambda expressao: -expressao.lineno)


def codigo_fonte(endereco: str) -> str:
    """O código de um nome da biblioteca, com as docstrings reduzidas à primeira linha.

    Args:
        endereco: módulo e nome, sem o `aulas_lib`; por exemplo, `modelos.vae.kl_gaussiana`.

    Returns:
        O texto da definição, com os decoradores e os comentários.

    Raises:
        ValueError: se o módulo ou o nome não existe.
    """
    modulo, _, nome = endereco.rpartition(".")
    texto = _arquivo_do_modulo(modulo).read_text(encoding="utf-8")
    definicao = _definicao(ast.parse(texto), nome)
    if definicao is None:
        raise ValueError(f"A marca {PREFIXO}{endereco} pede {nome}, que aulas_lib.{modulo} não define.")
    linhas = texto.splitlines()
    fim = definicao.end_lineno
    for docstring in _docstrings(definicao):
        primeira = docstring.value.value.strip().splitlines()[0]
        recuo = " " * docstring.col_offset
        linhas[docstring.lineno - 1 : docstring.end_lineno] = [f'{recuo}"""{primeira}"""']
        fim -= docstring.end_lineno - docstring.lineno
    decoradores = getattr(definicao, "decorator_list", [])
    inicio = min([definicao.lineno, *(decorador.lineno for decorador in decoradores)])
    return dedent("\n".join(linhas[inicio - 1 : fim]))


def enderecos(celula: "NotebookNode") -> list[str]:
    """Os nomes da biblioteca que a célula mostra, segundo as suas marcas `fonte:`.

    Args:
        celula: célula de caderno.

    Returns:
        Lista como `["modelos.vae.kl_gaussiana"]`; vazia se a célula não é um espelho.
    """
    return [marca.removeprefix(PREFIXO) for marca in marcas(celula) if marca.startswith(PREFIXO)]


def espelhar(caderno: "NotebookNode") -> int:
    """Reescreve as células-espelho do caderno com o código atual da biblioteca.

    Só mexe nas células que dizem outra coisa; comentários e docstrings não contam como diferença.

    Args:
        caderno: o caderno, modificado no lugar.

    Returns:
        Quantas células mudaram.

    Raises:
        ValueError: se uma marca aponta para um nome que não existe.
    """
    mudadas = 0
    for celula in caderno.cells:
        nomes = enderecos(celula)
        if nomes and _diferenca(celula.source, nomes):
            celula.source = "\n\n\n".join(codigo_fonte(nome) for nome in nomes)
            celula.outputs, celula.execution_count = [], None
            mudadas += 1
    return mudadas


def conferir_espelhos(caderno: "NotebookNode") -> list[str]:
    """Compara cada célula-espelho com a biblioteca, sem levar em conta docstrings e comentários.

    Args:
        caderno: o caderno.

    Returns:
        Uma frase por célula diferente; vazia se tudo confere.
    """
    diferencas = []
    for posicao, celula in enumerate(caderno.cells):
        nomes = enderecos(celula)
        problema = _diferenca(celula.source, nomes) if nomes else ""
        if problema:
            diferencas.append(f"célula {posicao} ({', '.join(nomes)}): {problema}")
    return diferencas


def _diferenca(texto: str, nomes: list[str]) -> str:
    """Uma frase que diz em que o texto difere da biblioteca; vazia se as árvores são iguais."""
    esperado = "\n".join(codigo_fonte(nome) for nome in nomes)
    try:
        igual = _arvore_sem_docstrings(texto) == _arvore_sem_docstrings(esperado)
    except SyntaxError as erro:
        return f"não é Python válido (linha {erro.lineno})"
    return "" if igual else "difere da biblioteca; rode `python -m aulas_lib cadernos espelhar`"


def _arvore_sem_docstrings(texto: str) -> str:
    """A árvore sintática em texto, com as docstrings trocadas por um comando vazio."""
    arvore = ast.parse(texto)
    for no in ast.walk(arvore):
        if isinstance(no, _COM_DOCSTRING) and ast.get_docstring(no) is not None:
            no.body[0] = ast.Pass()
    return ast.dump(arvore)

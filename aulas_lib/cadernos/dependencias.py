"""De que células um pedaço de código precisa: as que dão nome ao que ele usa, e as de que elas precisam."""

import builtins
import symtable
from collections.abc import Sequence


def celulas_necessarias(celulas: Sequence[str], codigo: str) -> list[int]:
    """As células anteriores sem as quais o código não roda.

    Vale a última célula que define cada nome. Uma célula que só muda um objeto já definido não conta.

    Args:
        celulas: o código das células anteriores, na ordem.
        codigo: o que se quer rodar.

    Returns:
        As posições em `celulas`, em ordem crescente.

    Raises:
        ValueError: se um nome não é definido por nenhuma célula.
    """
    tabelas = [symtable.symtable(celula, "celula", "exec") for celula in celulas]
    definidos = [_definidos(tabela) for tabela in tabelas]
    necessarias: set[int] = set()
    pendentes = [(symtable.symtable(codigo, "codigo", "exec"), len(celulas))]
    while pendentes:
        tabela, ate = pendentes.pop()
        for nome in sorted(_usados(tabela) - _definidos(tabela) - set(dir(builtins))):
            posicao = next((i for i in range(ate - 1, -1, -1) if nome in definidos[i]), None)
            if posicao is None:
                raise ValueError(f"O código usa {nome!r}, que nenhuma célula anterior define.")
            if posicao not in necessarias:
                necessarias.add(posicao)
                pendentes.append((tabelas[posicao], posicao))
    return sorted(necessarias)


def _definidos(tabela: symtable.SymbolTable) -> set[str]:
    return {simbolo.get_name() for simbolo in tabela.get_symbols() if simbolo.is_assigned() or simbolo.is_imported()}


def _usados(tabela: symtable.SymbolTable) -> set[str]:
    """Os nomes globais que o código lê, também dentro de funções."""
    no_alto = tabela.get_type() == "module"
    nomes = {s.get_name() for s in tabela.get_symbols() if s.is_referenced() and (no_alto or s.is_global())}
    return nomes.union(*map(_usados, tabela.get_children()))

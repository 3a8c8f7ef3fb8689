"""Faz o nbval executar as células como o Jupyter, com histórico.

Sem histórico (o padrão do nbval) o IPython não reconhece o ";" no fim da célula, e cada figura deixaria também
o texto `<Axes: ...>`, que o caderno não tem.
"""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Troca o método do nbval que envia uma célula ao kernel."""
    try:
        from nbval.kernel import RunningKernel
    except ModuleNotFoundError:  # sem o nbval não há cadernos a conferir
        return

    def enviar(kernel: RunningKernel, celula: str, allow_stdin: bool | None = None) -> str:
        return kernel.kc.execute(celula, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)

    RunningKernel.execute_cell_input = enviar

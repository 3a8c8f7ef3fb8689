"""Três ajustes do nbval: executar como o Jupyter, com histórico; não deixar passar avisos; esquecer o progresso.

Sem histórico (o padrão do nbval) o IPython não reconhece o ";" no fim da célula, e cada figura deixaria também
o texto `<Axes: ...>`, que o caderno não tem.

Um aviso do Python sai no canal de erros; nas células marcadas com nbval-ignore-output, que o nbval não compara,
ele passaria despercebido.

O quadro de progresso, no fim de cada lição, tem de sair em branco, e os testes não devem escrever no de ninguém.
"""

import os
from collections.abc import Generator

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Troca o método do nbval que envia uma célula ao kernel; kernels e subprocessos herdam um progresso vazio."""
    os.environ["AULAS_PROGRESSO"] = os.devnull
    try:
        from nbval.kernel import RunningKernel
    except ModuleNotFoundError:  # sem o nbval não há cadernos a conferir
        return

    def enviar(kernel: RunningKernel, celula: str, allow_stdin: bool | None = None) -> str:
        return kernel.kc.execute(celula, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)

    RunningKernel.execute_cell_input = enviar


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Reprova a célula de caderno que escreveu no canal de erros, mesmo que a saída dela não seja comparada."""
    yield
    saidas = getattr(item, "test_outputs", None) or []  # só as células do nbval têm saídas
    avisos = "".join(saida.text for saida in saidas if saida.get("name") == "stderr")
    if avisos:
        item.raise_cell_error("A célula escreveu no canal de erros (stderr).", avisos)

"""Um treino por vez em segundo plano, no laço de eventos do kernel."""

import asyncio
from collections.abc import Coroutine

NOME = "aulas_lib: laboratório de GANs"


def em_segundo_plano(corotina: Coroutine[None, None, None]) -> asyncio.Task | None:
    """Põe a corotina a correr no laço do Jupyter, depois de parar a de qualquer outro painel deste kernel.

    Args:
        corotina: o treino, que devolve o controle com `await` a cada pedaço.

    Returns:
        A tarefa, que precisa de quem a guarde; `None` se não há laço (fora do Jupyter), e a corotina correu até o fim.
    """
    cancelar()
    try:
        laco = asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(corotina)
        return None
    return laco.create_task(corotina, name=NOME)


def cancelar() -> None:
    """Para os treinos de outros painéis, por exemplo o de uma célula rodada de novo."""
    try:
        tarefas = asyncio.all_tasks()
    except RuntimeError:  # sem laço não há tarefas
        return
    for tarefa in tarefas:
        if tarefa.get_name() == NOME:
            tarefa.cancel()

"""Em volta do laço: a barra de progresso, a interrupção e a gravação para viajar no tempo."""

from collections.abc import Callable
from typing import Generic, TypeVar

from aulas_lib.progresso import com_barra
from aulas_lib.treino.adversario import TreinoAdversario
from aulas_lib.treino.laco import Registro, Treino, TreinoDivergiu

Retrato = TypeVar("Retrato")


def acompanhar(
    treino: Treino | TreinoAdversario, descricao: str = "treino", a_cada: Callable[[Registro], None] | None = None
) -> list[Registro]:
    """Percorre o treino com uma barra de progresso e devolve os registros.

    Interromper (■ no JupyterLab, Ctrl-C no terminal) para o treino e mantém o que ele aprendeu: chame
    de novo para continuar.

    Args:
        treino: um `Treino` ou um `TreinoAdversario`.
        descricao: nome mostrado na barra.
        a_cada: chamada depois de cada passo; serve para gravar um filme do treino.

    Raises:
        TreinoDivergiu: se a perda ou o gradiente deixa de ser um número; o atributo `registros` do erro
            guarda os passos bons.
    """
    registros: list[Registro] = []
    try:
        for registro in com_barra(treino, len(treino), descricao):
            registros.append(registro)
            if a_cada:
                a_cada(registro)
    except KeyboardInterrupt:
        print(
            f"Treino interrompido no passo {treino.passo} de {treino.passos}. "
            "O modelo guarda o que aprendeu. Para continuar, chame acompanhar de novo com o mesmo treino; rodar a "
            "célula de novo recomeça do zero."
        )
    except TreinoDivergiu as erro:
        erro.registros = registros
        raise
    finally:
        treino.modelo.eval()
    return registros


class Gravador(Generic[Retrato]):
    """Guarda um retrato do modelo em alguns passos, cada vez mais espaçados.

    No começo de um treino tudo muda depressa e no fim quase nada: os momentos crescem em progressão
    geométrica, de 1 ao último passo. Passe-o em `acompanhar(treino, a_cada=gravador)`.

    Args:
        retratar: registro do passo → o que guardar.
        passos: total de passos do treino.
        quadros: quantos retratos, no máximo.

    Attributes:
        retratos: o que foi guardado, em ordem.

    Raises:
        ValueError: se `passos` ou `quadros` não é positivo.
    """

    def __init__(self, retratar: Callable[[Registro], Retrato], passos: int, quadros: int = 40) -> None:
        if passos < 1 or quadros < 1:
            raise ValueError(
                f"Gravador: chegaram passos={passos} e quadros={quadros}; esperava inteiros positivos."
            )
        self.retratar, self.retratos = retratar, list[Retrato]()
        self.momentos = {round(passos ** (i / max(quadros - 1, 1))) for i in range(quadros)} | {passos}

    def __call__(self, registro: Registro) -> None:
        """Retrata, se este é um dos momentos."""
        if registro.passo in self.momentos:
            self.retratos.append(self.retratar(registro))

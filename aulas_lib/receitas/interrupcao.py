"""Ctrl-C entre dois passos de treino, nunca no meio de um."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def parada_entre_passos() -> Iterator[list[int]]:
    """No bloco, o primeiro Ctrl-C só é anotado; o segundo interrompe na hora.

    Um ponto de retomada gravado no meio de um passo não continuaria exatamente daquele passo.

    Yields:
        Lista que deixa de ser vazia quando alguém pede para parar.
    """
    pedidos: list[int] = []
    if threading.current_thread() is not threading.main_thread():  # só ela recebe sinais
        yield pedidos
        return
    anterior = signal.getsignal(signal.SIGINT)

    def anotar(sinal: int, quadro: FrameType | None) -> None:
        pedidos.append(sinal)
        signal.signal(signal.SIGINT, anterior)

    signal.signal(signal.SIGINT, anotar)
    try:
        yield pedidos
    finally:
        signal.signal(signal.SIGINT, anterior)

"""Barra de progresso: um widget no caderno, tqdm no terminal. Não escreve nada que mude de uma execução para outra."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
INTERVALO = 0.2  # segundos entre duas atualizações da barra


def com_barra(itens: Iterable[T], total: int, descricao: str = "treino") -> Iterator[T]:
    """Percorre `itens` mostrando quantos já passaram e quanto tempo falta.

    Args:
        itens: o que percorrer.
        total: quantos itens são esperados.
        descricao: nome mostrado ao lado da barra.
    """
    if _em_caderno():
        return _barra_no_caderno(itens, total, descricao)
    from tqdm import tqdm

    return iter(tqdm(itens, total=total, desc=descricao, mininterval=1.0, disable=not sys.stderr.isatty()))


def _em_caderno() -> bool:
    ipython = sys.modules.get("IPython")
    casca = ipython.get_ipython() if ipython else None
    return casca is not None and hasattr(casca, "kernel")


def _barra_no_caderno(itens: Iterable[T], total: int, descricao: str) -> Iterator[T]:
    import ipywidgets
    from IPython.display import display

    barra = ipywidgets.IntProgress(max=max(total, 1), layout={"width": "min(320px, 60%)"})
    texto = ipywidgets.HTML()
    caixa = ipywidgets.HBox([barra, texto])
    caixa.add_class("aulas-progresso")
    # O texto é constante: é o que o GitHub mostra e o que o nbval compara.
    dados = {"text/plain": f"[{descricao}: {total} passos]"}
    dados["application/vnd.jupyter.widget-view+json"] = {
        "version_major": 2, "version_minor": 0, "model_id": caixa.model_id,
    }  # fmt: skip
    display(dados, raw=True)
    inicio = anterior = time.monotonic()
    feitos = 0
    try:
        for item in itens:
            yield item
            feitos += 1
            agora = time.monotonic()
            if agora - anterior > INTERVALO:
                anterior, gasto = agora, agora - inicio
                barra.value = feitos
                texto.value = _linha(descricao, feitos, total, gasto, gasto / feitos * (total - feitos))
    finally:
        barra.value = feitos
        barra.bar_style = "success" if feitos >= total else "warning"
        texto.value = _linha(descricao, feitos, total, time.monotonic() - inicio, None)


def _linha(descricao: str, feitos: int, total: int, gasto: float, falta: float | None) -> str:
    fim = "" if falta is None else f", faltam {falta:.0f} s"
    return f"{descricao}: {feitos} de {total} · {gasto:.0f} s{fim}"

"""A barra de progresso no terminal e no caderno."""

import sys
from types import SimpleNamespace

import IPython.display
import ipywidgets
import pytest

from aulas_lib import progresso


def test_no_terminal_passa_tudo_e_nao_escreve_em_arquivo(capsys):
    assert list(progresso.com_barra(range(5), 5)) == [0, 1, 2, 3, 4]
    assert capsys.readouterr() == ("", "")  # stderr não é um terminal aqui


@pytest.fixture
def caderno(monkeypatch):
    mostrados = []
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setattr(IPython.display, "display", lambda dados, raw: mostrados.append(dados))
    return mostrados


def test_no_caderno_o_texto_e_constante(caderno, monkeypatch):
    monkeypatch.setattr(progresso, "INTERVALO", 0.0)
    barras = []
    original = ipywidgets.HBox
    monkeypatch.setattr(ipywidgets, "HBox", lambda filhos: barras.append(filhos) or original(filhos))
    assert list(progresso.com_barra(range(3), 3, "VAE")) == [0, 1, 2]
    assert caderno[0]["text/plain"] == "[VAE: 3 passos]"
    barra, texto = barras[0]
    assert (barra.value, barra.bar_style) == (3, "success")
    assert texto.value.startswith("VAE: 3 de 3")


def test_no_caderno_uma_interrupcao_deixa_a_barra_no_ponto(caderno, monkeypatch):
    barras = []
    original = ipywidgets.HBox
    monkeypatch.setattr(ipywidgets, "HBox", lambda filhos: barras.append(filhos) or original(filhos))

    def para():
        yield 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(progresso.com_barra(para(), 10, "VAE"))
    assert (barras[0][0].value, barras[0][0].bar_style) == (1, "warning")

"""A linha de comando: mensagens em português, códigos de saída, nenhum rastro de erro."""

import __future__

import ast
import io
import sys
from pathlib import Path

import pytest

from aulas_lib import receitas
from aulas_lib.__main__ import principal

BIBLIOTECA = Path(receitas.__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("argumentos", "trecho"),
    [
        (["treinar", "inexistente"], "receita: chegou 'inexistente'"),
        (["treinar", "vae", "--dados", "cifar"], "dados: chegou 'cifar'"),
        (["treinar", "vae", "--dados", "digitos", "--semente", "-3"], "semente: chegou -3"),
        (["medir", "nada"], "receita: chegou 'nada'"),
        (["medir", "vae", "--dados", "cifar"], "dados: chegou 'cifar'"),
    ],
)
def test_erros_viram_uma_linha(argumentos, trecho, capsys):
    assert principal(argumentos) == 1
    saida = capsys.readouterr()
    assert trecho in saida.err and "Traceback" not in saida.err


def test_ajuda(capsys):
    with pytest.raises(SystemExit) as fim:
        principal(["--help"])
    assert fim.value.code == 0
    assert "conferir" in capsys.readouterr().out


@pytest.mark.parametrize("nome", ["__init__.py", "__main__.py", "conferencia.py"])
def test_python_velho_chega_a_mensagem(nome):
    """Sintaxe de Python 3.8, e anotações (`int | None`) que ele não tenta calcular."""
    texto = (BIBLIOTECA / nome).read_text(encoding="utf-8")
    ast.parse(texto, feature_version=(3, 8))
    adiadas = compile(texto, nome, "exec", dont_inherit=True).co_flags & __future__.annotations.compiler_flag
    assert adiadas or not any(isinstance(no, ast.FunctionDef) for no in ast.walk(ast.parse(texto)))


def _interrompida(*_):
    raise KeyboardInterrupt


def test_interromper_devolve_130_sem_rastro(monkeypatch, capsys):
    monkeypatch.setattr(receitas, "medir_peso", _interrompida)
    assert principal(["medir", "vae"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_terminal_sem_todos_os_simbolos(monkeypatch):
    saida = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", saida)
    monkeypatch.setattr(receitas, "medir_peso", lambda *_: print("− óculos"))
    assert principal(["medir", "vae"]) == 0
    saida.flush()
    assert saida.buffer.getvalue().decode("cp1252").strip() == "? óculos"


def test_medir_recebe_os_dados(monkeypatch):
    chamadas = []
    monkeypatch.setattr(receitas, "medir_peso", lambda *argumentos: chamadas.append(argumentos))
    principal(["medir", "vae", "--dados", "digitos"])
    principal(["medir", "sonda"])
    assert chamadas == [("vae", "digitos"), ("sonda", "carinhas")]


@pytest.mark.parametrize(
    ("nome", "funcao"),
    [
        ("arvore", "arvore.medir_arvore"),
        ("chamadas", "medidas_difusao.medir_chamadas"),
        ("orientacao", "medidas_difusao.medir_orientacao"),
        ("confronto", "confronto.medir_confronto"),
    ],
)
def test_cada_tabela_tem_o_seu_comando(nome: str, funcao: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chamadas: list[str] = []
    monkeypatch.setattr(f"aulas_lib.receitas.{funcao}", lambda: chamadas.append(nome))
    assert principal([nome]) == 0
    assert chamadas == [nome]

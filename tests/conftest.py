"""Preparação comum a todos os testes."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RAIZ = Path(__file__).resolve().parents[1]


def pytest_configure() -> None:
    """Os cadernos executados pelo nbval e os subprocessos encontram a biblioteca sem instalação."""
    caminhos = [str(RAIZ), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(caminhos)


@pytest.fixture(scope="session")
def raiz() -> Path:
    """A pasta do projeto."""
    return RAIZ


@pytest.fixture
def veredito(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Chama a conferência de um exercício, no modo do aluno; devolve o que ela imprimiu, em uma só linha."""
    monkeypatch.delenv("AULAS_RIGOR", raising=False)

    def chamar(conferir: Callable[..., None], *resposta: Any) -> str:
        assert conferir(*resposta) is None
        saida = capsys.readouterr()
        assert saida.err == ""
        return " ".join(saida.out.split())

    return chamar

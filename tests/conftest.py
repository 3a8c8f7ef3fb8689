"""Preparação comum a todos os testes."""

import os
from pathlib import Path

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

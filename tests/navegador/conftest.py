"""Navegador e JupyterLab, um de cada para todos os testes desta pasta."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

COMO_OBTER = "sem navegador: instale-o com `sudo apt-get install chromium` e `pip install playwright`"

try:
    import laboratorio as lab
    from playwright.sync_api import Browser, BrowserContext, sync_playwright
except ModuleNotFoundError:
    lab = None
    collect_ignore_glob = [] if os.environ.get("CI") else ["test_*.py"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--completo` roda no navegador a aula inteira, e não só os widgets."""
    parser.addoption("--completo", action="store_true", help="roda cada caderno inteiro no navegador")


def pytest_report_header() -> str | None:
    """Diz numa linha por que os testes foram pulados."""
    return COMO_OBTER if lab is None or lab.navegador_instalado() is None else None


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Sem o Playwright não há o que coletar; na máquina de um usuário isso não é uma falha."""
    if lab is None and not os.environ.get("CI") and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


@pytest.fixture(scope="session")
def navegador() -> "Iterator[Browser]":
    """O Chromium do sistema, sem janela."""
    caminho = lab.navegador_instalado()
    if caminho is None:
        if os.environ.get("CI"):
            pytest.fail(COMO_OBTER)
        pytest.skip(COMO_OBTER)
    with sync_playwright() as playwright:
        aberto = playwright.chromium.launch(executable_path=caminho, args=list(lab.OPCOES_DO_NAVEGADOR))
        yield aberto
        aberto.close()


@pytest.fixture
def contexto(navegador: "Browser") -> "Iterator[BrowserContext]":
    """Uma sessão limpa do navegador, sem saída para a rede além desta máquina."""
    novo = navegador.new_context(locale="pt-BR")
    novo.route(re.compile(r"^https?://(?!127\.0\.0\.1:)"), lambda rota: rota.abort())
    yield novo
    novo.close()


@pytest.fixture(scope="session")
def jupyter(navegador: "Browser", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[lab.Laboratorio]":
    """O JupyterLab no ar (só se há navegador)."""
    with lab.laboratorio(tmp_path_factory.mktemp("lab") / "projeto") as no_ar:
        yield no_ar


@pytest.fixture(scope="session")
def saida() -> Path:
    """Onde ficam os retratos, para quem mantém o curso olhar."""
    pasta = Path(__file__).with_name("saida")
    pasta.mkdir(exist_ok=True)
    return pasta

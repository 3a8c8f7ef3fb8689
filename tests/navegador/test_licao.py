"""As aulas no navegador: os widgets no JupyterLab, o caderno inteiro (`--completo`) e a página exportada, sem rede."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from laboratorio import PROJETOR, RAIZ, Laboratorio, rodar_tudo, so_widgets
from mover import FILMES, SAIDAS_COM_WIDGET, fotografar, mover_filmes, mover_widgets
from playwright.sync_api import Browser, BrowserContext

CADERNOS = sorted((RAIZ / "notebooks").glob("*.ipynb"))
SEGUNDOS_DOS_WIDGETS, SEGUNDOS_DA_AULA = 240, 900


@pytest.fixture(params=CADERNOS, ids=lambda caminho: caminho.stem)
def caminho(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_widgets(caminho: Path, contexto: BrowserContext, jupyter: Laboratorio, saida: Path) -> None:
    reduzido = so_widgets(nbformat.read(caminho, as_version=4))
    esperados = sum("widget" in celula.metadata.get("tags", []) for celula in reduzido.cells)
    nome = jupyter.guardar(f"widgets_{caminho.name}", reduzido)
    pagina = jupyter.abrir(contexto, nome, PROJETOR)
    assert rodar_tudo(pagina, SEGUNDOS_DOS_WIDGETS) == []
    assert pagina.locator(f"{FILMES}, {SAIDAS_COM_WIDGET}").count() >= esperados
    assert mover_filmes(pagina) + mover_widgets(pagina) == []
    assert fotografar(pagina, saida, f"{caminho.stem}-widgets") == []


def test_aula_inteira(
    caminho: Path, contexto: BrowserContext, jupyter: Laboratorio, saida: Path, request: pytest.FixtureRequest
) -> None:
    if not request.config.getoption("completo"):
        pytest.skip("a aula inteira no navegador: pytest tests/navegador --completo")
    nome = jupyter.guardar(caminho.name, nbformat.read(caminho, as_version=4))
    pagina = jupyter.abrir(contexto, nome, PROJETOR)
    assert rodar_tudo(pagina, SEGUNDOS_DA_AULA) == []
    assert mover_filmes(pagina) + mover_widgets(pagina) == []
    assert fotografar(pagina, saida, caminho.stem) == []


def test_pagina_exportada_sem_rede(caminho: Path, navegador: Browser, tmp_path: Path, saida: Path) -> None:
    comando = [sys.executable, "-m", "nbconvert", "--to", "html", "--output-dir", str(tmp_path), str(caminho)]
    subprocess.run(comando, check=True, capture_output=True)
    contexto = navegador.new_context(offline=True, locale="pt-BR")
    contexto.route(lambda endereco: endereco.startswith("http"), lambda rota: rota.abort())
    pagina = contexto.new_page()
    pagina.set_viewport_size(PROJETOR)
    pagina.goto((tmp_path / f"{caminho.stem}.html").as_uri(), wait_until="domcontentloaded")
    fonte = caminho.read_text(encoding="utf-8")
    assert pagina.locator(FILMES).count() == fonte.count("srcdoc=")
    assert mover_filmes(pagina, no_jupyter=False) == []
    assert fotografar(pagina, saida, f"{caminho.stem}-html") == []
    contexto.close()

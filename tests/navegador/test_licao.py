"""As aulas no navegador: widgets, caderno inteiro (`--completo`) e página exportada, sem rede."""

from pathlib import Path

import nbformat
import pytest
from laboratorio import PROJETOR, RAIZ, Laboratorio, abrir_exportado, rodar_tudo, so_widgets
from mover import FILMES, SAIDAS_COM_WIDGET, fotografar, mover_filmes, mover_widgets
from playwright.sync_api import BrowserContext

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


def test_pagina_exportada_sem_rede(
    caminho: Path, contexto: BrowserContext, tmp_path: Path, saida: Path
) -> None:
    pagina = abrir_exportado(caminho, contexto, tmp_path)
    assert pagina.locator(FILMES).count() == caminho.read_text(encoding="utf-8").count("srcdoc=")
    assert mover_filmes(pagina, no_jupyter=False) == []
    assert fotografar(pagina, saida, f"{caminho.stem}-html") == []

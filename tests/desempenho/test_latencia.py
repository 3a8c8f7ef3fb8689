"""Latência dos interativos, da tecla aos pixels, num Chromium de verdade e no relógio da própria página.

Não entra em `pytest` puro; rode com `pytest tests/desempenho -s` e a máquina em repouso.
"""

import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("playwright.sync_api", reason="sem Playwright: instale-o com `pip install playwright`")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "navegador"))

import laboratorio as lab
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Frame, Page, sync_playwright

from aulas_lib.interativos.kl import filme_kl

MOVIMENTOS = 40
LIMITE_FILME_MS, LIMITE_KERNEL_MS = 5.0, 60.0
# O ouvinte do documento corre depois do ouvinte do filme, que está no próprio controle.
MEDIR_FILME = """() => {
    const tela = document.getElementById("tela"), pincel = tela.getContext("2d");
    const ler = () => pincel.getImageData(0, 0, tela.width, tela.height).data;
    window.medidas = [];
    let antes = ler(), tecla = 0;
    document.addEventListener("keydown", e => { tecla = e.timeStamp; }, true);
    document.addEventListener("input", e => {
        const depois = ler(), agora = performance.now();
        const mudou = depois.some((v, i) => v !== antes[i]);
        window.medidas.push({ mudou, evento: agora - e.timeStamp, tecla: agora - tecla });
        antes = depois;
    });
}"""
MEDIR_KERNEL = """() => {
    const imagem = document.querySelector(".aulas-controles img");
    const tela = document.createElement("canvas");
    const pincel = tela.getContext("2d", { willReadFrequently: true });
    const ler = () => {
        [tela.width, tela.height] = [imagem.naturalWidth, imagem.naturalHeight];
        pincel.drawImage(imagem, 0, 0);
        return pincel.getImageData(0, 0, tela.width, tela.height).data;
    };
    window.medidas = [];
    let antes = ler(), tecla = null;
    document.querySelector(".aulas-controles [role=slider]").addEventListener("keydown",
        e => { tecla = e.timeStamp; }, true);
    imagem.addEventListener("load", () => {
        const depois = ler(), agora = performance.now();
        if (tecla === null || !depois.some((v, i) => v !== antes[i])) return;
        window.medidas.push({ mudou: true, tecla: agora - tecla });
        [antes, tecla] = [depois, null];
    });
}"""
CELULA = """import torch
from torch import nn
from aulas_lib.interativos.latente import explorador_latente
g = torch.Generator().manual_seed(0)
decoder = nn.Sequential(nn.Linear(2, 128), nn.SiLU(), nn.Linear(128, 64), nn.Tanh())
decodificar = lambda z: decoder(z).view(-1, 1, 8, 8)
explorador_latente(decodificar, torch.randn(400, 2, generator=g), torch.arange(400) % 10)"""


@pytest.fixture(scope="module")
def navegador() -> Iterator[Browser]:
    caminho = lab.navegador_instalado()
    if caminho is None:
        pytest.skip("sem navegador: instale-o com `sudo apt-get install chromium`")
    with sync_playwright() as playwright:
        aberto = playwright.chromium.launch(executable_path=caminho, args=list(lab.OPCOES_DO_NAVEGADOR))
        yield aberto
        aberto.close()


def mover(pagina: Page, quadro: Page | Frame) -> list[dict]:
    """Quarenta setas, dez para cada lado por vez; espera os pixels de uma antes de apertar a outra."""
    for i in range(MOVIMENTOS):
        pagina.keyboard.press("ArrowLeft" if i // 10 % 2 == 0 else "ArrowRight")
        quadro.wait_for_function(f"window.medidas.length > {i}", timeout=20_000, polling=5)
    return quadro.evaluate("window.medidas")


def resumir(nome: str, medidas: list[float]) -> float:
    """Escreve e devolve a mediana, em milissegundos."""
    mediana = statistics.median(medidas)
    pior = max(medidas)
    print(f"\n{nome}: mediana {mediana:.1f} ms, pior {pior:.1f} ms, {len(medidas)} movimentos")
    return mediana


def test_filme_exportado_sem_rede(navegador: Browser, tmp_path: Path) -> None:
    caderno = nbformat.v4.new_notebook()
    saida = nbformat.v4.new_output("display_data", dict(filme_kl()._repr_mimebundle_()))
    caderno.cells = [nbformat.v4.new_code_cell("filme_kl()", outputs=[saida], execution_count=1)]
    pagina_exportada = tmp_path / "filme.html"
    pagina_exportada.write_text(HTMLExporter().from_notebook_node(caderno)[0], encoding="utf-8")
    contexto = navegador.new_context(offline=True, viewport=lab.PROJETOR)
    pagina = contexto.new_page()
    pagina.goto(pagina_exportada.as_uri(), wait_until="domcontentloaded")
    alca = pagina.wait_for_selector("iframe[srcdoc]")
    alca.scroll_into_view_if_needed()
    quadro = alca.content_frame()
    quadro.wait_for_function("document.documentElement.dataset.pronto === 'sim'", timeout=60_000)
    quadro.evaluate(MEDIR_FILME)
    quadro.locator("input").first.focus()
    medidas = mover(pagina, quadro)
    contexto.close()
    assert all(medida["mudou"] for medida in medidas)
    resumir("filme, da tecla aos pixels", [medida["tecla"] for medida in medidas])
    assert resumir("filme, do evento input aos pixels", [m["evento"] for m in medidas]) <= LIMITE_FILME_MS


def test_controles_no_jupyterlab(navegador: Browser, tmp_path: Path) -> None:
    caderno = nbformat.v4.new_notebook()
    caderno.cells = [nbformat.v4.new_code_cell(CELULA)]
    caderno.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    contexto = navegador.new_context(locale="pt-BR")
    with lab.laboratorio(tmp_path / "projeto") as jupyter:
        pagina = jupyter.abrir(contexto, jupyter.guardar("latencia.ipynb", caderno), lab.PROJETOR)
        assert lab.rodar_tudo(pagina, 180) == []
        pagina.wait_for_selector(".aulas-controles img")
        pagina.evaluate("() => document.querySelector('.aulas-controles img').decode()")
        pagina.evaluate(MEDIR_KERNEL)
        pagina.locator(".aulas-controles [role=slider]").first.focus()
        medidas = mover(pagina, pagina)
        contexto.close()
    assert resumir("controles, da tecla aos pixels", [m["tecla"] for m in medidas]) <= LIMITE_KERNEL_MS

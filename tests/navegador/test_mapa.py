"""O mapa do curso: um clique abre o caderno certo; com ele já aberto, leva à seção."""

import nbformat
from laboratorio import PROJETOR, RAIZ, Laboratorio, rodar_tudo
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import BrowserContext

DESTINO = "01b_densidades_implicitas.ipynb"
SECAO = "2 · Inferir sem verossimilhança, por classificação"
NA_TELA = "t => { const r = t.getBoundingClientRect(); return r.top >= 0 && r.top < innerHeight; }"


def test_clique_em_uma_folha(contexto: BrowserContext, jupyter: Laboratorio) -> None:
    mapa = new_notebook(cells=[new_code_cell("from aulas_lib.interativos import mapa_do_curso\nmapa_do_curso()")])
    jupyter.guardar(DESTINO, nbformat.read(RAIZ / "notebooks" / DESTINO, as_version=4))
    pagina = jupyter.abrir(contexto, jupyter.guardar("mapa.ipynb", mapa), PROJETOR)
    assert rodar_tudo(pagina, 60) == []
    folha = pagina.locator(".jp-OutputArea-output a", has_text="segunda parte, seção 2")
    folha.click()
    aberto = f"jupyterapp.shell.currentWidget?.context?.path === 'notebooks/{DESTINO}'"
    pagina.wait_for_function(f"{aberto} && jupyterapp.shell.currentWidget.context.isReady")
    titulo = pagina.locator("h2", has_text=SECAO)
    titulo.wait_for()
    pagina.locator(".lm-TabBar-tabLabel", has_text="mapa.ipynb").click()
    folha.click()  # no primeiro clique o JupyterLab ainda não tem as células e fica no começo do caderno
    pagina.wait_for_function(NA_TELA, arg=titulo.element_handle())

"""Os próprios instrumentos: acham o que se move, o que está parado e a tecla que vaza."""

import html
from pathlib import Path

from laboratorio import PROJETOR, Laboratorio, abrir_exportado, rodar_tudo
from mover import FILMES, fotografar, mover_filmes, mover_widgets
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import BrowserContext

from aulas_lib.cadernos import executar

PAGINA = """<canvas width=40 height=40></canvas><input type=range max=5 aria-label=passo><script>
const pincel = document.querySelector('canvas').getContext('2d'), passo = document.querySelector('input');
const desenhar = () => { pincel.fillRect(0, 0, 5 + %s, 40); };
passo.addEventListener('input', desenhar); desenhar();</script>"""


def _filme(titulo: str, posicao: str) -> str:
    srcdoc = html.escape(PAGINA % posicao)
    texto = f'<iframe sandbox="allow-scripts" title="{titulo}" srcdoc="{srcdoc}"></iframe>'
    return f"from IPython.display import display\ndisplay({{'text/html': {texto!r}}}, raw=True)"


def _widget(escuta: str) -> str:
    return f"""import io, ipywidgets, warnings
from PIL import Image
def pintar(nivel):
    memoria = io.BytesIO()
    Image.new("RGB", (40, 40), (nivel * 20, 0, 0)).save(memoria, "PNG")
    return memoria.getvalue()
controle = ipywidgets.IntSlider(description="nível", max=10)
tela = ipywidgets.Image(value=pintar(0))
controle.observe(lambda mudanca: {escuta}, names="value")
caixa = ipywidgets.VBox([controle, tela])
caixa"""


def test_acha_o_que_funciona_e_o_que_nao(contexto: BrowserContext, jupyter: Laboratorio, saida: Path) -> None:
    bom = "setattr(tela, 'value', pintar(mudanca.new))"
    filmes = [_filme("vivo", "4 * Number(passo.value)"), _filme("morto", "0")]
    # O parado vem antes: as duas células usam os mesmos nomes, e o que vale é o da última.
    fontes = [*filmes, _widget("None"), _widget(bom), "1 / 0"]
    nome = jupyter.guardar("pequeno.ipynb", new_notebook(cells=[new_code_cell(fonte) for fonte in fontes]))
    pagina = jupyter.abrir(contexto, nome, PROJETOR)
    assert [erro.split(":")[1].strip() for erro in rodar_tudo(pagina, 60)] == ["ZeroDivisionError"]

    problemas = mover_filmes(pagina)
    assert any("'morto'" in problema and "pixels" in problema for problema in problemas)
    assert not any("'vivo'" in problema for problema in problemas)

    problemas = mover_widgets(pagina)
    assert not any(problema.startswith("widget 1") and "pixels" in problema for problema in problemas)
    assert any(problema.startswith("widget 0") and "pixels" in problema for problema in problemas)
    # Um deslizante comum, sem proteção, deixa as teclas chegarem ao JupyterLab.
    assert any("chegou ao JupyterLab" in problema for problema in problemas)
    fotografar(pagina, saida, "instrumentos")
    assert (saida / "instrumentos-390.png").stat().st_size > 5_000


DA_BIBLIOTECA = """from PIL import Image
from aulas_lib.interativos.controles import Controles, Deslizante, Lista
from aulas_lib.interativos.filme import Eixo, filme
cores = [Image.new("RGB", (400, 200), (40 * i, 90, 120)) for i in range(6)]
def pintar(nivel, cor):
    return Image.new("RGB", (200, 100), (int(20 * nivel), 0, 255 if cor == "azul" else 0))
"""
FILME = "filme(cores, [Eixo('cor', range(6), casas=0)], 'Cores', 'Um retângulo que muda de cor.')"
CONTROLES = """controles = {"nivel": Deslizante("nível", 0, 10, 1, 3), "cor": Lista("cor", ["azul", "preto"])}
Controles(pintar, controles, "Retângulo")"""


def test_interativos_da_biblioteca(
    contexto: BrowserContext, jupyter: Laboratorio, tmp_path: Path, saida: Path
) -> None:
    fontes = [DA_BIBLIOTECA, FILME, CONTROLES]
    nome = jupyter.guardar("biblioteca.ipynb", new_notebook(cells=[new_code_cell(fonte) for fonte in fontes]))
    pagina = jupyter.abrir(contexto, nome, PROJETOR)
    assert rodar_tudo(pagina, 60) == []
    assert mover_filmes(pagina) + mover_widgets(pagina) == []
    assert fotografar(pagina, saida, "biblioteca") == []

    executar(jupyter.pasta / nome)
    exportada = abrir_exportado(jupyter.pasta / nome, contexto, tmp_path)
    assert exportada.locator(FILMES).count() == 1
    assert mover_filmes(exportada, no_jupyter=False) == []

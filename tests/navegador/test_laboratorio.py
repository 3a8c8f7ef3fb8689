"""Os próprios instrumentos: acham o que se move, o que está parado e a tecla que vaza."""

import html
from pathlib import Path

import pytest
from laboratorio import PROJETOR, Laboratorio, rodar_tudo
from mover import fotografar, mover_filmes, mover_widgets
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import BrowserContext

PAGINA = """<canvas width=40 height=40></canvas><input type=range max=5 aria-label=passo><script>
const pincel = document.querySelector('canvas').getContext('2d'), passo = document.querySelector('input');
const desenhar = () => { pincel.fillRect(0, 0, 5 + %s, 40); };
passo.addEventListener('input', desenhar); desenhar();</script>"""


def _filme(titulo: str, posicao: str) -> str:
    srcdoc = html.escape(PAGINA % posicao)
    texto = f'<iframe sandbox="allow-scripts" title="{titulo}" srcdoc="{srcdoc}"></iframe>'
    return f"from IPython.display import HTML\nHTML({texto!r})"


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
    fontes = [_filme("vivo", "4 * Number(passo.value)"), _filme("morto", "0"), _widget(bom), _widget("None"), "1 / 0"]
    nome = jupyter.guardar("pequeno.ipynb", new_notebook(cells=[new_code_cell(fonte) for fonte in fontes]))
    pagina = jupyter.abrir(contexto, nome, PROJETOR)
    assert [erro.split(":")[1].strip() for erro in rodar_tudo(pagina, 60)] == ["ZeroDivisionError"]

    problemas = mover_filmes(pagina)
    assert any("'morto'" in problema and "pixels" in problema for problema in problemas)
    assert not any("'vivo'" in problema for problema in problemas)

    problemas = mover_widgets(pagina)
    assert not any(problema.startswith("widget 0") and "pixels" in problema for problema in problemas)
    assert any(problema.startswith("widget 1") and "pixels" in problema for problema in problemas)
    # Um deslizante comum, sem proteção, deixa a seta para baixo chegar ao JupyterLab: o instrumento precisa ver.
    assert any("chegou ao JupyterLab" in problema for problema in problemas)
    fotografar(pagina, saida, "instrumentos")
    assert (saida / "instrumentos-390.png").stat().st_size > 5_000


@pytest.mark.parametrize("protegido", [True, False])
def test_o_interativo_da_biblioteca(protegido: bool) -> None:
    pytest.skip("provado com a aula, em test_licao.py")

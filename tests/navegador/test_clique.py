"""Clicar na figura de um filme clicável leva os dois controles à posição clicada."""

from laboratorio import PROJETOR, TELEFONE, Laboratorio, rodar_tudo
from mover import FILMES
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import BrowserContext

FONTE = """import numpy as np
from aulas_lib.interativos.filme import Eixo, filme
quadros = np.zeros((4, 5, 50, 120, 3), dtype=np.uint8)
quadros[..., 0] = 10 * np.arange(20).reshape(4, 5, 1, 1)
eixos = [Eixo("linha", ["1", "2", "3", "4"]), Eixo("coluna", ["1", "2", "3", "4", "5"])]
filme(quadros, eixos, "Clique", "Um retângulo de uma cor por posição.", clicavel=(10, 5, 60, 45))"""

VERMELHO = "document.querySelector('canvas').getContext('2d').getImageData(1, 1, 1, 1).data[0]"


def test_clique_escolhe_a_posicao(contexto: BrowserContext, jupyter: Laboratorio) -> None:
    nome = jupyter.guardar("clique.ipynb", new_notebook(cells=[new_code_cell(FONTE)]))
    for tela in (PROJETOR, TELEFONE):
        pagina = jupyter.abrir(contexto, nome, tela)
        assert rodar_tudo(pagina, 60) == []
        alca = pagina.locator(FILMES).first
        alca.scroll_into_view_if_needed()
        quadro = alca.element_handle().content_frame()
        quadro.wait_for_selector("html[data-pronto=sim]")
        largura = quadro.locator("canvas").bounding_box()["width"]

        def clicar(x: float, y: float, escala: float = largura / 120, quadro=quadro) -> list[str]:
            quadro.locator("canvas").click(position={"x": x * escala, "y": y * escala})
            return quadro.locator("output").all_inner_texts()

        assert clicar(11, 6) == ["1", "1"]
        assert clicar(10 + 3.5 * 10, 5 + 2.5 * 10) == ["3", "4"]  # quarta de cinco colunas, terceira de quatro linhas
        assert quadro.evaluate(VERMELHO) == 130  # o quadro 13: linha 2, coluna 3, contadas de zero
        assert clicar(100, 25) == ["3", "4"]  # fora do retângulo, nada muda
        pagina.close()

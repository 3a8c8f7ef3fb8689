"""O laboratório de GANs no JupyterLab: treina, pausa, ramifica, volta no tempo; e o seu filme toca o passo."""

import time
from pathlib import Path

from laboratorio import PROJETOR, TELEFONE, Laboratorio, esperar, rodar_tudo
from mover import FILMES, PIXELS_DA_TELA, fotografar, mover_filmes, mover_widgets
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import BrowserContext, Locator, Page

PAINEL = "from aulas_lib.interativos import laboratorio_gan\npainel = laboratorio_gan(voltas=100)\npainel"
FILME = """from aulas_lib.interativos import Ajustes, LinhaDoTempo, filme_laboratorio
linhas = {"sem cura": LinhaDoTempo(Ajustes()), "com R1": LinhaDoTempo(Ajustes(gama_r1=0.1))}
for linha in linhas.values():
    linha.avancar(150)
filme_laboratorio(linhas, quadros=7)"""
PIXELS = """img => { const c = document.createElement('canvas');
    [c.width, c.height] = [img.naturalWidth, img.naturalHeight];
    if (c.width) c.getContext('2d').drawImage(img, 0, 0); return c.toDataURL(); }"""


def abrir(contexto: BrowserContext, jupyter: Laboratorio, nome: str, fontes: list[str]) -> Page:
    caderno = new_notebook(cells=[new_code_cell(fonte) for fonte in fontes])
    pagina = jupyter.abrir(contexto, jupyter.guardar(nome, caderno), PROJETOR)
    assert rodar_tudo(pagina, 120) == []
    return pagina


def tronco_e_ramo(pagina: Page) -> tuple[Locator, Locator]:
    imagens = pagina.locator(".aulas-controles img")
    imagens.nth(1).wait_for()
    return imagens.nth(0), imagens.nth(1)


def muda(imagem: Locator, antes: str, segundos: float = 5) -> bool:
    return esperar(lambda: imagem.evaluate(PIXELS) != antes, segundos)


def apertar(pagina: Page, nome: str) -> None:
    pagina.get_by_role("button", name=nome, exact=True).click()


def posicao(pagina: Page) -> str:
    return pagina.locator(".aulas-controles .widget-readout").inner_text()


def test_painel(contexto: BrowserContext, jupyter: Laboratorio, saida: Path) -> None:
    pagina = abrir(contexto, jupyter, "laboratorio_gan.ipynb", [PAINEL, "1 + 1"])
    tronco, ramo = tronco_e_ramo(pagina)
    assert fotografar(pagina, saida, "laboratorio-gan-antes") == []
    antes = tronco.evaluate(PIXELS), ramo.evaluate(PIXELS)

    apertar(pagina, "Ramificar daqui")
    assert muda(ramo, antes[1])
    assert esperar(lambda: posicao(pagina) not in ("0", "100"))  # o ramo passou do tronco, e os dois andam
    assert muda(tronco, antes[0])
    assert rodar_so_a_ultima(pagina) == "2"  # uma célula do leitor roda com o treino em andamento
    apertar(pagina, "❚❚ Pausar")
    assert esperar(lambda: pagina.get_by_role("button", name="▶ Treinar").count() == 1)
    time.sleep(0.5)
    parado = posicao(pagina)
    time.sleep(0.5)
    assert posicao(pagina) == parado

    for botao, rotulo in (("Passo D", " +1D"), ("Passo G", " +1D +1G")):
        quadro = ramo.evaluate(PIXELS)
        apertar(pagina, botao)
        assert muda(ramo, quadro)
        assert esperar(lambda rotulo=rotulo: posicao(pagina) == parado + rotulo)
    assert fotografar(pagina, saida, "laboratorio-gan") == []
    pagina.set_viewport_size(TELEFONE)
    assert esperar(lambda: tronco.bounding_box()["y"] < ramo.bounding_box()["y"] - 200)  # empilhadas
    assert all(caixa["x"] + caixa["width"] <= TELEFONE["width"] for caixa in map(Locator.bounding_box, (tronco, ramo)))
    pagina.set_viewport_size(PROJETOR)  # o JupyterLab se rearruma aos poucos
    assert esperar(lambda: tronco.bounding_box()["y"] == ramo.bounding_box()["y"])  # lado a lado
    quadros = tronco.evaluate(PIXELS), ramo.evaluate(PIXELS)
    apertar(pagina, "|◀ Início")
    assert muda(tronco, quadros[0])
    assert muda(ramo, quadros[1])
    assert esperar(lambda: posicao(pagina) == "0")
    assert pagina.locator(".aulas-controles [role=alert]").count() == 0
    assert mover_widgets(pagina) == []
    botao = pagina.get_by_role("button", name="Passo D", exact=True)
    botao.focus()
    quadro = ramo.evaluate(PIXELS)
    botao.press("Enter")  # com o foco no botão, o Enter o aperta, e não entra na célula
    assert muda(ramo, quadro)
    apertar(pagina, "Recomeçar")
    assert esperar(lambda: posicao(pagina) not in ("0", "100"))
    apertar(pagina, "❚❚ Pausar")


def rodar_so_a_ultima(pagina: Page) -> str:
    """Roda a última célula enquanto o painel treina; devolve o resultado dela."""
    pagina.evaluate(
        "() => { const c = jupyterapp.shell.currentWidget.content; c.activeCellIndex = c.widgets.length - 1;"
        " c.activeCell.model.sharedModel.clearOutputs?.(); c.activeCell.model.outputs.clear();"
        " return jupyterapp.commands.execute('notebook:run-cell'); }"
    )
    ultima = "jupyterapp.shell.currentWidget.content.widgets.at(-1).model.outputs.toJSON()"
    pagina.wait_for_function(f"{ultima}.length > 0", timeout=5_000)
    return pagina.evaluate(f"{ultima}[0].data['text/plain']")


def test_rodar_a_celula_de_novo_para_o_treino_antigo(contexto: BrowserContext, jupyter: Laboratorio) -> None:
    fontes = ["import asyncio", PAINEL, "len([t for t in asyncio.all_tasks() if 'laboratório' in t.get_name()])"]
    pagina = abrir(contexto, jupyter, "laboratorio_gan_2.ipynb", fontes)
    tronco, _ = tronco_e_ramo(pagina)
    antes = tronco.evaluate(PIXELS)
    apertar(pagina, "▶ Treinar")
    assert muda(tronco, antes)
    assert rodar_so_a_ultima(pagina) == "1"
    assert rodar_tudo(pagina, 120) == []
    assert rodar_so_a_ultima(pagina) == "0"


def test_filme_de_dois_eixos(contexto: BrowserContext, jupyter: Laboratorio, saida: Path) -> None:
    pagina = abrir(contexto, jupyter, "laboratorio_gan_filme.ipynb", [FILME])
    assert mover_filmes(pagina) == []
    alca = pagina.locator(FILMES)
    quadro = alca.element_handle().content_frame()
    corrida, passo = (quadro.locator("output").nth(i) for i in range(2))
    quadro.get_by_role("button", name="Voltar ao começo").click()
    assert passo.inner_text() == "0"
    pixels = quadro.evaluate(PIXELS_DA_TELA)
    quadro.get_by_role("button", name="Um quadro para a frente").click()
    assert passo.inner_text() == "25"
    assert quadro.evaluate(PIXELS_DA_TELA) != pixels
    quadro.get_by_role("button", name="Um quadro para trás").click()
    assert quadro.evaluate(PIXELS_DA_TELA) == pixels
    quadro.get_by_role("button", name="▶ Tocar").click()
    quadro.locator("input").first.fill("1")  # trocar de corrida não para o filme
    assert esperar(lambda: passo.inner_text() == "150")
    assert corrida.inner_text() == "com R1"
    assert esperar(lambda: quadro.get_by_role("button", name="▶ Tocar").count() == 1)
    assert fotografar(pagina, saida, "laboratorio-gan-filme") == []

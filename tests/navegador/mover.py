"""Move pelo teclado os controles de uma página e diz o que não reagiu."""

from collections.abc import Callable
from pathlib import Path

from laboratorio import PROJETOR, TELEFONE, esperar, estado
from playwright.sync_api import Frame, Locator, Page

FILMES = "iframe[srcdoc]"
SAIDAS_COM_WIDGET = ".jp-OutputArea-output:has(.jupyter-widgets):not(:has(.aulas-progresso))"
NAO_CABE = "e => e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > innerWidth"
PIXELS_DA_TELA = "() => Array.from(document.querySelectorAll('canvas'), c => c.toDataURL()).join()"
TELA_EM_BRANCO = """() => Array.from(document.querySelectorAll('canvas'), tela => {
    const c = document.createElement('canvas');
    [c.width, c.height] = [tela.width, tela.height];
    return c.toDataURL();
}).join()"""
PIXELS_DAS_IMAGENS = """saida => Array.from(saida.querySelectorAll('img'), img => {
    if (!img.complete) return 'carregando';
    const c = document.createElement('canvas');
    [c.width, c.height] = [img.naturalWidth, img.naturalHeight];
    if (c.width && c.height) c.getContext('2d').drawImage(img, 0, 0);
    return c.toDataURL();
}).join()"""


def mover_filmes(pagina: Page, no_jupyter: bool = True) -> list[str]:
    """Leva cada controle de cada filme para o lado, com as setas.

    Args:
        pagina: página aberta, com os filmes já mostrados.
        no_jupyter: se as teclas também não podem chegar ao JupyterLab.

    Returns:
        Uma frase por problema; vazia se tudo se moveu.
    """
    problemas = []
    for alca in pagina.locator(FILMES).all():
        titulo = alca.get_attribute("title") or ""
        if not titulo:
            problemas.append("filme sem título para leitores de tela")
        alca.scroll_into_view_if_needed()
        quadro = alca.element_handle().content_frame()
        problemas += [f"filme {titulo!r}: {p}" for p in _mover_filme(pagina, quadro, no_jupyter)]
    return problemas


def _mover_filme(pagina: Page, quadro: Frame, no_jupyter: bool) -> list[str]:
    quadro.wait_for_selector("canvas")
    if not esperar(lambda: quadro.evaluate(PIXELS_DA_TELA) != quadro.evaluate(TELA_EM_BRANCO)):
        return ["a tela continua em branco"]
    problemas = []
    controles = quadro.locator("input[type=range]").all()
    if not controles:
        problemas.append("não tem controle")
    for i, controle in enumerate(controles):
        achados = _mover(pagina, controle, lambda: quadro.evaluate(PIXELS_DA_TELA), no_jupyter)
        problemas += [f"controle {i}: {p}" for p in achados]
    return problemas


def mover_widgets(pagina: Page) -> list[str]:
    """Leva cada controle do ipywidgets (deslizante ou lista) para o lado, com as setas.

    Returns:
        Uma frase por problema; vazia se a imagem ao lado de cada controle mudou.
    """
    problemas = []
    for numero, saida in enumerate(pagina.locator(SAIDAS_COM_WIDGET).all()):
        saida.scroll_into_view_if_needed()
        if not esperar(lambda saida=saida: saida.locator("img").count() > 0):
            problemas.append(f"widget {numero}: sem imagem")
            continue
        controles = saida.locator("[role=slider], select, .widget-slider .ui-slider-handle").all()
        for i, controle in enumerate(controles):
            achados = _mover(pagina, controle, lambda saida=saida: saida.evaluate(PIXELS_DAS_IMAGENS), True)
            problemas += [f"widget {numero}, controle {i}: {p}" for p in achados]
    return problemas


def _mover(pagina: Page, controle: Locator, pixels: Callable[[], str], no_jupyter: bool) -> list[str]:
    """Aperta as setas num controle; confere os pixels e, no Jupyter, que nada mais reagiu."""
    controle.focus()
    antes = pixels()
    jupyter = estado(pagina) if no_jupyter else None
    problemas = []
    for tecla in ("ArrowRight", "End", "Home", "ArrowDown"):  # se já está no fim, só a volta ao começo move
        controle.press(tecla)
        if esperar(lambda: pixels() not in (antes, "carregando"), 2):
            break
    else:
        problemas.append("os pixels não mudaram")
    controle.press("ArrowDown")
    controle.press("b")  # no modo de comando, criaria uma célula
    if no_jupyter and estado(pagina) != jupyter:
        problemas.append("uma tecla chegou ao JupyterLab")
    return problemas


def fotografar(pagina: Page, pasta: Path, nome: str) -> list[str]:
    """Guarda retratos da página e de cada widget, na tela do projetor e na do telefone.

    Returns:
        Uma frase por widget mais largo que a tela.
    """
    pasta.mkdir(exist_ok=True)
    problemas = []
    for tela in (PROJETOR, TELEFONE):
        largura = tela["width"]
        pagina.set_viewport_size(tela)
        pagina.wait_for_timeout(500)
        pagina.screenshot(path=pasta / f"{nome}-{largura}.png")
        pecas = pagina.locator(f".aulas-filme, {SAIDAS_COM_WIDGET}").all()
        for i, peca in enumerate(pecas):
            peca.scroll_into_view_if_needed()
            peca.screenshot(path=pasta / f"{nome}-{largura}-{i}.png")
            if peca.evaluate(NAO_CABE):
                problemas.append(f"peça {i} não cabe em {largura} pixels")
    pagina.set_viewport_size(PROJETOR)
    return problemas

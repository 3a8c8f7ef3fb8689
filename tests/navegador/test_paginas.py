"""O site e os slides no Chromium, do disco e sem rede: nada falha, os filmes se movem, nada fica inacessível."""

import functools
import os
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from laboratorio import RAIZ, TELEFONE, esperar
from mover import FILMES, PIXELS_DA_TELA, TELA_EM_BRANCO
from playwright.sync_api import BrowserContext, Frame, Page

from aulas_lib.paginas.gerar import gerar_site, gerar_slides
from aulas_lib.paginas.npm import Pacote, copiar

AXE = Pacote(
    "axe-core",
    "4.14.1",
    "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    ("axe.min.js",),
)
NOMES = sorted(caminho.stem for caminho in (RAIZ / "notebooks").glob("*.ipynb"))
TELA = {"width": 1280, "height": 720}
DO_DISCO = ("file:", "data:", "about:", "blob:")
# Só o que o axe chama de sério ou crítico; cada quadro é conferido à parte (o dos filmes é isolado).
AUDITAR = """async regras => (await axe.run(document, { iframes: false, preload: false, resultTypes: ["violations"],
    ...(regras ? { runOnly: { type: "rule", values: regras } } : {}) }))
  .violations.filter(v => ["serious", "critical"].includes(v.impact))
  .flatMap(v => v.nodes.slice(0, 3).map(n => `${v.id}: ${n.target.join(" ")}: ${n.html.slice(0, 120)}`))"""
ESCONDIDOS = """() => Array.from(document.querySelectorAll(".fragment"))
    .filter(bloco => getComputedStyle(bloco).visibility === "hidden").length"""
CABE_NA_LARGURA = "document.documentElement.scrollWidth <= innerWidth"
SEM_TEXTO = """() => Array.from(document.images).filter(i => !i.alt.trim() || /image\\/png|Figure size/.test(i.alt))
    .map(i => i.closest("[id]")?.id ?? i.alt)"""


@pytest.fixture(scope="module")
def geradas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pasta com `site/`, `slides/` e o axe-core, gerados dos cadernos do repositório."""
    pasta = tmp_path_factory.mktemp("paginas")
    try:
        gerar_site(RAIZ / "notebooks", pasta / "site")
        gerar_slides(RAIZ / "notebooks", pasta / "slides")
        copiar(AXE, pasta)
    except OSError as erro:
        if os.environ.get("CI"):
            pytest.fail(str(erro))
        pytest.skip(str(erro))
    return pasta


class Vigia:
    """Anota o que uma página não deveria fazer: pedir algo de fora, deixar de achar algo, escrever um erro."""

    def __init__(self, pagina: Page, permitidos: tuple[str, ...] = DO_DISCO) -> None:
        self.problemas: list[str] = []
        anotar = self.problemas.append
        pagina.on("request", lambda p: p.url.startswith(permitidos) or anotar(f"pediu {p.url[:100]}"))
        pagina.on("requestfailed", lambda p: anotar(f"falhou {p.url[:100]}"))
        pagina.on("response", lambda r: r.status < 400 or anotar(f"{r.status} {r.url[:100]}"))
        pagina.on("console", lambda m: m.type in ("error", "warning") and anotar(f"console: {m.text}"))
        pagina.on("pageerror", lambda e: anotar(f"erro: {e}"))


def _abrir(contexto: BrowserContext, endereco: str, permitidos: tuple[str, ...] = DO_DISCO) -> tuple[Page, Vigia]:
    pagina = contexto.new_page()
    pagina.set_viewport_size(TELA)
    vigia = Vigia(pagina, permitidos)
    pagina.goto(endereco)
    pagina.wait_for_function("() => Boolean(window.MathJax?.startup?.promise)")
    pagina.evaluate("MathJax.startup.promise.then(() => null)")
    return pagina, vigia


def _auditar(quadro: Frame | Page, axe: str, regras: list[str] | None = None) -> list[str]:
    quadro.evaluate(axe)
    return quadro.evaluate(AUDITAR, regras)


@pytest.mark.parametrize("nome", ["index", *NOMES])
def test_site(nome: str, geradas: Path, contexto: BrowserContext, saida: Path) -> None:
    contexto.set_offline(True)
    pagina, vigia = _abrir(contexto, (geradas / "site" / f"{nome}.html").as_uri())
    assert pagina.evaluate(SEM_TEXTO) == []
    assert pagina.locator("mjx-merror").count() == 0
    assert pagina.evaluate("document.querySelectorAll('h1').length") == 1

    axe = (geradas / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    assert _auditar(pagina, axe) == []
    pagina.emulate_media(color_scheme="dark")
    pagina.screenshot(path=saida / f"site-{nome}-escuro.png")
    assert _auditar(pagina, axe, ["color-contrast"]) == []

    auditados = set()  # todos os filmes saem do mesmo molde, com ou sem o botão Tocar
    for i in range(pagina.locator(FILMES).count()):
        quadro = _filme(pagina, i)
        assert _setas_movem(quadro)
        tipo = quadro.locator("button").count()
        if tipo not in auditados:
            assert _auditar(quadro, axe) == []
        auditados.add(tipo)

    pagina.set_viewport_size(TELEFONE)
    pagina.evaluate("scrollTo(0, 0)")
    pagina.screenshot(path=saida / f"site-{nome}-telefone.png")
    assert pagina.evaluate(CABE_NA_LARGURA)
    assert vigia.problemas == []


@pytest.mark.parametrize("nome", NOMES)
def test_slides(nome: str, geradas: Path, contexto: BrowserContext, saida: Path) -> None:
    contexto.set_offline(True)
    pagina, vigia = _abrir(contexto, (geradas / "slides" / f"{nome}.html").as_uri())
    pagina.wait_for_selector("html[data-pronto]", state="attached")
    assert pagina.evaluate(SEM_TEXTO) == []
    assert pagina.evaluate("Reveal.getTotalSlides()") > 5
    assert pagina.evaluate(SLIDES_QUE_NAO_CABEM) == []
    for i in range(pagina.locator(FILMES).count()):
        assert _teclas(pagina, i) == []
    pagina.screenshot(path=saida / f"slides-{nome}.png")

    pagina.set_viewport_size(TELEFONE)
    pagina.reload()
    pagina.wait_for_selector("html[data-pronto]", state="attached")
    pagina.screenshot(path=saida / f"slides-{nome}-telefone.png")
    assert pagina.evaluate(ESCONDIDOS) == 0  # no telefone nada espera por uma tecla
    assert pagina.evaluate(CABE_NA_LARGURA)
    assert vigia.problemas == []


def _filme(pagina: Page, i: int) -> Frame:
    """O quadro do filme de número i, já desenhado."""
    alca = pagina.locator(FILMES).nth(i)
    alca.scroll_into_view_if_needed()
    quadro = alca.element_handle().content_frame()
    quadro.wait_for_selector("canvas")
    assert esperar(lambda: quadro.evaluate(PIXELS_DA_TELA) != quadro.evaluate(TELA_EM_BRANCO)), "filme em branco"
    return quadro


def _setas_movem(quadro: Frame) -> bool:
    """Do começo do último controle, as setas mudam o número e os pixels."""
    controle = quadro.locator("input[type=range]").last
    controle.press("Home")
    quadro.wait_for_selector("html[data-pronto=sim]", state="attached")  # todos os quadros decodificados
    numero, pixels = quadro.locator("output").last.inner_text(), quadro.evaluate(PIXELS_DA_TELA)
    for tecla in ("ArrowRight", "ArrowUp"):
        controle.press(tecla)
    mudou = esperar(lambda: quadro.evaluate(PIXELS_DA_TELA) != pixels, 2)
    return mudou and quadro.locator("output").last.inner_text() != numero


# Um slide mais alto que a tela rola; mais largo, não há como ler.
SLIDES_QUE_NAO_CABEM = """() => Reveal.getSlides().filter(slide => {
    const [h, v] = Object.values(Reveal.getIndices(slide));
    Reveal.slide(h, v);
    return slide.scrollWidth > slide.clientWidth + 1
        || (slide.scrollHeight > slide.clientHeight + 1 && getComputedStyle(slide).overflowY !== "auto");
}).map(slide => slide.textContent.trim().slice(0, 80))"""


def _teclas(pagina: Page, i: int) -> list[str]:
    """As setas movem o filme ou os slides, e nunca os dois; Esc passa de um para o outro."""
    pagina.evaluate(
        "i => { const { h, v } = Reveal.getIndices(document.querySelectorAll('iframe[srcdoc]')[i].closest('.pagina'));"
        " Reveal.slide(h, v, 99); }",
        i,
    )
    quadro = _filme(pagina, i)
    problemas = []

    def estado() -> tuple[str, list[str]]:
        pagina.wait_for_timeout(60)  # a tecla atravessa por uma mensagem
        slide = pagina.evaluate("JSON.stringify(Reveal.getIndices())")
        return slide, quadro.locator("output").all_inner_texts()

    antes = estado()
    if not _setas_movem(quadro):
        problemas.append("no controle, as setas não moveram o filme")
    for tecla in ("ArrowLeft", "ArrowDown", "PageDown", "End"):
        pagina.keyboard.press(tecla)
    if estado()[0] != antes[0]:
        problemas.append("no controle, as setas moveram também os slides")
    controle = quadro.locator("input[type=range]").last
    controle.blur()
    parado = estado()
    for tecla in ("ArrowLeft", "ArrowRight"):
        pagina.keyboard.press(tecla)
        andou = estado()
        if andou[0] == parado[0]:
            problemas.append(f"fora do controle, {tecla} não moveu os slides")
        if andou[1] != parado[1]:
            problemas.append(f"fora do controle, {tecla} moveu também o filme")
        parado = andou
    controle.focus()
    pagina.keyboard.press("Escape")
    if not esperar(lambda: pagina.evaluate("document.activeElement.tagName") != "IFRAME", 2):
        problemas.append("Esc não devolveu o foco aos slides")
    return problemas


def test_busca_e_tema(geradas: Path, contexto: BrowserContext) -> None:
    contexto.set_offline(True)
    pagina, vigia = _abrir(contexto, (geradas / "site" / "index.html").as_uri())
    fundo = "getComputedStyle(document.body).backgroundColor"
    claro = pagina.evaluate(fundo)
    pagina.get_by_role("button", name="Tema escuro").click()
    assert pagina.evaluate(fundo) != claro

    pagina.get_by_label("Buscar nas lições").fill("reparametrizacao")  # sem acento, acha com
    pagina.wait_for_selector("#achados a")
    assert "reparametrização" in pagina.locator("#achados").inner_text().lower()
    axe = (geradas / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    assert _auditar(pagina, axe) == []
    pagina.keyboard.press("ArrowDown")
    pagina.keyboard.press("Enter")
    pagina.wait_for_url("**/0*.html#*")
    assert pagina.evaluate("document.getElementById(decodeURIComponent(location.hash.slice(1))) !== null")
    assert pagina.evaluate(fundo) != claro  # o tema é lembrado de uma página para a outra
    pagina.get_by_label("Buscar nas lições").fill("xyzxyz")
    assert esperar(lambda: "Nada" in pagina.locator("#achados").inner_text())
    assert vigia.problemas == []


@pytest.fixture
def servidor(geradas: Path) -> Iterator[str]:
    """As mesmas páginas por http, nesta máquina."""
    tratador = functools.partial(Silencioso, directory=geradas)
    with ThreadingHTTPServer(("127.0.0.1", 0), tratador) as http:
        linha = threading.Thread(target=http.serve_forever)
        linha.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        linha.join()


class Silencioso(SimpleHTTPRequestHandler):
    """Serve arquivos sem escrever no terminal."""

    def log_message(self, format: str, *partes: object) -> None:
        """Não escreve nada."""


def test_por_http(servidor: str, contexto: BrowserContext) -> None:
    for parte in ("site/index", f"site/{NOMES[-1]}", "slides/index", f"slides/{NOMES[0]}"):
        pagina, vigia = _abrir(contexto, f"{servidor}/{parte}.html", (servidor, *DO_DISCO))
        assert vigia.problemas == []
        pagina.close()

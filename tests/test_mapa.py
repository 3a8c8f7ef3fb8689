"""O mapa do curso: todos os métodos do slide, links que chegam, e uma lista legível sem estilo nenhum."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import nbformat
import pytest

from aulas_lib.interativos import mapa
from aulas_lib.interativos.mapa import Destino, Folha, Ramo, destinos, mapa_do_curso

CADERNOS = Path(__file__).resolve().parents[1] / "notebooks"
METODOS = [  # slide "Tipos de métodos", na ordem dele
    "Fully Visible Belief Nets",
    "Boltzmann Machines",
    "Variational Autoencoders",
    "Métodos de Monte Carlo",
    "Likelihood-free inference via classification",
    "Generative Adversarial Networks",
]


def arvore() -> ET.Element:
    """O HTML do mapa é também XML bem formado: nenhuma marca fica aberta."""
    return ET.fromstring(mapa_do_curso().html.replace("<br>", "<br/>"))


def celulas_com_titulo(caderno: Path) -> set[str]:
    """As identidades das células que abrem uma seção."""
    celulas = nbformat.read(caderno, 4).cells
    return {c.id for c in celulas if c.cell_type == "markdown" and c.source.startswith("## ")}


def test_tem_todos_os_metodos_do_slide_na_ordem():
    texto = " ".join(arvore().itertext())
    posicoes = [texto.index(nome) for nome in METODOS]
    assert posicoes == sorted(posicoes)
    assert texto.index("explícitas") < posicoes[0] < texto.index("implícitas") < posicoes[3]


def test_cada_metodo_do_slide_tem_link_e_o_que_nao_existe_nao_tem():
    folhas = {folha.nome: folha for ramo in mapa.RAMOS for folha in ramo.folhas}
    assert all(folhas[nome].destinos for nome in METODOS)
    assert [d.caderno for d in folhas["Difusão"].destinos] == [mapa.LICAO_5, mapa.LICAO_5B, mapa.LICAO_5C]
    assert "lição 6, difusão contra VAE e BigGAN: em preparação" in mapa_do_curso().html
    assert not re.search(r'href="06', mapa_do_curso().html)


def test_links_sao_relativos_e_vem_todos_de_destinos():
    enderecos = [no.get("href") for no in arvore().iter("a")]
    assert enderecos == [destino.endereco for destino in destinos()]
    assert not any(re.match(r"[a-z]+:|/", endereco) for endereco in enderecos)
    prontas = {mapa.LICAO_1, mapa.LICAO_1B, mapa.LICAO_2, mapa.LICAO_2B, mapa.LICAO_3, mapa.LICAO_3B}
    prontas |= {mapa.LICAO_4, mapa.LICAO_4B, mapa.LICAO_5, mapa.LICAO_5B, mapa.LICAO_5C}
    assert {e.split("#")[0] for e in enderecos} == prontas


@pytest.mark.parametrize("destino", destinos(), ids=lambda d: d.endereco)
def test_link_chega_a_uma_secao_que_existe(destino):
    celulas = celulas_com_titulo(CADERNOS / destino.caderno)
    assert not destino.celula or destino.celula in celulas


def test_sem_estilos_e_uma_lista_de_dois_niveis_com_os_mesmos_links():
    """É o que o GitHub mostra: sem `style`, restam nav, listas, nomes e links; nada depende de <style> ou <script>."""
    raiz = arvore()
    assert {no.tag for no in raiz.iter()} <= {"nav", "p", "ul", "li", "strong", "span", "em", "br", "a"}
    assert all(set(no.attrib) <= {"style", "href", "aria-label"} for no in raiz.iter())
    ramos = raiz.find("ul").findall("li")
    assert [len(ramo.find("ul").findall("li")) for ramo in ramos] == [3, 3, 1]


def test_serve_ao_tema_escuro_e_a_tela_estreita():
    estilos = " ".join(no.get("style", "") for no in arvore().iter())
    assert not re.search(r"(?<![-\w])color:", estilos)  # a cor das letras é a da página
    fundos = re.findall(r"background:([^;\"]+)", estilos)
    assert fundos and all(re.fullmatch(r"rgba\(127,127,127,\.\d+\)\s*.*", fundo) for fundo in fundos)
    larguras = [int(n) for n in re.findall(r"(?<!max-)(?:width|1 1)[: ](\d+)px", estilos)]
    assert larguras and max(larguras) <= 300  # cabe em 390 px, com as margens do caderno
    assert "flex-wrap:wrap" in estilos
    assert len({ramo.traco for ramo in mapa.RAMOS}) == len(mapa.RAMOS)  # os lados não se distinguem só pela cor


def test_endereco_e_o_que_o_jupyterlab_segue():
    """O JupyterLab não acha um título com acento ao abrir outro caderno; a identidade da célula, acha."""
    assert Destino("x.ipynb", "fim").endereco == "x.ipynb#cell-id=fim"
    assert Destino("x.ipynb").endereco == "x.ipynb"
    assert all(re.fullmatch(r"[\w.]+(#cell-id=\w+)?", destino.endereco, re.ASCII) for destino in destinos())


def test_texto_e_enderecos_sao_escapados():
    ramo = Ramo("<b>", "&", (Folha("a < b", '"', (Destino('x".ipynb', "1 & 2", "<i>"),)),), "#000000")
    html = mapa_do_curso([ramo], []).html
    assert "<b>" not in html and "<i>" not in html and "a &lt; b" in html
    assert ET.fromstring(html.replace("<br>", "<br/>")).find(".//a").get("href") == 'x".ipynb#cell-id=1 & 2'


def test_resultado_de_celula():
    pacote = mapa_do_curso()._repr_mimebundle_()
    assert set(pacote) == {"text/html", "text/plain"}
    assert pacote["text/plain"].startswith("Mapa do curso") and len(pacote["text/html"]) < 10_000

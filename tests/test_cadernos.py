"""Higiene dos cadernos do curso; cada regra também é posta à prova com um caderno estragado de propósito."""

import warnings
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
import regras_caderno as regras
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from aulas_lib.cadernos import celula_preparacao, endereco_em_vigor
from aulas_lib.cadernos.espelhos import codigo_fonte

RAIZ = Path(__file__).resolve().parents[1]
CADERNOS = sorted((RAIZ / "notebooks").glob("*.ipynb"))
FUNCAO = "cadernos.arquivos.marcas"


@pytest.mark.parametrize("regra", regras.REGRAS, ids=lambda regra: regra.__name__)
@pytest.mark.parametrize("caminho", CADERNOS, ids=lambda caminho: caminho.stem)
def test_caderno_do_curso(caminho: Path, regra: Callable[[NotebookNode], list[str]]) -> None:
    assert regra(nbformat.read(caminho, as_version=4)) == []


@pytest.mark.parametrize("caminho", CADERNOS, ids=lambda caminho: caminho.stem)
def test_tamanho_recomendado(caminho: Path) -> None:
    quantas = len(nbformat.read(caminho, as_version=4).cells)
    if quantas > regras.CELULAS_RECOMENDADAS:
        warnings.warn(f"{caminho.name}: {quantas} células; o recomendado é até 60", stacklevel=1)


def _texto(conteudo: str, slide: str = "slide") -> NotebookNode:
    return new_markdown_cell(conteudo, metadata={"slideshow": {"slide_type": slide}})


def _codigo(conteudo: str, numero: int, *marcas: str, slide: str = "-") -> NotebookNode:
    metadata = {"slideshow": {"slide_type": slide}, "tags": list(marcas)}
    return new_code_cell(conteudo, execution_count=numero, metadata=metadata)


@pytest.fixture
def bom() -> NotebookNode:
    """Um caderno pequeno que cumpre todas as regras."""
    titulo = "# Aula\n\nAo final, você saberá somar.\n\n2 min em CPU, 1 min em GPU. Pré-requisitos: nenhum."
    caderno = new_notebook(cells=[
        _texto(titulo),
        _codigo(celula_preparacao(endereco_em_vigor(RAIZ)), 1, "preparacao", slide="skip"),
        _texto("## 1. Somar, *essencial*\n\nAcompanha o slide “Soma”.\n\n![uma reta](reta.png)"),
        _codigo(codigo_fonte(FUNCAO), 2, f"fonte:{FUNCAO}"),
        _texto("O tempo varia:", slide="-"),
        _codigo("tempo = 0.1\ntempo", 3, "nbval-ignore-output"),
        _texto("Mas nunca passa de um segundo:", slide="-"),
        _codigo("assert tempo < 1", 4),
        _texto("## Referências\n\n```\n## isto não é um título\n```", slide="skip"),
    ])
    caderno.cells[5].outputs = [new_output("execute_result", {"text/plain": "0.1"}, execution_count=3)]
    return caderno


@pytest.mark.parametrize("regra", regras.REGRAS, ids=lambda regra: regra.__name__)
def test_bom_caderno_passa(bom: NotebookNode, regra: Callable[[NotebookNode], list[str]]) -> None:
    assert regra(bom) == []


def _saida(caderno: NotebookNode, tipo: str, **campos: object) -> None:
    caderno.cells[7].outputs = [new_output(tipo, **campos)]


def _html(caderno: NotebookNode, texto: str) -> None:
    _saida(caderno, "display_data", data={"text/html": texto})


def _figura(caderno: NotebookNode, seguida_de: str) -> None:
    """Põe uma figura na célula 5 e troca o texto que vem depois dela."""
    caderno.cells[5].outputs = [new_output("display_data", data={"image/png": "iVBOR"})]
    caderno.cells[6].source = seguida_de


def _mudar(posicao: int, texto: str) -> Callable[[NotebookNode], None]:
    return lambda caderno: caderno.cells[posicao].update(source=texto)


def _marcar(posicao: int, *marcas: str) -> Callable[[NotebookNode], None]:
    return lambda caderno: caderno.cells[posicao].metadata.update(tags=list(marcas))


def _slide(posicao: int, tipo: str) -> Callable[[NotebookNode], None]:
    return lambda caderno: caderno.cells[posicao].metadata.slideshow.update(slide_type=tipo)


def _fluxo(nome: str, texto: str) -> Callable[[NotebookNode], None]:
    return lambda caderno: _saida(caderno, "stream", name=nome, text=texto)


ESTRAGOS = [
    (regras.formato, lambda c: c.cells[0].update(cell_type="poema")),
    (regras.sem_estado_de_widgets, lambda c: c.metadata.update(widgets={})),
    (regras.execucao_limpa, lambda c: c.cells[3].update(execution_count=None)),
    (regras.execucao_limpa, lambda c: c.cells[7].update(execution_count=5)),
    (regras.sem_erros, lambda c: _saida(c, "error", ename="ValueError", evalue="", traceback=[])),
    (regras.sem_stderr, _fluxo("stderr", "100%")),
    (regras.sem_avisos, _fluxo("stdout", "DeprecationWarning: mude")),
    (regras.celulas_curtas, _mudar(7, "x = 1\n" * 26)),
    (regras.proporcao_de_texto, lambda c: c.cells.extend(_codigo("1", n) for n in range(5, 15))),
    (regras.proporcao_de_texto, lambda c: c.cells.extend(_texto("muito texto") for _ in range(10))),
    (regras.tamanho, lambda c: _html(c, "a" * 4_000_001)),
    (regras.tamanho_dos_filmes, lambda c: _html(c, '<iframe srcdoc="' + "a" * 2_500_001 + '">')),
    (regras.sem_pastas_da_maquina, _fluxo("stdout", "gravado em /home/ana/x.pt")),
    (regras.sem_pastas_da_maquina, lambda c: _html(c, r"<b>C:\Users\ana</b>")),
    (regras.slides, lambda c: c.cells[2].metadata.pop("slideshow")),
    (regras.slides, _slide(1, "slide")),
    (regras.preparacao, _mudar(1, "import sys")),
    (regras.preparacao, _marcar(1)),
    (regras.preparacao, lambda c: c.cells[1].update(outputs=[new_output("stream", text="pronto")])),
    (regras.texto_alternativo, _mudar(4, "![](figura.png)")),
    (regras.texto_alternativo, _mudar(4, '<img src="figura.png" alt="">')),
    (regras.ignoradas_com_assert, _mudar(7, "tempo < 1  # assert")),
    (regras.ignoradas_com_assert, _mudar(7, "assert True")),
    (regras.ignoradas_com_assert, _mudar(7, "assert tempo, tempo < 1")),
    (regras.ignoradas_com_assert, _marcar(7, "nbval-ignore-output")),
    (regras.ignoradas_com_assert, lambda c: c.cells.pop(7)),
    (regras.leitura_depois_da_figura, lambda c: _html(c, "<b>filme</b>")),
    (regras.leitura_depois_da_figura, lambda c: _figura(c, seguida_de="### Outro assunto\n\nTexto.")),
    (regras.leitura_depois_da_figura, lambda c: (_figura(c, seguida_de=""), c.cells.__delitem__(slice(6, None)))),
    (regras.marcas_conhecidas, _marcar(7, "nbval-skip")),
    (regras.marcas_conhecidas, _mudar(7, "# NBVAL_IGNORE_OUTPUT\nassert True")),
    (regras.niveis_das_secoes, _mudar(2, "## 1. Somar\n\nSlide “Soma”.")),
    (regras.niveis_das_secoes, _mudar(2, "## 1. Somar, *essencial*\n\nSem dizer de onde vem.")),
    (regras.quantidade_de_celulas, lambda c: c.cells.extend(_texto("a") for _ in range(70))),
    (regras.sem_show, _mudar(7, "figura.show()")),
    (regras.sem_comandos_do_ipython, _mudar(7, "!pip install torch")),
    (regras.espelhos, _mudar(3, "def marcas(celula):\n    return []")),
    (regras.espelhos_sem_nomes_soltos, _mudar(3, "def marcas(celula):\n    return nada_disso")),
    (regras.titulo, _mudar(0, "# Aula\n\n2 min em CPU. Pré-requisitos: nenhum.")),
    (regras.titulo, _mudar(0, "# Aula\n\nVocê saberá somar em 2 min, em CPU ou GPU.")),
]


@pytest.mark.parametrize(("regra", "estragar"), ESTRAGOS, ids=lambda valor: valor.__name__)
def test_mau_caderno_e_recusado(
    bom: NotebookNode, regra: Callable[[NotebookNode], list[str]], estragar: Callable[[NotebookNode], None]
) -> None:
    estragar(bom)
    assert regra(bom) != []


def test_figura_lida_depois_de_outra_celula(bom: NotebookNode) -> None:
    _figura(bom, seguida_de="A reta sobe.\n\n### Outro assunto")
    bom.cells.insert(6, _codigo("tempo + 1", 4))
    assert regras.leitura_depois_da_figura(bom) == []


def test_toda_regra_tem_um_mau_exemplo() -> None:
    assert {regra for regra, _ in ESTRAGOS} == set(regras.REGRAS)

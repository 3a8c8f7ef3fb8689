"""A lista das lições contra os cadernos e as funções de conferência: um exercício tem um só nome, em toda parte."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from aulas_lib.exercicios.licoes import LICOES, licao

RAIZ = Path(__file__).resolve().parents[1]
CADERNOS = {caminho.stem: caminho for caminho in sorted((RAIZ / "notebooks").glob("*.ipynb"))}
TITULO = re.compile(r"^### Exercício (\d+) · (.+) · \d+ min · (★+)$", re.MULTILINE)


def _exercicios_do_caderno(caminho: Path) -> list[tuple[str, int, str, int]]:
    """(nome, número, título, estrelas) de cada exercício, lidos do texto e da célula que vem depois dele."""
    celulas, achados = nbformat.read(caminho, as_version=4).cells, []
    for texto, codigo in zip(celulas, celulas[1:], strict=False):
        if "exercicio" in codigo.metadata.get("tags", []):
            (numero, titulo, estrelas), = TITULO.findall(texto.source)
            nome = re.search(r"\.conferir_(\w+)\(", codigo.source.splitlines()[-1])[1]
            achados.append((nome, int(numero), titulo, len(estrelas)))
    return achados


def _com_exercicios() -> set[str]:
    return {nome for nome, caminho in CADERNOS.items() if _exercicios_do_caderno(caminho)}


def test_toda_licao_com_exercicios_esta_na_lista() -> None:
    assert {cada.caderno for cada in LICOES.values()} == _com_exercicios()


@pytest.mark.parametrize("chave", LICOES)
def test_lista_igual_ao_caderno(chave: str) -> None:
    caderno = nbformat.read(CADERNOS[licao(chave).caderno], as_version=4)
    assert caderno.cells[0].source.startswith(f"# {licao(chave).titulo}\n")
    listados = [(e.nome, e.numero, e.titulo, e.estrelas) for e in licao(chave).exercicios]
    assert listados == _exercicios_do_caderno(CADERNOS[licao(chave).caderno])


@pytest.mark.parametrize("chave", LICOES)
def test_caderno_termina_com_o_quadro_da_sua_licao(chave: str) -> None:
    codigo = [c for c in nbformat.read(CADERNOS[licao(chave).caderno], as_version=4).cells if c.cell_type == "code"]
    assert [c.metadata.get("tags") for c in codigo[-2:]] == [["exercicio"], ["progresso"]]
    assert codigo[-1].source == f'from aulas_lib.exercicios import mostrar_progresso\n\nmostrar_progresso("{chave}")'


def test_nenhum_nome_se_repete() -> None:
    nomes = [exercicio.nome for cada in LICOES.values() for exercicio in cada.exercicios]
    assert len(set(nomes)) == len(nomes)


def test_cada_conferencia_anota_com_o_nome_da_lista() -> None:
    anotados = {}
    for caminho in (RAIZ / "aulas_lib" / "exercicios").glob("*.py"):
        for funcao in ast.parse(caminho.read_text(encoding="utf-8")).body:
            if isinstance(funcao, ast.FunctionDef) and funcao.name.startswith("conferir_"):
                chamadas = [no for no in ast.walk(funcao) if isinstance(no, ast.Call) and _nome(no) == "conferir"]
                (nome,) = [k.value.value for chamada in chamadas for k in chamada.keywords if k.arg == "nome"]
                anotados[funcao.name] = nome
    listados = {exercicio.nome for cada in LICOES.values() for exercicio in cada.exercicios}
    assert anotados == {f"conferir_{nome}": nome for nome in listados}


def _nome(chamada: ast.Call) -> str | None:
    return chamada.func.id if isinstance(chamada.func, ast.Name) else None


def test_licao_que_nao_existe() -> None:
    with pytest.raises(ValueError, match="chegou '7'; esperava uma destas: 01, 01b"):
        licao("7")

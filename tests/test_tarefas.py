"""As tarefas do nbgrader: respostas certas, versão do aluno sem elas, e uma correção que dá zero ou tudo."""

import csv
import io
import sys
from contextlib import redirect_stdout
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from aulas_lib.cadernos import comandar, correcao
from aulas_lib.cadernos.arquivos import gravar, ler
from aulas_lib.cadernos.dependencias import celulas_necessarias
from aulas_lib.cadernos.tarefas import (
    FIM,
    INICIO,
    RESPOSTAS,
    exercicios_do,
    gravar_tarefas,
    ler_respostas,
    montar_tarefa,
)
from aulas_lib.exercicios import ExercicioNaoResolvido
from aulas_lib.exercicios.licoes import LICOES

RAIZ = Path(__file__).resolve().parents[1]
LICOES_POR_NOME = {licao.caderno: licao for licao in LICOES.values()}
PEDEM_O_NBGRADER = pytest.mark.skipif(
    not correcao.PASTA_DO_NBGRADER.is_dir(), reason="sem o nbgrader; `make teste` o instala"
)


@pytest.fixture(scope="module")
def cadernos() -> dict[str, NotebookNode]:
    return {nome: ler(RAIZ / "notebooks" / f"{nome}.ipynb") for nome in LICOES_POR_NOME}


@pytest.fixture(scope="module")
def tarefas(cadernos: dict[str, NotebookNode]) -> dict[str, NotebookNode]:
    return {nome: montar_tarefa(caderno, ler_respostas(nome)) for nome, caderno in cadernos.items()}


def _do_aluno(tarefa: NotebookNode) -> NotebookNode:
    """O que o nbgrader faz: tira o que está entre as marcas."""
    copia = nbformat.from_dict(tarefa)
    for celula in copia.cells:
        antes, marca, resto = celula.source.partition(f"\n{INICIO}\n")
        celula.source = antes + resto.partition(FIM)[2] if marca else celula.source
    return copia


def _rodar(celulas: list[str]) -> dict[str, str]:
    """Roda as células em um só espaço de nomes; de cada conferência (pela posição), o erro que ela levantou."""
    nomes: dict[str, object] = {}
    erros = {}
    for celula in celulas:
        try:
            with redirect_stdout(io.StringIO()):
                exec(celula, nomes)
        except ExercicioNaoResolvido as erro:
            erros[celula] = str(erro)
    return erros


@pytest.mark.parametrize("nome", LICOES_POR_NOME)
def test_cada_resposta_esta_certa_e_sem_ela_a_conferencia_para(nome: str, tarefas: dict[str, NotebookNode]) -> None:
    """As células da tarefa bastam: nada da lição precisa rodar antes."""
    codigo = [c for c in tarefas[nome].cells if c.cell_type == "code" and c.id != "preparacao"]
    assert _rodar([celula.source for celula in codigo]) == {}
    do_aluno = [c for c in _do_aluno(tarefas[nome]).cells if c.cell_type == "code" and c.id != "preparacao"]
    conferencias = [c.source for c in do_aluno if c.metadata.nbgrader.grade]
    erros = _rodar([celula.source for celula in do_aluno])
    assert list(erros) == conferencias
    assert all(erro.startswith("ainda não resolvido") for erro in erros.values())


@pytest.mark.parametrize("nome", LICOES_POR_NOME)
def test_pontos_e_celulas(nome: str, cadernos: dict[str, NotebookNode], tarefas: dict[str, NotebookNode]) -> None:
    marcadas = [c for c in tarefas[nome].cells if c.cell_type == "code"]
    pontos = [c.metadata.nbgrader.points for c in marcadas if c.metadata.nbgrader.grade]
    assert pontos == [10 * exercicio.estrelas for exercicio in LICOES_POR_NOME[nome].exercicios]
    assert all(c.metadata.nbgrader.locked != c.metadata.nbgrader.solution for c in marcadas)
    do_aluno = {c.id: c.source for c in _do_aluno(tarefas[nome]).cells}
    for exercicio in exercicios_do(cadernos[nome]):
        original = next(c for c in cadernos[nome].cells if c.id == exercicio.nome).source
        assert do_aluno[exercicio.nome] == exercicio.rascunho
        assert original.startswith(exercicio.rascunho) and original.endswith(exercicio.chamada)


def test_toda_resposta_e_de_um_exercicio(cadernos: dict[str, NotebookNode]) -> None:
    assert {caminho.stem for caminho in RESPOSTAS.glob("*.py")} == set(LICOES_POR_NOME)
    for nome, caderno in cadernos.items():
        assert list(ler_respostas(nome)) == [exercicio.nome for exercicio in exercicios_do(caderno)]


def _linhas(codigo: str) -> set[str]:
    return {linha.strip() for linha in codigo.splitlines() if linha.strip()}


def _respostas_a_vista(nome: str, caderno: NotebookNode, tarefa: NotebookNode) -> set[str]:
    """As linhas que só a resposta tem e que aparecem na tarefa."""
    publicas = {linha for e in exercicios_do(caderno) for linha in _linhas(e.rascunho)}
    secretas = {linha for codigo in ler_respostas(nome).values() for linha in _linhas(codigo)} - publicas
    assert len(secretas) >= len(exercicios_do(caderno))
    return secretas & {linha for celula in tarefa.cells for linha in _linhas(celula.source)}


def test_dependencias_so_trazem_o_que_se_usa() -> None:
    celulas = ["import math", "a = math.pi", "caro = treinar()", "def f(x):\n    return x + a", "a = 2 * math.pi"]
    assert celulas_necessarias(celulas, "f(1)") == [0, 1, 3]
    assert celulas_necessarias(celulas, "a") == [0, 4]
    assert celulas_necessarias(celulas, "[x for x in range(3)]") == []
    with pytest.raises(ValueError, match="'nada'"):
        celulas_necessarias(celulas, "def g():\n    return nada")


def _licao_pequena() -> NotebookNode:
    return new_notebook(cells=[
        new_markdown_cell("# Lição 9 · Somar"),
        new_code_cell("import sys", id="preparacao", metadata={"tags": ["preparacao"]}),
        new_code_cell("lento = [i for i in range(10)]", id="treino"),
        new_markdown_cell("## Exercícios\n\nTexto.\n\n### Exercício 1 · Somar · 3 min · ★★\n\nSome."),
        new_code_cell("def soma(a, b):\n    ...\n\n\nprint(soma(1, 2))", id="ex", metadata={"tags": ["exercicio"]}),
    ])


def test_tarefa_pequena_por_inteiro() -> None:
    tarefa = montar_tarefa(_licao_pequena(), {"ex": "def soma(a, b):\n    return a + b"})
    assert [c.id for c in tarefa.cells] == ["capa", "preparacao", "ex_texto", "ex", "ex_conferir"]
    assert "Lição 9 · Somar" in tarefa.cells[0].source and "Exercícios: 1. Pontos: 20." in tarefa.cells[0].source
    assert tarefa.cells[2].source.startswith("### Exercício 1")
    assert tarefa.cells[3].source == (
        "def soma(a, b):\n    ...\n### BEGIN SOLUTION\ndef soma(a, b):\n    return a + b\n### END SOLUTION"
    )
    assert tarefa.cells[4].source.endswith("    print(soma(1, 2))")
    nbformat.validate(tarefa)


def test_mensagens_de_quem_monta(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Faltam respostas: ex"):
        montar_tarefa(_licao_pequena(), {})
    sem_titulo = _licao_pequena()
    sem_titulo.cells[3].source = "Some."
    with pytest.raises(ValueError, match="ex: antes da célula"):
        exercicios_do(sem_titulo)
    gravar(_licao_pequena(), tmp_path / "09_somar.ipynb")
    with pytest.raises(ValueError, match="chamada '08'; há 09_somar"):
        gravar_tarefas(tmp_path, tmp_path / "tarefas", ["08"])
    with pytest.raises(FileNotFoundError, match="Faltam as respostas de 09_somar"):
        gravar_tarefas(tmp_path, tmp_path / "tarefas")


def test_sem_o_nbgrader_a_mensagem_diz_o_que_digitar(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(correcao, "PASTA_DO_NBGRADER", tmp_path / "vazia")
    monkeypatch.setitem(sys.modules, "nbgrader.apps", None)
    with pytest.raises(ModuleNotFoundError, match="Digite: make tarefas"):
        correcao.abrir(tmp_path)


def _entregar(curso: Path, aluno: str, tarefa: str, respostas: dict[str, str]) -> None:
    caderno = ler(curso / "release" / tarefa / f"{tarefa}.ipynb")
    for celula in caderno.cells:
        celula.source = respostas.get(celula.id, celula.source)
    gravar(caderno, curso / "submitted" / aluno / tarefa / f"{tarefa}.ipynb")


@PEDEM_O_NBGRADER
def test_ida_e_volta(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Do caderno à nota: em branco, resolvida, pela metade e trapaceada, ilegível, pelo comando de quem ensina."""
    (tmp_path / "notebooks").symlink_to(RAIZ / "notebooks")
    nomes = ["05_difusao", "02_vae_elbo"]
    assert comandar("tarefas", ["05", "02"], raiz=tmp_path) == 0
    curso = tmp_path / "tarefas"
    for nome in nomes:
        licao = ler(RAIZ / "notebooks" / f"{nome}.ipynb")
        de_quem_ensina, do_aluno = (ler(curso / p / nome / f"{nome}.ipynb") for p in ("source", "release"))
        assert _respostas_a_vista(nome, licao, de_quem_ensina) != set()
        assert _respostas_a_vista(nome, licao, do_aluno) == set()
    certas = {nome: ler_respostas(nome) for nome in nomes}
    _entregar(curso, "ana", nomes[0], certas[nomes[0]])
    _entregar(curso, "ana", nomes[1], certas[nomes[1]])
    _entregar(curso, "bia", nomes[0], {})
    metade = {"ex_ida": certas[nomes[0]]["ex_ida"], "ex_desvio": "isto não é Python", "ex_ultimo_conferir": "pass"}
    _entregar(curso, "caio", nomes[0], metade)
    estragada = curso / "submitted" / "davi" / nomes[0] / f"{nomes[0]}.ipynb"
    estragada.parent.mkdir(parents=True)
    estragada.write_text("{")
    capsys.readouterr()
    assert comandar("corrigir", raiz=tmp_path) == 1
    assert "davi, 05_difusao: não corrigida." in capsys.readouterr().out
    linhas = list(csv.reader((curso / "notas.csv").read_text(encoding="utf-8").splitlines()))
    assert linhas == [
        ["aluno", "tarefa", "pontos", "de"],
        ["ana", "02_vae_elbo", "110", "110"],
        ["ana", "05_difusao", "50", "50"],
        ["bia", "05_difusao", "0", "50"],
        ["caio", "05_difusao", "10", "50"],
    ]
    devolutiva = (curso / "feedback" / "bia" / "05_difusao" / "05_difusao.html").read_text(encoding="utf-8")
    assert "ainda não resolvido: escreva o corpo de" in devolutiva


def test_sem_entregas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert comandar("corrigir", raiz=tmp_path) == 1
    assert "Não há entregas" in capsys.readouterr().out

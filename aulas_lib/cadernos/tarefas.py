"""Das lições às tarefas do nbgrader: só os exercícios, cada um com a sua resposta e uma célula que vale pontos.

A versão de quem ensina traz, em cada célula de resposta, o rascunho do caderno e, entre as marcas do nbgrader, a
resposta de `respostas/`. O nbgrader tira o que está entre as marcas e faz a versão de quem estuda.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .arquivos import gravar, importar_nbformat, ler, marcas
from .dependencias import celulas_necessarias

if TYPE_CHECKING:
    from nbformat import NotebookNode

RESPOSTAS = Path(__file__).parent / "respostas"
PONTOS_POR_ESTRELA = 10
TITULO = re.compile(r"^### Exercício \d+ · .+ · \d+ min · (★+)$", re.MULTILINE)
INICIO, FIM = "### BEGIN SOLUTION", "### END SOLUTION"
CONFERENCIA = """from aulas_lib.exercicios import rigor

with rigor():  # uma resposta em branco ou errada interrompe a célula, e não vale os pontos
    {chamada}"""
CAPA = """# Tarefa · {titulo}

Exercícios: {quantos}. Pontos: {pontos}.

1. Rode as células até o primeiro exercício.
2. Escreva cada resposta no lugar de `...` ou conserte o código que está ali.
3. Rode a célula de baixo, que confere. Com **certo!**, os pontos são seus; se ela para com um erro, a dica está no
   fim dele.
4. Para entregar, rode tudo do começo (*Kernel → Restart Kernel and Run All Cells*) e salve. Não apague células nem
   mude o nome do arquivo."""


@dataclass(frozen=True)
class Exercicio:
    """Um exercício tirado do caderno.

    Attributes:
        nome: `id` da célula.
        enunciado: o texto em Markdown que vem antes dela.
        rascunho: o código que o aluno recebe.
        chamada: a última linha, que confere a resposta.
        pontos: dez por estrela.
    """

    nome: str
    enunciado: str
    rascunho: str
    chamada: str
    pontos: int


def exercicios_do(caderno: "NotebookNode") -> list[Exercicio]:
    """Os exercícios de um caderno, na ordem.

    Args:
        caderno: a lição.

    Returns:
        Um por célula com a marca `exercicio`; vazia se não há nenhuma.

    Raises:
        ValueError: se o texto antes da célula não tem o título de um exercício.
    """
    achados = []
    for texto, celula in zip(caderno.cells, caderno.cells[1:], strict=False):
        if "exercicio" not in marcas(celula):
            continue
        titulo = TITULO.search(texto.source)
        if titulo is None:
            raise ValueError(
                f"{celula.id}: antes da célula esperava um texto com '### Exercício N · título · M min · ★'."
            )
        corte = ast.parse(celula.source).body[-1].lineno - 1
        linhas = celula.source.splitlines()
        rascunho, chamada = "\n".join(linhas[:corte]).rstrip(), "\n".join(linhas[corte:])
        enunciado = texto.source[titulo.start():]
        achados.append(Exercicio(celula.id, enunciado, rascunho, chamada, PONTOS_POR_ESTRELA * len(titulo[1])))
    return achados


def ler_respostas(nome: str, pasta: Path = RESPOSTAS) -> dict[str, str]:
    """As respostas de uma lição: o que vem depois de cada linha `# %% id-da-célula`.

    Args:
        nome: nome do caderno, sem `.ipynb`.
        pasta: onde estão as respostas.

    Returns:
        O código de cada resposta, pelo `id` da célula.

    Raises:
        FileNotFoundError: se a lição não tem arquivo de respostas.
    """
    caminho = pasta / f"{nome}.py"
    if not caminho.is_file():
        raise FileNotFoundError(f"Faltam as respostas de {nome}: crie {caminho}, com um bloco '# %% id' por exercício.")
    partes = re.split(r"^# %% (\S+)$", caminho.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {celula: codigo.strip() for celula, codigo in zip(partes[::2], partes[1::2], strict=True)}


def montar_tarefa(caderno: "NotebookNode", respostas: Mapping[str, str]) -> "NotebookNode":
    """A versão de quem ensina, pronta para o nbgrader.

    Ela só tem, da lição, a preparação, as células de que algum exercício precisa e os enunciados.

    Args:
        caderno: a lição.
        respostas: a de cada exercício, pelo `id` da célula.

    Returns:
        Um caderno novo, sem saídas.

    Raises:
        ValueError: se falta a resposta de um exercício, ou se um deles usa um nome que ninguém define.
    """
    exercicios = exercicios_do(caderno)
    faltam = [exercicio.nome for exercicio in exercicios if exercicio.nome not in respostas]
    if faltam:
        raise ValueError(f"Faltam respostas: {', '.join(faltam)}.")
    v4 = importar_nbformat().v4
    titulo = caderno.cells[0].source.splitlines()[0].removeprefix("# ")
    total = sum(exercicio.pontos for exercicio in exercicios)
    celulas = [v4.new_markdown_cell(CAPA.format(titulo=titulo, quantos=len(exercicios), pontos=total), id="capa")]
    for anterior in _preparacao(caderno, exercicios, respostas):
        celulas.append(v4.new_code_cell(anterior.source, id=anterior.id, metadata=_nbgrader(anterior.id)))
    for exercicio in exercicios:
        celulas += _celulas_do_exercicio(exercicio, respostas[exercicio.nome])
    nucleo = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return v4.new_notebook(cells=celulas, metadata={"kernelspec": nucleo})


def _preparacao(
    caderno: "NotebookNode", exercicios: list[Exercicio], respostas: Mapping[str, str]
) -> list["NotebookNode"]:
    """A célula de preparação e as de que os exercícios precisam: nenhum treino da lição vem junto sem ser usado."""
    anteriores = [c for c in caderno.cells if c.cell_type == "code" and "exercicio" not in marcas(c)]
    partes = [f"{e.rascunho}\n{respostas[e.nome]}\n{e.chamada}" for e in exercicios]
    necessarias = celulas_necessarias([celula.source for celula in anteriores], "\n\n".join(partes))
    return [c for i, c in enumerate(anteriores) if "preparacao" in marcas(c) or i in necessarias]


def _celulas_do_exercicio(exercicio: Exercicio, resposta: str) -> list["NotebookNode"]:
    v4, nome = importar_nbformat().v4, exercicio.nome
    com_resposta = f"{exercicio.rascunho}\n{INICIO}\n{resposta}\n{FIM}"
    chamada = exercicio.chamada.replace("\n", "\n    ")
    return [
        v4.new_markdown_cell(exercicio.enunciado, id=f"{nome}_texto"),
        v4.new_code_cell(com_resposta, id=nome, metadata=_nbgrader(nome, solution=True, locked=False)),
        v4.new_code_cell(
            CONFERENCIA.format(chamada=chamada),
            id=f"{nome}_conferir",
            metadata=_nbgrader(f"{nome}_conferir", grade=True, points=exercicio.pontos),
        ),
    ]


def _nbgrader(
    nome: str, solution: bool = False, grade: bool = False, locked: bool = True, points: int | None = None
) -> dict[str, dict[str, object]]:
    """Os metadados que o nbgrader lê; uma célula `locked` volta a ser a original na correção."""
    campos: dict[str, object] = {"grade_id": nome, "schema_version": 3, "cell_type": "code", "task": False}
    campos |= {"solution": solution, "grade": grade, "locked": locked}
    return {"nbgrader": campos if points is None else campos | {"points": points}}


def gravar_tarefas(origem: Path, destino: Path, nomes: Sequence[str] = ()) -> list[str]:
    """Escreve a versão de quem ensina de cada lição, em `source/NOME/NOME.ipynb`.

    Args:
        origem: pasta dos cadernos.
        destino: pasta do curso do nbgrader.
        nomes: lições, pelo nome do arquivo ou pelo começo dele; vazia pede todas as que têm exercícios.

    Returns:
        Os nomes das tarefas, que são os dos cadernos.

    Raises:
        ValueError: se uma das lições não existe ou não tem exercícios.
    """
    lidos = {caminho.stem: ler(caminho) for caminho in sorted(origem.glob("*.ipynb"))}
    com_exercicios = {nome: caderno for nome, caderno in lidos.items() if exercicios_do(caderno)}
    escolhidos = [_achar(nome, list(com_exercicios)) for nome in nomes] or list(com_exercicios)
    for nome in escolhidos:
        gravar(montar_tarefa(com_exercicios[nome], ler_respostas(nome)), destino / "source" / nome / f"{nome}.ipynb")
    return escolhidos


def chaves(nome: str) -> set[str]:
    """Os dois modos de pedir uma lição: "05_difusao" e "05"."""
    return {nome, nome.partition("_")[0]}


def _achar(pedido: str, nomes: list[str]) -> str:
    for nome in nomes:
        if Path(pedido).stem in chaves(nome):
            return nome
    raise ValueError(f"Não há lição com exercícios chamada {pedido!r}; há {', '.join(nomes)}.")

"""A conversa com o nbgrader: fazer a versão de quem estuda, corrigir as entregas e provar que a correção é justa."""

import csv
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aulas_lib.ambiente import gravacao_inteira, virgula

from .arquivos import gravar, ler
from .tarefas import chaves, gravar_tarefas, ler_respostas

if TYPE_CHECKING:
    from nbgrader.apps import NbGraderAPI

# O nbgrader vem em uma pasta só dele: no ambiente, mudaria o JupyterLab de quem estuda e o dos testes.
PASTA_DO_NBGRADER = Path(sys.prefix) / "tarefas"
CONFIGURACAO = """# Escrito por `make tarefas`; vale também para o comando nbgrader, se você o tem.
c = get_config()
c.CourseDirectory.course_id = "redes_geradoras"
c.ClearSolutions.code_stub = {"python": ""}  # o rascunho já está na célula, antes da resposta
c.Execute.timeout = 120  # segundos por célula
c.Execute.interrupt_on_timeout = True
"""
PASTA = "tarefas"
EM_BRANCO, RESOLVIDA = "em_branco", "resolvida"


class TarefaComErro(RuntimeError):
    """O nbgrader não fez o que se pediu, ou a correção não deu os pontos que devia."""


def montar(raiz: Path, nomes: Sequence[str] = (), conferir: bool = False) -> int:
    """Escreve em `tarefas/` as tarefas das lições: `source/`, com as respostas, e `release/`, sem elas.

    Args:
        raiz: pasta do projeto.
        nomes: lições; vazia pede todas.
        conferir: corrige também, de cada tarefa, uma cópia em branco e uma resolvida.

    Returns:
        0.

    Raises:
        TarefaComErro: se o nbgrader falha, ou se a prova não dá zero à cópia em branco e tudo à resolvida.
    """
    destino = raiz / PASTA
    tarefas = gravar_curso(raiz / "notebooks", destino, nomes)
    for nome in tarefas:
        print(destino / "release" / nome / f"{nome}.ipynb", flush=True)
    for nome in tarefas if conferir else ():
        inicio = time.perf_counter()
        em_branco, resolvida, maximo = conferir_tarefa(raiz / "notebooks", nome, destino)
        segundos = virgula(time.perf_counter() - inicio, 1)
        print(f"{nome}: em branco, {em_branco:g} de {maximo:g}; resolvida, {resolvida:g} ({segundos} s)", flush=True)
        if em_branco != 0 or resolvida != maximo:
            raise TarefaComErro(f"{nome}: esperava 0 pontos na cópia em branco e todos na resolvida.")
    return 0


def gravar_curso(origem: Path, destino: Path, nomes: Sequence[str] = ()) -> list[str]:
    """Escreve `source/` e `release/` de cada lição.

    Args:
        origem: pasta dos cadernos.
        destino: pasta do curso do nbgrader.
        nomes: lições; vazia pede todas.

    Returns:
        Os nomes das tarefas.

    Raises:
        TarefaComErro: se o nbgrader falha.
    """
    tarefas = gravar_tarefas(origem, destino, nomes)
    with gravacao_inteira(destino / "nbgrader_config.py") as rascunho:
        rascunho.write_text(CONFIGURACAO, encoding="utf-8")
    nbgrader = abrir(destino)
    for nome in tarefas:
        _exigir(nbgrader.generate_assignment(nome, force=True, create=True), f"gerar {nome}")
    return tarefas


def abrir(destino: Path) -> "NbGraderAPI":
    """O nbgrader, com o curso dessa pasta.

    Raises:
        ModuleNotFoundError: se ele não está instalado; a mensagem diz o que digitar.
    """
    _enxergar_o_nbgrader()
    try:
        from nbgrader.apps import NbGraderAPI
    except ModuleNotFoundError as erro:
        raise ModuleNotFoundError(
            f"Falta o nbgrader ({erro.name}). Digite: make tarefas; sem make, {sys.executable} -m pip install "
            f"--no-deps --target {PASTA_DO_NBGRADER} -r requirements-tarefas.txt"
        ) from None
    from traitlets.config import PyFileConfigLoader

    configuracao = PyFileConfigLoader("nbgrader_config.py", path=str(destino)).load_config()
    configuracao.CourseDirectory.root = str(destino.resolve())
    configuracao.CourseDirectory.db_url = f"sqlite:///{destino.resolve() / 'gradebook.db'}"
    return NbGraderAPI(config=configuracao)


def _enxergar_o_nbgrader() -> None:
    """Põe a pasta do nbgrader no caminho deste processo e no dos que ele abrir: ele chama o comando `alembic`."""
    pasta = str(PASTA_DO_NBGRADER)
    if pasta in sys.path:
        return
    sys.path.append(pasta)
    for variavel, novo in (("PATH", str(PASTA_DO_NBGRADER / "bin")), ("PYTHONPATH", pasta)):
        os.environ[variavel] = os.pathsep.join(filter(None, [os.environ.get(variavel), novo]))


def corrigir(raiz: Path, nomes: Sequence[str] = ()) -> int:
    """Corrige o que está em `tarefas/submitted/ALUNO/TAREFA/`; escreve `notas.csv` e as devolutivas, em `feedback/`.

    Args:
        raiz: pasta do projeto.
        nomes: tarefas, pelo nome do caderno ou pelo começo dele; vazia pede todas as que têm entregas.

    Returns:
        0 se tudo se corrigiu; 1 se não há entregas, ou se alguma não pôde ser corrigida (as outras são).
    """
    destino = raiz / PASTA
    entregas = sorted((destino / "submitted").glob("*/*/*.ipynb"))
    entregas = [e for e in entregas if e.stem == e.parent.name and (not nomes or chaves(e.stem) & set(nomes))]
    if not entregas:
        print(f"Não há entregas: ponha cada uma em {destino / 'submitted' / 'ALUNO' / 'TAREFA' / 'TAREFA.ipynb'}.")
        return 1
    nbgrader = abrir(destino)
    linhas = []
    for entrega in entregas:
        tarefa, aluno = entrega.stem, entrega.parent.parent.name
        try:
            pontos, maximo = pontuar(nbgrader, tarefa, aluno)
            _exigir(nbgrader.generate_feedback(tarefa, aluno, force=True), f"escrever a devolutiva de {aluno}")
        except TarefaComErro as erro:
            print(f"{aluno}, {tarefa}: não corrigida. {erro}", flush=True)
            continue
        print(f"{aluno}, {tarefa}: {pontos:g} de {maximo:g}", flush=True)
        linhas.append((aluno, tarefa, f"{pontos:g}", f"{maximo:g}"))
    with gravacao_inteira(destino / "notas.csv") as rascunho, rascunho.open("w", newline="", encoding="utf-8") as notas:
        csv.writer(notas).writerows([("aluno", "tarefa", "pontos", "de"), *linhas])
    return int(len(linhas) < len(entregas))


def pontuar(nbgrader: "NbGraderAPI", tarefa: str, aluno: str) -> tuple[float, float]:
    """Corrige uma entrega.

    Returns:
        Os pontos e o máximo.

    Raises:
        TarefaComErro: se o nbgrader falha.
    """
    with warnings.catch_warnings(action="ignore"):  # o nbgrader usa o SQLAlchemy de um modo que este desaconselha
        _exigir(nbgrader.autograde(tarefa, aluno, force=True, create=True), f"corrigir {tarefa}, de {aluno}")
    with nbgrader.gradebook as notas:
        entrega = notas.find_submission(tarefa, aluno)
        return float(entrega.score), float(entrega.max_score)


def conferir_tarefa(origem: Path, nome: str, destino: Path) -> tuple[float, float, float]:
    """Corrige duas entregas de mentira, em uma pasta à parte: a que ninguém tocou e a que tem todas as respostas.

    Args:
        origem: pasta dos cadernos.
        nome: a tarefa.
        destino: pasta do curso; a prova corre em uma subpasta dela, que depois se apaga.

    Returns:
        Os pontos da em branco, os da resolvida e o máximo.
    """
    with tempfile.TemporaryDirectory(prefix="prova-", dir=destino) as provisoria:
        pasta = Path(provisoria)
        gravar_curso(origem, pasta, [nome])
        for aluno, respostas in ((EM_BRANCO, {}), (RESOLVIDA, ler_respostas(nome))):
            caderno = ler(pasta / "release" / nome / f"{nome}.ipynb")
            for celula in caderno.cells:
                celula.source = respostas.get(celula.id, celula.source)
            gravar(caderno, pasta / "submitted" / aluno / nome / f"{nome}.ipynb")
        nbgrader = abrir(pasta)
        em_branco, _ = pontuar(nbgrader, nome, EM_BRANCO)
        resolvida, maximo = pontuar(nbgrader, nome, RESOLVIDA)
        return em_branco, resolvida, maximo


def _exigir(resposta: dict[str, Any], acao: str) -> None:
    if not resposta["success"]:
        registro = "\n".join(filter(None, [resposta.get("log"), resposta.get("error")]))
        raise TarefaComErro(f"O nbgrader não conseguiu {acao}:\n{registro}")

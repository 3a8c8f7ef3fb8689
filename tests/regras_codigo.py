"""Regras da casa: cada uma recebe um arquivo já lido e devolve uma frase por problema encontrado."""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

# Sala -> andar. Um arquivo só importa de andares de baixo ou da própria sala.
ANDARES = {
    "__init__": 0, "ambiente": 0, "compat": 0, "progresso": 0,
    "precisao": 1, "dados": 1, "redes": 1, "figuras": 1,
    "modelos": 2, "treino": 2, "avaliacao": 2, "pesos": 2,
    "exercicios": 3, "interativos": 3, "receitas": 3, "cadernos": 3, "conferencia": 3, "paginas": 3,
    "__main__": 4,
}
# O que o Colab traz; qualquer outro pacote fica para os testes e para os comandos de quem mantém o curso.
PACOTES = {"torch", "torchvision", "numpy", "matplotlib", "ipywidgets", "IPython"}
PACOTES |= {"PIL", "sklearn", "scipy", "tqdm", "safetensors", "accelerate"}  # o Colab também traz o accelerate
PACOTES_DE_MANUTENCAO = {"nbformat", "nbclient", "nbconvert", "nbgrader", "traitlets", "bs4", "jinja2", "packaging"}
SALAS_DE_MANUTENCAO = {"cadernos", "conferencia", "paginas"}
LINHAS_POR_ARQUIVO, LINHAS_POR_FUNCAO = 250, 40

IMPORTADORES = {"import_module", "importlib.import_module", "__import__"}

Funcao = ast.FunctionDef | ast.AsyncFunctionDef
ComDocstring = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Arquivo:
    """Um arquivo da biblioteca: o caminho a partir de `aulas_lib/` e o texto."""

    caminho: PurePosixPath
    texto: str

    @property
    def arvore(self) -> ast.Module:
        return ast.parse(self.texto)

    @property
    def sala(self) -> str:
        return self.caminho.parts[0].removesuffix(".py")

    @property
    def modulo(self) -> list[str]:
        """As partes do pacote em que o arquivo está, como o Python as conta para `from . import`."""
        return ["aulas_lib", *self.caminho.parts[:-1]]


def _importados(arquivo: Arquivo) -> Iterator[tuple[int, str]]:
    """(linha, nome completo) de tudo o que o arquivo importa, também dentro de funções."""
    for no in ast.walk(arquivo.arvore):
        if isinstance(no, ast.Import):
            yield from ((no.lineno, apelido.name) for apelido in no.names)
        elif isinstance(no, ast.ImportFrom):
            inicio = arquivo.modulo[: len(arquivo.modulo) - no.level + 1] if no.level else []
            base = ".".join([*inicio, *filter(None, [no.module])])
            yield from ((no.lineno, f"{base}.{apelido.name}") for apelido in no.names)
        elif isinstance(no, ast.Call) and ast.unparse(no.func) in IMPORTADORES:
            yield from ((no.lineno, str(a.value)) for a in no.args[:1] if isinstance(a, ast.Constant))


def andares(arquivo: Arquivo) -> list[str]:
    """Só se importa de um andar de baixo, ou da própria sala."""
    if arquivo.sala not in ANDARES:
        return [f"sala desconhecida: {arquivo.sala}; diga em que andar ela fica (tests/regras_codigo.py)"]
    problemas = []
    for linha, nome in _importados(arquivo):
        partes = nome.split(".")
        if partes[0] != "aulas_lib" or len(partes) == 1:
            continue
        sala = partes[1] if partes[1] in ANDARES else "__init__"
        if sala != arquivo.sala and ANDARES[sala] >= ANDARES[arquivo.sala]:
            problemas.append(f"linha {linha}: {arquivo.sala} (andar {ANDARES[arquivo.sala]}) importa {nome}")
    return problemas


def torchvision_num_so_lugar(arquivo: Arquivo) -> list[str]:
    """O torchvision é importado só em `compat`, que sabe consertá-lo."""
    if arquivo.sala == "compat":
        return []
    nomes = _importados(arquivo)
    return [f"linha {linha}: {nome}" for linha, nome in nomes if nome.split(".")[0] == "torchvision"]


def pacotes_do_colab(arquivo: Arquivo) -> list[str]:
    """A biblioteca roda com o que o Colab traz."""
    permitidos = PACOTES | set(sys.stdlib_module_names) | {"aulas_lib"}
    if arquivo.sala in SALAS_DE_MANUTENCAO:
        permitidos |= PACOTES_DE_MANUTENCAO
    permitidos -= {"pickle"}  # os pesos são safetensors
    nomes = _importados(arquivo)
    return [f"linha {linha}: {nome}" for linha, nome in nomes if nome.split(".")[0] not in permitidos]


def sem_asterisco(arquivo: Arquivo) -> list[str]:
    """Nada de `from x import *`."""
    return [f"linha {linha}: {nome}" for linha, nome in _importados(arquivo) if nome.endswith(".*")]


def sem_show(arquivo: Arquivo) -> list[str]:
    """Quem chama decide quando mostrar a figura."""
    atributos = [no for no in ast.walk(arquivo.arvore) if isinstance(no, ast.Attribute)]
    return [f"linha {no.lineno}: .show" for no in atributos if no.attr == "show"]


def sem_assert(arquivo: Arquivo) -> list[str]:
    """`assert` é dos testes; a biblioteca explica o erro."""
    return [f"linha {no.lineno}" for no in ast.walk(arquivo.arvore) if isinstance(no, ast.Assert)]


def sem_global(arquivo: Arquivo) -> list[str]:
    """Nenhuma função muda uma variável do módulo."""
    return [f"linha {no.lineno}" for no in ast.walk(arquivo.arvore) if isinstance(no, ast.Global)]


def sem_repasse(arquivo: Arquivo) -> list[str]:
    """Nenhuma função repassa `**argumentos` que não leu."""
    problemas = []
    for funcao in _funcoes(arquivo):
        nome = funcao.args.kwarg.arg if funcao.args.kwarg else None
        argumentos = [no for no in ast.walk(funcao) if isinstance(no, ast.keyword) and no.arg is None]
        if nome is not None and nome in [ast.unparse(argumento.value) for argumento in argumentos]:
            problemas.append(f"linha {funcao.lineno}: {funcao.name} repassa **{nome}")
    return problemas


def arquivo_curto(arquivo: Arquivo) -> list[str]:
    """Um arquivo comprido tem dois assuntos."""
    linhas = len(arquivo.texto.splitlines())
    return [f"{linhas} linhas"] if linhas > LINHAS_POR_ARQUIVO else []


def _funcoes(arquivo: Arquivo) -> list[Funcao]:
    return [no for no in ast.walk(arquivo.arvore) if isinstance(no, Funcao)]


def funcoes_curtas(arquivo: Arquivo) -> list[str]:
    """Uma função cabe na tela, sem contar a docstring."""
    problemas = []
    for funcao in _funcoes(arquivo):
        linhas = funcao.end_lineno - funcao.lineno + 1
        if ast.get_docstring(funcao) is not None:
            linhas -= funcao.body[0].end_lineno - funcao.body[0].lineno + 1
        if linhas > LINHAS_POR_FUNCAO:
            problemas.append(f"linha {funcao.lineno}: {funcao.name} tem {linhas} linhas")
    return problemas


def _publicos(corpo: list[ast.stmt]) -> Iterator[ComDocstring]:
    for no in corpo:
        if isinstance(no, ComDocstring) and not no.name.startswith("_"):
            yield no
            if isinstance(no, ast.ClassDef):
                yield from _publicos([filho for filho in no.body if getattr(filho, "name", "") != "forward"])


def docstrings(arquivo: Arquivo) -> list[str]:
    """O módulo e tudo o que é público se explicam (o `forward` de uma rede, na docstring da classe)."""
    problemas = []
    if ast.get_docstring(arquivo.arvore) is None and arquivo.texto.strip():
        problemas.append("módulo sem docstring")
    faltam = [no for no in _publicos(arquivo.arvore.body) if ast.get_docstring(no) is None]
    return problemas + [f"linha {no.lineno}: {no.name} sem docstring" for no in faltam]


REGRAS: tuple[Callable[[Arquivo], list[str]], ...] = (
    andares, torchvision_num_so_lugar, pacotes_do_colab, sem_asterisco, sem_show, sem_assert, sem_global,
    sem_repasse, arquivo_curto, funcoes_curtas, docstrings,
)

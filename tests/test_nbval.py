"""O que a conferência automática deixa passar e o que não deixa.

As regras do nbval (`tests/nbval.cfg` e o `conftest.py` da raiz) são provadas em cadernos pequenos; o `make` e o
`.ci/run`, com programas de mentira no lugar dos verdadeiros.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

RAIZ = Path(__file__).resolve().parents[1]


def _filme(titulo: str, conteudo: str) -> str:
    quadro = f'<iframe sandbox="allow-scripts" title="{titulo}" srcdoc="&lt;canvas&gt;{conteudo}"></iframe>'
    return f'<figure>{quadro}<img alt="{titulo}" src="data:image/webp;base64,{conteudo}=="></figure>'


# nome: (o que a célula mostra, o que está guardado, se o nbval deve aceitar)
CASOS = {
    "filme igual": (_filme("Treino", "QUJD/+a"), _filme("Treino", "QUJD/+a"), True),
    "filme com outros bytes": (_filme("Treino", "QUJD/+a"), _filme("Treino", "WFla"), True),
    "filme com outras palavras": (_filme("Treino", "QUJD/+a"), _filme("Retreino", "QUJD/+a"), False),
    "identificador sorteado": (f'<p id="{"0f" * 16}">a</p>', f'<p id="{"e1" * 16}">a</p>', True),
    "identificador com hífens": (f"<p>{'0' * 8}-1111-2222-3333-{'4' * 12}</p>", f"<p>{'5' * 32}</p>", True),
    "número diferente": ("<b>93,0 nats</b>", "<b>93,1 nats</b>", False),
    "bytes de imagem": ("Image(value=b'abcd')", r"Image(value=b'\x89PNG\'outra')", True),
    "bytes com aspas duplas": ("Image(value=b'abcd')", "Image(value=b\"it's\")", True),
    "outra imagem": ("Image(value=b'abcd')", "Image(value=b'abcd', format='gif')", False),
    "desenho em SVG": ("<svg>1</svg>", "<svg>2</svg>", False),
}

# nome: (fonte, marcas, se deve ser aceita); nenhuma dessas células tem saída guardada
AVISO = "import warnings\nwarnings.warn('função antiga')"
SEM_SAIDA = {
    "ponto e vírgula esconde o valor": ("7;", [], True),
    "valor à mostra": ("7", [], False),
    "saída ignorada": ("print(7)", ["nbval-ignore-output"], True),
    "aviso": (AVISO, [], False),
    "aviso em célula ignorada": (AVISO, ["nbval-ignore-output"], False),
    "stderr em célula ignorada": ("import sys\nprint(7, file=sys.stderr)", ["nbval-ignore-output"], False),
}


def _rodar_nbval(pasta: Path, celulas: list[NotebookNode]) -> list[bool]:
    """Roda as células num só caderno, com os ajustes do projeto; diz quais o nbval aceitou."""
    for numero, celula in enumerate(celulas, start=1):
        celula.execution_count = numero
    nbformat.write(new_notebook(cells=celulas), pasta / "pequeno.ipynb")
    shutil.copy(RAIZ / "conftest.py", pasta)
    (pasta / "vazio.ini").write_text("[pytest]\n")
    comando = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-c", "vazio.ini"]
    comando += ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", str(RAIZ / "tests" / "nbval.cfg")]
    resultado = subprocess.run(comando, cwd=pasta, capture_output=True, text=True, timeout=120, check=False)
    vereditos = re.findall(r"Cell \d+ (PASSED|FAILED)", resultado.stdout)
    assert len(vereditos) == len(celulas), resultado.stdout + resultado.stderr
    return [veredito == "PASSED" for veredito in vereditos]


@pytest.fixture(scope="module")
def aceitos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    celulas = []
    for mostrado, guardado, _ in CASOS.values():
        texto = "<IPython.core.display.HTML object>"
        saida = new_output("display_data", data={"text/plain": texto, "text/html": guardado})
        fonte = f"from IPython.display import HTML, display\ndisplay(HTML({mostrado!r}))"
        celulas.append(new_code_cell(fonte, outputs=[saida]))
    for fonte, marcas, _ in SEM_SAIDA.values():
        celulas.append(new_code_cell(fonte, metadata={"tags": marcas}))
    vereditos = _rodar_nbval(tmp_path_factory.mktemp("nbval"), celulas)
    return dict(zip([*CASOS, *SEM_SAIDA], vereditos, strict=True))


@pytest.mark.parametrize("nome", [*CASOS, *SEM_SAIDA])
def test_comparacao(nome: str, aceitos: dict[str, bool]) -> None:
    assert aceitos[nome] is (CASOS | SEM_SAIDA)[nome][2]


def test_celula_de_caderno_tem_limite_de_tempo(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getoption("nbval_cell_timeout") == 180


def _programa(pasta: Path, nome: str, texto: str) -> None:
    """Um programa de mentira na pasta, que depois entra no começo do PATH."""
    (pasta / nome).write_text(f"#!/bin/sh\n{texto}\n")
    (pasta / nome).chmod(0o755)


def _com_programas(pasta: Path, **variaveis: str) -> dict[str, str]:
    return {**os.environ, "PATH": f"{pasta}{os.pathsep}{os.environ['PATH']}", **variaveis}


@pytest.mark.skipif(shutil.which("make") is None, reason="sem make")
def test_ajuda_do_make_lista_os_comandos() -> None:
    saida = subprocess.run(["make"], cwd=RAIZ, capture_output=True, text=True, check=True, timeout=60).stdout
    assert re.search(r"^  aula {2,}prepara o que faltar", saida, re.MULTILINE)
    assert re.search(r"^  navegador-completo {2,}roda", saida, re.MULTILINE)


def test_ajuda_do_make_nao_depende_do_sed_do_linux() -> None:
    receita = (RAIZ / "Makefile").read_text(encoding="utf-8").split("\najuda:")[1].split("\n\n")[0]
    assert "sed " not in receita  # o do macOS não conhece \t


@pytest.mark.skipif(shutil.which("make") is None, reason="sem make")
@pytest.mark.parametrize("falha", ["unidade", "navegador", "nada"])
def test_make_teste_falha_se_uma_etapa_falha(falha: str, tmp_path: Path) -> None:
    """Um projeto de mentira, com o Makefile verdadeiro e um Python que só diz se a etapa deu certo."""
    shutil.copy(RAIZ / "Makefile", tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    ruim = {"unidade": '"-m pytest"', "navegador": '"-m pytest tests/navegador"', "nada": "nunca"}[falha]
    _programa(tmp_path / ".venv" / "bin", "python", f'case "$*" in {ruim}) exit 1;; esac')
    for arquivo in ("requirements.txt", "pyproject.toml", "requirements-teste.txt", "requirements-tarefas.txt"):
        (tmp_path / arquivo).touch()
    for marca in (".pronto-cpu", ".pronto-testes", ".pronto-tarefas"):
        (tmp_path / ".venv" / marca).touch()
    variaveis = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    resultado = subprocess.run(
        ["make", "teste", "OPCOES="], cwd=tmp_path, env=variaveis, capture_output=True, timeout=60, check=False
    )
    assert (resultado.returncode != 0) is (falha != "nada")


@pytest.mark.skipif(shutil.which("timeout") is None, reason="sem o comando timeout")
@pytest.mark.parametrize(
    ("make", "codigo", "frase"),
    [("sleep 30", 124, "passou do limite de 2s"), ("exit 3", 3, ""), ("exit 0", 0, "")],
)
def test_ci_tem_limite_de_tempo(make: str, codigo: int, frase: str, tmp_path: Path) -> None:
    _programa(tmp_path, "chromium", "exit 0")
    _programa(tmp_path, "make", f'[ "$1" != teste ] || {make}')
    ambiente = _com_programas(tmp_path, LIMITE_DOS_TESTES="2s")
    comando = ["bash", str(RAIZ / ".ci" / "run")]
    resultado = subprocess.run(comando, env=ambiente, capture_output=True, text=True, timeout=60, check=False)
    assert resultado.returncode == codigo, resultado.stderr
    assert frase in resultado.stderr
    assert ("limite" in resultado.stderr) is bool(frase)
    assert "Tempo total" in resultado.stdout

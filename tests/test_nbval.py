"""O que `tests/nbval.cfg` deixa passar e o que não deixa: um caderno pequeno, rodado pelo nbval de verdade."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

RAIZ = Path(__file__).resolve().parents[1]


def _html(texto: str) -> tuple[str, dict[str, str]]:
    mostrado = "<IPython.core.display.HTML object>"
    fonte = f"from IPython.display import HTML, display\ndisplay(HTML({texto!r}))"
    return fonte, {"text/plain": mostrado, "text/html": texto}


def _filme(titulo: str, conteudo: str) -> str:
    quadro = f'<iframe sandbox="allow-scripts" title="{titulo}" srcdoc="&lt;canvas&gt;{conteudo}"></iframe>'
    return f'<figure>{quadro}<img alt="{titulo}" src="data:image/webp;base64,{conteudo}=="></figure>'


def _imagem(fonte: str, guardado: str) -> tuple[str, dict[str, str]]:
    return f"import ipywidgets\nprint(repr(ipywidgets.Image(value={fonte})), end='')", {"stdout": guardado}


FILME = _filme("Treino", "QUJD/+a")
CASOS = {
    "filme igual": (FILME, FILME, True),
    "filme com outros bytes": (FILME, _filme("Treino", "WFla"), True),
    "filme com outras palavras": (FILME, _filme("Retreino", "QUJD/+a"), False),
    "identificador sorteado": (
        '<p id="0123456789abcdef0123456789abcdef">a</p>', '<p id="fedcba98-7654-3210-fedc-ba9876543210">a</p>', False
    ),
    "mesmo formato de identificador": (
        '<p id="0123456789abcdef0123456789abcdef">a</p>', '<p id="fedcba9876543210fedcba9876543210">a</p>', True
    ),
    "número diferente": ("<b>93,0 nats</b>", "<b>93,1 nats</b>", False),
}
CASOS["identificador sorteado"] = (*CASOS["identificador sorteado"][:2], True)


def _nbval(pasta: Path, fonte: str, saida: dict[str, str]) -> bool:
    """Grava um caderno com a saída dada e diz se o nbval a aceita."""
    if "stdout" in saida:
        guardada = new_output("stream", name="stdout", text=saida["stdout"])
    else:
        guardada = new_output("display_data", data=saida)
    celula = new_code_cell(fonte, execution_count=1, outputs=[guardada])
    caminho = pasta / "pequeno.ipynb"
    nbformat.write(new_notebook(cells=[celula]), caminho)
    opcoes = ["-q", "-p", "no:cacheprovider", "--nbval", "--nbval-current-env", "--rootdir", str(pasta)]
    comando = [sys.executable, "-m", "pytest", "-c", "/dev/null", *opcoes]
    comando += ["--nbval-sanitize-with", str(RAIZ / "tests" / "nbval.cfg"), str(caminho)]
    resultado = subprocess.run(comando, cwd=pasta, capture_output=True, text=True, timeout=120, check=False)
    assert "1 passed" in resultado.stdout or "1 failed" in resultado.stdout, resultado.stdout + resultado.stderr
    return resultado.returncode == 0


@pytest.mark.parametrize("nome", CASOS)
def test_html(nome: str, tmp_path: Path) -> None:
    executado, guardado, igual = CASOS[nome]
    fonte, _ = _html(executado)
    _, saida = _html(guardado)
    assert _nbval(tmp_path, fonte, saida) is igual


@pytest.mark.parametrize(
    ("guardado", "igual"),
    [(r"Image(value=b'\x89PNG\'outra')", True), ("Image(value=b'abc', format='gif')", False)],
)
def test_texto_de_imagem(guardado: str, igual: bool, tmp_path: Path) -> None:
    fonte, saida = _imagem("b'abcd'", guardado)
    assert _nbval(tmp_path, fonte, saida) is igual

"""O que `tests/nbval.cfg` deixa passar e o que não deixa: um caderno pequeno, rodado pelo nbval."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
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


@pytest.fixture(scope="module")
def aceitos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    """Roda todos os casos num só caderno, um por célula; diz quais o nbval aceitou."""
    celulas = []
    for numero, (mostrado, guardado, _) in enumerate(CASOS.values(), start=1):
        texto = "<IPython.core.display.HTML object>"
        saida = new_output("display_data", data={"text/plain": texto, "text/html": guardado})
        fonte = f"from IPython.display import HTML, display\ndisplay(HTML({mostrado!r}))"
        celulas.append(new_code_cell(fonte, execution_count=numero, outputs=[saida]))
    pasta = tmp_path_factory.mktemp("nbval")
    nbformat.write(new_notebook(cells=celulas), pasta / "pequeno.ipynb")
    comando = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-c", "vazio.ini"]
    comando += ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", str(RAIZ / "tests" / "nbval.cfg")]
    (pasta / "vazio.ini").write_text("[pytest]\n")
    resultado = subprocess.run(comando, cwd=pasta, capture_output=True, text=True, timeout=120, check=False)
    vereditos = re.findall(r"Cell \d+ (PASSED|FAILED)", resultado.stdout)
    assert len(vereditos) == len(CASOS), resultado.stdout + resultado.stderr
    return {nome: veredito == "PASSED" for nome, veredito in zip(CASOS, vereditos, strict=True)}


@pytest.mark.parametrize("nome", CASOS)
def test_comparacao(nome: str, aceitos: dict[str, bool]) -> None:
    assert aceitos[nome] is CASOS[nome][2]

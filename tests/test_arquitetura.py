"""A casa em andares: confere as regras nos arquivos da biblioteca; cada uma é provada num mau exemplo."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
import regras_codigo as regras
from regras_codigo import Arquivo

BIBLIOTECA = Path(__file__).resolve().parents[1] / "aulas_lib"
ARQUIVOS = [
    Arquivo(PurePosixPath(caminho.relative_to(BIBLIOTECA).as_posix()), caminho.read_text(encoding="utf-8"))
    for caminho in sorted(BIBLIOTECA.rglob("*.py"))
]


@pytest.mark.parametrize("regra", regras.REGRAS, ids=lambda regra: regra.__name__)
def test_biblioteca_cumpre(regra: Callable[[Arquivo], list[str]]) -> None:
    problemas = [f"{arquivo.caminho}: {problema}" for arquivo in ARQUIVOS for problema in regra(arquivo)]
    assert problemas == []


LONGA = "def f():\n" + "    x = 1\n" * 40
MAUS_EXEMPLOS = [
    (regras.andares, "modelos/vae.py", "from aulas_lib.receitas import carregar"),
    (regras.andares, "modelos/vae.py", "from aulas_lib import treino"),
    (regras.andares, "modelos/vae.py", "from ..treino import treinar"),
    (regras.andares, "modelos/vae.py", "def f():\n    import aulas_lib.interativos.filme"),
    (regras.andares, "modelos/vae.py", "import importlib\nimportlib.import_module('aulas_lib.pesos')"),
    (regras.andares, "ambiente.py", "from .compat import torchvision"),
    (regras.andares, "sotao.py", "x = 1"),
    (regras.torchvision_num_so_lugar, "dados/imagens.py", "def f():\n    from torchvision import datasets"),
    (regras.pacotes_do_colab, "avaliacao/frechet.py", "import torchmetrics"),
    (regras.pacotes_do_colab, "pesos.py", "import pickle"),
    (regras.pacotes_do_colab, "pesos.py", "import nbformat"),
    (regras.sem_asterisco, "redes.py", "from torch import *"),
    (regras.sem_show, "figuras/curvas.py", "def f(plt):\n    plt.show()"),
    (regras.sem_assert, "redes.py", "def f(x):\n    assert x > 0"),
    (regras.sem_global, "redes.py", "x = 1\ndef f():\n    global x\n    x = 2"),
    (regras.sem_repasse, "redes.py", "def f(**opcoes):\n    return g(**opcoes)"),
    (regras.arquivo_curto, "redes.py", "x = 1\n" * 251),
    (regras.funcoes_curtas, "redes.py", LONGA),
    (regras.docstrings, "redes.py", "x = 1"),
    (regras.docstrings, "redes.py", '"""Módulo."""\ndef publica():\n    pass'),
    (regras.docstrings, "redes.py", '"""Módulo."""\nclass R:\n    """R."""\n    def f(self):\n        pass'),
]


@pytest.mark.parametrize(("regra", "caminho", "texto"), MAUS_EXEMPLOS)
def test_mau_exemplo_e_recusado(regra: Callable[[Arquivo], list[str]], caminho: str, texto: str) -> None:
    assert regra(Arquivo(PurePosixPath(caminho), texto)) != []


BONS_EXEMPLOS = [
    ("modelos/vae.py", '"""M."""\nimport torch\nfrom aulas_lib.redes import MLP\nfrom .ae import A'),
    ("interativos/filme.py", '"""M."""\nfrom PIL import Image\n\nfrom ..treino import treinar'),
    ("compat.py", '"""M."""\nimport torchvision'),
    ("cadernos/arquivos.py", '"""M."""\n\n\ndef ler():\n    """Lê."""\n    import nbformat'),
    ("redes.py", '"""M."""\n\n\nclass R:\n    """Rede."""\n\n    def forward(self, x):\n        return x'),
    ("dados/__init__.py", '"""M."""\nfrom . import imagens\nfrom .carinhas import carinhas'),
    ("treino.py", '"""M."""\n\n\ndef _f():\n    """\n' + "    linha\n" * 60 + '    """\n'),
]


@pytest.mark.parametrize(("caminho", "texto"), BONS_EXEMPLOS)
def test_bom_exemplo_passa(caminho: str, texto: str) -> None:
    arquivo = Arquivo(PurePosixPath(caminho), texto)
    assert [problema for regra in regras.REGRAS for problema in regra(arquivo)] == []


def test_toda_regra_tem_um_mau_exemplo() -> None:
    assert {regra for regra, _, _ in MAUS_EXEMPLOS} == set(regras.REGRAS)


def test_importar_a_biblioteca_nao_traz_o_torch() -> None:
    codigo = "import sys, aulas_lib; print({'torch', 'numpy', 'IPython'} & set(sys.modules))"
    comando = [sys.executable, "-c", codigo]
    saida = subprocess.run(comando, cwd=BIBLIOTECA.parent, capture_output=True, text=True, check=True)
    assert saida.stdout.strip() == "set()"

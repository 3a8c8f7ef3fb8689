"""O torchvision abre em toda instalação comum; cada caso roda em um processo limpo."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

RAIZ = Path(__file__).resolve().parents[1]
VERSAO = Path(find_spec("torchvision").origin).with_name("version.py").read_text(encoding="utf-8")
GPU_COM_TORCH_DE_CPU = torch.version.cuda is None and "+cu" in VERSAO

USO = """
from aulas_lib import compat
tv = compat.torchvision()
import torch
from torchvision import datasets, transforms, utils
assert tv is compat.torchvision()
assert utils.make_grid(torch.zeros(4, 1, 8, 8)).shape == (3, 12, 42)
assert transforms.functional.resize(torch.zeros(1, 8, 8), [4, 4]).shape == (1, 4, 4)
assert datasets.MNIST.resources[0][0] == "train-images-idx3-ubyte.gz"
print("certo")
"""

FALHA_ANTES = """
try:
    import torchvision
except RuntimeError as erro:
    assert "torchvision::nms" in str(erro), erro
else:
    raise SystemExit("a importação deveria falhar")
"""

CHAMADA = """
from aulas_lib import compat
import torch
try:
    tv = compat.torchvision()
    print("abriu", tv.__version__)
except ImportError as erro:
    print(erro)
print("declarados", [nome for nome in compat.OPERADORES if hasattr(torch.ops.torchvision, nome)])
"""


def _rodar(codigo: str, pasta_falsa: Path | None = None) -> str:
    caminhos = [str(p) for p in (pasta_falsa, RAIZ) if p]
    ambiente = os.environ | {"PYTHONPATH": os.pathsep.join(caminhos), "PYTHONIOENCODING": "utf-8"}
    comando = [sys.executable, "-W", "error::UserWarning", "-c", codigo]
    saida = subprocess.run(
        comando, env=ambiente, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert saida.returncode == 0, saida.stderr
    return saida.stdout


def _torchvision_falso(pasta: Path, codigo: str) -> Path:
    (pasta / "torchvision").mkdir()
    (pasta / "torchvision" / "__init__.py").write_text(codigo, encoding="utf-8")
    return pasta


def test_abre_nesta_instalacao():
    assert _rodar(USO).strip() == "certo"


@pytest.mark.skipif(not GPU_COM_TORCH_DE_CPU, reason="só onde há torchvision de GPU ao lado de torch de CPU")
def test_conserta_mesmo_depois_de_uma_importacao_que_falhou():
    assert _rodar(FALHA_ANTES + USO).strip() == "certo"


def test_conserta_uma_instalacao_simulada_sem_o_operador(tmp_path):
    """Como o torchvision real: um submódulo que fica para trás e outro que procura o operador e morre."""
    falso = _torchvision_falso(
        tmp_path, "from .extensao import TEM\nfrom . import registros\n__version__ = 'falsa'"
    )
    (falso / "torchvision" / "extensao.py").write_text("TEM = False", encoding="utf-8")
    (falso / "torchvision" / "registros.py").write_text(
        "import torch, torchvision.extensao\ntorchvision.extensao.TEM\n"
        "for nome in ('nms', 'qnms'):\n"
        "    torch.library.register_fake('torchvision::' + nome)(lambda d, s, i: d)\n",
        encoding="utf-8",
    )
    assert _rodar(CHAMADA, falso).splitlines() == ["abriu falsa", "declarados ['nms', 'qnms']"]


def test_importacao_sadia_nao_declara_nada(tmp_path):
    falso = _torchvision_falso(tmp_path, "__version__ = 'sadia'\n")
    assert _rodar(CHAMADA, falso).splitlines() == ["abriu sadia", "declarados []"]


FALHAS = {  # o que o torchvision faz ao ser importado -> o que a mensagem tem de dizer
    "raise ModuleNotFoundError('nada', name='torchvision')": [
        "não está instalado",
        "pip install torchvision",
    ],
    "raise RuntimeError('outra falha')": [
        "não abre com o torch",
        "RuntimeError: outra falha",
        "--force-reinstall",
    ],
    "raise OSError('biblioteca quebrada')": ["não abre com o torch", "OSError: biblioteca quebrada"],
    "import modulo_que_nao_existe": ["está instalado, mas", "modulo_que_nao_existe"],
    "raise RuntimeError('operator torchvision::nms does not exist')": [
        "não abre com o torch",
        "force-reinstall",
    ],
}


def test_outras_falhas_sao_ditas_em_portugues(tmp_path):
    partes = ["import sys; sys.dont_write_bytecode = True\nfrom pathlib import Path\n"]
    arquivo = _torchvision_falso(tmp_path, "") / "torchvision" / "__init__.py"
    partes += [f"Path({str(arquivo)!r}).write_text({codigo!r})\n{CHAMADA}" for codigo in FALHAS]
    linhas = [
        linha
        for linha in _rodar("".join(partes), tmp_path).splitlines()
        if not linha.startswith("declarados")
    ]
    assert len(linhas) == len(FALHAS)
    for linha, trechos in zip(linhas, FALHAS.values(), strict=True):
        assert all(trecho in linha for trecho in trechos), linha


def test_falha_desconhecida_nao_declara_nada(tmp_path):
    falso = _torchvision_falso(tmp_path, "raise RuntimeError('outra falha')")
    assert _rodar(CHAMADA, falso).splitlines()[-1] == "declarados []"


def test_torchvision_ausente_de_verdade():
    bloqueio = "import sys; sys.modules['torchvision'] = None\n"  # o import do Python trata None como ausente
    assert "pip install torchvision" in _rodar(bloqueio + CHAMADA)

"""O único lugar do curso que importa o torchvision.

Uma torchvision compilada para GPU ao lado de um torch de CPU (instalação comum) morre ao ser importada com
"operator torchvision::nms does not exist". Aqui isso se resolve; os demais arquivos chamam `torchvision()`.
"""

import functools
import importlib
import sys
from types import ModuleType

import torch

FALHA_CONHECIDA = "operator torchvision::nms does not exist"
OPERADORES = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def torchvision() -> ModuleType:
    """O módulo torchvision, pronto para usar `datasets`, `transforms` e `utils`.

    Onde a importação é sadia, nada mais acontece. Onde ela falha por faltar o operador `nms`
    (torchvision de GPU com torch de CPU), declara `nms` e `qnms`, que este curso não usa, sem implementação,
    e importa de novo.

    Returns:
        O módulo; depois desta chamada, `from torchvision import datasets` também funciona.

    Raises:
        ImportError: se o torchvision não está instalado ou falha por outro motivo.
    """
    try:
        return _importar()
    except RuntimeError as erro:
        if FALHA_CONHECIDA not in str(erro):
            raise _falha(erro) from erro
    except Exception as erro:
        raise _falha(erro) from erro
    _declarar_operadores()
    try:
        return _importar()
    except Exception as erro:
        raise _falha(erro) from erro


def _importar() -> ModuleType:
    if "torchvision" not in sys.modules:  # sobras de uma importação que morreu no meio confundem a próxima
        for nome in [nome for nome in sys.modules if nome.startswith("torchvision.")]:
            del sys.modules[nome]
    return importlib.import_module("torchvision")


@functools.cache  # o cache mantém viva a biblioteca: os operadores somem quando ela é destruída
def _declarar_operadores() -> torch.library.Library:
    biblioteca = torch.library.Library("torchvision", "FRAGMENT")
    for nome, assinatura in OPERADORES.items():
        if not hasattr(torch.ops.torchvision, nome):
            biblioteca.define(assinatura)
    return biblioteca


def _falha(erro: Exception) -> ImportError:
    if isinstance(erro, ModuleNotFoundError) and erro.name == "torchvision":
        return ImportError(
            "o torchvision não está instalado neste Python: digite `python -m pip install torchvision` "
            "no terminal (ou `make aula` na pasta do curso) e reinicie o kernel.",
            name="torchvision",
        )
    return ImportError(
        f"o torchvision está instalado, mas não abre com o torch {torch.__version__} "
        f"({type(erro).__name__}: {erro}): digite `python -m pip install --force-reinstall torch torchvision`"
        " para que as versões combinem e reinicie o kernel.",
        name="torchvision",
    )

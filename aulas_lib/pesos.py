"""Pesos treinados em disco: safetensors com uma linha de procedência. Nunca pickle."""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

CHAVE = "procedencia"


def salvar(modelo: nn.Module, caminho: str | Path, procedencia: dict[str, str]) -> None:
    """Grava os pesos em float16, com a procedência nos metadados do arquivo.

    Args:
        modelo: rede treinada.
        caminho: arquivo `.safetensors`; só é trocado depois de escrito por inteiro.
        procedencia: receita, semente, commit, data, métrica... (texto → texto).

    Raises:
        ValueError: se algum peso é nan ou não cabe em float16.
        OSError: se a pasta não aceita o arquivo.
    """
    caminho = Path(caminho)
    pesos = {nome: _encolher(nome, valor) for nome, valor in modelo.state_dict().items()}
    provisorio = caminho.with_name(caminho.name + ".parcial")
    try:
        caminho.parent.mkdir(parents=True, exist_ok=True)
        save_file(
            pesos, provisorio, metadata={CHAVE: json.dumps(procedencia, ensure_ascii=False, sort_keys=True)}
        )
        provisorio.replace(caminho)
    except (OSError, SafetensorError) as erro:
        raise OSError(
            f"Não consegui gravar {caminho}: {erro}. Escolha uma pasta em que você possa escrever."
        ) from erro


def carregar(modelo: nn.Module, caminho: str | Path) -> dict[str, str]:
    """Carrega os pesos no modelo, em float32, depois de conferir nomes e formas.

    Args:
        modelo: rede com a mesma arquitetura da que foi gravada.
        caminho: arquivo `.safetensors`.

    Returns:
        A procedência gravada com os pesos.

    Raises:
        FileNotFoundError: se o arquivo não existe.
        ValueError: se não é safetensors, está truncado, ou não combina com o modelo. O modelo não muda.
    """
    caminho = Path(caminho)
    if not caminho.is_file():
        raise FileNotFoundError(
            f"Não encontrei os pesos {caminho.name} em {caminho.parent}. "
            "Copie de novo a pasta data/pesos do repositório ou treine com: python -m aulas_lib treinar."
        )
    try:
        with safe_open(caminho, framework="pt") as arquivo:
            metadados = arquivo.metadata() or {}
            lidos = {nome: arquivo.get_tensor(nome) for nome in arquivo.keys()}  # noqa: SIM118 (não é um dict)
    except (SafetensorError, OSError) as erro:
        raise ValueError(
            f"{caminho.name} não é um arquivo safetensors inteiro ({erro}). Copie-o de novo do repositório."
        ) from erro
    _conferir(modelo, lidos, caminho.name)
    modelo.load_state_dict({nome: valor.to(modelo.state_dict()[nome].dtype) for nome, valor in lidos.items()})
    return json.loads(metadados.get(CHAVE, "{}"))


def ler_procedencia(caminho: str | Path) -> dict[str, str]:
    """Procedência gravada em um arquivo de pesos, sem carregar os pesos."""
    with safe_open(caminho, framework="pt") as arquivo:
        return json.loads((arquivo.metadata() or {}).get(CHAVE, "{}"))


def _encolher(nome: str, valor: torch.Tensor) -> torch.Tensor:
    if not valor.is_floating_point():
        return valor.cpu().contiguous()
    meio = valor.detach().to("cpu", torch.float16).contiguous()
    if not torch.isfinite(meio).all():
        raise ValueError(f"O peso {nome!r} tem nan ou valores grandes demais para float16; nada foi gravado.")
    return meio


def _conferir(modelo: nn.Module, lidos: dict[str, torch.Tensor], arquivo: str) -> None:
    esperados = modelo.state_dict()
    faltam, sobram = sorted(set(esperados) - set(lidos)), sorted(set(lidos) - set(esperados))
    if faltam or sobram:
        raise ValueError(
            f"{arquivo} não combina com {type(modelo).__name__}: faltam {faltam[:3] or 'nenhum'} e sobram "
            f"{sobram[:3] or 'nenhum'}. Confira se o arquivo é o deste modelo."
        )
    for nome, valor in lidos.items():
        if valor.shape != esperados[nome].shape:
            raise ValueError(
                f"{arquivo}: o peso {nome!r} tem forma {tuple(valor.shape)}; o modelo espera "
                f"{tuple(esperados[nome].shape)}. Crie o modelo com os mesmos tamanhos da receita."
            )

"""Pesos treinados em disco: safetensors com uma linha de procedência. Nunca pickle."""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from aulas_lib.ambiente import gravacao_inteira

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
    pesos = {nome: _encolher(nome, valor) for nome, valor in modelo.state_dict().items()}
    metadados = {CHAVE: json.dumps(procedencia, ensure_ascii=False, sort_keys=True)}
    with gravacao_inteira(caminho) as provisorio:
        provisorio.write_bytes(save(pesos, metadata=metadados))


def carregar(modelo: nn.Module, caminho: str | Path) -> dict[str, str]:
    """Carrega os pesos no modelo, em float32, depois de conferir nomes e formas.

    Args:
        modelo: rede com a mesma arquitetura da que foi gravada.
        caminho: arquivo `.safetensors`.

    Returns:
        A procedência gravada com os pesos.

    Raises:
        FileNotFoundError: se o arquivo não existe.
        ValueError: se é uma pasta, não é safetensors, está truncado, tem nan ou infinito, ou não combina com
            o modelo. O modelo não muda.
    """
    caminho = Path(caminho)
    if caminho.is_dir():
        raise ValueError(f"{caminho} é uma pasta; esperava um arquivo .safetensors dentro dela.")
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
    procedencia = _procedencia(metadados, caminho.name)
    modelo.load_state_dict(lidos)  # converte de float16 para o tipo do modelo
    return procedencia


def ler_procedencia(caminho: str | Path) -> dict[str, str]:
    """Procedência gravada em um arquivo de pesos, sem carregar os pesos.

    Raises:
        ValueError: se a procedência não é um dicionário de textos.
    """
    with safe_open(caminho, framework="pt") as arquivo:
        return _procedencia(arquivo.metadata() or {}, Path(caminho).name)


def _procedencia(metadados: dict[str, str], arquivo: str) -> dict[str, str]:
    try:
        lida = json.loads(metadados.get(CHAVE, "{}"))
    except ValueError:
        lida = None
    if not isinstance(lida, dict) or not all(isinstance(valor, str) for valor in lida.values()):
        raise ValueError(
            f"{arquivo}: a procedência não é um dicionário de textos. Copie o arquivo de novo do repositório."
        )
    return lida


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
        if not torch.isfinite(valor).all():
            raise ValueError(
                f"{arquivo}: o peso {nome!r} tem nan ou infinito. Copie-o de novo do repositório."
            )

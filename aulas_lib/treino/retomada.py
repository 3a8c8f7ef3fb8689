"""O ponto de retomada em disco: lido e conferido por inteiro antes de mexer no treino."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gravacao_inteira

Formas = Mapping[str, Tensor]


def gravar(estado: dict[str, Any], caminho: str | Path) -> None:
    """Grava o estado de um treino; o arquivo só é trocado depois de escrito por inteiro.

    Raises:
        OSError: se a pasta não aceita o arquivo.
    """
    with gravacao_inteira(caminho) as provisorio, provisorio.open("wb") as arquivo:
        torch.save(estado, arquivo)


def ler(caminho: str | Path, aparelho: torch.device, esperado: dict[str, Any]) -> dict[str, Any]:
    """Lê um ponto de retomada e confere se é de um treino como o esperado.

    Args:
        caminho: arquivo gravado por `gravar`.
        aparelho: dispositivo do modelo.
        esperado: o estado que o treino gravaria agora; só os valores podem diferir.

    Raises:
        FileNotFoundError: se o arquivo não existe.
        ValueError: se não é um ponto de retomada, ou é o de outro treino.
    """
    if not Path(caminho).exists():
        raise FileNotFoundError(f"Não encontrei o ponto de retomada {caminho}.")
    try:
        estado = torch.load(caminho, map_location=aparelho, weights_only=True)
        faltam = sorted(set(esperado) - set(estado))
    except Exception as erro:  # torch.load levanta vários tipos; todos querem dizer a mesma coisa
        raise recusa(caminho, str(erro)) from erro
    if faltam:
        raise recusa(caminho, f"faltam {', '.join(faltam)}")
    if estado["assinatura"] != esperado["assinatura"]:
        raise recusa(
            caminho, f"foi gravado com {_texto(estado['assinatura'])}; aqui, {_texto(esperado['assinatura'])}"
        )
    for parte in ("modelo", "media"):
        if (diferenca := _diferenca(estado[parte] or {}, esperado[parte] or {})) is not None:
            raise recusa(caminho, f"{parte}: {diferenca}")
    return estado


def recusa(caminho: str | Path, motivo: str) -> ValueError:
    """O erro de um ponto que não serve, com o motivo e o que fazer."""
    return ValueError(
        f"{caminho} não é um ponto de retomada deste treino: {motivo}. "
        "Confira o caminho, o modelo e os argumentos, ou treine de novo do começo."
    )


def _texto(assinatura: dict[str, Any]) -> str:
    return ", ".join(f"{nome}={valor}" for nome, valor in assinatura.items())


def _diferenca(gravado: Formas, esperado: Formas) -> str | None:
    """A primeira diferença de nome ou de forma entre dois conjuntos de pesos; None se não há."""
    for nome in sorted(set(gravado) | set(esperado)):
        formas = [tuple(pesos[nome].shape) if nome in pesos else None for pesos in (gravado, esperado)]
        if formas[0] != formas[1]:
            return f"{nome} tem forma {formas[0]} no arquivo e {formas[1]} aqui"
    return None

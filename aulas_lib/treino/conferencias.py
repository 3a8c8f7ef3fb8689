"""O que o laço de treino recusa, e por quê: argumentos ruins, e perdas que não são uma por exemplo."""

import math

import torch
from torch import Tensor, nn


def conferir_argumentos(
    modelo: nn.Module, dados: tuple[Tensor, ...], passos: int, lote: int, lr: float, media: float | None
) -> torch.device:
    """Confere os argumentos de `Treino` e devolve o dispositivo do modelo.

    Raises:
        ValueError: se algum não serve; a mensagem diz o que chegou e o que se esperava.
    """
    parametro = next(modelo.parameters(), None)
    if parametro is None:
        raise ValueError(f"O modelo {type(modelo).__name__} não tem parâmetros: não há o que treinar.")
    tamanhos = {len(d) for d in dados}
    if len(tamanhos) != 1 or 0 in tamanhos:
        raise ValueError(
            f"dados: chegaram tensores com {sorted(tamanhos)} exemplos; esperava o mesmo número, maior que zero."
        )
    if not all(isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in (passos, lote)):
        raise ValueError(f"Chegaram passos={passos!r} e lote={lote!r}; esperava inteiros positivos.")
    if not (_numero(lr) and 0 < lr < math.inf):
        raise ValueError(f"lr: chegou {lr!r}; esperava um número positivo. Tente lr=1e-3.")
    if media is not None and not (_numero(media) and 0 < media < 1):
        raise ValueError(
            f"media: chegou {media!r}; esperava None ou um número entre 0 e 1. Tente media=0.99."
        )
    fora = [str(d.device) for d in dados if d.device.type != parametro.device.type]
    if fora:
        raise ValueError(
            f"O modelo está em {parametro.device} e os dados, em {fora[0]}; esperava os dois no mesmo dispositivo. "
            "Use dados.to(dispositivo())."
        )
    return parametro.device


def conferir_perda(devolvido: Tensor | dict[str, Tensor], exemplos: int) -> dict[str, Tensor]:
    """O que a perda devolveu, sempre como dicionário com a chave "perda".

    Args:
        devolvido: tensor (B,) ou dicionário com "perda" (B,).
        exemplos: B.

    Raises:
        ValueError: se falta a chave "perda" ou se ela não tem um valor por exemplo.
    """
    termos = {"perda": devolvido} if isinstance(devolvido, Tensor) else devolvido
    if not isinstance(termos, dict) or "perda" not in termos:
        chegou = f"um dicionário com {sorted(termos)}" if isinstance(termos, dict) else repr(termos)
        raise ValueError(
            f'A perda devolveu {chegou}; esperava um tensor (B,) ou um dicionário com a chave "perda".'
        )
    if termos["perda"].shape != (exemplos,):
        raise ValueError(
            f"A perda tem forma {tuple(termos['perda'].shape)}; esperava ({exemplos},), um valor por exemplo: o "
            "laço tira a média do lote. Some só os pixels, por exemplo com .flatten(1).sum(1)."
        )
    return termos


def _numero(valor: object) -> bool:
    return isinstance(valor, int | float) and not isinstance(valor, bool)

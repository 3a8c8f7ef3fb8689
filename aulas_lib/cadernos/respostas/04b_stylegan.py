"""Respostas da segunda parte da lição 4: um bloco por exercício, com o `id` da célula do caderno."""

import torch
from torch import Tensor


# %% ex_demodulacao
def minha_demodulacao(peso: Tensor, s: Tensor) -> Tensor:
    """Pesos modulados e demodulados: (O, I, k, k), (B, I) -> (B, O, I, k, k)."""
    modulado = peso * s[:, None, :, None, None]
    return modulado / (modulado.square().sum(dim=(2, 3, 4), keepdim=True) + 1e-8).sqrt()


# %% ex_mistura
def minha_mistura(w: Tensor, outro: Tensor, corte: int, niveis: int) -> Tensor:
    """Um estilo por camada: (B, E), (B, E), número, número -> (B, niveis, E)."""
    return torch.stack([w if camada < corte else outro for camada in range(niveis)], dim=1)


# %% ex_truncagem
def minha_truncagem(w: Tensor, centro: Tensor, psi: float) -> Tensor:
    """O estilo puxado para o centro: (B, E), (E,), número -> (B, E)."""
    return centro + psi * (w - centro)

"""Respostas da segunda parte da lição 5: um bloco por exercício, com o `id` da célula do caderno."""

import torch
from torch import Tensor


# %% ex_ddim
def meu_passo(x_t: Tensor, eps: Tensor, ab_t: float, ab_s: float) -> Tensor:
    """Um passo da DDIM sem acaso: (B, ...), (B, ...), número, número -> (B, ...)."""
    x_0 = (x_t - (1 - ab_t) ** 0.5 * eps) / ab_t**0.5
    return ab_s**0.5 * x_0 + (1 - ab_s) ** 0.5 * eps


# %% ex_orientar
def meu_orientado(com: Tensor, sem: Tensor, s: float) -> Tensor:
    """O ruído orientado: (B, ...), (B, ...), número -> (B, ...)."""
    return sem + s * (com - sem)


# %% ex_agenda
def agenda_do_colega(T: int) -> Tensor:
    """Os β_t, de t = 1 a T: inteiro -> (T,)."""
    return (torch.linspace(0.0001, 0.02, T) * 1000 / T).clamp(max=0.999)


diagnostico = "c"

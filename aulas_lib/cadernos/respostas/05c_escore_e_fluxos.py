"""Respostas da terceira parte da lição 5: um bloco por exercício, com o `id` da célula do caderno."""

from collections.abc import Callable

from torch import Tensor


# %% ex_extremos
def meus_extremos(x: Tensor, v: Tensor, tau: Tensor) -> tuple[Tensor, Tensor]:
    """O dado e o ruído da reta que passa por x com velocidade v: (B, D), (B, D), (B,) -> (B, D) e (B, D)."""
    return x - tau[:, None] * v, x + (1 - tau[:, None]) * v


# %% ex_heun
def meu_heun(x: Tensor, tau: float, h: float, escore: Callable, beta: Callable) -> Tensor:
    """x em τ − h, a partir de x em τ: (B, ...), número, número, função, função -> (B, ...)."""
    f = -0.5 * beta(tau) * (x + escore(x, tau))
    chegada = x - h * f
    f_na_chegada = -0.5 * beta(tau - h) * (chegada + escore(chegada, tau - h))
    return x - h * (f + f_na_chegada) / 2

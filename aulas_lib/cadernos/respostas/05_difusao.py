"""Respostas da lição 5: um bloco por exercício, com o `id` da célula do caderno."""

from torch import Tensor


# %% ex_ida
def minha_ida(x_0: Tensor, alfa_barra: float, eps: Tensor) -> Tensor:
    """x_t a partir de x_0: (B, ...), número, (B, ...) -> (B, ...)."""
    return alfa_barra**0.5 * x_0 + (1 - alfa_barra) ** 0.5 * eps


# %% ex_desvio
def passo_do_colega(x: Tensor, beta: float, eps: Tensor) -> Tensor:
    """Um passo da ida: (B, ...), número, (B, ...) -> (B, ...)."""
    return (1 - beta) ** 0.5 * x + beta**0.5 * eps


diagnostico = "b"


# %% ex_ultimo
def passo_da_colega(media: Tensor, sigma: float, z: Tensor, t: int) -> Tensor:
    """Um passo da volta, com t de T a 1: (B, ...), número, (B, ...), inteiro -> (B, ...)."""
    if t > 1:  # depois de t = 1 vem o dado, sem ruído
        return media + sigma * z
    return media


diagnostico = "c"

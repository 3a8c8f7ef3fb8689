"""Dois estimadores de ∇_μ E_{z ~ N(μ, σ²)}[f(z)]: por reparametrização e pela função escore.

Servem à pergunta "por que reparametrizar?": os dois têm a mesma média e variâncias muito diferentes.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from aulas_lib.modelos.vae import reparametrizar


def gradiente_reparametrizacao(
    f: Callable[[Tensor], Tensor], mu: Tensor, logvar: Tensor, n: int, gerador: torch.Generator | None = None
) -> Tensor:
    """n estimativas de ∇_μ E[f(z)], cada uma com um z: ∇_z f(z), em z = μ + σ ε.

    Args:
        f: (n, Z) → (n,), derivável.
        mu: forma (Z,).
        logvar: forma (Z,).
        n: número de estimativas.
        gerador: fonte do acaso.

    Returns:
        Forma (n, Z).
    """
    z = reparametrizar(mu.detach().expand(n, -1), logvar.detach().expand(n, -1), gerador).requires_grad_()
    return torch.autograd.grad(f(z).sum(), z)[0]


def gradiente_escore(
    f: Callable[[Tensor], Tensor], mu: Tensor, logvar: Tensor, n: int, gerador: torch.Generator | None = None
) -> Tensor:
    """n estimativas de ∇_μ E[f(z)], cada uma com um z: f(z) ∇_μ log N(z; μ, σ²) = f(z) (z − μ)/σ².

    Não deriva f: serve até para f discreta, ao preço de mais variância (Williams, 1992, REINFORCE).

    Args:
        f: (n, Z) → (n,).
        mu: forma (Z,).
        logvar: forma (Z,).
        n: número de estimativas.
        gerador: fonte do acaso.

    Returns:
        Forma (n, Z).
    """
    z = reparametrizar(mu.detach().expand(n, -1), logvar.detach().expand(n, -1), gerador)
    return f(z).detach().unsqueeze(1) * (z - mu) / logvar.exp()

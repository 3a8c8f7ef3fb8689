"""Andar pelo espaço latente: o arco entre dois códigos e a gaussiana ajustada a um conjunto deles."""

import torch
from torch import Tensor

from aulas_lib.ambiente import ruido


def slerp(a: Tensor, b: Tensor, t: float) -> Tensor:
    """Interpolação esférica: anda pelo arco entre a e b em vez da reta.

    Equação: [sen((1 − t)ω) a + sen(tω) b] / sen ω, com ω o ângulo entre a e b   (Shoemake, 1985). Se os
    dois são paralelos não há arco, e o resultado é o da reta, `torch.lerp`.

    Args:
        a: forma (..., Z).
        b: mesma forma.
        t: 0 dá a, 1 dá b.

    Returns:
        Forma (..., Z).
    """
    cosseno = torch.nn.functional.cosine_similarity(a, b, dim=-1).clamp(-1, 1).unsqueeze(-1)
    omega = torch.acos(cosseno)
    seno = torch.sin(omega)
    arco = (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / seno
    return torch.where(seno.abs() < 1e-6, torch.lerp(a, b, t), arco)


def amostrar_gaussiana_ajustada(z: Tensor, n: int, gerador: torch.Generator | None = None) -> Tensor:
    """Ajusta aos códigos uma gaussiana de média e covariância completas e sorteia dela.

    Args:
        z: códigos, forma (N, Z), com N > Z.
        n: quantos sortear.
        gerador: fonte do acaso.

    Returns:
        Forma (n, Z).

    Raises:
        ValueError: se há códigos de menos para estimar a covariância.
    """
    if len(z) <= z.shape[1]:
        raise ValueError(
            f"amostrar_gaussiana_ajustada: chegaram {len(z)} códigos de {z.shape[1]} dimensões; a covariância "
            "precisa de mais códigos que dimensões. Codifique mais imagens."
        )
    raiz = torch.linalg.cholesky(torch.cov(z.T))  # covariância = raiz raizᵀ
    return z.mean(0) + ruido(z.new_empty(n, z.shape[1]), gerador) @ raiz.T

"""Distância de transporte entre duas amostras, medida em retas sorteadas."""

import torch
import torch.nn.functional as F
from torch import Tensor


def wasserstein_fatiada(
    a: Tensor, b: Tensor, direcoes: int = 200, gerador: torch.Generator | None = None
) -> float:
    """Distância de Wasserstein fatiada (*sliced*), W₁: a média, sobre direções, da distância entre as projeções.

    Em cada reta, W₁ entre amostras do mesmo tamanho é a média de |a_(i) − b_(i)|, com as duas em ordem crescente.
    Fonte: Rabin e outros (2012); Bonneel e outros (2015).

    Args:
        a, b: amostras, forma (n, D).
        direcoes: quantas retas; em uma dimensão, uma só basta.
        gerador: fonte das direções.

    Returns:
        Na unidade dos dados.

    Raises:
        ValueError: se as formas diferem.
    """
    if a.shape != b.shape or a.ndim != 2:
        raise ValueError(
            f"wasserstein_fatiada: chegaram {tuple(a.shape)} e {tuple(b.shape)}; esperava (n, D) nas duas, com o mesmo "
            "n. Se uma amostra é maior, use as primeiras n linhas dela."
        )
    retas = F.normalize(torch.randn(a.shape[1], direcoes, generator=gerador), dim=0).to(a)  # (D, direções)
    ordenadas = [(x @ retas).sort(dim=0).values for x in (a, b)]
    return (ordenadas[0] - ordenadas[1]).abs().mean().item()

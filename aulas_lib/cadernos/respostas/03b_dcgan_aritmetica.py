"""Respostas da segunda parte da lição 3: um bloco por exercício, com o `id` da célula do caderno."""

import torch
from torch import Tensor


# %% ex_frechet
def minha_frechet(a: Tensor, b: Tensor) -> Tensor:
    """Distância de Fréchet entre as gaussianas ajustadas a a e a b: (N,), (M,) -> um número."""
    return (a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2


# %% ex_memorizacao
def minha_memorizacao(gerados: Tensor, treino: Tensor, guardados: Tensor) -> Tensor:
    """Fração dos gerados mais perto do treino: (M, F), (N, F), (K, F) -> um número entre 0 e 1."""
    n = min(len(treino), len(guardados))  # conjuntos do mesmo tamanho: o maior teria vantagem
    do_treino, dos_guardados = (torch.cdist(gerados, y[:n]).min(dim=1).values for y in (treino, guardados))
    return (do_treino < dos_guardados).float().mean()


# %% ex_aritmetica
def minha_conta(z_a: Tensor, z_b: Tensor, z_c: Tensor, forca: float) -> Tensor:
    """O código de A − B + C: (N, Z), (M, Z), (Z,), número -> (Z,)."""
    return z_c + forca * (z_a.mean(dim=0) - z_b.mean(dim=0))

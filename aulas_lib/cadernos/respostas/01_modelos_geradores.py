"""Respostas da lição 1: um bloco por exercício, com o `id` da célula do caderno."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F


# %% abre_ex_inversa
def minha_inversa(u: torch.Tensor, a: float) -> torch.Tensor:
    """F⁻¹(u) da densidade 2x/a² em [0, a]: (N,) -> (N,)."""
    return a * u.sqrt()


# %% abre_ex_taxa
taxa_aceita = 0.5  # 1/M, com M = 2


# %% exercicio_made
def minhas_mascaras(vez: Tensor, grau: Tensor) -> tuple[Tensor, Tensor]:
    """Máscaras (H, D) da entrada e (D, H) da saída."""
    return (vez[None] <= grau[:, None]).float(), (grau[None] < vez[:, None]).float()


# %% exercicio_caca_mascara
diagnostico = "c"


def mascara_da_primeira_camada(altura: int, largura: int) -> Tensor:
    """1 no que a primeira camada pode ver, 0 no resto: forma (altura, largura)."""
    mascara = torch.ones(altura, largura)
    mascara[-1, largura // 2 :] = 0  # o pixel do centro também fica de fora
    return mascara


# %% exercicio_energia_livre
def minha_energia_livre(v: Tensor, b: Tensor, c: Tensor, W: Tensor) -> Tensor:
    """F(v) de cada exemplo: (B, D), (D,), (H,), (D, H) -> (B,), em nats."""
    return -(v @ b) - F.softplus(c + v @ W).sum(dim=1)


# %% exercicio_log_z
log_z_sem_pesos = 64 * math.log(4) + 10 * math.log(2)

"""Respostas da segunda parte da lição 2: um bloco por exercício, com o `id` da célula do caderno."""

import math

import torch
from torch import Tensor


# %% exercicio_1
def meu_limite(log_w: Tensor) -> Tensor:
    """Limite inferior de log p(x) com K amostras: (K, B) -> (B,), em nats."""
    return torch.logsumexp(log_w, dim=0) - math.log(len(log_w))


# %% exercicio_2
def meu_slerp(a: Tensor, b: Tensor, t: float) -> Tensor:
    """Interpolação esférica de a (t = 0) a b (t = 1): (Z,), (Z,), número -> (Z,)."""
    teta = torch.arccos((a @ b / (a.norm() * b.norm())).clamp(-1, 1))
    if teta < 1e-5:  # quase paralelos: o arco e a reta coincidem
        return (1 - t) * a + t * b
    return (torch.sin((1 - t) * teta) * a + torch.sin(t * teta) * b) / torch.sin(teta)


# %% exercicio_3
def minha_direcao(mu: Tensor, tem: Tensor) -> Tensor:
    """Código médio com o atributo menos o código médio sem ele: (N, Z), (N,) -> (Z,)."""
    return mu[tem.bool()].mean(dim=0) - mu[~tem.bool()].mean(dim=0)


# %% exercicio_4
def meus_ativos(kl_dim: Tensor) -> int:
    """Quantos latentes têm KL média acima de 0,01 nat: (N, Z) -> número inteiro."""
    return int((kl_dim.mean(dim=0) > 0.01).sum())

"""Respostas da lição 2: um bloco por exercício, com o `id` da célula do caderno."""

import torch
from torch import Tensor


# %% exercicio_1
def minha_kl(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL de N(mu, exp(logvar)) para N(0, I): (B, Z), (B, Z) -> (B,), em nats."""
    return -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(dim=1)


# %% exercicio_2
def meu_z(mu: Tensor, logvar: Tensor) -> Tensor:
    """Sorteia z ~ N(mu, exp(logvar)): (B, Z), (B, Z) -> (B, Z)."""
    return mu + torch.exp(logvar / 2) * torch.randn_like(mu)


# %% exercicio_3
variancia = 0.5


# %% exercicio_4
beta = 784 * 0.005


# %% exercicio_5
diagnostico = "c"


def perda_da_colega(x: Tensor, x_til: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """−ELBO de cada exemplo; x e x_til têm forma (B, C, H, W), o resultado tem forma (B,)."""
    rec = ((x - x_til) ** 2).flatten(1).sum(dim=1)  # soma, como a KL
    kl = -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(dim=1)
    return rec + kl


# %% exercicio_6
diagnostico_2 = "b"


def z_e_kl(mu: Tensor, log_sigma: Tensor, eps: Tensor) -> tuple[Tensor, Tensor]:
    """z, de forma (B, Z), e a KL de cada exemplo, de forma (B,); a rede entrega log σ."""
    z = mu + torch.exp(log_sigma) * eps
    kl = -0.5 * (1 + 2 * log_sigma - mu**2 - torch.exp(2 * log_sigma)).sum(dim=1)  # log σ² = 2 log σ
    return z, kl

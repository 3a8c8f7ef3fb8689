"""Respostas da segunda parte da lição 1: um bloco por exercício, com o `id` da célula do caderno."""

import torch
from torch import Tensor, nn


# %% mc_exercicio_1
def minha_aceitacao(log_p: Tensor, log_p_novo: Tensor, log_ida: Tensor, log_volta: Tensor) -> Tensor:
    """Probabilidade de aceitação: quatro vetores (C,) -> (C,), entre 0 e 1."""
    return (log_p_novo - log_p + log_volta - log_ida).clamp(max=0).exp()


# %% mc_exercicio_2
diagnostico_cadeia = "b"


def cadeia_da_colega(x0: Tensor, ruidos: Tensor, u: Tensor) -> Tensor:
    """Metropolis com alvo N(0, 1): x0 sem dimensões, ruidos (T,) e u (T,) em [0, 1) -> estados (T,)."""
    x, estados = x0, []
    for eps, u_t in zip(ruidos, u, strict=True):
        x_novo = x + eps
        razao = torch.exp((x**2 - x_novo**2) / 2)  # p(x_novo) / p(x)
        if u_t < razao:
            x = x_novo
        estados.append(x)  # quem fica também conta
    return torch.stack(estados)


# %% ex_razao
def minha_razao(d: Tensor, n_p: int, n_q: int) -> Tensor:
    """p(x)/q(x) a partir de D(x): (N,) -> (N,)."""
    return n_q / n_p * d / (1 - d)


# %% ex_caca_sigmoide
diagnostico_razao = "b"


def perda_do_colega(a: Tensor, r: Tensor) -> Tensor:
    """Entropia cruzada de cada exemplo, em nats: (B,), (B,) -> (B,)."""
    return nn.functional.binary_cross_entropy_with_logits(a, r, reduction="none")

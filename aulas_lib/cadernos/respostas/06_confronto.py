"""Respostas da lição 6: um bloco por exercício, com o `id` da célula do caderno."""

import torch
from torch import Tensor


# %% ex_parcela
def minha_parcela(x_0: Tensor, x_0_previsto: Tensor, snr_antes: float, snr: float) -> Tensor:
    """A KL de um degrau da difusão, em nats: (B, ...), (B, ...), número, número -> (B,)."""
    return 0.5 * (snr_antes - snr) * (x_0 - x_0_previsto).square().flatten(1).sum(dim=1)


# %% ex_aprendidas
aprendidas = "c"


# %% ex_densidade
def surpresa_do_colega(x: Tensor, media: Tensor, desvio: float) -> Tensor:
    """−log P(x | media, desvio) de cada imagem, em nats: (B, ...), (B, ...), número -> (B,)."""
    normal = torch.distributions.Normal(media, desvio)
    acima = torch.where(x > 0.99, 1.0, normal.cdf(x + 1 / 16))  # o último nível vai até o infinito
    abaixo = torch.where(x < -0.99, 0.0, normal.cdf(x - 1 / 16))
    return -torch.log(acima - abaixo).flatten(1).sum(dim=1)


diagnostico = "b"


# %% ex_escolha
familias = {"exata": "a", "rapida": "c", "codigo": "b", "variada": "d"}

"""log p(x) de um VAE de dois latentes, somando a integral em z ponto por ponto: um oráculo para os limites."""

import math

import torch
from torch import Tensor

from aulas_lib.modelos.reconstrucao import niveis_de
from aulas_lib.modelos.vae import VAE


@torch.no_grad()
def log_p_por_quadratura(modelo: VAE, x: Tensor, lado: int = 201, extensao: float = 6.0) -> Tensor:
    """log p(x) = log ∫ p(x|z) p(z) dz por imagem, em nats, pela soma em uma grade do plano latente.

    Args:
        modelo: VAE de 2 latentes com decoder categórico, (B, 2) → (B, K, C, H, W).
        x: pixels em [−1, 1], forma (B, C, H, W).
        lado: pontos da grade em cada direção; o passo tem de ser menor que o desvio padrão da posteriori.
        extensao: a grade vai de −extensao a extensao.

    Returns:
        Forma (B,).

    Raises:
        ValueError: se o modelo não tem 2 latentes.
    """
    if modelo.latentes != 2:
        raise ValueError(
            f"log_p_por_quadratura: o modelo tem {modelo.latentes} latentes; a grade só é viável com 2. "
            "Use limite_importancia."
        )
    eixo = torch.linspace(-extensao, extensao, lado, device=x.device)
    z = torch.cartesian_prod(eixo, eixo)  # (G, 2)
    log_pz_dz = -z.square().sum(1) / 2 - math.log(2 * math.pi) + 2 * torch.log(eixo[1] - eixo[0])
    log_pi = torch.cat([modelo.decodificar(parte).log_softmax(1).flatten(2) for parte in z.split(4096)])  # (G, K, D)
    niveis = niveis_de(x, log_pi.shape[1]).flatten(1)  # (B, D)
    pixels = torch.arange(niveis.shape[1], device=x.device)
    return torch.stack([torch.logsumexp(log_pi[:, n, pixels].sum(1) + log_pz_dz, 0) for n in niveis])

"""Uma GAN não tem encoder: acha-se o z de uma imagem por otimização."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn


def projetar(
    rede_g: nn.Module,
    x: Tensor,
    caracteristicas: Callable[[Tensor], Tensor] | None,
    candidatos: Tensor,
    passos: int = 150,
    lr: float = 0.05,
    peso: float = 0.01,
) -> tuple[Tensor, Tensor]:
    """Procura z com G(z) ≈ x: o melhor de muitos sorteios e, dali, gradiente.

    Equação: z = argmin ‖G(z) − x‖²/N + λ ‖h(G(z)) − h(x)‖²/F + (λ/Z) (‖z‖ − √Z)²
    A última parcela puxa z para a casca em que N(0, I) tem quase toda a massa.
    Fonte: Zhu e outros (2016); Abdal, Qin e Wonka (2019).

    Args:
        rede_g: gerador, (B, Z) → (B, C, H, W), em modo de avaliação.
        x: imagens a projetar, em [−1, 1], forma (B, C, H, W).
        caracteristicas: h, imagens → (B, F); mede a semelhança que os pixels não veem. Com None, esse termo sai.
        candidatos: z sorteados, forma (N, Z); cada imagem parte do mais parecido com ela.
        passos: passos do Adam.
        lr: taxa de aprendizado inicial, que cai a zero em cosseno.
        peso: λ.

    Returns:
        z, forma (B, Z), e o erro quadrático médio por pixel de cada imagem, forma (B,).

    Raises:
        ValueError: se o que G produz não tem a forma de x.
    """
    with torch.no_grad():
        opcoes = torch.cat([rede_g(parte) for parte in candidatos.split(500)])
        if opcoes.shape[1:] != x.shape[1:]:
            raise ValueError(f"projetar: G produz {tuple(opcoes.shape[1:])} e as imagens são {tuple(x.shape[1:])}.")
        z = candidatos[torch.cdist(x.flatten(1), opcoes.flatten(1)).argmin(dim=1)].clone().requires_grad_()
        alvo = caracteristicas(x) if caracteristicas else None
    otimizador = torch.optim.Adam([z], lr=lr)
    agenda = torch.optim.lr_scheduler.CosineAnnealingLR(otimizador, passos)
    for _ in range(passos):
        gerada = rede_g(z)
        pixels = (gerada - x).square().flatten(1).mean(dim=1)
        perda = pixels + peso * (z.norm(dim=1) - math.sqrt(z.shape[1])).square() / z.shape[1]
        if caracteristicas:
            perda = perda + peso * (caracteristicas(gerada) - alvo).square().mean(dim=1)
        (z.grad,) = torch.autograd.grad(perda.sum(), z)  # só de z: os pesos de G não guardam gradiente
        otimizador.step()
        agenda.step()
    with torch.no_grad():
        return z.detach(), (rede_g(z) - x).square().flatten(1).mean(dim=1)

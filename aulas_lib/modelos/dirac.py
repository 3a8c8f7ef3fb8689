"""A menor GAN que existe, um número contra um número: o bastante para ver as duas redes girarem."""

import torch
from torch import Tensor


def passo_dirac(theta: Tensor, psi: Tensor, lr: float, gama: float = 0.0) -> tuple[Tensor, Tensor]:
    """Um passo alternado da Dirac-GAN: primeiro o discriminador, depois o gerador.

    Os dados são um só ponto, x = 0. O gerador produz θ, e o discriminador tem a nota a(x) = ψ x. No jogo minimax,
    V(θ, ψ) = log σ(0) + log(1 − σ(ψθ)): D sobe em ψ, G desce em θ, e o único equilíbrio é θ = ψ = 0.
    A penalidade R1, (γ/2) ψ², puxa ψ para zero.
    Fonte: Mescheder, Geiger e Nowozin (2018), seção 2.

    Args:
        theta: o que G produz, qualquer forma.
        psi: o peso de D, mesma forma.
        lr: taxa de aprendizado dos dois.
        gama: peso da penalidade R1; 0 não penaliza.

    Returns:
        θ e ψ depois do passo.
    """
    psi = psi + lr * (-theta * torch.sigmoid(psi * theta) - gama * psi)  # ∂V/∂ψ = −θ σ(ψθ)
    theta = theta + lr * psi * torch.sigmoid(psi * theta)  # −∂V/∂θ = ψ σ(ψθ)
    return theta, psi


def trajetoria_dirac(theta: float, psi: float, lr: float, passos: int, gama: float = 0.0) -> Tensor:
    """(θ, ψ) a cada passo, do começo ao fim: forma (passos + 1, 2).

    Args:
        theta, psi: de onde se parte.
        lr: taxa de aprendizado.
        passos: quantos.
        gama: peso da penalidade R1.

    Raises:
        ValueError: se passos não é positivo.
    """
    if passos < 1:
        raise ValueError(f"passos: chegou {passos!r}; esperava um inteiro positivo.")
    ponto = torch.tensor(theta), torch.tensor(psi)
    pontos = [torch.stack(ponto)]
    for _ in range(passos):
        ponto = passo_dirac(*ponto, lr, gama)
        pontos.append(torch.stack(ponto))
    return torch.stack(pontos)

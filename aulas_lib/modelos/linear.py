"""O VAE linear-gaussiano ótimo: o caso em que log p(x), a posteriori e o ELBO são conhecidos em forma fechada."""

import torch
from torch import Tensor, nn

from aulas_lib.dados.distribuicoes import LinearGaussiano
from aulas_lib.modelos.vae import VAE


class EncoderLinear(nn.Module):
    """μ(x) = Ax + c e log σ² constante, concatenados.

    Args:
        A: forma (Z, D).
        c: forma (Z,).
        logvar: forma (Z,).
    """

    def __init__(self, A: Tensor, c: Tensor, logvar: Tensor) -> None:
        super().__init__()
        self.A, self.c, self.logvar = nn.Parameter(A), nn.Parameter(c), nn.Parameter(logvar)

    def forward(self, x: Tensor) -> Tensor:
        """(B, D) → (B, 2Z)."""
        mu = x @ self.A.T + self.c
        return torch.cat([mu, self.logvar.expand_as(mu)], dim=1)


class DecoderLinear(nn.Module):
    """x̃ = Wz + b.

    Args:
        W: forma (D, Z).
        b: forma (D,).
    """

    def __init__(self, W: Tensor, b: Tensor) -> None:
        super().__init__()
        self.W, self.b = nn.Parameter(W), nn.Parameter(b)

    def forward(self, z: Tensor) -> Tensor:
        """(B, Z) → (B, D)."""
        return z @ self.W.T + self.b


def vae_otimo(lei: LinearGaussiano) -> VAE:
    """O VAE de encoder diagonal com o maior ELBO possível para p(z) = N(0, I), p(x|z) = N(Wz + b, s² I).

    A posteriori exata é N(m(x), Λ⁻¹), com Λ = I + WᵀW/s². A melhor q diagonal tem a mesma média e
    σ_j² = 1/Λ_jj, e o ELBO fica abaixo de log p(x) por `folga_diagonal(lei)`, a mesma para todo x.

    Args:
        lei: o modelo linear-gaussiano.
    """
    Lambda = _precisao_posterior(lei)
    A = torch.linalg.solve(Lambda, lei.W.T / lei.variancia)  # (Z, D)
    logvar = -torch.log(torch.diagonal(Lambda))
    return VAE(EncoderLinear(A, -A @ lei.b, logvar), DecoderLinear(lei.W, lei.b), lei.W.shape[1])


def folga_diagonal(lei: LinearGaussiano) -> float:
    """log p(x) − ELBO do `vae_otimo`, em nats: ½ (Σ_j log Λ_jj − log det Λ), zero se WᵀW é diagonal."""
    Lambda = _precisao_posterior(lei)
    return 0.5 * float(torch.log(torch.diagonal(Lambda)).sum() - torch.logdet(Lambda))


def _precisao_posterior(lei: LinearGaussiano) -> Tensor:
    return torch.eye(lei.W.shape[1], dtype=lei.W.dtype, device=lei.W.device) + lei.W.T @ lei.W / lei.variancia

"""Autoencoder convencional: cada imagem vira um ponto do espaço latente (slide "Autoencoders")."""

import torch
from torch import Tensor, nn


class Autoencoder(nn.Module):
    """x → z = encoder(x) → x̃ = decoder(z).

    Args:
        encoder: (B, C, H, W) → (B, Z).
        decoder: (B, Z) → (B, C, H, W).
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, x: Tensor) -> Tensor:
        """Reconstrução x̃, com a mesma forma de x."""
        return self.decoder(self.encoder(x))


def perda_autoencoder(modelo: nn.Module, x: Tensor, gerador: torch.Generator | None = None) -> Tensor:
    """Erro quadrático de reconstrução de cada exemplo: ‖x − x̃‖².

    Args:
        modelo: rede que devolve x̃ com a forma de x.
        x: pixels em [−1, 1], forma (B, C, H, W).
        gerador: sem uso; o autoencoder convencional não sorteia nada.

    Returns:
        Forma (B,), ≥ 0: soma (não média) sobre os pixels.
    """
    return (x - modelo(x)).square().flatten(1).sum(1)

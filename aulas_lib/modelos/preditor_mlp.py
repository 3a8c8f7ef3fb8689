"""O preditor de ruído dos pontos em uma ou duas dimensões: uma rede totalmente conectada que recebe x_t e t."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aulas_lib.redes import MLP, ondas_do_tempo


class PreditorMLP(nn.Module):
    """ε_θ(x_t, t) para pontos.

    Args:
        dimensao: D.
        ocultas: largura de cada camada oculta.
        tempo: quantas ondas descrevem o instante.
    """

    def __init__(self, dimensao: int, ocultas: Sequence[int] = (128, 128, 128), tempo: int = 32) -> None:
        super().__init__()
        self.tempo, self.rede = tempo, MLP(dimensao + tempo, ocultas, dimensao)

    def forward(self, x_t: Tensor, t: Tensor) -> Tensor:
        """(B, D) e t (B,) → (B, D)."""
        return self.rede(torch.cat([x_t, ondas_do_tempo(t, self.tempo).to(x_t.dtype)], dim=1))

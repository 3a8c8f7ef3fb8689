"""O que a GAN de crescimento progressivo (2017) e a StyleGAN dividem: taxa igualada, desvio do lote, norma do pixel.

Fonte: Karras, Aila, Laine e Lehtinen (2018), "Progressive Growing of GANs".
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LinearIgualada(nn.Module):
    """Camada linear com taxa de aprendizado igualada: guarda pesos N(0, 1) e os multiplica por 1/√entrada ao usá-los.

    Equação: y = (W / √entrada) x + b
    Fonte: Karras e outros (2018), seção 4.1.

    Args:
        entrada, saida: tamanhos.
        vies: valor inicial de b.
        taxa: multiplica a taxa de aprendizado desta camada (0,01 na rede de mapeamento).
    """

    def __init__(self, entrada: int, saida: int, vies: float = 0.0, taxa: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(saida, entrada) / taxa)
        self.bias = nn.Parameter(torch.full((saida,), vies / taxa))
        self.ganho, self.taxa = taxa / math.sqrt(entrada), taxa

    def forward(self, x: Tensor) -> Tensor:
        """(B, entrada) → (B, saida)."""
        return F.linear(x, self.ganho * self.weight, self.taxa * self.bias)


class ConvIgualada(nn.Module):
    """Convolução com taxa de aprendizado igualada, sem mudar o lado.

    Equação: W / √(entrada · núcleo²)
    Fonte: Karras e outros (2018), seção 4.1.

    Args:
        entrada, saida: canais.
        nucleo: lado ímpar do núcleo.
    """

    def __init__(self, entrada: int, saida: int, nucleo: int = 3) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(saida, entrada, nucleo, nucleo))
        self.bias = nn.Parameter(torch.zeros(saida))
        self.ganho, self.margem = 1 / math.sqrt(entrada * nucleo**2), nucleo // 2

    def forward(self, x: Tensor) -> Tensor:
        """(B, entrada, H, W) → (B, saida, H, W)."""
        return F.conv2d(x, self.ganho * self.weight, self.bias, padding=self.margem)


class DesvioDoLote(nn.Module):
    """Junta ao mapa um canal com o desvio-padrão entre as imagens do grupo: lotes de imagens iguais se denunciam.

    Equação: s = média sobre posições e canais de √(Var no grupo + 10⁻⁸)
    Fonte: Karras e outros (2018), seção 3.

    Args:
        grupo: imagens por grupo (o lote tem de ser múltiplo, ou menor).
    """

    def __init__(self, grupo: int = 4) -> None:
        super().__init__()
        self.grupo = grupo

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C + 1, H, W)."""
        n = min(self.grupo, len(x))
        desvio = (x.unflatten(0, (n, -1)).var(dim=0, unbiased=False) + 1e-8).sqrt().mean(dim=(1, 2, 3))  # (B/n,)
        return torch.cat([x, desvio.repeat(n)[:, None, None, None].expand(-1, 1, *x.shape[2:])], dim=1)


class NormaDoPixel(nn.Module):
    """Divide o vetor de canais de cada posição pela sua média quadrática.

    Equação: b = a / √(Σ_c a_c² / C + 10⁻⁸)
    Fonte: Karras e outros (2018), seção 4.2.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, ...) → mesma forma."""
        return x * (x.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()

"""Desenho vetorial em torch: formas dadas pela distância com sinal à borda, pintadas sem serrilhado.

A distância com sinal d(x, y) é negativa dentro da forma e positiva fora. Um pixel de lado p recebe a
fração clamp(½ − d/p, 0, 1) da cor: a borda fica suave, e muitas figuras são pintadas de uma vez.
Coordenadas: x de −1 (esquerda) a 1 (direita), y de −1 (alto) a 1 (baixo). As formas aceitam tensores
que se combinam com (B, H, W), por exemplo parâmetros de forma (B, 1, 1).
"""

import torch
from torch import Tensor


def elipse(x: Tensor, y: Tensor, rx: Tensor | float, ry: Tensor | float) -> Tensor:
    """Distância aproximada à elipse centrada na origem, de semieixos `rx` e `ry`.

    Aproximação: k₀(k₀ − 1)/k₁, com k₀ = ‖(x/rx, y/ry)‖ e k₁ = ‖(x/rx², y/ry²)‖; perto da borda, onde o
    pixel é pintado em parte, o erro é de segunda ordem.
    """
    u, v = x / rx, y / ry
    k0, k1 = torch.hypot(u, v), torch.hypot(u / rx, v / ry)
    return k0 * (k0 - 1) / k1.clamp_min(1e-6)


def circulo(x: Tensor, y: Tensor, raio: Tensor | float) -> Tensor:
    """Distância ao círculo centrado na origem."""
    return torch.hypot(x, y) - raio


def retangulo(
    x: Tensor, y: Tensor, meia_largura: Tensor | float, meia_altura: Tensor | float, canto: float
) -> Tensor:
    """Distância ao retângulo de cantos arredondados (raio `canto`) centrado na origem."""
    dx, dy = x.abs() - meia_largura + canto, y.abs() - meia_altura + canto
    return torch.hypot(dx.clamp_min(0), dy.clamp_min(0)) + torch.maximum(dx, dy).clamp_max(0) - canto


def faixa_curva(x: Tensor, y: Tensor, meia_largura: Tensor, flecha: Tensor, espessura: float) -> Tensor:
    """Distância aproximada a um traço em forma de parábola, y = flecha · (1 − (x / meia_largura)²).

    Args:
        flecha: altura do meio do traço em relação às pontas; positiva curva como um sorriso.
        espessura: metade da largura do traço.
    """
    u = x / meia_largura
    curva = flecha * (1 - u.square().clamp_max(1.0))
    inclinacao = 1 + (2 * flecha * u / meia_largura).square()
    fora = (x.abs() - meia_largura).clamp_min(0)
    return torch.hypot((y - curva) / inclinacao.sqrt(), fora) - espessura


class Tela:
    """B imagens RGB pintadas em camadas, da mais funda para a mais próxima.

    Args:
        fundo: cor inicial de cada imagem em [0, 1], forma (B, 3, H, W); é modificada no lugar.
    """

    def __init__(self, fundo: Tensor) -> None:
        self.imagem = fundo
        self.lado_pixel = 2 / fundo.shape[-1]

    def pintar(self, distancia: Tensor, cor: Tensor, opacidade: Tensor | float = 1.0) -> None:
        """Pinta o interior de uma forma.

        Args:
            distancia: distância com sinal à borda, forma (B, H, W), na escala da tela.
            cor: forma (B, 3, 1, 1) ou (3, 1, 1), em [0, 1].
            opacidade: de 0 (não pinta) a 1 (cobre), escalar ou forma (B, 1, 1).
        """
        cobertura = (0.5 - distancia / self.lado_pixel).clamp_(0, 1) * opacidade
        self.imagem.lerp_(cor.expand_as(self.imagem), cobertura.unsqueeze(1).expand_as(self.imagem))

"""Aumento de dados para os dígitos 8×8: deformar o traço como quem escreve de novo.

Cada nível, de 0 a 16, é a contagem dos pontos acesos em um bloco 4×4 de um bitmap 32×32 (Alpaydin e
Kaynak, 1998). Deformar o bitmap e contar de novo dá níveis inteiros e traços nítidos; deformar a imagem
8×8 daria níveis quebrados e borrados.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from aulas_lib.ambiente import conferir_gerador

BLOCO = 4
GRAUS, ESCALA, INCLINACAO, DESLOCAMENTO = 4.0, 0.04, 0.07, 0.125  # desvios-padrão da deformação


def desfazer_contagem(x: Tensor) -> Tensor:
    """Um bitmap 32×32 que, contado em blocos 4×4, devolve exatamente x.

    Em cada bloco, acende os pontos onde uma ampliação suave da imagem é mais clara.

    Args:
        x: dígitos em [−1, 1], forma (B, 1, 8, 8), com 17 níveis.

    Returns:
        Zeros e uns, forma (B, 1, 32, 32).
    """
    niveis = ((x + 1) / 2 * BLOCO**2).round()
    suave = F.interpolate(niveis, scale_factor=BLOCO, mode="bicubic", align_corners=False)
    posto = F.unfold(suave, BLOCO, stride=BLOCO).argsort(1, descending=True).argsort(1)  # (B, 16, 64)
    return F.fold((posto < niveis.flatten(2)).float(), suave.shape[-2:], BLOCO, stride=BLOCO)


def aumentar(
    x: Tensor, copias: int, gerador: torch.Generator | None = None, proporcao: float = 0.8
) -> Tensor:
    """Várias cópias de cada dígito, cada uma girada, esticada, inclinada e deslocada um pouco ao acaso.

    Args:
        x: dígitos em [−1, 1], forma (B, 1, 8, 8), com 17 níveis.
        copias: quantas de cada.
        gerador: fonte do acaso.
        proporcao: fração das cópias que muda; as outras ficam como vieram.

    Returns:
        Forma (copias · B, 1, 8, 8), mesmos 17 níveis; a cópia c da imagem i está em c · B + i.

    Raises:
        ValueError: se a forma não é a dos dígitos, ou se o gerador é de outro dispositivo.
    """
    if x.dim() != 4 or x.shape[1:] != (1, 8, 8) or copias < 1:
        raise ValueError(
            f"aumentar: chegaram a forma {tuple(x.shape)} e copias={copias}; "
            "esperava dígitos, (B, 1, 8, 8), e pelo menos 1 cópia."
        )
    conferir_gerador(gerador, x.device)
    bitmaps = desfazer_contagem(x)
    partes = [_deformar(bitmaps, gerador) for _ in range(copias)]
    mudam = torch.rand(copias * len(x), 1, 1, 1, generator=gerador, device=x.device) < proporcao
    return torch.where(mudam, torch.cat(partes), x.repeat(copias, 1, 1, 1))


def _deformar(bitmaps: Tensor, gerador: torch.Generator | None) -> Tensor:
    g = torch.randn(6, len(bitmaps), generator=gerador, device=bitmaps.device)
    angulo, zx, zy = math.radians(GRAUS) * g[0], 1 + ESCALA * g[1], 1 + ESCALA * g[2]
    linhas = [
        torch.stack([angulo.cos() * zx, INCLINACAO * g[3] - angulo.sin() * zy, DESLOCAMENTO * g[4]], 1),
        torch.stack([angulo.sin() * zx, angulo.cos() * zy, DESLOCAMENTO * g[5]], 1),
    ]
    malha = F.affine_grid(torch.stack(linhas, 1), list(bitmaps.shape), align_corners=False)
    deformados = F.grid_sample(bitmaps, malha, mode="nearest", align_corners=False)
    return 2 * F.avg_pool2d(deformados, BLOCO) - 1

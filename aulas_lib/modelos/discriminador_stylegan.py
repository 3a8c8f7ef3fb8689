"""O discriminador da StyleGAN2 (2020).

Fonte: Karras e outros (2020), StyleGAN2, seção 4; Karras e outros (2020b), "Training Generative Adversarial Networks
with Limited Data", apêndice D.
"""

import math
from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.modelos.taxa_igualada import DesvioDoLote
from aulas_lib.redes import lado_final


class BlocoResidual(nn.Module):
    """Duas convoluções e um atalho, que dividem o lado por dois; a soma é dividida por √2.

    Args:
        entrada, saida: canais.
    """

    def __init__(self, entrada: int, saida: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(entrada, entrada, 3, padding=1)
        self.conv2 = nn.Conv2d(entrada, saida, 4, stride=2, padding=1)
        self.atalho = nn.Conv2d(entrada, saida, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, entrada, H, W) → (B, saida, H/2, W/2)."""
        h = F.leaky_relu(self.conv2(F.leaky_relu(self.conv1(x), 0.2)), 0.2)
        return (h + self.atalho(F.avg_pool2d(x, 2))) / math.sqrt(2)


class DiscriminadorStyleGAN2(nn.Module):
    """Imagem → logit: etapas que dividem o lado por dois, desvio do lote e duas camadas densas.

    As camadas são as comuns; no artigo, elas têm taxa igualada, e as etapas são blocos residuais. Para imagens de
    32 × 32, os próprios autores os dispensam (Karras e outros, 2020b, apêndice D). Para custar menos, começa na metade
    do lado: cada quadrado de 2 × 2 pixels vira uma posição com 4 vezes os canais.

    Args:
        canais: canais da imagem.
        tamanho: lado; dividido por 2 uma vez mais do que há larguras, tem de dar um inteiro.
        larguras: canais depois de cada etapa.
        dimensao: saídas da primeira camada densa.
        residual: se as etapas são blocos residuais.

    Raises:
        ValueError: se o tamanho não é divisível.
    """

    def __init__(
        self, canais: int, tamanho: int, larguras: Sequence[int] = (64, 128, 192), dimensao: int = 128,
        residual: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        lado, etapa = lado_final(tamanho, [canais, *larguras]), BlocoResidual if residual else _dividir
        pares = zip([4 * canais, *larguras[:-1]], larguras, strict=True)
        self.etapas = nn.Sequential(nn.PixelUnshuffle(2), *[etapa(a, b) for a, b in pares])
        self.fim = nn.Sequential(
            DesvioDoLote(), nn.Flatten(), nn.Linear((larguras[-1] + 1) * lado**2, dimensao), nn.LeakyReLU(0.2),
            nn.Linear(dimensao, 1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """(B, canais, tamanho, tamanho) → (B, 1)."""
        return self.fim(self.etapas(x))


def _dividir(entrada: int, saida: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(entrada, saida, 4, stride=2, padding=1), nn.LeakyReLU(0.2))

"""DCGAN: gerador e discriminador convolucionais, sem camada oculta totalmente conectada.

Fonte: Radford, Metz e Chintala (2016). Aqui o discriminador não tem BatchNorm: a penalidade R1 deriva a nota de cada
imagem em relação a ela mesma, e o BatchNorm misturaria as imagens do lote.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from aulas_lib.redes import lado_final


class GeradorDC(nn.Module):
    """z → imagem: uma camada linear e convoluções transpostas que dobram o lado a cada etapa.

    Args:
        canais: canais da imagem.
        tamanho: lado da imagem; dividido por 2 uma vez por largura, tem de dar um inteiro.
        larguras: canais em cada resolução, da menor para a maior.
        latentes: dimensão de z.

    Raises:
        ValueError: se o tamanho não é divisível.
    """

    def __init__(self, canais: int, tamanho: int, larguras: Sequence[int] = (128, 64, 64), latentes: int = 64) -> None:
        super().__init__()
        lado = lado_final(tamanho, larguras)
        self.latentes = latentes
        camadas: list[nn.Module] = [
            nn.Linear(latentes, larguras[0] * lado**2, bias=False), nn.Unflatten(1, (larguras[0], lado, lado)),
        ]  # fmt: skip
        for a, b in zip(larguras[:-1], larguras[1:], strict=True):
            camadas += [nn.BatchNorm2d(a), nn.ReLU(), nn.ConvTranspose2d(a, b, 4, stride=2, padding=1, bias=False)]
        camadas += [nn.BatchNorm2d(larguras[-1]), nn.ReLU()]
        camadas += [nn.ConvTranspose2d(larguras[-1], canais, 4, stride=2, padding=1), nn.Tanh()]
        self.camadas = nn.Sequential(*camadas)

    def forward(self, z: Tensor) -> Tensor:
        """(B, latentes) → imagens em [−1, 1], forma (B, canais, tamanho, tamanho)."""
        return self.camadas(z)


class DiscriminadorDC(nn.Module):
    """Imagem → logit: convoluções que dividem o lado por dois e uma camada linear no fim.

    Args:
        canais: canais da imagem.
        tamanho: lado da imagem; dividido por 2 uma vez por largura, tem de dar um inteiro.
        larguras: canais depois de cada convolução.

    Raises:
        ValueError: se o tamanho não é divisível.
    """

    def __init__(self, canais: int, tamanho: int, larguras: Sequence[int] = (24, 48, 96)) -> None:
        super().__init__()
        lado = lado_final(tamanho, larguras)
        camadas: list[nn.Module] = []
        for a, b in zip([canais, *larguras[:-1]], larguras, strict=True):
            camadas += [nn.Conv2d(a, b, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        self.camadas = nn.Sequential(*camadas, nn.Flatten(), nn.Linear(larguras[-1] * lado**2, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(B, canais, tamanho, tamanho) → (B, 1)."""
        return self.camadas(x)

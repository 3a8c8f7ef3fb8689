"""GAN de crescimento progressivo (2017): começa em imagens pequenas e ganha camadas durante o treino.

Fonte: Karras, Aila, Laine e Lehtinen (2018), "Progressive Growing of GANs" (o artigo é de 2017).
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.modelos.taxa_igualada import ConvIgualada, DesvioDoLote, LinearIgualada, NormaDoPixel
from aulas_lib.redes import dobrar


class _Crescente(nn.Module):
    """O que as duas redes dividem: o estágio em que estão e quanto da camada nova já entrou.

    Cada uma tem `blocos` e `rgb` (as convoluções 1 × 1 de e para as cores), um por estágio, e `fixa`, usada em todos.
    """

    fixa: nn.Module
    blocos: nn.ModuleList
    rgb: nn.ModuleList

    def __init__(self, lado: int, estagios: int) -> None:
        super().__init__()
        self.lado, self.estagios = lado, estagios
        self.crescer(estagios - 1)

    def crescer(self, estagio: int, alfa: float = 1.0) -> None:
        """Passa ao estágio pedido, com a camada nova pela fração alfa.

        Args:
            estagio: de 0, a menor imagem, a estagios − 1.
            alfa: 0 é só a camada antiga, com o lado dobrado; 1, só a nova.

        Raises:
            ValueError: se o estágio não existe ou alfa não está entre 0 e 1.
        """
        if not (0 <= estagio < self.estagios and 0 <= alfa <= 1):
            raise ValueError(
                f"crescer: chegaram estágio {estagio} e alfa {alfa}; esperava estágio de 0 a {self.estagios - 1} e "
                "alfa de 0 a 1."
            )
        self.estagio, self.alfa = estagio, alfa

    def em_uso(self) -> list[nn.Module]:
        """As camadas por que passa a imagem neste estágio; as outras não têm gradiente."""
        primeira = self.estagio - 1 if self.alfa < 1 and self.estagio else self.estagio
        return [self.fixa, *self.blocos[: self.estagio + 1], *self.rgb[primeira : self.estagio + 1]]


class GeradorProgressivo(_Crescente):
    """z → imagem do estágio em que está, repetida até o lado final, para que os dados não precisem mudar de forma.

    Args:
        canais: canais da imagem.
        larguras: canais em cada estágio, da menor imagem para a maior.
        latentes: dimensão de z.
        lado: da imagem do primeiro estágio.
    """

    def __init__(
        self, canais: int, larguras: Sequence[int] = (64, 48, 32), latentes: int = 64, lado: int = 8
    ) -> None:
        super().__init__(lado, len(larguras))
        self.latentes, self.larguras = latentes, larguras
        self.fixa = nn.Sequential(NormaDoPixel(), LinearIgualada(latentes, larguras[0] * lado**2))
        anteriores = [larguras[0], *larguras[:-1]]
        self.blocos = nn.ModuleList(
            nn.Sequential(*_par(a, b), *_par(b, b)) for a, b in zip(anteriores, larguras, strict=True)
        )
        self.rgb = nn.ModuleList(ConvIgualada(largura, canais, 1) for largura in larguras)

    def forward(self, z: Tensor) -> Tensor:
        """(B, latentes) → (B, canais, L, L), com L o lado do último estágio."""
        h = self.fixa(z).unflatten(1, (-1, self.lado, self.lado))
        antes = None
        for i in range(self.estagio + 1):
            antes, h = h, self.blocos[i](dobrar(h) if i else h)
        x = self.rgb[self.estagio](h)
        if self.alfa < 1 and self.estagio:
            x = torch.lerp(dobrar(self.rgb[self.estagio - 1](antes)), x, self.alfa)
        return dobrar(x, 2 ** (self.estagios - 1 - self.estagio))


class DiscriminadorProgressivo(_Crescente):
    """Imagem no lado final → nota, depois de reduzida ao lado do estágio: o espelho do gerador.

    (No artigo, enquanto a camada nova entra, as imagens reais também perdem nitidez por alfa. Aqui, não.)

    Args:
        canais: canais da imagem.
        larguras: canais em cada estágio, da menor imagem para a maior.
        lado: da imagem do primeiro estágio.
    """

    def __init__(self, canais: int, larguras: Sequence[int] = (64, 48, 32), lado: int = 8) -> None:
        super().__init__(lado, len(larguras))
        anteriores = [larguras[0], *larguras[:-1]]
        self.rgb = nn.ModuleList(ConvIgualada(canais, largura, 1) for largura in larguras)
        self.blocos = nn.ModuleList(
            nn.Sequential(*_par(b, b, False), *_par(b, a, False), nn.AvgPool2d(2))
            for a, b in zip(anteriores, larguras, strict=True)
        )
        primeira = larguras[0]
        self.fixa = nn.Sequential(
            DesvioDoLote(), *_par(primeira + 1, primeira, False), nn.Flatten(),
            LinearIgualada(primeira * (lado // 2) ** 2, primeira), nn.LeakyReLU(0.2), LinearIgualada(primeira, 1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """(B, canais, L, L) → (B, 1)."""
        x = F.avg_pool2d(x, 2 ** (self.estagios - 1 - self.estagio))
        h = self.blocos[self.estagio](self.rgb[self.estagio](x))
        if self.alfa < 1 and self.estagio:
            h = torch.lerp(self.rgb[self.estagio - 1](F.avg_pool2d(x, 2)), h, self.alfa)
        for i in reversed(range(self.estagio)):
            h = self.blocos[i](h)
        return self.fixa(h)


def _par(entrada: int, saida: int, com_norma: bool = True) -> list[nn.Module]:
    norma: list[nn.Module] = [NormaDoPixel()] if com_norma else []
    return [ConvIgualada(entrada, saida), nn.LeakyReLU(0.2), *norma]


def momento(volta: int, estavel: int, entrada: int, estagios: int) -> tuple[int, float]:
    """Em que estágio está o treino, e quanto da camada nova já entrou.

    Cada estágio, menos o primeiro, começa com `entrada` voltas em que alfa vai de 0 a 1; depois, `estavel` voltas com
    alfa = 1. O último dura até o fim.

    Args:
        volta: a de agora, a partir de 0.
        estavel, entrada: voltas de cada fase.
        estagios: quantos.

    Returns:
        O estágio, de 0 a estagios − 1, e alfa.
    """
    if volta < estavel:
        return 0, 1.0
    estagio = min(1 + (volta - estavel) // (entrada + estavel), estagios - 1)
    inicio = estavel + (estagio - 1) * (entrada + estavel)
    return estagio, min((volta - inicio) / entrada, 1.0)

"""Blocos de rede que os modelos do curso compartilham. Nenhum deles conhece uma função de perda."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn


class MLP(nn.Module):
    """Rede totalmente conectada: Linear → ativação (→ dropout) em cada camada oculta, Linear na saída.

    Args:
        entrada: número de entradas; imagens são achatadas.
        ocultas: largura de cada camada oculta.
        saida: número de saídas, ou a forma de uma saída, por exemplo (1, 8, 8).
        ativacao: classe da não linearidade.
        dropout: probabilidade de zerar uma unidade oculta no treino.
    """

    def __init__(
        self,
        entrada: int,
        ocultas: Sequence[int],
        saida: int | Sequence[int],
        ativacao: Callable[[], nn.Module] = nn.SiLU,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.forma_saida = (saida,) if isinstance(saida, int) else tuple(saida)
        larguras = [entrada, *ocultas]
        camadas: list[nn.Module] = [nn.Flatten()]
        for a, b in zip(larguras[:-1], larguras[1:], strict=True):
            camadas += [nn.Linear(a, b), ativacao()] + ([nn.Dropout(dropout)] if dropout else [])
        camadas.append(nn.Linear(larguras[-1], torch.Size(self.forma_saida).numel()))
        self.camadas = nn.Sequential(*camadas)

    def forward(self, x: Tensor) -> Tensor:
        """(B, ...) → (B, *saida)."""
        return self.camadas(x).unflatten(1, self.forma_saida)


class BlocoResidual(nn.Module):
    """x + conv(ativação(norma(conv(ativação(norma(x)))))), com a mesma forma na entrada e na saída.

    Args:
        canais: número de canais, múltiplo de 8 (GroupNorm com 8 grupos).
    """

    def __init__(self, canais: int) -> None:
        super().__init__()
        self.ramo = nn.Sequential(
            nn.GroupNorm(8, canais), nn.SiLU(), nn.Conv2d(canais, canais, 3, padding=1),
            nn.GroupNorm(8, canais), nn.SiLU(), nn.Conv2d(canais, canais, 3, padding=1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C, H, W)."""
        return x + self.ramo(x)


class EncoderConv(nn.Module):
    """Encoder convolucional: cada etapa divide H e W por dois; no fim, uma camada linear.

    Args:
        canais: canais da imagem.
        tamanho: altura e largura da imagem, múltiplo de 2^(número de larguras).
        larguras: canais depois de cada etapa, múltiplos de 8.
        saida: dimensão do vetor de saída.
    """

    def __init__(self, canais: int, tamanho: int, larguras: Sequence[int], saida: int) -> None:
        super().__init__()
        lado = _lado_final(tamanho, larguras)
        etapas: list[nn.Module] = []
        for antes, depois in zip([canais, *larguras[:-1]], larguras, strict=True):
            etapas += [nn.Conv2d(antes, depois, 4, stride=2, padding=1), BlocoResidual(depois)]
        self.etapas = nn.Sequential(*etapas)
        self.cabeca = nn.Sequential(nn.SiLU(), nn.Flatten(), nn.Linear(larguras[-1] * lado * lado, saida))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, saida)."""
        return self.cabeca(self.etapas(x))


class DecoderConv(nn.Module):
    """Espelho de `EncoderConv`: camada linear e etapas que dobram H e W (vizinho mais próximo + conv).

    Args:
        entrada: dimensão do vetor latente.
        tamanho: altura e largura da imagem, múltiplo de 2^(número de larguras).
        larguras: canais de cada etapa, do fundo para a imagem, múltiplos de 8.
        canais: canais da imagem.
    """

    def __init__(self, entrada: int, tamanho: int, larguras: Sequence[int], canais: int) -> None:
        super().__init__()
        lado = _lado_final(tamanho, larguras)
        self.entrada = nn.Sequential(
            nn.Linear(entrada, larguras[0] * lado * lado), nn.Unflatten(1, (larguras[0], lado, lado))
        )
        etapas: list[nn.Module] = []
        for antes, depois in zip(larguras, [*larguras[1:], larguras[-1]], strict=True):
            etapas += [
                BlocoResidual(antes),
                nn.Upsample(scale_factor=2),
                nn.Conv2d(antes, depois, 3, padding=1),
            ]
        self.etapas = nn.Sequential(*etapas)
        self.saida = nn.Sequential(nn.SiLU(), nn.Conv2d(larguras[-1], canais, 3, padding=1))

    def forward(self, z: Tensor) -> Tensor:
        """(B, Z) → (B, C, H, W), sem ativação final."""
        return self.saida(self.etapas(self.entrada(z)))


def _lado_final(tamanho: int, larguras: Sequence[int]) -> int:
    fator = 2 ** len(larguras)
    if not larguras or tamanho % fator:
        raise ValueError(
            f"tamanho={tamanho} com {len(larguras)} etapas: cada etapa divide o lado por dois, "
            f"então o tamanho tem de ser múltiplo de {fator}. Mude o tamanho ou o número de larguras."
        )
    return tamanho // fator

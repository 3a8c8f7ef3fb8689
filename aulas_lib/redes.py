"""Blocos de rede que os modelos do curso compartilham. Nenhum deles conhece uma função de perda."""

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
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


class SaidaDeNiveis(nn.Module):
    """Camada de saída para pixels de K níveis ordenados: poucas curvas, repartidas por todos os pixels.

    logits[k] = b[k] + Σ_r h_r c_r[k], em que h são R números que a rede dá a cada pixel e as curvas c_r são
    aprendidas e comuns a todos (começam em cossenos, que variam devagar com o nível k). Com R menor que K
    há menos pesos e o nível 7 aprende com o 6 e o 8. O viés b começa no log da frequência de cada nível em
    cada pixel: sem saber nada de z, a rede já dá a lei de pixels independentes.

    Args:
        entrada: número de entradas.
        frequencia: frequência de cada nível em cada pixel no treino, forma (K, C, H, W), somando 1 em K.
        curvas: R.
    """

    def __init__(self, entrada: int, frequencia: Tensor, curvas: int = 6) -> None:
        super().__init__()
        k = frequencia.shape[0]
        self.forma = (curvas, *frequencia.shape[1:])
        self.linear = nn.Linear(entrada, torch.Size(self.forma).numel())
        angulo = torch.linspace(0, torch.pi, k)
        self.curvas = nn.Parameter(torch.stack([(r * angulo).cos() for r in range(1, curvas + 1)], 1))  # (K, R)
        self.vies = nn.Parameter((frequencia + 0.01).log())  # (K, C, H, W)

    def forward(self, x: Tensor) -> Tensor:
        """(B, entrada) → logits (B, K, C, H, W)."""
        h = self.linear(x).unflatten(1, self.forma)  # (B, R, C, H, W)
        return torch.einsum("kr,brchw->bkchw", self.curvas, h) + self.vies


class EncoderConv(nn.Module):
    """Duas convoluções que dividem H e W por dois e duas camadas lineares: rápido em CPU.

    Serve a imagens alinhadas, como as carinhas, em que cada traço está sempre perto do mesmo lugar.

    Args:
        canais: canais da imagem.
        tamanho: altura e largura da imagem, múltiplo de 4.
        larguras: canais depois de cada convolução.
        oculta: unidades da camada linear do meio.
        saida: dimensão do vetor de saída.
    """

    def __init__(self, canais: int, tamanho: int, larguras: tuple[int, int], oculta: int, saida: int) -> None:
        super().__init__()
        lado = lado_final(tamanho, larguras)
        a, b = larguras
        self.camadas = nn.Sequential(
            nn.Conv2d(canais, a, 4, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(a, b, 4, stride=2, padding=1), nn.SiLU(),
            nn.Flatten(), nn.Linear(b * lado * lado, oculta), nn.SiLU(), nn.Linear(oculta, saida),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, saida)."""
        return self.camadas(x)


class DecoderConv(nn.Module):
    """Espelho de `EncoderConv`: camadas lineares e duas convoluções que dobram H e W.

    Cada convolução calcula 4 valores por canal e posição, que `PixelShuffle` põe lado a lado.

    Args:
        entrada: dimensão do vetor latente.
        tamanho: altura e largura da imagem, múltiplo de 4.
        larguras: canais antes de cada convolução, do fundo para a imagem.
        oculta: unidades das camadas lineares do meio.
        canais: canais da imagem.
    """

    def __init__(self, entrada: int, tamanho: int, larguras: tuple[int, int], oculta: int, canais: int) -> None:
        super().__init__()
        lado = lado_final(tamanho, larguras)
        a, b = larguras
        self.camadas = nn.Sequential(
            nn.Linear(entrada, oculta), nn.SiLU(), nn.Linear(oculta, oculta), nn.SiLU(),
            nn.Linear(oculta, a * lado * lado), nn.Unflatten(1, (a, lado, lado)),
            nn.Conv2d(a, 4 * b, 3, padding=1), nn.PixelShuffle(2), nn.SiLU(),
            nn.Conv2d(b, 4 * canais, 3, padding=1), nn.PixelShuffle(2),
        )  # fmt: skip

    def forward(self, z: Tensor) -> Tensor:
        """(B, Z) → (B, C, H, W), sem ativação final."""
        return self.camadas(z)


def ondas_do_tempo(t: Tensor, dimensao: int, periodo: float = 10_000.0) -> Tensor:
    """Senos e cossenos de frequências em progressão geométrica: (B,) → (B, dimensao).

    Equação: sen(t ω_k) e cos(t ω_k), ω_k = periodo^(−k/(dimensao/2))
    Fonte: Vaswani e outros (2017), seção 3.5.

    Args:
        t: instantes, forma (B,).
        dimensao: par.
        periodo: a maior escala de t que as ondas distinguem.
    """
    metade = dimensao // 2
    frequencias = torch.exp(-math.log(periodo) / metade * torch.arange(metade, device=t.device))
    angulos = t[:, None].float() * frequencias
    return torch.cat([angulos.sin(), angulos.cos()], dim=1)


def dobrar(x: Tensor, vezes: int = 2) -> Tensor:
    """Repete cada pixel em um quadrado vezes × vezes: (B, C, H, W) → (B, C, vezes·H, vezes·W)."""
    return F.interpolate(x, scale_factor=vezes, mode="nearest") if vezes > 1 else x


def lado_final(tamanho: int, larguras: Sequence[int]) -> int:
    """Lado da menor grade de uma rede que divide o lado por dois uma vez por largura.

    Raises:
        ValueError: se não há larguras ou se o tamanho não é divisível tantas vezes por dois.
    """
    fator = 2 ** len(larguras)
    if not larguras or tamanho % fator:
        raise ValueError(
            f"tamanho={tamanho} com {len(larguras)} etapas: cada etapa divide o lado por dois, "
            f"então o tamanho tem de ser múltiplo de {fator}. Mude o tamanho ou o número de larguras."
        )
    return tamanho // fator

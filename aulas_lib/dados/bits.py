"""Dados de dois valores: dígitos binarizados, e pontos do plano escritos em bits.

Um modelo que só conhece zeros e uns (a máquina de Boltzmann, uma FVBN de dois níveis) serve também a pontos do
plano, desde que cada ponto seja trocado pela célula em que cai e o número da célula, por bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aulas_lib.ambiente import conferir_gerador


def binarizar(x: Tensor) -> Tensor:
    """Imagens de dois níveis: 1 onde x ≥ 0, −1 no resto.

    Args:
        x: pixels em [−1, 1], qualquer forma. Nos dígitos 8×8, x ≥ 0 são os níveis de 8 a 16.

    Returns:
        Mesma forma, valores −1 e 1.
    """
    return torch.where(x >= 0, 1.0, -1.0)


def bits(x: Tensor) -> Tensor:
    """As imagens como vetores de zeros e uns: 1 onde x ≥ 0.

    Args:
        x: pixels em [−1, 1], forma (N, ...).

    Returns:
        Forma (N, D), float32.
    """
    return (x >= 0).float().flatten(1)


def de_bits(v: Tensor, forma: Sequence[int]) -> Tensor:
    """Volta de zeros e uns (ou de probabilidades) para pixels em [−1, 1].

    Args:
        v: valores em [0, 1], forma (N, D).
        forma: forma de uma imagem, por exemplo (1, 8, 8).

    Returns:
        Forma (N, *forma).
    """
    return (2 * v - 1).unflatten(1, tuple(forma))


@dataclass(frozen=True)
class Celulas:
    """Grade de 2^b × 2^b células sobre o quadrado [−limite, limite]²: cada ponto do plano vira 2b bits.

    Cada coordenada é escrita em código de Gray (Gray, 1953), em que células vizinhas diferem em um só bit: com o
    binário comum, passar da célula 15 para a 16 trocaria cinco bits de uma vez.

    Attributes:
        limite: metade do lado do quadrado.
        bits_por_eixo: b, de 1 a 10.
    """

    limite: float = 3.0
    bits_por_eixo: int = 5

    def __post_init__(self) -> None:
        if not (self.limite > 0 and 1 <= self.bits_por_eixo <= 10):
            raise ValueError(
                f"Celulas recebeu limite={self.limite} e bits_por_eixo={self.bits_por_eixo}: "
                "use um limite positivo e de 1 a 10 bits."
            )

    @property
    def por_eixo(self) -> int:
        """Células em cada eixo, 2^b."""
        return 2**self.bits_por_eixo

    @property
    def area(self) -> float:
        """Área de uma célula: a densidade é a probabilidade da célula dividida por ela."""
        return (2 * self.limite / self.por_eixo) ** 2

    def codificar(self, pontos: Tensor) -> Tensor:
        """Bits da célula de cada ponto; o que está fora do quadrado vai para a célula da borda.

        Args:
            pontos: forma (N, 2).

        Returns:
            Zeros e uns, forma (N, 2b): primeiro os bits de x, depois os de y, do mais ao menos significativo.

        Raises:
            ValueError: se os pontos não têm a forma (N, 2).
        """
        if pontos.ndim != 2 or pontos.shape[1] != 2:
            raise ValueError(f"codificar recebeu a forma {tuple(pontos.shape)}; esperava pontos do plano, (N, 2).")
        celula = ((pontos + self.limite) / (2 * self.limite) * self.por_eixo).floor().long()
        celula = celula.clamp(0, self.por_eixo - 1)
        gray = celula ^ (celula >> 1)  # (N, 2)
        potencias = torch.arange(self.bits_por_eixo - 1, -1, -1, device=pontos.device)
        return ((gray[..., None] >> potencias) & 1).float().flatten(1)

    def decodificar(self, v: Tensor, gerador: torch.Generator | None = None, centro: bool = False) -> Tensor:
        """Um ponto em cada célula: sorteado dentro dela ou, com `centro=True`, o do meio.

        Args:
            v: zeros e uns, forma (N, 2b).
            gerador: fonte do acaso.
            centro: se o ponto é o centro da célula.

        Returns:
            Pontos do plano, forma (N, 2).

        Raises:
            ValueError: se v não tem 2b colunas, ou se o gerador é de outro dispositivo.
        """
        if v.ndim != 2 or v.shape[1] != 2 * self.bits_por_eixo:
            raise ValueError(
                f"decodificar recebeu a forma {tuple(v.shape)}; esperava (N, {2 * self.bits_por_eixo}), "
                f"os {self.bits_por_eixo} bits de cada coordenada."
            )
        conferir_gerador(gerador, v.device)
        gray = v.round().long().unflatten(1, (2, self.bits_por_eixo))
        binario = gray.cumsum(-1) % 2  # cada bit do número é a paridade dos bits de Gray até ele
        potencias = 2 ** torch.arange(self.bits_por_eixo - 1, -1, -1, device=v.device)
        celula = (binario * potencias).sum(-1)  # (N, 2)
        dentro = 0.5 if centro else torch.rand(celula.shape, generator=gerador, device=v.device)
        return (celula + dentro) / self.por_eixo * 2 * self.limite - self.limite

    def todas(self) -> Tensor:
        """Os códigos de todas as células, forma (4^b, 2b); x varia mais devagar que y."""
        eixo = (torch.arange(self.por_eixo) + 0.5) / self.por_eixo * 2 * self.limite - self.limite
        return self.codificar(torch.cartesian_prod(eixo, eixo))

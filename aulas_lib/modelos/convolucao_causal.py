"""Convolução mascarada com porta: a FVBN que reparte os mesmos filtros por todos os pixels (PixelCNN).

Van den Oord e outros (2016), "Pixel Recurrent Neural Networks" e "Conditional Image Generation with PixelCNN
Decoders". Slide "Tipos de métodos".
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.modelos.autorregressivo import FVBN
from aulas_lib.modelos.mascaras import partir_da_frequencia


class ConvMascarada(nn.Conv2d):
    """Convolução que só olha para as linhas de cima e para a esquerda, na ordem de leitura.

    O pixel fica no meio da última linha do filtro; o que está à direita dele é apagado por uma máscara.

    Args:
        entrada: canais de entrada.
        saida: canais de saída.
        altura: linhas do filtro: a do pixel e as de cima.
        largura: colunas do filtro, um número ímpar.
        ve_a_si: False (máscara A) na primeira camada, que lê x; True (máscara B) nas outras, que leem só o passado.

    Raises:
        ValueError: se a largura é par: o pixel não teria um meio.
    """

    def __init__(self, entrada: int, saida: int, altura: int, largura: int, ve_a_si: bool) -> None:
        if largura % 2 == 0:
            raise ValueError(f"ConvMascarada: chegou largura={largura}; esperava um número ímpar de colunas.")
        super().__init__(entrada, saida, (altura, largura))
        mascara = mascara_causal(altura, largura, ve_a_si)
        self.register_buffer("mascara", mascara)
        with torch.no_grad():  # menos pesos vivos: cada um começa maior, e a saída tem a mesma escala
            self.weight.mul_((mascara.numel() / mascara.sum()).sqrt())

    def forward(self, x: Tensor) -> Tensor:
        """(B, entrada, H, W) → (B, saida, H, W)."""
        altura, largura = self.kernel_size
        com_borda = F.pad(x, (largura // 2, largura // 2, altura - 1, 0))
        return F.conv2d(com_borda, self.weight * self.mascara, self.bias)


def mascara_causal(altura: int, largura: int, ve_a_si: bool) -> Tensor:
    """Uns no que vem antes do pixel na ordem de leitura; o pixel é o meio da última linha.

    Args:
        altura: linhas do filtro.
        largura: colunas do filtro.
        ve_a_si: se o próprio pixel também vale 1.

    Returns:
        Zeros e uns, forma (altura, largura).
    """
    mascara = torch.ones(altura, largura)
    mascara[-1, largura // 2 + ve_a_si :] = 0
    return mascara


class BlocoComPorta(nn.Module):
    """Bloco residual: h + V(tanh(a) ⊙ σ(b)), com a e b saídos de uma convolução mascarada; V mistura os canais.

    Equação: a porta σ(b), entre 0 e 1, decide quanto de tanh(a) passa   (van den Oord e outros, 2016b)

    Args:
        canais: canais de entrada e de saída.
        altura: linhas do filtro.
        largura: colunas do filtro.
        dropout: probabilidade de zerar uma saída da porta no treino.
    """

    def __init__(self, canais: int, altura: int, largura: int, dropout: float) -> None:
        super().__init__()
        self.conv = ConvMascarada(canais, 2 * canais, altura, largura, ve_a_si=True)
        self.volta = nn.Conv2d(canais, canais, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, h: Tensor) -> Tensor:
        """(B, canais, H, W) → mesma forma."""
        a, b = self.conv(h).chunk(2, dim=1)
        return h + self.volta(self.dropout(torch.tanh(a) * torch.sigmoid(b)))


class ConvolucaoCausal(FVBN):
    """FVBN convolucional na ordem de leitura: log p(x) dos 64 pixels em uma passada.

    A primeira camada vê tudo o que vem antes (filtro tão grande quanto a imagem), por isso nenhum pixel
    anterior fica em um ponto cego; os blocos misturam vizinhos; a saída soma o viés de cada pixel.

    Args:
        forma: (1, H, W).
        niveis: K.
        canais: canais de cada camada.
        blocos: quantos `BlocoComPorta`.
        frequencia: frequência de cada nível em cada pixel no treino, (K, 1, H, W): ponto de partida do
            treino. Sem ela, parte da lei uniforme.
        dropout: probabilidade de zerar uma saída, no treino.

    Raises:
        ValueError: se a imagem tem mais de um canal, ou se a frequência não tem a forma (K, 1, H, W).
    """

    def __init__(
        self,
        forma: Sequence[int],
        niveis: int,
        canais: int = 32,
        blocos: int = 3,
        frequencia: Tensor | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(forma, niveis)
        c, h, w = self.forma
        if c != 1:
            raise ValueError(
                f"ConvolucaoCausal: chegou a forma {self.forma}; esperava um só canal, (1, H, W)."
            )
        self.entrada = ConvMascarada(3, canais, h, 2 * w - 1, ve_a_si=False)
        self.lugar = nn.Parameter(torch.zeros(canais, h, w))  # o que muda de um lugar da imagem a outro
        self.blocos = nn.Sequential(*(BlocoComPorta(canais, 2, 3, dropout) for _ in range(blocos)))
        self.saida = nn.Sequential(
            nn.SiLU(), nn.Conv2d(canais, 2 * canais, 1), nn.SiLU(), nn.Dropout(dropout),
            nn.Conv2d(2 * canais, niveis, 1),
        )  # fmt: skip
        partir_da_frequencia(self.saida[-1], None)  # o viés é por pixel, na linha abaixo
        if frequencia is not None and frequencia.shape != (niveis, 1, h, w):
            raise ValueError(
                f"frequencia: chegou a forma {tuple(frequencia.shape)}; esperava ({niveis}, 1, {h}, {w})."
            )
        vies = torch.zeros(niveis, h, w) if frequencia is None else (frequencia[:, 0] + 0.01).log()
        self.vies = nn.Parameter(vies)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, H, W) → logits (B, K, 1, H, W)."""
        tracos = torch.cat([x, x.square(), torch.ones_like(x)], dim=1)  # os uns marcam onde a imagem acaba
        h = self.blocos(self.entrada(tracos) + self.lugar)
        return (self.saida(h) + self.vies).unsqueeze(2)

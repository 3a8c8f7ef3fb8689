"""A ideia da StyleGAN3 (2021) em uma dimensão: a não linearidade cria frequências que a grade de pixels não representa.

Fonte: Karras e outros (2021), "Alias-Free Generative Adversarial Networks".
"""

import torch
from torch import Tensor


def deslocar(x: Tensor, passo: float) -> Tensor:
    """Desloca um sinal periódico de um número qualquer de amostras, sem perda: (..., N) → (..., N).

    Equação: X_k e^{−2πi k passo/N}, com X a transformada de Fourier. Exata se x não tem a frequência N/2.

    Args:
        x: amostras de um período.
        passo: em amostras; pode ser uma fração.
    """
    n = x.shape[-1]
    frequencias = torch.fft.rfftfreq(n, dtype=x.dtype, device=x.device)  # em ciclos por amostra
    fase = torch.polar(torch.ones_like(frequencias), -2 * torch.pi * frequencias * passo)
    return torch.fft.irfft(torch.fft.rfft(x) * fase, n)


def reamostrar(x: Tensor, n: int) -> Tensor:
    """O mesmo sinal em n amostras por período: (..., N) → (..., n).

    Com mais amostras nada se perde; com menos, somem antes as frequências que n amostras não representam.

    Args:
        x: amostras de um período.
        n: quantas se querem.
    """
    espectro = torch.fft.rfft(x)
    cabem = (n - 1) // 2 + 1  # fica de fora n/2, que é ambígua
    return torch.fft.irfft(espectro[..., :cabem], n) * (n / x.shape[-1])


def relu_filtrada(x: Tensor, vezes: int = 4) -> Tensor:
    """ReLU em uma grade mais fina, e a volta à grade de antes com um filtro: (..., N) → (..., N).

    Fonte: Karras e outros (2021), seção 3.2 (lá, o filtro é uma aproximação barata do ideal).

    Args:
        x: amostras de um período.
        vezes: quanto a grade fina é mais fina; 1 é a ReLU comum, sem a frequência N/2.
    """
    n = x.shape[-1]
    return reamostrar(reamostrar(x, vezes * n).relu(), n)

"""As máscaras das FVBN: que pesos de uma rede existem, para que nenhum pixel ouça os que vêm depois dele."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def mascara_de_vezes(saidas: Tensor, entradas: Tensor, estrita: bool = False) -> Tensor:
    """Quem pode ouvir quem: True onde a entrada vem antes da saída na ordem dos pixels.

    Equação: M_ab = 1 se vez(b) ≤ vez(a); na máscara estrita, só se vez(b) < vez(a)   (Germain e outros, 2015)

    Args:
        saidas: a vez de cada unidade de saída, forma (S,).
        entradas: a vez de cada unidade de entrada, forma (E,).
        estrita: True na última camada, em que o pixel não pode ver a si mesmo.

    Returns:
        Booleanos, forma (S, E).
    """
    if estrita:
        return entradas < saidas.unsqueeze(1)
    return entradas <= saidas.unsqueeze(1)


class LinearMascarada(nn.Linear):
    """Camada linear em que alguns pesos valem sempre zero.

    Args:
        mascara: booleanos, forma (saídas, entradas); False corta a ligação.
    """

    def __init__(self, mascara: Tensor) -> None:
        super().__init__(mascara.shape[1], mascara.shape[0])
        self.register_buffer("mascara", mascara.to(self.weight.dtype))

    def forward(self, x: Tensor) -> Tensor:
        """(B, entradas) → (B, saídas)."""
        return F.linear(x, self.weight * self.mascara, self.bias)


def partir_da_frequencia(camada: nn.Linear | nn.Conv2d, frequencia: Tensor | None) -> None:
    """Zera a última camada de uma FVBN e põe no viés o log da frequência: o treino parte de pixels independentes.

    Args:
        camada: a última, com K·D saídas, nível por nível.
        frequencia: frequência de cada nível em cada pixel, forma (K, C, H, W); None deixa o viés em zero.

    Raises:
        ValueError: se a frequência não tem um número por saída.
    """
    vies = torch.zeros_like(camada.bias) if frequencia is None else (frequencia.flatten() + 0.01).log()
    if vies.shape != camada.bias.shape:
        raise ValueError(
            f"frequencia: chegou a forma {tuple(frequencia.shape)}, com {len(vies)} números; esperava (K, C, H, W), "
            f"com {len(camada.bias)} números."
        )
    with torch.no_grad():
        camada.weight.zero_()
        camada.bias.copy_(vies)


def campo_receptivo(modelo: nn.Module, x: Tensor, pixel: int) -> Tensor:
    """Quanto os logits de um pixel mudam com cada pixel de x, medido pelo gradiente.

    Equação: Σ_k |∂ logits_k,i / ∂x_j|, em que i é o pixel escolhido; a média é sobre as imagens.

    Args:
        modelo: x → logits (B, K, C, H, W).
        x: forma (B, C, H, W).
        pixel: i, de 0 a D − 1.

    Returns:
        Forma (C, H, W), ≥ 0. Em uma FVBN, vale exatamente zero em i e nos pixels que vêm depois dele.

    Raises:
        ValueError: se o pixel não está na imagem.
    """
    if not 0 <= pixel < x[0].numel():
        raise ValueError(f"campo_receptivo: chegou pixel={pixel}; esperava de 0 a {x[0].numel() - 1}.")
    x = x.detach().requires_grad_()
    logits = modelo(x).flatten(2)[:, :, pixel].sum(dim=0)  # (K,): as imagens do lote não se misturam
    gradientes = [torch.autograd.grad(logit, x, retain_graph=True)[0].abs() for logit in logits]
    return torch.stack(gradientes).sum(dim=0).mean(dim=0)

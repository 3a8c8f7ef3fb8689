"""As leis p(x|z) que um decoder pode descrever: gaussiana (MSE), Bernoulli (BCE) e categórica.

Para cada lei, três funções: `reconstrucao_*` é −log p(x|z) de cada exemplo, em nats; `media_*` é a imagem
média; `amostra_*` sorteia uma imagem. Os pixels estão sempre em [−1, 1].
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from aulas_lib.ambiente import conferir_gerador, ruido


def reconstrucao_gaussiana(x_til: Tensor, x: Tensor, variancia: float | Tensor = 0.5) -> Tensor:
    """−log N(x; x̃, variância·I) de cada exemplo, em nats (MSE).

    Equação: ‖x − x̃‖² / (2·variância) + (D/2) log(2π·variância). Com variância ½ é ‖x − x̃‖² mais uma
    constante: o L do slide "VAE: função de perda ELBO".

    Args:
        x_til: médias, forma (B, C, H, W).
        x: pixels em [−1, 1], mesma forma.
        variancia: variância de cada pixel, um número positivo.

    Returns:
        Forma (B,). É uma densidade: pode ser negativa.

    Raises:
        ValueError: se as formas diferem.
    """
    _mesma_forma(x_til, x)
    variancia = torch.as_tensor(variancia, dtype=x.dtype, device=x.device)
    pixels = x[0].numel()
    erro = (x - x_til).square().flatten(1).sum(1)
    return erro / (2 * variancia) + pixels / 2 * torch.log(2 * math.pi * variancia)


def reconstrucao_bernoulli(logits: Tensor, x: Tensor) -> Tensor:
    """−log p(x|z) de cada exemplo, com pixels de Bernoulli, em nats (BCE).

    Equação: −Σ [y log p + (1 − y) log(1 − p)], com y = (x + 1)/2 e p = sigmoide(logits). É uma
    probabilidade quando x só tem −1 e 1; com tons de cinza, ainda serve de perda.

    Args:
        logits: forma (B, C, H, W).
        x: pixels em [−1, 1], mesma forma.

    Returns:
        Forma (B,), ≥ 0.

    Raises:
        ValueError: se as formas diferem.
    """
    _mesma_forma(logits, x)
    return F.binary_cross_entropy_with_logits(logits, (x + 1) / 2, reduction="none").flatten(1).sum(1)


def reconstrucao_categorica(logits: Tensor, x: Tensor) -> Tensor:
    """−log p(x|z) de cada exemplo, com K níveis por pixel, em nats (entropia cruzada).

    Equação: −Σ_pixels log softmax(logits)[nível de x].

    Args:
        logits: forma (B, K, C, H, W).
        x: pixels em [−1, 1], forma (B, C, H, W), com K níveis igualmente espaçados.

    Returns:
        Forma (B,), ≥ 0: uma probabilidade, comparável entre modelos.

    Raises:
        ValueError: se as formas não casam.
    """
    if logits.dim() != x.dim() + 1 or logits[:, 0].shape != x.shape:
        raise ValueError(
            f"reconstrucao_categorica: chegaram logits {tuple(logits.shape)} para x {tuple(x.shape)}; "
            "esperava logits (B, K, C, H, W) e x (B, C, H, W). Confira a saída do decoder."
        )
    return F.cross_entropy(logits, niveis_de(x, logits.shape[1]), reduction="none").flatten(1).sum(1)


def media_bernoulli(logits: Tensor) -> Tensor:
    """Imagem média, em [−1, 1]: 2·sigmoide(logits) − 1. Forma (B, C, H, W)."""
    return 2 * torch.sigmoid(logits) - 1


def media_categorica(logits: Tensor) -> Tensor:
    """Nível médio de cada pixel, levado a [−1, 1]. (B, K, C, H, W) → (B, C, H, W)."""
    tons = torch.linspace(-1, 1, logits.shape[1], device=logits.device)
    return torch.tensordot(logits.softmax(1), tons, dims=([1], [0]))


def amostra_gaussiana(
    x_til: Tensor, variancia: float = 0.5, gerador: torch.Generator | None = None
) -> Tensor:
    """Sorteia x ~ N(x̃, variância·I). Forma (B, C, H, W); pode sair de [−1, 1]."""
    return x_til + math.sqrt(variancia) * ruido(x_til, gerador)


def amostra_bernoulli(logits: Tensor, gerador: torch.Generator | None = None) -> Tensor:
    """Sorteia cada pixel em {−1, 1}. Forma (B, C, H, W)."""
    conferir_gerador(gerador, logits.device)
    return 2 * torch.bernoulli(torch.sigmoid(logits), generator=gerador) - 1


def amostra_categorica(logits: Tensor, gerador: torch.Generator | None = None) -> Tensor:
    """Sorteia o nível de cada pixel e o leva a [−1, 1]. (B, K, C, H, W) → (B, C, H, W)."""
    conferir_gerador(gerador, logits.device)
    p = logits.softmax(1).movedim(1, -1)  # (B, C, H, W, K)
    niveis = torch.multinomial(p.flatten(0, -2), 1, generator=gerador)
    return niveis.view(p.shape[:-1]) / (logits.shape[1] - 1) * 2 - 1


def niveis_de(x: Tensor, k: int) -> Tensor:
    """Níveis inteiros, de 0 a k − 1, de pixels em [−1, 1]."""
    return ((x + 1) / 2 * (k - 1)).round().long()


def _mesma_forma(params: Tensor, x: Tensor) -> None:
    if params.shape != x.shape:
        raise ValueError(
            f"A saída do decoder tem forma {tuple(params.shape)} e a imagem, {tuple(x.shape)}; "
            "esperava a mesma forma (B, C, H, W). Confira a última camada do decoder."
        )

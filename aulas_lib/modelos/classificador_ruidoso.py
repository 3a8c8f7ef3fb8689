"""O classificador que orienta a difusão: lê os atributos de x_t, a imagem com ruído, em qualquer instante.

Fonte: Dhariwal e Nichol (2021), seção 4.
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.modelos.difusao import Agenda, Preditor, difundir, sorteando
from aulas_lib.modelos.unet import BlocoComTempo
from aulas_lib.redes import lado_final, ondas_do_tempo


class ClassificadorRuidoso(nn.Module):
    """A descida da U-Net, e uma camada densa no fim: x_t e t → um logit por valor de cada atributo.

    Args:
        canais, tamanho: da imagem; o lado, dividido por 2 uma vez por largura, tem de dar um inteiro.
        tamanhos: K, quantos valores tem cada atributo.
        larguras: canais em cada lado, do maior (metade do da imagem) para o menor.
        tempo: dimensão do código do instante.

    Raises:
        ValueError: se o tamanho não é divisível.
    """

    def __init__(
        self, canais: int, tamanho: int, tamanhos: Sequence[int], larguras: Sequence[int] = (32, 64, 96),
        tempo: int = 64,
    ) -> None:  # fmt: skip
        super().__init__()
        lado = lado_final(tamanho, larguras)
        self.tamanhos, self.dimensao = tuple(tamanhos), tempo
        self.tempo = nn.Sequential(nn.Linear(tempo, tempo), nn.SiLU())
        self.entrada = nn.Conv2d(4 * canais, larguras[0], 3, padding=1)
        anteriores = [larguras[0], *larguras[:-1]]
        self.descida = nn.ModuleList(BlocoComTempo(a, b, tempo) for a, b in zip(anteriores, larguras, strict=True))
        self.saida = nn.Sequential(nn.SiLU(), nn.Flatten(), nn.Linear(larguras[-1] * lado**2, sum(tamanhos)))

    def forward(self, x_t: Tensor, t: Tensor) -> Tensor:
        """(B, canais, tamanho, tamanho) e t (B,) → logits (B, Σ K)."""
        e = self.tempo(ondas_do_tempo(t, self.dimensao))
        x = self.entrada(F.pixel_unshuffle(x_t, 2))
        for i, bloco in enumerate(self.descida):
            x = bloco(F.avg_pool2d(x, 2) if i else x, e)
        return self.saida(x)


def log_p_atributos(logits: Tensor, y: Tensor, tamanhos: Sequence[int]) -> Tensor:
    """log p(y | x_t) dos atributos que y mostra; os que ele esconde (zeros) não entram na soma.

    Args:
        logits: forma (B, Σ K).
        y: indicadores, forma (B, Σ K).
        tamanhos: K de cada atributo.

    Returns:
        Forma (B,), em nats.
    """
    log_p = torch.cat([parte.log_softmax(dim=1) for parte in logits.float().split(list(tamanhos), dim=1)], dim=1)
    return (y * log_p).sum(dim=1)


def perda_com_ruido(agenda: Agenda) -> Callable[..., Tensor]:
    """A perda do classificador, que o laço de treino chama: −log p(y | x_t), com t e ruído sorteados.

    Args:
        agenda: os β.

    Returns:
        (modelo, x_0, y, gerador=) → (B,), em nats.
    """

    def perda(
        modelo: ClassificadorRuidoso, x_0: Tensor, y: Tensor, gerador: torch.Generator | None = None
    ) -> Tensor:
        def no_sorteio(preditor: Preditor, x_0: Tensor, t: Tensor, eps: Tensor, agenda: Agenda) -> Tensor:
            return -log_p_atributos(preditor(difundir(x_0, t, eps, agenda), t), y, modelo.tamanhos)

        return sorteando(no_sorteio, agenda)(modelo, x_0, gerador)

    return perda

"""Marcos da régua em nats: quanto gastam os modelos que quase nada sabem."""

import math

import torch
from torch import Tensor


def nats_uniformes(pixels: int, niveis: int) -> float:
    """−log p(x) do modelo que dá a mesma probabilidade a todas as imagens: D log K, em nats.

    Args:
        pixels: D.
        niveis: K, os níveis possíveis de cada pixel.
    """
    return pixels * math.log(niveis)


def nats_independentes(treino: Tensor, teste: Tensor, niveis: int) -> float:
    """−log p(x) médio, em nats, do modelo que só conhece o histograma de cada pixel no treino.

    A cada contagem se soma 1 (regra de Laplace), para que um nível nunca visto tenha probabilidade positiva.

    Args:
        treino: níveis inteiros, forma (N, C, H, W).
        teste: níveis inteiros, forma (M, C, H, W).
        niveis: K.
    """
    contagens = torch.nn.functional.one_hot(treino.flatten(1).long(), niveis).sum(0) + 1  # (D, K)
    log_p = (contagens / contagens.sum(1, keepdim=True)).log()
    return -log_p.gather(1, teste.flatten(1).long().T).sum(0).mean().item()

"""O que o gerador esquece: quais combinações de atributos dos dados quase não aparecem nas imagens geradas."""

from itertools import combinations

import torch
from torch import Tensor


def cobertura_de_pares(gerados: Tensor, reais: Tensor, minimo: float = 0.5) -> float:
    """Fração dos pares de valores, de dois atributos diferentes, que os gerados cobrem.

    Um par ("com barba" e "chapéu azul") está coberto se a fração dele nos gerados é pelo menos `minimo` vezes a
    fração nos reais. Só contam os pares que existem nos reais.

    Args:
        gerados: o valor de cada atributo, em índices, forma (N, K).
        reais: idem, forma (M, K).
        minimo: entre 0 e 1.

    Returns:
        Entre 0 e 1.

    Raises:
        ValueError: se as tabelas não têm as mesmas colunas, ao menos duas, e ao menos uma linha.
    """
    if gerados.ndim != 2 or reais.ndim != 2 or gerados.shape[1] != reais.shape[1] or reais.shape[1] < 2:
        raise ValueError(
            f"cobertura_de_pares: chegaram tabelas {tuple(gerados.shape)} e {tuple(reais.shape)}; esperava (N, K) e "
            "(M, K), com K ≥ 2."
        )
    if not len(gerados) or not len(reais):
        raise ValueError(f"cobertura_de_pares: chegaram {len(gerados)} gerados e {len(reais)} reais; falta um exemplo.")
    valores = int(max(gerados.max(), reais.max())) + 1
    cobertos, existem = 0, 0
    for i, j in combinations(range(reais.shape[1]), 2):
        conta = [torch.bincount(um[:, i] * valores + um[:, j], minlength=valores**2) for um in (gerados, reais)]
        nos_gerados, nos_reais = conta[0] / len(gerados), conta[1] / len(reais)
        existem += int((nos_reais > 0).sum())
        cobertos += int(((nos_reais > 0) & (nos_gerados >= minimo * nos_reais)).sum())
    return cobertos / existem

"""Quantas modas de uma mistura conhecida as amostras visitam, e quantas amostras ficam fora de todas."""

from typing import NamedTuple

import torch
from torch import Tensor

from aulas_lib.dados.distribuicoes import MisturaGaussiana


class Modas(NamedTuple):
    """O que as amostras cobrem: modas visitadas, total de modas, e fração das amostras perto de alguma."""

    cobertas: int
    total: int
    perto: float


def modas_cobertas(amostras: Tensor, lei: MisturaGaussiana, raio: float = 3.0, minimo: float = 0.25) -> Modas:
    """Conta as modas de `lei` que recebem a sua parte das amostras.

    Um ponto está perto da componente k se a distância de Mahalanobis √((x − m_k)ᵀ Σ_k⁻¹ (x − m_k)) não passa de
    `raio`. A moda k está coberta se o número de pontos perto dela, e não mais perto de outra, é pelo menos
    minimo · n · π_k. Um ponto isolado não cobre uma moda.

    Args:
        amostras: forma (n, D).
        lei: mistura de componentes separadas.
        raio: em desvios-padrão. No plano, 98,9 % dos pontos de uma gaussiana estão a menos de 3.
        minimo: fração da parte justa, entre 0 e 1.

    Returns:
        `Modas(cobertas, total, perto)`.

    Raises:
        ValueError: se as amostras não têm a forma (n, D) da lei, ou se há NaN.
    """
    dimensao = lei.medias.shape[1]
    if amostras.ndim != 2 or amostras.shape[1] != dimensao or not len(amostras) or amostras.isnan().any():
        raise ValueError(
            f"modas_cobertas recebeu a forma {tuple(amostras.shape)}; esperava (n, {dimensao}), com n ≥ 1 e sem NaN."
        )
    diferencas = amostras[:, None].to(lei.medias) - lei.medias  # (n, K, D)
    quadrados = torch.einsum("nki,kij,nkj->nk", diferencas, torch.linalg.inv(lei.covariancias), diferencas)
    distancia, moda = quadrados.clamp_min(0).sqrt().min(dim=1)
    perto = distancia <= raio
    contagem = torch.bincount(moda[perto], minlength=len(lei.pesos))
    cobertas = contagem >= minimo * len(amostras) * lei.pesos
    return Modas(int((cobertas & (contagem > 0)).sum()), len(lei.pesos), perto.double().mean().item())

"""A distância de Fréchet depende de quantas imagens entram na conta: o viés, medido, e o valor com infinitas."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aulas_lib.avaliacao.distancias import distancia_frechet


@dataclass(frozen=True)
class ViesFrechet:
    """A distância de Fréchet para vários n, e a reta que leva a 1/n = 0.

    Attributes:
        tamanhos: n, inteiros, forma (K,).
        medias: média da distância nas repetições, forma (K,).
        desvios: desvio-padrão de uma repetição para outra, forma (K,).
        limite: onde a reta de mínimos quadrados em 1/n corta 1/n = 0 (FID∞).
        inclinacao: a da reta; a distância com n imagens passa do limite em inclinacao / n.
    """

    tamanhos: Tensor
    medias: Tensor
    desvios: Tensor
    limite: float
    inclinacao: float

    @property
    def inversos(self) -> Tensor:
        """1/n, forma (K,)."""
        return 1 / self.tamanhos.double()


def frechet_por_n(
    reais: Tensor, outros: Tensor, tamanhos: Sequence[int], repeticoes: int, gerador: torch.Generator | None = None
) -> ViesFrechet:
    """A distância de Fréchet entre n linhas de cada conjunto, sorteadas, para cada n; e o limite com n infinito.

    Equação: distância(n) ≈ limite + inclinacao / n, por mínimos quadrados nas médias
    Com dois conjuntos de imagens reais o limite é 0, e tudo o que se vê é viés: se as características são normais de
    covariância I em F dimensões, ele é, para n grande, (2F + F(F + 1)/2) / n. Com imagens geradas no lugar de
    `outros`, o limite compara modelos avaliados com números diferentes de imagens.
    Fonte: Chong e Forsyth (2020), "Effectively unbiased FID and Inception Score and where to find them".

    Args:
        reais: características, forma (N, F).
        outros: características de outras imagens reais (ou de geradas), forma (M, F).
        tamanhos: dois n diferentes ou mais, todos maiores que F. Use n bem menores que N e M: perto deles os sorteios
            quase se repetem, e o desvio fica pequeno demais.
        repeticoes: sorteios por n, 2 ou mais.
        gerador: fonte do acaso, na CPU; sem ele, a do torch.

    Returns:
        As médias, os desvios e a reta.

    Raises:
        ValueError: se os tamanhos não servem, ou como em `distancia_frechet`.
    """
    _conferir(reais, outros, tamanhos, repeticoes)

    def sortear(x: Tensor, n: int) -> Tensor:
        return x[torch.randperm(len(x), generator=gerador)[:n].to(x.device)]

    valores = torch.tensor(
        [[distancia_frechet(sortear(reais, n), sortear(outros, n), n) for _ in range(repeticoes)] for n in tamanhos],
        dtype=torch.float64,
    )  # (K, R)
    medias, n = valores.mean(dim=1), torch.tensor(tamanhos)
    colunas = torch.stack([torch.ones(len(n), dtype=torch.float64), 1 / n.double()], dim=1)  # (K, 2)
    limite, inclinacao = torch.linalg.lstsq(colunas, medias[:, None]).solution[:, 0].tolist()
    return ViesFrechet(n, medias, valores.std(dim=1), limite, inclinacao)


def _conferir(reais: Tensor, outros: Tensor, tamanhos: Sequence[int], repeticoes: int) -> None:
    if reais.ndim != 2 or outros.ndim != 2 or reais.shape[1] != outros.shape[1]:
        raise ValueError(
            f"características: chegaram as formas {tuple(reais.shape)} e {tuple(outros.shape)}; "
            "esperava (N, F) e (M, F)."
        )
    menor, maior = reais.shape[1], min(len(reais), len(outros))
    if len(set(tamanhos)) < 2 or not all(isinstance(n, int) and menor < n <= maior for n in tamanhos):
        raise ValueError(
            f"tamanhos: chegaram {list(tamanhos)}; esperava dois inteiros diferentes ou mais, maiores que F = {menor} "
            f"(senão a covariância não tem posto completo) e até {maior}, o tamanho do menor conjunto."
        )
    if not (isinstance(repeticoes, int) and repeticoes >= 2):
        raise ValueError(f"repeticoes: chegou {repeticoes!r}; esperava 2 ou mais, para haver um desvio-padrão.")

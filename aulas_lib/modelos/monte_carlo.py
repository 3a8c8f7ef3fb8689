"""Monte Carlo: esperanças por sorteio, com erro-padrão, e amostragem por importância.

Slide "Tipos de métodos". As cadeias de Markov estão em `modelos.cadeias`.
"""

from typing import NamedTuple

import torch
from torch import Tensor


class Estimativa(NamedTuple):
    """Estimativa de uma esperança e o erro-padrão dela, dois tensores de mesma forma."""

    media: Tensor
    erro: Tensor


def esperanca(valores: Tensor) -> Estimativa:
    """E_p[f(x)] e o seu erro-padrão, a partir de f calculada em N sorteios independentes de p.

    Equação: μ̂ = (1/N) Σ_n f(x_n);  erro = s/√N, com s² = Σ_n (f(x_n) − μ̂)² / (N − 1).

    Args:
        valores: f(x_n), forma (N, ...), com N de pelo menos 2.

    Returns:
        Média e erro-padrão, cada um com a forma (...).

    Raises:
        ValueError: se há menos de 2 sorteios.
    """
    if valores.ndim == 0 or len(valores) < 2:
        raise ValueError(
            f"esperanca: chegou a forma {tuple(valores.shape)}; esperava (N, ...) com N de pelo menos 2, "
            "porque o erro-padrão precisa de dois sorteios."
        )
    n = len(valores)
    return Estimativa(valores.mean(dim=0), valores.std(dim=0) / n**0.5)


def pesos_normalizados(log_w: Tensor) -> Tensor:
    """Pesos de importância que somam 1, sem estouro numérico.

    Equação: w̄_n = w_n / Σ_m w_m, com log w_n = log p̃(x_n) − log q(x_n) e x_n ~ q. A densidade p̃ pode
    estar sem a constante de normalização, que se cancela.

    Args:
        log_w: logaritmos dos pesos, forma (N,), em nats; −∞ vale peso zero.

    Returns:
        Forma (N,), com soma 1.

    Raises:
        ValueError: se log_w não tem forma (N,), se há nan ou +∞, ou se todos os pesos são zero.
    """
    _conferir_log_pesos("pesos_normalizados", log_w)
    return log_w.softmax(dim=0)


def tamanho_efetivo_dos_pesos(log_w: Tensor) -> Tensor:
    """Quantos sorteios diretos de p valeriam o mesmo que estes N sorteios com pesos, de 1 a N.

    Equação: N_ef = (Σ_n w_n)² / Σ_n w_n² = 1 / Σ_n w̄_n²
    Fonte: Kong (1992), "A note on importance sampling using standardized weights".

    Args:
        log_w: logaritmos dos pesos, forma (N,), em nats.

    Returns:
        Tensor sem dimensões.

    Raises:
        ValueError: se os pesos não servem (veja `pesos_normalizados`).
    """
    return 1 / pesos_normalizados(log_w).square().sum()


def importancia(valores: Tensor, log_w: Tensor) -> Estimativa:
    """E_p[f(x)] com sorteios de outra densidade q, por importância autonormalizada.

    Equação: μ̂ = Σ_n w̄_n f(x_n);  erro² ≈ Σ_n w̄_n² (f(x_n) − μ̂)²
    Fonte: Owen (2013), "Monte Carlo theory, methods and examples", capítulo 9, equações 9.6 e 9.8. O viés cai
    com 1/N. O erro vem dos pesos que apareceram: se q não visita uma região de p, ele não tem como saber.

    Args:
        valores: f(x_n), forma (N, ...), com x_n ~ q.
        log_w: log p̃(x_n) − log q(x_n), forma (N,), em nats.

    Returns:
        Média e erro-padrão, cada um com a forma (...).

    Raises:
        ValueError: se as formas não combinam ou os pesos não servem (veja `pesos_normalizados`).
    """
    if valores.shape[:1] != log_w.shape:
        raise ValueError(
            f"importancia: chegaram valores {tuple(valores.shape)} e log_w {tuple(log_w.shape)}; "
            "esperava (N, ...) e (N,), um peso por sorteio."
        )
    w = pesos_normalizados(log_w).reshape(-1, *[1] * (valores.ndim - 1))  # (N, 1, ...)
    media = (w * valores).sum(dim=0)
    erro = (w * (valores - media)).square().sum(dim=0).sqrt()
    return Estimativa(media, erro)


def _conferir_log_pesos(nome: str, log_w: Tensor) -> None:
    if log_w.ndim != 1 or not len(log_w):
        raise ValueError(f"{nome}: chegou log_w de forma {tuple(log_w.shape)}; esperava (N,), um por sorteio.")
    if log_w.isnan().any() or log_w.isposinf().any():
        raise ValueError(
            f"{nome}: há nan ou infinito em log_w. Confira se q(x_n) > 0 em todo sorteio: x_n tem de vir de q."
        )
    if torch.isneginf(log_w).all():
        raise ValueError(
            f"{nome}: todos os pesos são zero; nenhum sorteio de q caiu onde p tem massa. Alargue a proposta q."
        )

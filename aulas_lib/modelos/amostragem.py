"""Sortear de uma densidade conhecida, por transformada inversa e por rejeição, e gerar sem densidade nenhuma."""

import math

import torch
from torch import Tensor

from aulas_lib.ambiente import conferir_gerador


def acumulada(log_p: Tensor, grade: Tensor) -> Tensor:
    """F(x) = ∫_{−∞}^x p(t) dt nos pontos da grade, pela regra do trapézio, normalizada para acabar em 1.

    Args:
        log_p: log p na grade, a menos de uma constante, forma (G,), em nats.
        grade: pontos crescentes que cobrem toda a massa de p, forma (G,).

    Returns:
        Forma (G,), float64, de 0 a 1, sem decrescer.

    Raises:
        ValueError: se as formas não combinam, a grade não cresce ou p é zero em toda ela.
    """
    if grade.ndim != 1 or log_p.shape != grade.shape or len(grade) < 2 or not (grade.diff() > 0).all():
        raise ValueError(
            f"log_p e grade devem ter a mesma forma (G,), com G ≥ 2 e grade crescente; chegaram "
            f"{tuple(log_p.shape)} e {tuple(grade.shape)}"
        )
    maior = log_p.max()
    if not maior.isfinite():
        raise ValueError(f"o maior valor de log_p é {maior.item()}; a grade precisa cobrir a massa de p")
    p = (log_p - maior).double().exp()
    massa = torch.cumulative_trapezoid(p, grade.double())
    return torch.cat([massa.new_zeros(1), massa]) / massa[-1]


def quantil(log_p: Tensor, grade: Tensor, u: Tensor) -> Tensor:
    """F⁻¹(u): o ponto que deixa à sua esquerda uma fração u da massa de p.

    Args:
        log_p: log p na grade, a menos de uma constante, forma (G,), em nats.
        grade: pontos crescentes que cobrem toda a massa de p, forma (G,).
        u: frações, de 0 a 1, forma qualquer.

    Returns:
        A forma de u, no tipo da grade; entre dois pontos da grade, F é tratada como uma reta.

    Raises:
        ValueError: se u sai de [0, 1], ou como em `acumulada`.
    """
    if u.numel() and not ((u >= 0) & (u <= 1)).all():
        raise ValueError(
            f"u é uma fração, de 0 a 1; chegaram valores de {u.min().item():g} a {u.max().item():g}"
        )
    F = acumulada(log_p, grade)
    y = u.double()
    i = torch.searchsorted(F, y).clamp(1, len(grade) - 1)  # F[i − 1] < u ≤ F[i]
    fracao = (y - F[i - 1]) / (F[i] - F[i - 1]).clamp_min(torch.finfo(torch.float64).tiny)
    x = grade.double()
    return (x[i - 1] + fracao * (x[i] - x[i - 1])).to(grade.dtype)


def transformada_inversa(
    log_p: Tensor, grade: Tensor, n: int, gerador: torch.Generator | None = None
) -> Tensor:
    """Sorteia de p em uma dimensão: u uniforme em [0, 1], depois x = F⁻¹(u).

    Equação: P(F⁻¹(u) ≤ x) = P(u ≤ F(x)) = F(x)

    Args:
        log_p: log p na grade, a menos de uma constante, forma (G,), em nats.
        grade: pontos crescentes que cobrem toda a massa de p, forma (G,).
        n: quantas amostras.
        gerador: fonte do acaso, no dispositivo da grade; sem ele, a do torch.

    Returns:
        Forma (n,).

    Raises:
        ValueError: se o gerador é de outro dispositivo, ou como em `acumulada`.
    """
    conferir_gerador(gerador, grade.device)
    u = torch.rand(n, generator=gerador, device=grade.device)
    return quantil(log_p, grade, u)


def rejeicao(log_p: Tensor, log_q: Tensor, M: float, gerador: torch.Generator | None = None) -> Tensor:
    """Decide quais propostas ficam: aceita x com probabilidade p(x) / (M q(x)).

    Equação: u uniforme em [0, 1]; x fica se u · M q(x) < p(x)
    Fonte: von Neumann (1951), "Various techniques used in connection with random digits".

    O que fica segue p se p ≤ M q em toda parte; a taxa de aceitação é então 1/M. Onde o envelope M q corta
    p, sai menos do que devia, e nenhum erro avisa.

    Args:
        log_p: log p nas propostas, forma (N,), em nats.
        log_q: log q nas propostas, sorteadas de q, forma (N,), em nats.
        M: a escala do envelope, > 0.
        gerador: fonte do acaso, no dispositivo das propostas; sem ele, a do torch.

    Returns:
        Booleanos, forma (N,): verdadeiro onde a proposta foi aceita. Use `x[rejeicao(...)]`.

    Raises:
        ValueError: se as formas diferem, M não é positivo ou o gerador é de outro dispositivo.
    """
    if log_p.shape != log_q.shape or not M > 0:
        raise ValueError(
            f"rejeicao: log_p e log_q devem ter a mesma forma, e M deve ser positivo; chegaram "
            f"{tuple(log_p.shape)}, {tuple(log_q.shape)} e M={M}"
        )
    conferir_gerador(gerador, log_p.device)
    u = torch.rand(log_p.shape, generator=gerador, dtype=log_p.dtype, device=log_p.device)
    return u.log() + math.log(M) + log_q < log_p


def menor_envelope(log_p: Tensor, log_q: Tensor) -> float:
    """O menor M com p ≤ M q nos pontos dados: M = max_x p(x) / q(x).

    Args:
        log_p: log p em uma grade fina, forma (G,), em nats.
        log_q: log q na mesma grade, forma (G,), em nats.

    Raises:
        ValueError: se as formas diferem.
    """
    if log_p.shape != log_q.shape:
        raise ValueError(
            f"log_p e log_q devem ter a mesma forma; chegaram {tuple(log_p.shape)} e {tuple(log_q.shape)}"
        )
    return (log_p - log_q).max().exp().item()


def perda_ordenada(gerados: Tensor, dados: Tensor) -> Tensor:
    """Distância de Wasserstein ao quadrado entre dois lotes em uma dimensão, um termo por par ordenado.

    Equação: W₂² = (1/B) Σ_i (x̃₍ᵢ₎ − x₍ᵢ₎)², em que x₍ᵢ₎ é o i-ésimo menor valor do lote; o laço tira a média

    Args:
        gerados: x̃, forma (B, 1).
        dados: x, forma (B, 1).

    Returns:
        Forma (B,), na unidade de x ao quadrado: não são nats, porque não há densidade.

    Raises:
        ValueError: se as formas não são (B, 1) ou diferem.
    """
    if gerados.shape != dados.shape or gerados.ndim != 2 or gerados.shape[1] != 1:
        raise ValueError(
            f"perda_ordenada: ordenar só emparelha em uma dimensão; esperava duas formas (B, 1) iguais e "
            f"chegaram {tuple(gerados.shape)} e {tuple(dados.shape)}"
        )
    diferencas = gerados.sort(dim=0).values - dados.sort(dim=0).values
    return diferencas.square().squeeze(1)

"""Por que rejeição e histograma param de funcionar quando a dimensão cresce: taxas medidas e exatas."""

import math

import torch

from aulas_lib.modelos.amostragem import rejeicao
from aulas_lib.modelos.estimativas import Histograma


def taxa_gaussiana(d: int, largura: float) -> float:
    """Taxa de aceitação exata de N(0, I_d) com propostas de N(0, s² I_d): 1/M = s^(−d), s ≥ 1.

    Args:
        d: dimensão.
        largura: s, quantas vezes a proposta é mais larga que o alvo.

    Raises:
        ValueError: se s < 1: com caudas mais curtas, nenhum M cobre o alvo.
    """
    if largura < 1:
        raise ValueError(
            f"largura={largura}: a proposta precisa ser pelo menos tão larga quanto o alvo (largura ≥ 1)"
        )
    return largura**-d


def taxa_bola(d: int) -> float:
    """Fração do cubo [−1, 1]^d que a bola de raio 1 ocupa: π^(d/2) / (Γ(d/2 + 1) 2^d)."""
    return math.exp(d / 2 * math.log(math.pi) - math.lgamma(d / 2 + 1) - d * math.log(2))


def medir_gaussiana(d: int, largura: float, n: int, gerador: torch.Generator | None = None) -> float:
    """Taxa de aceitação medida em n propostas: alvo N(0, I_d), propostas de N(0, s² I_d).

    Args:
        d: dimensão.
        largura: s ≥ 1.
        n: quantas propostas.
        gerador: fonte do acaso; sem ele, a do torch.

    Raises:
        ValueError: se s < 1 ou n < 1.
    """
    _conferir_propostas(n)
    M = 1 / taxa_gaussiana(d, largura)
    x = largura * torch.randn(n, d, generator=gerador)
    log_p, log_q = (torch.distributions.Normal(0.0, s).log_prob(x).sum(dim=1) for s in (1.0, largura))
    return rejeicao(log_p, log_q, M, gerador).double().mean().item()


def medir_bola(d: int, n: int, gerador: torch.Generator | None = None) -> float:
    """Taxa de aceitação medida em n propostas: alvo uniforme na bola de raio 1, propostas no cubo.

    Args:
        d: dimensão.
        n: quantas propostas.
        gerador: fonte do acaso; sem ele, a do torch.

    Raises:
        ValueError: se n < 1.
    """
    _conferir_propostas(n)
    x = 2 * torch.rand(n, d, generator=gerador) - 1
    # Dentro da bola p / (M q) = 1, fora é 0: aceitar é estar dentro.
    return (x.square().sum(dim=1) < 1).double().mean().item()


def fracao_em_caixa_vazia(
    d: int, n: int, caixas: int = 10, limite: float = 4.0, gerador: torch.Generator | None = None
) -> float:
    """Fração de n pontos novos de N(0, I_d) que caem onde n pontos de treino não puseram nenhum.

    Args:
        d: dimensão.
        n: pontos de treino, e também pontos novos.
        caixas: divisões por eixo; ao todo são caixas^d.
        limite: o histograma cobre [−limite, limite]^d.
        gerador: fonte do acaso; sem ele, a do torch.
    """
    treino, novos = torch.randn(2, n, d, generator=gerador)
    histograma = Histograma(treino, caixas, limite)
    return histograma.log_densidade(novos).isneginf().double().mean().item()


def _conferir_propostas(n: int) -> None:
    if n < 1:
        raise ValueError(f"n={n}: a taxa é uma média, e precisa de pelo menos uma proposta")

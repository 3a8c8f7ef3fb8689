"""As perdas dos dois jogadores, cinco versões, todas em função do que o discriminador devolve antes da sigmoide.

Em "minimax" e "não saturante", a é o logit e D(x) = σ(a). Nas outras, a é só uma nota: não há probabilidade.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from aulas_lib.modelos.gan import perda_discriminador, perda_gerador, um_par_por_exemplo, um_por_exemplo


def perda_gerador_minimax(a_falso: Tensor) -> Tensor:
    """Perda do gerador no jogo minimax (a saturante), por exemplo gerado, em nats.

    Equação: log(1 − D(G(z)))   (slide "Redes adversárias geradoras (GANs)", formulação: o termo de V que vê G)
    Em relação ao logit, a inclinação é −D(G(z)), que some quando D reconhece a falsificação.
    Fonte: Goodfellow e outros (2014), equação 1.

    Args:
        a_falso: logits dos exemplos gerados, forma (B,) ou (B, 1).

    Returns:
        Forma (B,), sempre ≤ 0.

    Raises:
        ValueError: se há mais de um logit por exemplo.
    """
    return -F.softplus(um_por_exemplo(a_falso))  # log(1 − σ(a)) = −log(1 + eᵃ)


def perda_d_quadrados(a_real: Tensor, a_falso: Tensor) -> Tensor:
    """Perda do discriminador por mínimos quadrados, por par (exemplo real, exemplo gerado).

    Equação: ½ (a(x) − 1)² + ½ a(G(z))²
    Fonte: Mao e outros (2017), equação 9: alvo 1 para os reais e 0 para os gerados.

    Args:
        a_real: notas dos exemplos reais, forma (B,) ou (B, 1).
        a_falso: notas dos exemplos gerados, mesma forma.

    Returns:
        Forma (B,).

    Raises:
        ValueError: se as formas não são a mesma, ou se há mais de uma nota por exemplo.
    """
    a_real, a_falso = um_par_por_exemplo(a_real, a_falso)
    return ((a_real - 1) ** 2 + a_falso**2) / 2


def perda_g_quadrados(a_falso: Tensor) -> Tensor:
    """Perda do gerador por mínimos quadrados, por exemplo gerado: ½ (a(G(z)) − 1)².

    Fonte: Mao e outros (2017), equação 9.

    Args:
        a_falso: notas dos exemplos gerados, forma (B,) ou (B, 1).

    Returns:
        Forma (B,).

    Raises:
        ValueError: se há mais de uma nota por exemplo.
    """
    return (um_por_exemplo(a_falso) - 1) ** 2 / 2


def perda_d_hinge(a_real: Tensor, a_falso: Tensor) -> Tensor:
    """Perda do discriminador por margem (*hinge*), por par (exemplo real, exemplo gerado).

    Equação: max(0, 1 − a(x)) + max(0, 1 + a(G(z)))
    Fonte: Lim e Ye (2017); Miyato e outros (2018), equação 16.

    Args:
        a_real: notas dos exemplos reais, forma (B,) ou (B, 1).
        a_falso: notas dos exemplos gerados, mesma forma.

    Returns:
        Forma (B,).

    Raises:
        ValueError: se as formas não são a mesma, ou se há mais de uma nota por exemplo.
    """
    a_real, a_falso = um_par_por_exemplo(a_real, a_falso)
    return F.relu(1 - a_real) + F.relu(1 + a_falso)


def perda_d_wasserstein(a_real: Tensor, a_falso: Tensor) -> Tensor:
    """Perda do crítico de Wasserstein, por par (exemplo real, exemplo gerado): −a(x) + a(G(z)).

    Só estima uma distância se a inclinação de a é limitada: use-a com `penalidade_gradiente` ou com a
    normalização espectral.
    Fonte: Arjovsky e outros (2017), algoritmo 1.

    Args:
        a_real: notas dos exemplos reais, forma (B,) ou (B, 1).
        a_falso: notas dos exemplos gerados, mesma forma.

    Returns:
        Forma (B,).

    Raises:
        ValueError: se as formas não são a mesma, ou se há mais de uma nota por exemplo.
    """
    a_real, a_falso = um_par_por_exemplo(a_real, a_falso)
    return a_falso - a_real


def perda_g_critico(a_falso: Tensor) -> Tensor:
    """Perda do gerador contra um crítico (hinge e Wasserstein), por exemplo gerado: −a(G(z)).

    Fonte: Arjovsky e outros (2017); Miyato e outros (2018), equação 17.

    Args:
        a_falso: notas dos exemplos gerados, forma (B,) ou (B, 1).

    Returns:
        Forma (B,).

    Raises:
        ValueError: se há mais de uma nota por exemplo.
    """
    return -um_por_exemplo(a_falso)


def perda_d_suavizada(suavidade: float) -> Callable[[Tensor, Tensor], Tensor]:
    """Perda do discriminador com rótulo suavizado: os reais valem 1 − s em vez de 1.

    Equação: −(1 − s) log D(x) − s log(1 − D(x)) − log(1 − D(G(z)))
    O ótimo muda: D*(x) = (1 − s) p(x) / (p(x) + p_g(x)), que vale (1 − s)/2, e não ½, quando p_g = p.
    Fonte: Salimans e outros (2016), seção 3.4.

    Args:
        suavidade: s, de 0 (a perda comum) a menos de 1.

    Returns:
        A perda, (logits reais, logits gerados) → (B,), em nats.

    Raises:
        ValueError: se a suavidade não está em [0, 1).
    """
    if not 0 <= suavidade < 1:
        raise ValueError(f"suavidade: chegou {suavidade!r}; esperava um número de 0 a menos de 1. Tente 0.1.")

    def perda(a_real: Tensor, a_falso: Tensor) -> Tensor:
        """−(1 − s) log D(x) − s log(1 − D(x)) − log(1 − D(G(z))), forma (B,)."""
        a_real, a_falso = um_par_por_exemplo(a_real, a_falso)
        real = (1 - suavidade) * F.softplus(-a_real) + suavidade * F.softplus(a_real)
        return real + F.softplus(a_falso)

    return perda


@dataclass(frozen=True)
class Jogo:
    """As perdas dos dois jogadores.

    Attributes:
        perda_d: (notas reais, notas geradas) → (B,), que o discriminador diminui.
        perda_g: notas geradas → (B,), que o gerador diminui.
    """

    perda_d: Callable[[Tensor, Tensor], Tensor]
    perda_g: Callable[[Tensor], Tensor]


JOGOS: dict[str, Jogo] = {
    "minimax": Jogo(perda_discriminador, perda_gerador_minimax),
    "não saturante": Jogo(perda_discriminador, perda_gerador),
    "mínimos quadrados": Jogo(perda_d_quadrados, perda_g_quadrados),
    "hinge": Jogo(perda_d_hinge, perda_g_critico),
    "Wasserstein": Jogo(perda_d_wasserstein, perda_g_critico),
}

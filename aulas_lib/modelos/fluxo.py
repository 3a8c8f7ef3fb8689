"""Casamento de fluxos (*flow matching*): aprender a velocidade que leva o ruído aos dados em linha reta.

O tempo é o do curso: τ = 0 são os dados e τ = 1 é o ruído. Nos artigos de 2023 ele corre ao contrário.
Fonte: Lipman e outros (2023), "Flow Matching for Generative Modeling"; Liu, Gong e Liu (2023), "Flow Straight and
Fast: Learning to Generate and Transfer Data with Rectified Flow".
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from aulas_lib.dados.conferencias import normal
from aulas_lib.dados.gaussianas import MisturaGaussiana
from aulas_lib.modelos.difusao import por_exemplo
from aulas_lib.modelos.integracao import Campo


class Velocidade(nn.Module):
    """v_θ(x, τ) a partir de uma rede que espera t de 0 a T, como `PreditorMLP`: chama-a em t = T τ.

    Args:
        rede: (x (B, ...), t (B,)) → (B, ...).
        T: escala do tempo da rede.
    """

    def __init__(self, rede: nn.Module, T: float = 1000.0) -> None:
        super().__init__()
        self.rede, self.T = rede, T

    def forward(self, x: Tensor, tau: Tensor) -> Tensor:
        """(B, ...) e τ (B,) → (B, ...)."""
        return self.rede(x, self.T * tau)


def ponto_do_fluxo(x_0: Tensor, tau: Tensor, eps: Tensor) -> Tensor:
    """O ponto da reta entre um dado e um ruído.

    Equação: x_τ = (1 − τ) x_0 + τ ε
    Fonte: Liu e outros (2023), equação 1, com o tempo ao contrário.

    Args:
        x_0: dados, forma (B, ...).
        tau: instantes em [0, 1], forma (B,).
        eps: ruído N(0, I), forma (B, ...).
    """
    tau = por_exemplo(tau, x_0)
    return (1 - tau) * x_0 + tau * eps


def perda_fluxo(modelo: Campo, x_0: Tensor, tau: Tensor, eps: Tensor) -> Tensor:
    """O erro quadrático na velocidade da reta, por exemplo.

    Equação: ‖v_θ(x_τ, τ) − (ε − x_0)‖²
    Fonte: Lipman e outros (2023), equação 9; Liu e outros (2023), equação 1.

    Args:
        modelo: v_θ, (x (B, ...), τ (B,)) → (B, ...).
        x_0: dados, forma (B, ...).
        tau: instantes em [0, 1], forma (B,).
        eps: ruído N(0, I), forma (B, ...).

    Returns:
        Forma (B,).
    """
    x_tau = ponto_do_fluxo(x_0, tau, eps)
    alvo = eps - x_0  # a derivada de x_tau em relação a τ
    return (modelo(x_tau, tau) - alvo).square().flatten(1).sum(dim=1)


def sorteando_tau(perda: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A perda que o laço de treino chama: sorteia um τ, uniforme em [0, 1), e o ruído de cada exemplo.

    Args:
        perda: (modelo, x_0, τ, eps) → (B,), como `perda_fluxo`.

    Returns:
        (modelo, x_0, gerador=) → (B,).
    """

    def sorteada(modelo: nn.Module, x_0: Tensor, gerador: torch.Generator | None = None) -> Tensor:
        tau = torch.rand(x_0.shape[:1], generator=gerador, device=x_0.device)
        return perda(modelo, x_0, tau, normal(x_0.shape, x_0, gerador))

    return sorteada


def mistura_no_fluxo(mistura: MisturaGaussiana, tau: float) -> MisturaGaussiana:
    """A lei de x_τ quando os dados são uma mistura: médias (1 − τ) m_k e covariâncias (1 − τ)² Σ_k + τ² I.

    Args:
        mistura: a lei dos dados.
        tau: de 0 (os dados) a 1 (N(0, I)).

    Raises:
        ValueError: se tau não está em [0, 1].
    """
    if not 0 <= tau <= 1:
        raise ValueError(f"tau: chegou {tau}; esperava um número de 0 (dados) a 1 (ruído).")
    identidade = torch.eye(mistura.medias.shape[1]).to(mistura.medias)
    covariancias = (1 - tau) ** 2 * mistura.covariancias + tau**2 * identidade
    return MisturaGaussiana(mistura.pesos, (1 - tau) * mistura.medias, covariancias)


def velocidade_exata(mistura: MisturaGaussiana) -> Campo:
    """A melhor velocidade que existe para dados de uma mistura, E[ε − x_0 | x_τ = x], sem nada treinado.

    Dentro de uma componente, ε − x_0 e x_τ são gaussianas conjuntas, e a média condicional é uma regressão linear.
    Equação: Σ_k p(k|x) {−m_k + [τ I − (1 − τ) Σ_k] C_k⁻¹ [x − (1 − τ) m_k]}, com C_k = (1 − τ)² Σ_k + τ² I

    Args:
        mistura: a lei dos dados.

    Returns:
        (x (B, D), τ (B,)) → (B, D); todos os exemplos no mesmo instante.
    """
    em_float64 = mistura.to(torch.float64)
    identidade = torch.eye(mistura.medias.shape[1]).to(em_float64.medias)

    def velocidade(x: Tensor, tau: Tensor) -> Tensor:
        instante = tau[0].item()
        marginal = mistura_no_fluxo(em_float64, instante)
        cruzada = instante * identidade - (1 - instante) * em_float64.covariancias  # cov(ε − x_0, x_τ), (K, D, D)
        ganho = cruzada @ torch.linalg.inv(marginal.covariancias)
        desvios = x.double()[:, None] - marginal.medias  # (B, K, D)
        por_componente = torch.einsum("kij,bkj->bki", ganho, desvios) - em_float64.medias
        return torch.einsum("bk,bki->bi", marginal.responsabilidades(x), por_componente).to(x.dtype)

    return velocidade

"""A difusão em tempo contínuo: a EDE (SDE, em inglês) que preserva a variância, a sua volta, e a EDO de mesmas leis.

Fonte: Song, Sohl-Dickstein, Kingma, Kumar, Ermon e Poole (2021), "Score-Based Generative Modeling through Stochastic
Differential Equations".
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from aulas_lib.dados.conferencias import normal
from aulas_lib.dados.gaussianas import MisturaGaussiana
from aulas_lib.modelos.difusao import por_exemplo
from aulas_lib.modelos.integracao import Campo, Passo, chegar_ao_fim, passo_heun
from aulas_lib.modelos.propagacao import Fatias, empurrar, massa_normal

Escore = Campo  # (x (B, ...), τ (B,)) -> ∇ log q_τ(x) (B, ...)


@dataclass(frozen=True)
class AgendaContinua:
    """β(τ) = β_min + τ (β_max − β_min), com τ de 0 (dados) a 1 (ruído).

    É o limite da agenda linear que vai de β_1 = β(0)/T a β_T = β(1)/T, quando T cresce; em T = 1000, 0,0001 e 0,02.

    Attributes:
        beta_min, beta_max: β(0) e β(1).
    """

    beta_min: float = 0.1
    beta_max: float = 20.0

    def beta(self, tau: Tensor) -> Tensor:
        """β(τ), na forma de τ."""
        return self.beta_min + tau * (self.beta_max - self.beta_min)

    def alfa_barra(self, tau: Tensor) -> Tensor:
        """ᾱ(τ) = exp(−∫₀^τ β) = exp(−β_min τ − ½ (β_max − β_min) τ²), na forma de τ."""
        return (-self.beta_min * tau - (self.beta_max - self.beta_min) * tau.square() / 2).exp()


def escore_exato(mistura: MisturaGaussiana, agenda: AgendaContinua) -> Escore:
    """O escore de x_τ quando os dados são uma mistura, sem nada treinado.

    Args:
        mistura: a lei dos dados.
        agenda: β(τ).

    Returns:
        (x (B, D), τ (B,)) → (B, D); todos os exemplos no mesmo instante.
    """
    em_float64 = mistura.to(torch.float64)

    def escore(x: Tensor, tau: Tensor) -> Tensor:
        return em_float64.difundida(agenda.alfa_barra(tau[0].double().cpu())).escore(x).to(x.dtype)

    return escore


def perda_escore(escore: Escore, x_0: Tensor, tau: Tensor, eps: Tensor, agenda: AgendaContinua) -> Tensor:
    """O erro até o escore de q(x_τ | x_0), por exemplo: *denoising score matching*.

    Equação: ‖s(x_τ, τ) − ∇ log q(x_τ | x_0)‖², com ∇ log q(x_τ | x_0) = −ε/√(1 − ᾱ)
    Fonte: Vincent (2011), seção 4.

    Args:
        escore: s.
        x_0: dados, forma (B, ...).
        tau: instantes, em (0, 1], forma (B,).
        eps: ruído N(0, I), forma (B, ...).
        agenda: β(τ).

    Returns:
        Forma (B,).
    """
    ab = por_exemplo(agenda.alfa_barra(tau), x_0)
    x_tau = ab.sqrt() * x_0 + (1 - ab).sqrt() * eps
    return (escore(x_tau, tau) + eps / (1 - ab).sqrt()).square().flatten(1).sum(dim=1)


def campo_da_edo(escore: Escore, agenda: AgendaContinua) -> Campo:
    """A EDO que tem, em cada τ, a mesma lei que a EDE (*probability flow ODE*).

    Equação: dx/dτ = −½ β(τ) [x + ∇ log q_τ(x)]
    Fonte: Song e outros (2021), equação 13.

    Args:
        escore: ∇ log q_τ, exato ou de uma rede.
        agenda: β(τ).
    """

    def campo(x: Tensor, tau: Tensor) -> Tensor:
        return -por_exemplo(agenda.beta(tau), x) / 2 * (x + escore(x, tau))

    return campo


def passo_da_ede(
    escore: Escore, x: Tensor, tau: Tensor, chegada: Tensor, z: Tensor, agenda: AgendaContinua
) -> Tensor:
    """Um passo da volta da EDE, de τ a um instante menor, `chegada` (Euler–Maruyama).

    Equação: x_{τ−h} = x_τ + h β(τ) [½ x_τ + ∇ log q_τ(x_τ)] + √(h β(τ)) z, com h = τ − chegada
    Fonte: Anderson (1982); Song e outros (2021), equação 6.

    Args:
        escore: ∇ log q_τ.
        x: x_τ, forma (B, ...).
        tau, chegada: o instante de x e o do resultado, formas (B,).
        z: ruído N(0, I), forma (B, ...); zeros não sorteiam.
        agenda: β(τ).
    """
    h_beta = por_exemplo((tau - chegada) * agenda.beta(tau), x)
    return x + h_beta * (x / 2 + escore(x, tau)) + h_beta.sqrt() * z


@torch.no_grad()
def percorrer_ede(
    escore: Escore, x: Tensor, instantes: list[float], agenda: AgendaContinua, gerador: torch.Generator | None = None
) -> Iterator[tuple[float, Tensor]]:
    """O caminho de volta com acaso, uma parada por vez, a partir da segunda. O último passo não tem ruído.

    Args:
        escore: ∇ log q_τ.
        x: o ponto em instantes[0], forma (B, ...).
        instantes: as paradas, decrescentes.
        agenda: β(τ).
        gerador: fonte do ruído, no dispositivo de x.

    Yields:
        O instante e o x dele, forma (B, ...).

    Raises:
        ValueError: se os instantes não decrescem.
    """
    _conferir_decrescentes(instantes)
    for tau, chegada in pairwise(instantes):
        agora, depois = (torch.full((len(x),), v, dtype=torch.float64, device=x.device) for v in (tau, chegada))
        z = normal(x.shape, x, gerador) if chegada > instantes[-1] else torch.zeros_like(x)
        x = passo_da_ede(escore, x, agora, depois, z, agenda)
        yield chegada, x


def massa_pela_edo(campo: Campo, instantes: list[float], fatias: Fatias, passo: Passo = passo_heun) -> Tensor:
    """Quanto da densidade gerada cai em cada fatia, em uma dimensão, por quadratura.

    O caminho leva as bordas das fatias, sem que duas se cruzem; entre duas bordas vizinhas a massa se conserva.

    Args:
        campo: a velocidade; chamada em float64.
        instantes: as paradas, de 1 a 0.
        fatias: a grade.
        passo: `passo_heun` ou `passo_euler`.

    Returns:
        Forma (G,).
    """
    finas = Fatias(fatias.inicio, fatias.fim, 4 * fatias.quantas)  # a massa é uniforme dentro de cada fatia fina
    destino = chegar_ao_fim(campo, finas.bordas[:, None], instantes, passo)[:, 0].cummax(0).values
    afastar = 1e-10 * torch.arange(len(destino))  # duas bordas no mesmo ponto perderiam a massa entre elas
    return empurrar(massa_normal(finas), destino + afastar, 0.0, finas).reshape(-1, 4).sum(dim=1)


@torch.no_grad()
def massa_pela_ede(
    escore: Escore, instantes: list[float], fatias: Fatias, agenda: AgendaContinua
) -> Iterator[tuple[float, Tensor]]:
    """O mesmo para a volta da EDE: a massa em cada parada, a partir da segunda. O último passo não tem ruído.

    Args:
        escore: ∇ log q_τ; chamado em float64.
        instantes: as paradas, decrescentes, a partir de 1.
        fatias: a grade.
        agenda: β(τ).

    Yields:
        O instante e a massa, forma (G,).

    Raises:
        ValueError: se os instantes não decrescem.
    """
    _conferir_decrescentes(instantes)
    massa, x = massa_normal(fatias), fatias.bordas[:, None]
    for tau, chegada in pairwise(instantes):
        agora, depois = (torch.full((len(x),), v, dtype=torch.float64) for v in (tau, chegada))
        destino = passo_da_ede(escore, x, agora, depois, torch.zeros_like(x), agenda)[:, 0]
        h_beta = (tau - chegada) * agenda.beta(agora[0]).item()
        sigma = math.sqrt(h_beta) if chegada > instantes[-1] else 0.0
        massa = empurrar(massa, destino.cummax(0).values, sigma, fatias)
        yield chegada, massa


def _conferir_decrescentes(instantes: list[float]) -> None:
    if len(instantes) < 2 or any(a <= b for a, b in pairwise(instantes)):
        raise ValueError(f"instantes: chegaram {instantes}; esperava pelo menos dois, cada um menor que o anterior.")

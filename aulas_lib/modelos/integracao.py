"""Andar por uma equação diferencial: o passo de Euler, o de Heun e o caminho inteiro.

Vale para a EDO da difusão e para o fluxo: as duas são um campo de velocidades dx/dτ = campo(x, τ).
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor

from aulas_lib.modelos.difusao import por_exemplo

Campo = Callable[[Tensor, Tensor], Tensor]  # (x (B, ...), τ (B,)) -> dx/dτ (B, ...)
Passo = Callable[[Campo, Tensor, Tensor, Tensor], Tensor]  # (campo, x, τ de agora, τ da chegada) -> x


def passo_euler(campo: Campo, x: Tensor, tau: Tensor, chegada: Tensor) -> Tensor:
    """Um passo de Euler: anda em linha reta, com a velocidade do ponto de partida.

    Equação: x_s = x_τ + (s − τ) f(x_τ, τ); com s < τ, anda para trás

    Args:
        campo: f.
        x: x_τ, forma (B, ...).
        tau, chegada: τ e s, formas (B,).
    """
    h = por_exemplo(chegada - tau, x)
    return x + h * campo(x, tau)


def passo_heun(campo: Campo, x: Tensor, tau: Tensor, chegada: Tensor) -> Tensor:
    """Um passo de Heun: anda com a média das velocidades na partida e onde o Euler chegaria.

    Equação: x_s = x_τ + (s − τ)/2 [f(x_τ, τ) + f(x̃, s)], com x̃ = x_τ + (s − τ) f(x_τ, τ)

    Args:
        campo: f; é chamado duas vezes.
        x: x_τ, forma (B, ...).
        tau, chegada: τ e s, formas (B,).
    """
    h = por_exemplo(chegada - tau, x)
    partida = campo(x, tau)
    return x + h / 2 * (partida + campo(x + h * partida, chegada))


def instantes_iguais(passos: int, inicio: float = 1.0, fim: float = 0.0) -> list[float]:
    """As `passos` + 1 paradas de um caminho a passos iguais, de `inicio` a `fim`.

    Raises:
        ValueError: se `passos` não é um inteiro positivo.
    """
    if not isinstance(passos, int) or passos < 1:
        raise ValueError(f"passos: chegou {passos!r}; esperava um inteiro positivo.")
    return [inicio + (fim - inicio) * i / passos for i in range(passos + 1)]


@torch.no_grad()
def percorrer(
    campo: Campo, x: Tensor, instantes: list[float], passo: Passo = passo_euler
) -> Iterator[tuple[float, Tensor]]:
    """O caminho, uma parada por vez, a partir da segunda.

    Args:
        campo: a velocidade.
        x: o ponto em instantes[0], forma (B, ...).
        instantes: as paradas, como as de `instantes_iguais`, para trás ou para a frente.
        passo: `passo_euler` ou `passo_heun`.

    Yields:
        O instante e o x dele, forma (B, ...).

    Raises:
        ValueError: se há menos de duas paradas.
    """
    if len(instantes) < 2:
        raise ValueError(f"instantes: chegaram {len(instantes)}; um caminho tem pelo menos duas paradas.")
    for tau, chegada in pairwise(instantes):
        x = passo(campo, x, _em_todos(tau, x), _em_todos(chegada, x))
        yield chegada, x


def chegar_ao_fim(campo: Campo, x: Tensor, instantes: list[float], passo: Passo = passo_euler) -> Tensor:
    """O x da última parada de `percorrer`, forma (B, ...)."""
    *_, (_, x) = percorrer(campo, x, instantes, passo)
    return x


def divergencia(campo: Campo, x: Tensor, tau: Tensor) -> tuple[Tensor, Tensor]:
    """O campo em x e o traço da sua matriz de derivadas, por autograd, uma coordenada por vez.

    Equação: div f = Σ_j ∂f_j/∂x_j

    Args:
        campo: f; cada exemplo só pode depender de si mesmo.
        x: forma (B, D).
        tau: forma (B,).

    Returns:
        f(x, τ), forma (B, D), e div f, forma (B,).
    """
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        f = campo(x, tau)
        derivadas = [torch.autograd.grad(f[:, j].sum(), x, retain_graph=True)[0][:, j] for j in range(x.shape[1])]
    return f.detach(), torch.stack(derivadas, dim=1).sum(dim=1)


def log_densidade_pela_edo(
    campo: Campo, x: Tensor, passos: int = 100, passo: Passo = passo_heun
) -> tuple[Tensor, Tensor]:
    """Leva x de τ = 0 a 1 e soma, no caminho, quanto o campo dilata o espaço: a log-densidade, em nats.

    Põe-se N(0, I) no lugar de q_1, como ao gerar; na difusão a diferença é desprezível. Resta o erro dos passos.

    Equação: d log q_τ(x_τ)/dτ = −div f(x_τ, τ), logo log q_0(x_0) = log N(x_1; 0, I) + ∫₀¹ div f(x_τ, τ) dτ
    Fonte: Chen e outros (2018), teorema 1; Song e outros (2021), apêndice D.2.

    Args:
        campo: f, que leva os dados (τ = 0) a N(0, I) (τ = 1).
        x: x_0, forma (B, D).
        passos: quantos, de 0 a 1.
        passo: `passo_heun` ou `passo_euler`.

    Returns:
        log q_0(x_0), forma (B,), e x_1, forma (B, D).
    """

    def com_a_conta(estado: Tensor, tau: Tensor) -> Tensor:
        f, div = divergencia(campo, estado[:, :-1], tau)
        return torch.cat([f, div[:, None]], dim=1)  # (B, D + 1): a última coluna acumula a integral

    inicio = torch.cat([x, torch.zeros_like(x[:, :1])], dim=1)
    fim = chegar_ao_fim(com_a_conta, inicio, instantes_iguais(passos, 0.0, 1.0), passo)
    x_1, integral = fim[:, :-1], fim[:, -1]
    return torch.distributions.Normal(0.0, 1.0).log_prob(x_1).sum(dim=1) + integral, x_1


def _em_todos(tau: float, x: Tensor) -> Tensor:
    return torch.full((len(x),), tau, dtype=torch.float64, device=x.device)

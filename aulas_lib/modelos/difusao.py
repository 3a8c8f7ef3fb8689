"""Difusão: o caminho de ida em forma fechada, a posteriori exata do caminho de volta e a perda que o ensina.

Fonte: Sohl-Dickstein e outros (2015); Ho, Jain e Abbeel (2020), "Denoising Diffusion Probabilistic Models".
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from aulas_lib.dados.conferencias import normal

Preditor = Callable[[Tensor, Tensor], Tensor]  # (x_t (B, ...), t (B,)) -> o ruído previsto (B, ...)


@dataclass(frozen=True)
class Agenda:
    """Quanto ruído entra em cada passo. O índice é o do texto: t = 0 são os dados, t = T é o último passo.

    Attributes:
        betas: β_t, forma (T + 1,), com β_0 = 0.
        alfa_barra: ᾱ_t = Π_{s ≤ t} (1 − β_s), forma (T + 1,), com ᾱ_0 = 1.

    As tabelas são guardadas em float64: em float32, 1 − ᾱ_1 perde quatro algarismos.
    """

    betas: Tensor
    alfa_barra: Tensor

    @property
    def T(self) -> int:
        """Quantos passos."""
        return len(self.betas) - 1

    @property
    def snr(self) -> Tensor:
        """Razão entre sinal e ruído ᾱ_t / (1 − ᾱ_t), forma (T + 1,); infinita em t = 0."""
        return self.alfa_barra / (1 - self.alfa_barra)

    @property
    def variancia_posterior(self) -> Tensor:
        """A variância β̃_t = β_t (1 − ᾱ_{t−1}) / (1 − ᾱ_t) da posteriori exata, forma (T + 1,); β̃_1 = 0.

        Fonte: Ho e outros (2020), equação 7.
        """
        anterior, atual = self.alfa_barra[:-1], self.alfa_barra[1:]
        return torch.cat([self.betas[:1], self.betas[1:] * (1 - anterior) / (1 - atual)])


def agenda_de_betas(betas: Tensor) -> Agenda:
    """A agenda dos β dados.

    Args:
        betas: β_1, …, β_T, cada um em (0, 1), forma (T,).

    Raises:
        ValueError: se os β não formam um vetor, ou se algum não está entre 0 e 1.
    """
    if betas.ndim != 1 or not len(betas):
        raise ValueError(f"betas: chegou a forma {tuple(betas.shape)}; esperava (T,), com um β por passo.")
    if not ((betas > 0) & (betas < 1)).all():
        ruim = int((~((betas > 0) & (betas < 1))).nonzero()[0])
        raise ValueError(f"betas: β_{ruim + 1} = {betas[ruim].item():g}; cada β tem de ficar entre 0 e 1.")
    betas = torch.cat([torch.zeros(1, dtype=torch.float64), betas.double().cpu()])
    return Agenda(betas, (1 - betas).cumprod(0))


def agenda_linear(passos: int = 1000, primeiro: float = 1e-4, ultimo: float = 0.02) -> Agenda:
    """β_t em progressão aritmética.

    Fonte: Ho e outros (2020), seção 4. Os valores servem para T = 1000; com T menor sobra sinal em x_T.

    Args:
        passos: T.
        primeiro, ultimo: β_1 e β_T.

    Raises:
        ValueError: se T não é um inteiro positivo ou um β não está entre 0 e 1.
    """
    _conferir_passos(passos)
    return agenda_de_betas(torch.linspace(primeiro, ultimo, passos, dtype=torch.float64))


def agenda_cosseno(passos: int = 1000, folga: float = 0.008, maior: float = 0.999) -> Agenda:
    """ᾱ_t em quarto de período de cosseno ao quadrado.

    Equação: ᾱ_t = f(t)/f(0), f(t) = cos²(π/2 · (t/T + s)/(1 + s)); β_t = min(1 − ᾱ_t/ᾱ_{t−1}, 0,999)
    Fonte: Nichol e Dhariwal (2021), equação 17.

    Args:
        passos: T.
        folga: s, para que β_1 não seja pequeno demais.
        maior: teto dos β.

    Raises:
        ValueError: se T não é um inteiro positivo.
    """
    _conferir_passos(passos)
    fracao = torch.arange(passos + 1, dtype=torch.float64) / passos
    f = (math.pi / 2 * (fracao + folga) / (1 + folga)).cos().square()
    return agenda_de_betas((1 - f[1:] / f[:-1]).clamp(max=maior))


def por_exemplo(valores: Tensor, como: Tensor) -> Tensor:
    """Um número por exemplo, no tipo, no dispositivo e com as dimensões de `como`: (B,) → (B, 1, ..., 1)."""
    return valores.to(como.dtype).to(como.device).reshape(-1, *[1] * (como.ndim - 1))


def no_instante(valores: Tensor, t: Tensor, como: Tensor) -> Tensor:
    """O valor de uma tabela em cada t, como em `por_exemplo`: (T + 1,) e (B,) → (B, 1, ..., 1).

    Args:
        valores: tabela com um número por instante, forma (T + 1,).
        t: instantes, inteiros de 0 a T, forma (B,).
        como: tensor que ele vai multiplicar, forma (B, ...).

    Raises:
        ValueError: se t não tem um instante por exemplo.
    """
    if t.shape != como.shape[:1]:
        raise ValueError(f"t: chegou a forma {tuple(t.shape)}; esperava um instante por exemplo, ({len(como)},).")
    return por_exemplo(valores.to(como.dtype).to(como.device)[t], como)


def difundir(x_0: Tensor, t: Tensor, eps: Tensor, agenda: Agenda) -> Tensor:
    """x_t de uma vez, a partir de x_0 (slide "Difusão: forward").

    Equação: x_t = √ᾱ_t x_0 + √(1 − ᾱ_t) ε, isto é, q(x_t | x_0) = N(√ᾱ_t x_0, (1 − ᾱ_t) I)
    Fonte: Ho e outros (2020), equação 4.

    Args:
        x_0: dados, forma (B, ...).
        t: instantes, forma (B,).
        eps: ruído N(0, I), forma (B, ...).
        agenda: os β.
    """
    sinal = no_instante(agenda.alfa_barra.sqrt(), t, x_0)
    ruido = no_instante((1 - agenda.alfa_barra).sqrt(), t, x_0)
    return sinal * x_0 + ruido * eps


def dar_um_passo(x_anterior: Tensor, t: Tensor, eps: Tensor, agenda: Agenda) -> Tensor:
    """x_t a partir de x_{t−1}: um passo da cadeia de ida.

    Equação: x_t = √(1 − β_t) x_{t−1} + √β_t ε, isto é, q(x_t | x_{t−1}) = N(√(1 − β_t) x_{t−1}, β_t I)
    Fonte: Ho e outros (2020), equação 2. O fator do ruído é o desvio-padrão √β_t, e não a variância β_t.

    Args:
        x_anterior: x_{t−1}, forma (B, ...).
        t: instantes de 1 a T, forma (B,).
        eps: ruído N(0, I), forma (B, ...).
        agenda: os β.
    """
    sinal = no_instante((1 - agenda.betas).sqrt(), t, x_anterior)
    return sinal * x_anterior + no_instante(agenda.betas.sqrt(), t, x_anterior) * eps


def posteriori(x_0: Tensor, x_t: Tensor, t: Tensor, agenda: Agenda) -> tuple[Tensor, Tensor]:
    """Média e variância de q(x_{t−1} | x_t, x_0), que é uma gaussiana.

    Equação: μ̃_t = (√ᾱ_{t−1} β_t x_0 + √(1 − β_t) (1 − ᾱ_{t−1}) x_t) / (1 − ᾱ_t); β̃_t = β_t (1 − ᾱ_{t−1})/(1 − ᾱ_t)
    Fonte: Ho e outros (2020), equações 6 e 7.

    Args:
        x_0: dados, forma (B, ...).
        x_t: forma (B, ...).
        t: instantes de 1 a T, forma (B,).
        agenda: os β.

    Returns:
        Média (B, ...) e variância (B, 1, ..., 1).
    """
    anterior = agenda.alfa_barra.roll(1)
    peso_0 = anterior.sqrt() * agenda.betas / (1 - agenda.alfa_barra)
    peso_t = (1 - agenda.betas).sqrt() * (1 - anterior) / (1 - agenda.alfa_barra)
    media = no_instante(peso_0, t, x_t) * x_0 + no_instante(peso_t, t, x_t) * x_t
    return media, no_instante(agenda.variancia_posterior, t, x_t)


def x0_do_ruido(x_t: Tensor, eps: Tensor, t: Tensor, agenda: Agenda) -> Tensor:
    """O x_0 que um ruído explica: x_0 = (x_t − √(1 − ᾱ_t) ε)/√ᾱ_t, forma (B, ...)."""
    ruido = no_instante((1 - agenda.alfa_barra).sqrt(), t, x_t)
    return (x_t - ruido * eps) / no_instante(agenda.alfa_barra.sqrt(), t, x_t)


def ruido_do_x0(x_t: Tensor, x_0: Tensor, t: Tensor, agenda: Agenda) -> Tensor:
    """O ruído que leva x_0 a x_t: ε = (x_t − √ᾱ_t x_0)/√(1 − ᾱ_t), forma (B, ...); t de 1 a T."""
    sinal = no_instante(agenda.alfa_barra.sqrt(), t, x_t)
    return (x_t - sinal * x_0) / no_instante((1 - agenda.alfa_barra).sqrt(), t, x_t)


def perda_simples(modelo: Preditor, x_0: Tensor, t: Tensor, eps: Tensor, agenda: Agenda) -> Tensor:
    """O erro quadrático na previsão do ruído, por exemplo (slide "Perda: analogia com VAEs").

    Equação: loss_simple = E[‖ε − ε_θ(x_t, t)‖²]; a soma é sobre as coordenadas, e a esperança fica com quem chama
    Fonte: Ho e outros (2020), equação 14.

    Args:
        modelo: ε_θ, (x_t (B, ...), t (B,)) → (B, ...).
        x_0: dados, forma (B, ...).
        t: instantes de 1 a T, forma (B,).
        eps: ruído N(0, I), forma (B, ...).
        agenda: os β.

    Returns:
        Forma (B,).
    """
    x_t = difundir(x_0, t, eps, agenda)
    return (eps - modelo(x_t, t)).square().flatten(1).sum(dim=1)


def sorteando(perda: Callable[..., Tensor], agenda: Agenda) -> Callable[..., Tensor]:
    """A perda que o laço de treino chama: sorteia um instante, de 1 a T, e o ruído de cada exemplo.

    Args:
        perda: (modelo, x_0, t, eps, agenda) → (B,), como `perda_simples`.
        agenda: os β.

    Returns:
        (modelo, x_0, gerador=) → (B,).
    """

    def sorteada(modelo: nn.Module, x_0: Tensor, gerador: torch.Generator | None = None) -> Tensor:
        t = torch.randint(1, agenda.T + 1, x_0.shape[:1], generator=gerador, device=x_0.device)
        return perda(modelo, x_0, t, normal(x_0.shape, x_0, gerador), agenda)

    return sorteada


def _conferir_passos(passos: int) -> None:
    if not isinstance(passos, int) or passos < 1:
        raise ValueError(f"passos: chegou {passos!r}; T é um inteiro positivo.")

"""A densidade que um preditor de ruído gera, em uma dimensão, por quadratura: sem sortear nada."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from aulas_lib.dados.gaussianas import MisturaGaussiana
from aulas_lib.modelos.difusao import Agenda, Preditor, posteriori, x0_do_ruido

LARGURA = 7.0  # desvios-padrão além dos quais a gaussiana não conta (2,6e-12)


@dataclass(frozen=True)
class Fatias:
    """A reta cortada em fatias iguais.

    Attributes:
        inicio, fim: pontas.
        quantas: G.
    """

    inicio: float = -8.0
    fim: float = 8.0
    quantas: int = 800

    @property
    def passo(self) -> float:
        """Largura de uma fatia."""
        return (self.fim - self.inicio) / self.quantas

    @property
    def bordas(self) -> Tensor:
        """Forma (G + 1,), em float64."""
        return torch.linspace(self.inicio, self.fim, self.quantas + 1, dtype=torch.float64)

    @property
    def centros(self) -> Tensor:
        """Forma (G,), em float64."""
        return (self.bordas[:-1] + self.bordas[1:]) / 2


def massa_normal(fatias: Fatias) -> Tensor:
    """Quanto de N(0, 1) cai em cada fatia, forma (G,)."""
    return torch.special.ndtr(fatias.bordas).diff()


def empurrar(massa: Tensor, destino: Tensor, sigma: float, fatias: Fatias) -> Tensor:
    """Leva a massa de cada fatia ao intervalo aonde vão as bordas dela e a espalha com uma gaussiana.

    Dentro do intervalo a massa é uniforme, e por isso σ = 0 também serve. Guardar só a massa de cada fatia soma
    largura²/6 à variância (duas vezes a correção de Sheppard), que aqui se desconta de σ², para que mil passos não
    somem mil vezes esse erro. O que passa das pontas fica na última fatia.

    Args:
        massa: forma (G,).
        destino: aonde vai cada borda, crescente, forma (G + 1,).
        sigma: desvio-padrão do que se soma, ≥ 0.
        fatias: a grade.

    Returns:
        Forma (G,), de mesma soma.
    """
    a, b = destino[:-1], destino[1:]
    largura = (b - a).clamp(min=1e-12)  # (G,)
    espalhar = (sigma**2 - largura.square() / 6).clamp(min=1e-28).sqrt()[:, None]
    alcance = math.ceil((largura.max().item() + 2 * LARGURA * sigma) / fatias.passo) + 2
    primeira = ((a - LARGURA * sigma - fatias.inicio) / fatias.passo).floor().long()  # (G,)
    cantos = primeira[:, None] + torch.arange(alcance + 1)  # (G, K + 1), índices de bordas
    onde = fatias.inicio + cantos.double() * fatias.passo
    acumulada = (_rampa(onde - a[:, None], espalhar) - _rampa(onde - b[:, None], espalhar)) / largura[:, None]
    partes = massa[:, None] * acumulada.diff(dim=1)  # (G, K)
    fatia = cantos[:, :-1].clamp(0, fatias.quantas - 1)
    return torch.zeros_like(massa).index_add_(0, fatia.flatten(), partes.flatten())


def ruido_exato(mistura: MisturaGaussiana, agenda: Agenda) -> Preditor:
    """O melhor preditor do ruído que existe para dados de uma mistura, sem nada treinado.

    Equação: ε*(x, t) = E[ε | x_t = x] = −√(1 − ᾱ_t) ∇ₓ log q(x_t)
    Fonte: Vincent (2011), seção 4; Song e Ermon (2019).

    Args:
        mistura: a lei dos dados.
        agenda: os β.

    Returns:
        (x_t (B, D), t (B,)) → (B, D); todos os exemplos no mesmo instante.
    """
    em_float64 = mistura.to(torch.float64)

    def preditor(x: Tensor, t: Tensor) -> Tensor:
        ab = agenda.alfa_barra[t[0].item()]
        return -(1 - ab).sqrt().to(x.dtype) * em_float64.difundida(ab).escore(x).to(x.dtype)

    return preditor


@torch.no_grad()
def propagar(
    modelo: Preditor, agenda: Agenda, fatias: Fatias, variancias: Tensor | None = None
) -> Iterator[tuple[int, Tensor]]:
    """A DDPM em densidades: a massa de x_t em cada fatia, de t = T − 1 a 0, a partir de x_T ~ N(0, 1).

    Args:
        modelo: ε_θ, (x_t (B, 1), t (B,)) → (B, 1); chamado nas bordas das fatias, em float64.
        agenda: os β.
        fatias: a grade.
        variancias: σ_t², forma (T + 1,); None é β̃_t. O último passo, t = 1, não tem ruído.

    Yields:
        t e a massa, forma (G,).
    """
    variancias = agenda.variancia_posterior if variancias is None else variancias
    massa, x = massa_normal(fatias), fatias.bordas[:, None]
    for t in range(agenda.T, 0, -1):
        instante = torch.full((len(x),), t)
        media, _ = posteriori(x0_do_ruido(x, modelo(x, instante), instante, agenda), x, instante, agenda)
        sigma = variancias[t].sqrt().item() if t > 1 else 0.0
        massa = empurrar(massa, media[:, 0].cummax(0).values, sigma, fatias)
        yield t - 1, massa


def massa_da_mistura(mistura: MisturaGaussiana, fatias: Fatias) -> Tensor:
    """Quanto de uma mistura em uma dimensão cai em cada fatia, forma (G,)."""
    desvios = mistura.covariancias[:, 0, 0].double().sqrt()
    acumulada = torch.special.ndtr((fatias.bordas[:, None] - mistura.medias[:, 0].double()) / desvios)  # (G + 1, K)
    return (acumulada @ mistura.pesos.double()).diff()


def variacao_total(p: Tensor, q: Tensor) -> float:
    """½ Σ |p − q|, de 0 (iguais) a 1 (sem nada em comum), para massas de mesma forma."""
    return (p - q).abs().sum().item() / 2


def _rampa(u: Tensor, sigma: Tensor) -> Tensor:
    # ∫ da acumulada de N(0, σ²) até u: σ (z Φ(z) + φ(z)), z = u/σ
    z = u / sigma
    return sigma * (z * torch.special.ndtr(z) + (-z.square() / 2).exp() / math.sqrt(2 * math.pi))

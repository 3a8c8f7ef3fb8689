"""Cadeias de Markov que sorteiam de uma densidade dada: Metropolis-Hastings, Langevin (ULA) e MALA.

Slide "Tipos de métodos". A densidade entra como função e só precisa valer a menos de uma constante. Várias
cadeias andam ao mesmo tempo, uma por linha: os estados são tensores (C, D).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from aulas_lib.ambiente import conferir_gerador, ruido

LogDensidade = Callable[[Tensor], Tensor]  # (C, D) -> (C,), em nats, a menos de uma constante
Escore = Callable[[Tensor], Tensor]  # (C, D) -> (C, D), o gradiente de log p
# (x, gerador) -> x' de forma (C, D) e log q(x|x') − log q(x'|x), forma (C,)
Proposta = Callable[[Tensor, torch.Generator | None], tuple[Tensor, Tensor]]
PassoMetropolis = Callable[[Tensor, LogDensidade, Proposta, torch.Generator | None], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Cadeia:
    """Os estados de C cadeias em T passos, sem o ponto de partida.

    Attributes:
        estados: forma (C, T, D).
        aceitos: se a proposta de cada passo foi aceita, forma (C, T); None em ULA, que não julga propostas.
    """

    estados: Tensor
    aceitos: Tensor | None = None

    @property
    def aceitacao(self) -> Tensor | None:
        """Fração de propostas aceitas em cada cadeia, forma (C,); None em ULA."""
        return None if self.aceitos is None else self.aceitos.float().mean(dim=1)

    def depois_de(self, passos: int) -> "Cadeia":
        """A mesma cadeia sem os primeiros passos, os do aquecimento (*burn-in*).

        Raises:
            ValueError: se não sobra nenhum passo.
        """
        total = self.estados.shape[1]
        if not 0 <= passos < total:
            raise ValueError(f"depois_de: chegou {passos}; a cadeia tem {total} passos e algum tem de sobrar.")
        return Cadeia(self.estados[:, passos:], None if self.aceitos is None else self.aceitos[:, passos:])


def passo_metropolis(
    x: Tensor, log_p: LogDensidade, propor: Proposta, gerador: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Um passo de Metropolis-Hastings: propõe x', aceita ou fica onde está.

    Equação: x' ~ q(x'|x);  a = min(1, p(x') q(x|x') / (p(x) q(x'|x)));  com probabilidade a, x ← x'.
    Fonte: Hastings (1970). Com q simétrica, é o algoritmo de Metropolis e outros (1953).

    Args:
        x: estados atuais, forma (C, D).
        log_p: log-densidade, a menos de uma constante.
        propor: (x, gerador) → x' e log q(x|x') − log q(x'|x).
        gerador: fonte do acaso.

    Returns:
        Os novos estados, forma (C, D), e quem aceitou, forma (C,).
    """
    x_novo, log_q = propor(x, gerador)
    log_razao = log_p(x_novo) - log_p(x) + log_q
    u = torch.rand(log_razao.shape, generator=gerador, device=x.device)
    aceita = u.log() < log_razao
    return torch.where(aceita[:, None], x_novo, x), aceita


def passeio(h: float | Tensor) -> Proposta:
    """Proposta simétrica: um passeio ao acaso, que não olha para a densidade.

    Equação: x' = x + h ε, com ε ~ N(0, I); log q(x|x') − log q(x'|x) = 0.

    Args:
        h: desvio-padrão do passo, na unidade de x; um número, ou (C, 1), um por cadeia.

    Raises:
        ValueError: se h não é positivo.
    """
    _conferir_h(h)

    def propor(x: Tensor, gerador: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        return x + h * ruido(x, gerador), torch.zeros_like(x[:, 0])

    return propor


def langevin(escore: Escore, h: float | Tensor) -> Proposta:
    """Proposta de Langevin: um empurrão na direção em que a densidade cresce, mais ruído.

    Equação: x' = m(x) + h ε, com m(x) = x + (h²/2) ∇ log p(x) e ε ~ N(0, I), isto é, q(x'|x) = N(x'; m(x), h² I).
    Fonte: Roberts e Tweedie (1996), com h² no lugar do passo de lá.

    Args:
        escore: ∇ log p.
        h: desvio-padrão do ruído, na unidade de x; um número, ou (C, 1), um por cadeia.

    Raises:
        ValueError: se h não é positivo.
    """
    _conferir_h(h)

    def propor(x: Tensor, gerador: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        m = x + h**2 / 2 * escore(x)
        x_novo = m + h * ruido(x, gerador)
        m_volta = x_novo + h**2 / 2 * escore(x_novo)
        log_q_ida = -((x_novo - m) ** 2 / (2 * h**2)).sum(dim=1)
        log_q_volta = -((x - m_volta) ** 2 / (2 * h**2)).sum(dim=1)
        return x_novo, log_q_volta - log_q_ida

    return propor


def metropolis_hastings(
    log_p: LogDensidade,
    x0: Tensor,
    passos: int,
    h: float | Tensor,
    gerador: torch.Generator | None = None,
    passo: PassoMetropolis = passo_metropolis,
) -> Cadeia:
    """Metropolis-Hastings com proposta de passeio ao acaso.

    Args:
        log_p: log-densidade, a menos de uma constante.
        x0: pontos de partida, forma (C, D), com log p finita.
        passos: T.
        h: desvio-padrão da proposta, na unidade de x; um número, ou (C, 1), um por cadeia.
        gerador: fonte do acaso.
        passo: o passo de cada volta (`passo_metropolis` ou o seu).

    Raises:
        ValueError: se x0, passos ou h não serve, ou se log p(x0) não é finita.
    """
    return _com_rejeicao(log_p, passeio(h), x0, passos, gerador, passo)


def mala(
    log_p: LogDensidade,
    escore: Escore,
    x0: Tensor,
    passos: int,
    h: float | Tensor,
    gerador: torch.Generator | None = None,
    passo: PassoMetropolis = passo_metropolis,
) -> Cadeia:
    """MALA (*Metropolis-adjusted Langevin algorithm*): propõe com Langevin, aceita com Metropolis-Hastings.

    Args:
        log_p, x0, passos, gerador, passo: como em `metropolis_hastings`.
        escore: ∇ log p.
        h: desvio-padrão do ruído da proposta, na unidade de x; um número, ou (C, 1), um por cadeia.

    Raises:
        ValueError: se x0, passos ou h não serve, ou se log p(x0) não é finita.
    """
    return _com_rejeicao(log_p, langevin(escore, h), x0, passos, gerador, passo)


@torch.no_grad()
def ula(
    escore: Escore, x0: Tensor, passos: int, h: float | Tensor, gerador: torch.Generator | None = None
) -> Cadeia:
    """ULA (*unadjusted Langevin algorithm*): Langevin sem aceitação. Rápido, mas com viés.

    Equação: x_{t+1} = x_t + (h²/2) ∇ log p(x_t) + h ε_t. A lei estacionária não é p: veja `variancia_ula`.

    Args:
        escore: ∇ log p.
        x0, passos, gerador: como em `metropolis_hastings`.
        h: desvio-padrão do ruído, na unidade de x; um número, ou (C, 1), um por cadeia.

    Returns:
        Cadeia sem `aceitos`. Com h grande demais, os estados crescem sem parar, até infinito ou nan.

    Raises:
        ValueError: se x0, passos ou h não serve.
    """
    _conferir_partida("ula", x0, passos, gerador)
    _conferir_h(h)
    x, estados = x0, []
    for _ in range(passos):
        x = x + h**2 / 2 * escore(x) + h * ruido(x, gerador)
        estados.append(x)
    return Cadeia(torch.stack(estados, dim=1))


def variancia_ula(h: float, variancia: float = 1.0) -> float:
    """Variância da lei estacionária de ULA quando o alvo é uma gaussiana de variância s².

    Equação: x ← (1 − h²/(2s²)) x + h ε; igualando as variâncias dos dois lados, v = s² / (1 − h²/(4s²)).

    Args:
        h: passo, na unidade de x.
        variancia: s², na unidade de x ao quadrado.

    Returns:
        v ≥ s²; infinito se h ≥ 2s, quando a cadeia não tem lei estacionária.

    Raises:
        ValueError: se h ou variancia não é positivo.
    """
    if h <= 0 or variancia <= 0:
        raise ValueError(f"variancia_ula: chegaram h={h} e variancia={variancia}; esperava números positivos.")
    folga = 1 - h**2 / (4 * variancia)
    return variancia / folga if folga > 0 else math.inf


@torch.no_grad()
def _com_rejeicao(
    log_p: LogDensidade,
    propor: Proposta,
    x0: Tensor,
    passos: int,
    gerador: torch.Generator | None,
    passo: PassoMetropolis,
) -> Cadeia:
    _conferir_partida("a cadeia", x0, passos, gerador)
    if (log_p0 := log_p(x0)).shape != x0.shape[:1]:
        raise ValueError(f"log_p devolveu a forma {tuple(log_p0.shape)}; esperava ({len(x0)},), um número por cadeia.")
    if not log_p0.isfinite().all():
        raise ValueError("x0: log p não é finita em algum ponto de partida. Comece onde a densidade é positiva.")
    x, andados = x0, []
    for _ in range(passos):
        x, aceita = passo(x, log_p, propor, gerador)
        andados.append((x, aceita))
    return Cadeia(*(torch.stack(parte, dim=1) for parte in zip(*andados, strict=True)))


def _conferir_partida(nome: str, x0: Tensor, passos: int, gerador: torch.Generator | None) -> None:
    conferir_gerador(gerador, x0.device)
    if x0.ndim != 2 or not len(x0) or not x0.is_floating_point():
        raise ValueError(
            f"{nome}: chegou x0 {tuple(x0.shape)}, {x0.dtype}; esperava (C, D) de números reais. Uma cadeia? x0[None]."
        )
    if passos < 1:
        raise ValueError(f"{nome}: chegou passos={passos}; esperava 1 ou mais.")


def _conferir_h(h: float | Tensor) -> None:
    valores = torch.as_tensor(h)
    if valores.ndim not in (0, 2) or not (valores > 0).all():
        raise ValueError(f"h: chegou {h!r}; esperava um número positivo, ou um tensor (C, 1), um por cadeia.")

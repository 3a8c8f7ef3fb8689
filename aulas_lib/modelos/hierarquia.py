"""Um VAE de T degraus: o VAE da lição 2 e a difusão da lição 5 são dois casos do mesmo limite.

Equação: −log p_θ(x) ≤ KL(q(z_T|x) ‖ N(0, I)) + Σ_{t=2}^{T} E KL(q(z_{t−1}|z_t, x) ‖ p_θ(z_{t−1}|z_t))
− E log p_θ(x|z_1)
Fonte: Sohl-Dickstein e outros (2015); Ho e outros (2020), equação 5; slides "Difusão vs VAEs" e "Perda: analogia com
VAEs".
"""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from aulas_lib.dados.conferencias import normal
from aulas_lib.modelos.difusao import Agenda, difundir, posteriori
from aulas_lib.modelos.difusao_em_niveis import PreditorDeNiveis
from aulas_lib.modelos.reconstrucao import reconstrucao_categorica
from aulas_lib.modelos.vae import VAE, Reconstrucao, reparametrizar


class Gaussiana(NamedTuple):
    """Média e variância de uma gaussiana diagonal, de formas que se combinam."""

    media: Tensor
    variancia: Tensor


class Encoder(Protocol):
    """q: de x aos latentes z_1, …, z_T."""

    T: int

    def sortear(self, x: Tensor, t: int, gerador: torch.Generator | None) -> Tensor:
        """z_t ~ q(z_t | x)."""

    def final(self, x: Tensor) -> Gaussiana:
        """q(z_T | x)."""

    def posteriori(self, x: Tensor, z_t: Tensor, t: int) -> Gaussiana:
        """q(z_{t−1} | z_t, x), para t ≥ 2."""


class Decoder(Protocol):
    """p_θ: dos latentes a x."""

    def passo(self, z_t: Tensor, t: int) -> Gaussiana:
        """p_θ(z_{t−1} | z_t), para t ≥ 2."""

    def surpresa(self, z_1: Tensor, x: Tensor) -> Tensor:
        """−log p_θ(x | z_1) de cada exemplo, em nats, forma (B,)."""


def kl_diagonal(q: Gaussiana, p: Gaussiana) -> Tensor:
    """KL entre gaussianas diagonais, por exemplo, em nats: forma (B,).

    Equação: ½ Σ_j [σ_q²/σ_p² − 1 − log(σ_q²/σ_p²) + (μ_q − μ_p)²/σ_p²]
    """
    razao = q.variancia / p.variancia
    termos = razao - 1 - razao.log() + (q.media - p.media).square() / p.variancia
    return termos.flatten(1).sum(dim=1) / 2


@torch.no_grad()
def termos_do_limite(
    encoder: Encoder,
    decoder: Decoder,
    x: Tensor,
    gerador: torch.Generator | None = None,
    por_degrau: int | None = None,
) -> Tensor:
    """As T + 1 parcelas de −ELBO, na média dos exemplos, em nats: a soma delas é o limite.

    Args:
        encoder: q.
        decoder: p_θ.
        x: dados, forma (B, ...).
        gerador: do acaso de q.
        por_degrau: quantos exemplos, sorteados de novo, em cada degrau do meio; None são todos.

    Returns:
        Forma (T + 1,). Na posição 0, a reconstrução −log p_θ(x|z_1); na posição t − 1, de t = 2 a T, a KL do degrau
        de z_t a z_{t−1}; na última, a KL de q(z_T|x) para N(0, I).
    """
    parcelas = [decoder.surpresa(encoder.sortear(x, 1, gerador), x).mean()]
    for t in range(2, encoder.T + 1):
        alguns = x if por_degrau is None else x[torch.randint(len(x), (por_degrau,), generator=gerador)]
        z_t = encoder.sortear(alguns, t, gerador)
        parcelas.append(kl_diagonal(encoder.posteriori(alguns, z_t, t), decoder.passo(z_t, t)).mean())
    topo = encoder.final(x)
    priori = Gaussiana(torch.zeros_like(topo.media), torch.ones_like(topo.media))
    return torch.stack([*parcelas, kl_diagonal(topo, priori).mean()])


class EncoderAprendido:
    """O encoder de um VAE: um degrau só, com μ e σ² que a rede calcula.

    Args:
        vae: o modelo.
    """

    T = 1

    def __init__(self, vae: VAE) -> None:
        self.vae = vae

    def sortear(self, x: Tensor, t: int, gerador: torch.Generator | None) -> Tensor:
        """z ~ q(z | x), forma (B, Z)."""
        return reparametrizar(*self.vae.codificar(x), gerador)

    def final(self, x: Tensor) -> Gaussiana:
        """q(z | x)."""
        mu, logvar = self.vae.codificar(x)
        return Gaussiana(mu, logvar.exp())

    def posteriori(self, x: Tensor, z_t: Tensor, t: int) -> Gaussiana:
        """Com um degrau só não há z_{t−1}.

        Raises:
            ValueError: sempre.
        """
        raise ValueError(f"t: chegou {t}; o encoder de um VAE tem um degrau só, T = 1.")


class DecoderDoVAE:
    """O decoder de um VAE: de z, de uma vez, a x.

    Args:
        vae: o modelo.
        reconstrucao: (parâmetros, x) → −log p(x|z), forma (B,).
    """

    def __init__(self, vae: VAE, reconstrucao: Reconstrucao) -> None:
        self.vae, self.reconstrucao = vae, reconstrucao

    def passo(self, z_t: Tensor, t: int) -> Gaussiana:
        """Com um degrau só não há z_{t−1}.

        Raises:
            ValueError: sempre.
        """
        raise ValueError(f"t: chegou {t}; o decoder de um VAE tem um degrau só, T = 1.")

    def surpresa(self, z_1: Tensor, x: Tensor) -> Tensor:
        """−log p_θ(x | z), forma (B,)."""
        return self.reconstrucao(self.vae.decodificar(z_1), x)


class EncoderFixo:
    """A ida da difusão: uma cadeia de Markov gaussiana sem nada a aprender, com latentes do tamanho de x.

    Args:
        agenda: os β.
    """

    def __init__(self, agenda: Agenda) -> None:
        self.agenda, self.T = agenda, agenda.T

    def sortear(self, x: Tensor, t: int, gerador: torch.Generator | None) -> Tensor:
        """z_t ~ N(√ᾱ_t x, (1 − ᾱ_t) I), na forma de x."""
        return difundir(x, _todos(x, t), normal(x.shape, x, gerador), self.agenda)

    def final(self, x: Tensor) -> Gaussiana:
        """N(√ᾱ_T x, (1 − ᾱ_T) I)."""
        ab = self.agenda.alfa_barra[-1].item()
        return Gaussiana(ab**0.5 * x, torch.full_like(x, 1 - ab))

    def posteriori(self, x: Tensor, z_t: Tensor, t: int) -> Gaussiana:
        """N(μ̃_t(z_t, x), β̃_t I)."""
        return Gaussiana(*posteriori(x, z_t, _todos(x, t), self.agenda))


class DecoderDaDifusao:
    """A volta da difusão: a mesma rede em todos os degraus, que recebe t.

    Args:
        preditor: a rede, que dá uma lei sobre os níveis de cada pixel.
        agenda: os β.
    """

    def __init__(self, preditor: PreditorDeNiveis, agenda: Agenda) -> None:
        self.preditor, self.agenda = preditor, agenda

    def passo(self, z_t: Tensor, t: int) -> Gaussiana:
        """N(μ̃_t(z_t, x̂_0), β̃_t I), com x̂_0 que a rede prevê."""
        onde = _todos(z_t, t)
        return Gaussiana(*posteriori(self.preditor.prever_x0(z_t, onde), z_t, onde, self.agenda))

    def surpresa(self, z_1: Tensor, x: Tensor) -> Tensor:
        """−log p_θ(x | z_1), uma probabilidade sobre os níveis, forma (B,)."""
        return reconstrucao_categorica(self.preditor.logits(z_1, _todos(z_1, 1)), x)


def _todos(x: Tensor, t: int) -> Tensor:
    return torch.full((len(x),), t, device=x.device)

"""Cadeia aprendida dos dados, sem densidade: estraga um pouco, conserta um pouco, repete.

Slide "Tipos de métodos": este, sim, é um método de Monte Carlo com densidade implícita. Bengio e outros (2013),
"Generalized Denoising Auto-Encoders as Generative Models"; Alain e outros (2016), "GSNs: Generative Stochastic
Networks". A rede aprende p(x|x̃), muito mais simples que p(x), e ninguém escreve p(x).
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from aulas_lib.ambiente import conferir_gerador, ruido

# Embaixo, um pixel que nunca muda levaria a variância a zero e a perda a −∞; em cima, um x̃ de muito longe, a infinito.
LOGVAR = (-8.0, 4.0)
LONGE = 1e4  # muito além dos dados, que são da ordem de 1


class Conserto(NamedTuple):
    """p(x|x̃) = Σ_k π_k N(x; μ_k, diag σ_k²), uma mistura de K gaussianas para cada x̃ do lote.

    Attributes:
        log_pi: log π_k, forma (B, K).
        mu: forma (B, K, D).
        logvar: log σ_k², forma (B, K, D).
    """

    log_pi: Tensor
    mu: Tensor
    logvar: Tensor

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x|x̃) em nats, para x de forma (B, D): forma (B,)."""
        quadrado = (x[:, None] - self.mu) ** 2 / self.logvar.exp()  # (B, K, D)
        log_normal = -0.5 * (math.log(2 * math.pi) + self.logvar + quadrado).sum(dim=2)
        return torch.logsumexp(self.log_pi + log_normal, dim=1)

    def amostrar(self, gerador: torch.Generator | None = None) -> Tensor:
        """Sorteia a componente, depois o ponto dentro dela: forma (B, D)."""
        k = torch.multinomial(self.log_pi.exp(), 1, generator=gerador)[:, 0]
        linhas = torch.arange(len(k), device=k.device)
        mu, logvar = self.mu[linhas, k], self.logvar[linhas, k]
        return mu + torch.exp(logvar / 2) * ruido(mu, gerador)


def consertar(rede: nn.Module, x_til: Tensor) -> Conserto:
    """O que a rede diz de x quando só vê x̃.

    Args:
        rede: (B, D) → (B, K, 1 + 2D): o peso (antes da softmax), μ e log σ² de cada componente.
        x_til: pontos estragados, forma (B, D).

    Raises:
        ValueError: se x_til não tem forma (B, D) ou a rede devolve outra forma.
    """
    if x_til.ndim != 2:
        raise ValueError(
            f"A cadeia recebeu pontos de forma {tuple(x_til.shape)}; esperava (B, D). Use imagens.flatten(1)."
        )
    d, saida = x_til.shape[1], rede(x_til)
    if saida.ndim != 3 or saida.shape[2] != 1 + 2 * d:
        raise ValueError(
            f"A rede devolveu a forma {tuple(saida.shape)}; esperava (B, K, {1 + 2 * d}): peso, μ e log σ² de cada "
            f"componente. Por exemplo, MLP({d}, (128, 128), (8, {1 + 2 * d}))."
        )
    peso, mu, logvar = saida.split([1, d, d], dim=2)
    return Conserto(peso[..., 0].log_softmax(dim=1), mu, logvar.clamp(*LOGVAR))


def passo_da_cadeia(
    rede: nn.Module, x: Tensor, sigma: float, gerador: torch.Generator | None = None
) -> Tensor:
    """Um passo da cadeia: soma ruído e sorteia um conserto.

    Equação: x̃ = x + σ ε;  x' ~ p(x|x̃).

    Args:
        rede: (B, D) → (B, K, 1 + 2D).
        x: estados, forma (B, D).
        sigma: desvio-padrão do ruído, na unidade de x.
        gerador: fonte do acaso.

    Returns:
        Os novos estados, com a forma de x.
    """
    x_til = x + sigma * ruido(x, gerador)
    return consertar(rede, x_til).amostrar(gerador)


def perda_denoising(
    rede: nn.Module, x0: Tensor, gerador: torch.Generator | None = None, sigma: float = 0.5, recuos: int = 0
) -> Tensor:
    """−log p(x_0|x̃) de cada exemplo, em nats, com x̃ a um ou mais passos de x_0.

    Equação: L = −log p(x_0|x̃), com x̃ = x + σ ε. Sem recuos, x = x_0. Com recuos
    (*walkback*), x sai de x_0 e anda um número de passos da própria cadeia sorteado de 0 a `recuos`: ela aprende a
    voltar de onde costuma se perder.
    Fonte: Bengio e outros (2013), seção 3 e algoritmo 1.

    Args:
        rede: (B, D) → (B, K, 1 + 2D).
        x0: dados, forma (B, D).
        gerador: fonte do acaso.
        sigma: desvio-padrão do ruído, na unidade de x.
        recuos: maior número de passos andados antes do conserto que se cobra.

    Returns:
        Forma (B,).

    Raises:
        ValueError: se sigma não é positivo ou recuos é negativo.
    """
    _conferir(sigma, recuos, "recuos")
    conferir_gerador(gerador, x0.device)
    andar = int(torch.randint(recuos + 1, (), generator=gerador, device=x0.device)) if recuos else 0
    x = x0
    with torch.no_grad():
        for _ in range(andar):
            x = passo_da_cadeia(rede, x, sigma, gerador)
    x_til = x + sigma * ruido(x, gerador)
    return -consertar(rede, x_til).log_prob(x0)


@torch.no_grad()
def caminhar(
    rede: nn.Module, x: Tensor, passos: int, sigma: float, gerador: torch.Generator | None = None
) -> Tensor:
    """Anda com a cadeia a partir de x, que pode ser ruído, e guarda todos os estados.

    Args:
        rede: já treinada com `perda_denoising` e o mesmo sigma.
        x: pontos de partida, forma (B, D), uma cadeia por linha.
        passos: T; cada um custa uma passada pela rede.
        sigma: desvio-padrão do ruído, na unidade de x.
        gerador: fonte do acaso.

    Returns:
        Forma (B, T + 1, D), com o ponto de partida na posição 0 e a amostra em [:, −1].

    Raises:
        ValueError: se sigma não é positivo, passos é negativo ou a cadeia foge para longe.
    """
    _conferir(sigma, passos, "passos")
    estados = [x]
    for passo in range(1, passos + 1):
        estados.append(passo_da_cadeia(rede, estados[-1], sigma, gerador))
        if not estados[-1].abs().max() < LONGE:  # também se há nan
            raise ValueError(
                f"A cadeia fugiu no passo {passo}: |x| passou de {LONGE:g}. Ela não aprendeu a voltar de tão longe: "
                "treine com mais recuos, ou parta de pontos mais perto dos dados."
            )
    return torch.stack(estados, dim=1)


def _conferir(sigma: float, quantos: int, nome: str) -> None:
    if not sigma > 0 or quantos < 0:
        raise ValueError(
            f"Chegaram sigma={sigma} e {nome}={quantos}; esperava sigma positivo e {nome} a partir de 0."
        )

"""Autoencoder variacional (VAE): rede, ELBO, limite por importância e amostrador.

Kingma e Welling (2014), "Auto-Encoding Variational Bayes"; slides "Autoencoders variacionais (VAEs)" e
"VAE: função de perda ELBO".
"""

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from aulas_lib.ambiente import conferir_gerador, ruido

Reconstrucao = Callable[[Tensor, Tensor], Tensor]  # (params, x) -> −log p(x|z), forma (B,)


class SaidaVAE(NamedTuple):
    """O que um VAE calcula para um lote: parâmetros de p(x|z), μ, log σ² e o z sorteado."""

    params: Tensor
    mu: Tensor
    logvar: Tensor
    z: Tensor


class VAE(nn.Module):
    """q(z|x) = N(μ(x), diag σ²(x)), p(z) = N(0, I), p(x|z) dado pelo decoder.

    Args:
        encoder: (B, C, H, W) → (B, 2Z); a primeira metade é μ, a segunda é log σ².
        decoder: (B, Z) → parâmetros de p(x|z).
        latentes: Z, o número de dimensões de z.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, latentes: int) -> None:
        super().__init__()
        self.encoder, self.decoder, self.latentes = encoder, decoder, latentes

    def codificar(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Parâmetros de q(z|x): μ e log σ², cada um com forma (B, Z).

        Raises:
            ValueError: se o encoder não devolve 2Z números por imagem.
        """
        h = self.encoder(x)
        if h.shape[1:] != (2 * self.latentes,):
            raise ValueError(
                f"O encoder devolveu {tuple(h.shape[1:])} números por imagem; esperava {2 * self.latentes} "
                f"(μ e log σ² de {self.latentes} latentes). Mude a saída do encoder ou `latentes`."
            )
        mu, logvar = h.chunk(2, dim=1)
        return mu, logvar

    def decodificar(self, z: Tensor) -> Tensor:
        """Parâmetros de p(x|z) para z de forma (B, Z)."""
        return self.decoder(z)

    def forward(self, x: Tensor, gerador: torch.Generator | None = None) -> SaidaVAE:
        """Codifica, sorteia z e decodifica."""
        mu, logvar = self.codificar(x)
        z = reparametrizar(mu, logvar, gerador)
        return SaidaVAE(self.decodificar(z), mu, logvar, z)


def reparametrizar(mu: Tensor, logvar: Tensor, gerador: torch.Generator | None = None) -> Tensor:
    """Sorteia z ~ N(μ, σ²) como função derivável de μ e log σ².

    Equação: z = μ + σ ε, com ε ~ N(0, I) e σ = exp(½ log σ²).

    Args:
        mu: forma (B, Z).
        logvar: forma (B, Z).
        gerador: fonte do acaso, no mesmo dispositivo de mu.

    Returns:
        z, forma (B, Z).

    Raises:
        ValueError: se o gerador é de outro dispositivo.
    """
    eps = ruido(mu, gerador)
    return mu + torch.exp(logvar / 2) * eps


def kl_gaussiana(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL de N(mu, exp(logvar)) para N(0, I), em nats: um valor para cada exemplo.

    Equação: −½ Σ_j (1 + log σ_j² − μ_j² − σ_j²)   (slide "VAE: função de perda ELBO")
    Fonte: Kingma e Welling (2014), apêndice B.

    Args:
        mu: médias, forma (B, Z).
        logvar: log-variâncias, forma (B, Z).

    Returns:
        Forma (B,), sempre ≥ 0.

    Raises:
        ValueError: se as formas diferem.
    """
    if mu.shape != logvar.shape:
        raise ValueError(
            f"kl_gaussiana: mu tem forma {tuple(mu.shape)} e logvar, {tuple(logvar.shape)}; "
            "esperava a mesma forma (B, Z). Confira a última camada do encoder."
        )
    return -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(dim=1)


def perda_elbo(
    modelo: VAE,
    x: Tensor,
    reconstrucao: Reconstrucao,
    gerador: torch.Generator | None = None,
    beta: float = 1.0,
) -> dict[str, Tensor]:
    """−ELBO de cada exemplo, em nats, estimado com um z por imagem.

    Equação: L = E_q[−log p(x|z)] + β KL(q(z|x) ‖ p(z))   (slide "VAE: função de perda ELBO")
    Com β = 1, L ≥ −log p(x). Outro β é o β-VAE de Higgins e outros (2017), que já não é um limite.

    Args:
        modelo: VAE.
        x: pixels em [−1, 1], forma (B, C, H, W).
        reconstrucao: −log p(x|z) de cada exemplo, uma das funções de `modelos.reconstrucao`.
        gerador: fonte do acaso.
        beta: peso do termo KL.

    Returns:
        "perda", "reconstrucao" e "kl", cada um com forma (B,).
    """
    mu, logvar = modelo.codificar(x)
    z = reparametrizar(mu, logvar, gerador)
    rec = reconstrucao(modelo.decodificar(z), x)
    kl = kl_gaussiana(mu, logvar)
    return {"perda": rec + beta * kl, "reconstrucao": rec, "kl": kl}


def limite_importancia(
    modelo: VAE,
    x: Tensor,
    reconstrucao: Reconstrucao,
    amostras: int = 64,
    gerador: torch.Generator | None = None,
) -> Tensor:
    """Limite inferior de log p(x) com K amostras ponderadas por importância, em nats, para cada exemplo.

    Equação: log (1/K) Σ_k p(x|z_k) p(z_k) / q(z_k|x), com z_k ~ q(z|x). K = 1 estima o ELBO; em média
    o limite cresce com K e tende a log p(x).
    Fonte: Burda, Grosse e Salakhutdinov (2016), equação 8.

    Args:
        modelo: VAE.
        x: pixels em [−1, 1], forma (B, C, H, W).
        reconstrucao: −log p(x|z) de cada exemplo.
        amostras: K.
        gerador: fonte do acaso.

    Returns:
        Forma (B,).

    Raises:
        ValueError: se K < 1.
    """
    if amostras < 1:
        raise ValueError(
            f"limite_importancia: chegou amostras={amostras}; esperava 1 ou mais. Tente amostras=64."
        )
    mu, logvar = modelo.codificar(x)

    def log_peso() -> Tensor:
        z = reparametrizar(mu, logvar, gerador)
        log_px_z = -reconstrucao(modelo.decodificar(z), x)
        log_pz = _log_normal(z, torch.zeros_like(mu), torch.zeros_like(logvar))
        return log_px_z + log_pz - _log_normal(z, mu, logvar)

    log_w = torch.stack([log_peso() for _ in range(amostras)])  # (K, B)
    return torch.logsumexp(log_w, dim=0) - math.log(amostras)


def amostrar_priori(modelo: VAE, n: int, gerador: torch.Generator | None = None) -> Tensor:
    """Parâmetros de p(x|z) para n códigos sorteados da priori: z ~ N(0, I), depois o decoder."""
    aparelho = next(modelo.parameters()).device
    conferir_gerador(gerador, aparelho)
    return modelo.decodificar(torch.randn(n, modelo.latentes, generator=gerador, device=aparelho))


def beta_efetivo(
    reducao_reconstrucao: Literal["soma", "media"],
    reducao_kl: Literal["soma", "media"],
    pixels: int,
    latentes: int,
    peso_reconstrucao: float = 1.0,
    peso_kl: float = 1.0,
) -> float:
    """β que equivale a uma escolha de somas, médias e pesos, em relação a soma + soma.

    Uma perda a·rec + b·KL tem o mesmo mínimo que rec + (b/a)·KL. Média sobre os pixels vale
    a = peso/pixels; média sobre os latentes vale b = peso/latentes.

    Args:
        reducao_reconstrucao: redução do termo de reconstrução sobre pixels e canais.
        reducao_kl: redução do termo KL sobre os latentes.
        pixels: pixels vezes canais de uma imagem.
        latentes: dimensões de z.
        peso_reconstrucao: fator que multiplica a reconstrução.
        peso_kl: fator que multiplica a KL.

    Raises:
        ValueError: se uma redução não é "soma" nem "media", ou se um tamanho ou peso não é positivo.
    """
    if {reducao_reconstrucao, reducao_kl} - {"soma", "media"}:
        raise ValueError(
            f'beta_efetivo: chegaram as reduções {reducao_reconstrucao!r} e {reducao_kl!r}; esperava "soma" ou "media".'
        )
    if min(pixels, latentes, peso_reconstrucao) <= 0 or peso_kl < 0:
        raise ValueError(
            f"beta_efetivo: chegaram pixels={pixels}, latentes={latentes}, peso_reconstrucao={peso_reconstrucao}, "
            f"peso_kl={peso_kl}; esperava tamanhos e pesos positivos (peso_kl pode ser zero)."
        )
    a = peso_reconstrucao / (pixels if reducao_reconstrucao == "media" else 1)
    b = peso_kl / (latentes if reducao_kl == "media" else 1)
    return b / a


def _log_normal(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return -0.5 * (math.log(2 * math.pi) + logvar + (z - mu) ** 2 / logvar.exp()).sum(dim=1)

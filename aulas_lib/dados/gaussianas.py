"""A mistura de gaussianas e o VAE linear, em forma fechada; `distribuicoes` os reexporta."""

import math

import torch
from torch import Tensor

from aulas_lib.dados.conferencias import (
    cholesky,
    conferir_gerador,
    conferir_pesos,
    covariancias_cheias,
    normal,
    tipo_comum,
)


class MisturaGaussiana:
    """Mistura de gaussianas p(x) = Σ_k π_k N(x; m_k, Σ_k), com densidade e escore em forma fechada.

    Args:
        pesos: π, forma (K,), positivos e de soma 1.
        medias: m, forma (K, D).
        covariancias: Σ, forma (K, D, D); ou só variâncias, nas formas (K, D) (eixos independentes),
            (K,) (a mesma em todos os eixos) ou () (a mesma em tudo).

    Raises:
        ValueError: se as formas não combinam, os pesos não somam 1 ou Σ_k não é positiva definida.
    """

    def __init__(self, pesos: Tensor, medias: Tensor, covariancias: Tensor) -> None:
        tipo = tipo_comum(pesos, medias, covariancias)
        self.pesos, self.medias = pesos.to(tipo), medias.to(tipo)
        conferir_pesos(self.pesos, self.medias)
        self.covariancias = covariancias_cheias(covariancias.to(tipo), *medias.shape)  # (K, D, D)
        self._fator = cholesky(self.covariancias)  # L, com Σ = L Lᵀ

    def log_densidade(self, x: Tensor) -> Tensor:
        """log p(x), em nats.

        Args:
            x: pontos, forma (N, D).

        Returns:
            Forma (N,).

        Raises:
            ValueError: se x não tem forma (N, D).
        """
        return self._log_conjunta(x).logsumexp(dim=1)

    def responsabilidades(self, x: Tensor) -> Tensor:
        """p(k|x), a probabilidade de cada componente ter gerado cada ponto.

        Args:
            x: pontos, forma (N, D).

        Returns:
            Forma (N, K), linhas de soma 1.

        Raises:
            ValueError: se x não tem forma (N, D).
        """
        return self._log_conjunta(x).softmax(dim=1)

    def escore(self, x: Tensor) -> Tensor:
        """O escore ∇ₓ log p(x) = Σ_k p(k|x) Σ_k⁻¹ (m_k − x).

        Args:
            x: pontos, forma (N, D).

        Returns:
            Forma (N, D).

        Raises:
            ValueError: se x não tem forma (N, D).
        """
        fator, desvios = self._desvios(x)
        puxoes = -torch.linalg.solve_triangular(fator.mT, desvios, upper=True)  # (K, D, N)
        return torch.einsum("nk,kdn->nd", self.responsabilidades(x), puxoes)

    def amostrar(self, n: int, gerador: torch.Generator | None = None) -> Tensor:
        """Sorteia pontos: primeiro a componente, depois o ponto dentro dela.

        Args:
            n: quantos pontos.
            gerador: fonte do acaso, no dispositivo da mistura; sem ele, a do torch.

        Returns:
            Forma (n, D).

        Raises:
            ValueError: se o gerador está em outro dispositivo.
        """
        conferir_gerador(gerador, self.medias.device)
        k = torch.multinomial(self.pesos.detach(), n, replacement=True, generator=gerador)
        eps = normal((n, self.medias.shape[1]), self.medias, gerador)
        return self.medias[k] + torch.einsum("nij,nj->ni", self._fator[k], eps)

    def difundida(self, alfa_barra: float | Tensor) -> "MisturaGaussiana":
        """A lei de x_t = √ᾱ_t x_0 + √(1 − ᾱ_t) eps, com eps ~ N(0, I): outra mistura.

        Equação: médias √ᾱ m_k e covariâncias ᾱ Σ_k + (1 − ᾱ) I, com os mesmos pesos.

        Args:
            alfa_barra: ᾱ_t, de 0 (só ruído) a 1 (os dados intactos).

        Raises:
            ValueError: se alfa_barra não é um número em [0, 1].
        """
        ab = torch.as_tensor(alfa_barra, dtype=self.medias.dtype, device=self.medias.device)
        if ab.ndim or not (ab.is_meta or 0 <= ab <= 1):
            raise ValueError(f"alfa_barra deve ser um número entre 0 e 1; chegou {alfa_barra}")
        identidade = torch.eye(self.medias.shape[1], dtype=ab.dtype, device=ab.device)
        return MisturaGaussiana(
            self.pesos, ab.sqrt() * self.medias, ab * self.covariancias + (1 - ab) * identidade
        )

    def to(self, destino: torch.device | torch.dtype | str) -> "MisturaGaussiana":
        """A mesma mistura em outro dispositivo ou em outro tipo (`torch.float64`)."""
        return MisturaGaussiana(
            self.pesos.to(destino), self.medias.to(destino), self.covariancias.to(destino)
        )

    def _desvios(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """L (K, D, D) e L⁻¹(x − m), forma (K, D, N)."""
        dimensao = self.medias.shape[1]
        if x.ndim != 2 or x.shape[1] != dimensao:
            dica = "; em uma dimensão, use x[:, None]" if dimensao == 1 else ""
            raise ValueError(f"x deve ter forma (N, {dimensao}); chegou {tuple(x.shape)}{dica}")
        tipo = torch.promote_types(x.dtype, self.medias.dtype)
        diferencas = (x.to(tipo) - self.medias.to(tipo)[:, None]).mT  # (K, D, N)
        fator = self._fator.to(tipo)
        return fator, torch.linalg.solve_triangular(fator, diferencas, upper=False)

    def _log_conjunta(self, x: Tensor) -> Tensor:
        """log π_k + log N(x; m_k, Σ_k), forma (N, K)."""
        fator, desvios = self._desvios(x)
        log_det = 2 * fator.diagonal(dim1=1, dim2=2).log().sum(dim=1)  # (K,)
        constante = self.pesos.to(fator.dtype).log() - (log_det + x.shape[1] * math.log(2 * math.pi)) / 2
        return constante - desvios.square().sum(dim=1).mT / 2


class LinearGaussiano:
    """O VAE linear: p(z) = N(0, I) e p(x|z) = N(Wz + b, σ² I). Tudo nele tem forma fechada.

    Fonte: Tipping e Bishop (1999), "Probabilistic Principal Component Analysis".

    Args:
        W: forma (D, Z).
        b: forma (D,).
        variancia: σ² > 0, número ou tensor sem dimensões.

    Raises:
        ValueError: se as formas não combinam ou a variância não é positiva.
    """

    def __init__(self, W: Tensor, b: Tensor, variancia: float | Tensor) -> None:
        if W.ndim != 2 or b.shape != W.shape[:1]:
            raise ValueError(
                f"W e b devem ter formas (D, Z) e (D,); chegaram {tuple(W.shape)} e {tuple(b.shape)}"
            )
        tipo = tipo_comum(W, b)
        self.W, self.b = W.to(tipo), b.to(tipo)
        self.variancia = torch.as_tensor(variancia, dtype=tipo, device=W.device)
        if self.variancia.ndim or not (self.variancia.is_meta or 0 < self.variancia < math.inf):
            raise ValueError(f"variancia deve ser um número positivo; chegou {variancia}")

    def amostrar(self, n: int, gerador: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Sorteia pares: z da priori, depois x dado z.

        Args:
            n: quantos pares.
            gerador: fonte do acaso, no dispositivo de W; sem ele, a do torch.

        Returns:
            x de forma (n, D) e z de forma (n, Z).

        Raises:
            ValueError: se o gerador está em outro dispositivo.
        """
        conferir_gerador(gerador, self.W.device)
        z = normal((n, self.W.shape[1]), self.W, gerador)
        eps = normal((n, self.W.shape[0]), self.W, gerador)
        return z @ self.W.mT + self.b + self.variancia.sqrt() * eps, z

    def log_densidade(self, x: Tensor) -> Tensor:
        """log p(x) exato, em nats: p(x) = N(x; b, W Wᵀ + σ² I).

        Args:
            x: forma (N, D).

        Returns:
            Forma (N,).

        Raises:
            ValueError: se x não tem forma (N, D).
        """
        covariancia = self.W @ self.W.mT + self.variancia * torch.eye(len(self.b)).to(self.W)
        marginal = MisturaGaussiana(torch.ones_like(self.b[:1]), self.b[None], covariancia[None])
        return marginal.log_densidade(x)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """A posteriori exata p(z|x) = N(S Wᵀ(x − b)/σ², S), com S = (I + WᵀW/σ²)⁻¹ igual para todo x.

        Args:
            x: forma (N, D).

        Returns:
            Médias (N, Z) e a covariância S (Z, Z).

        Raises:
            ValueError: se x não tem forma (N, D).
        """
        if x.ndim != 2 or x.shape[1] != len(self.b):
            raise ValueError(f"x deve ter forma (N, {len(self.b)}); chegou {tuple(x.shape)}")
        tipo = torch.promote_types(x.dtype, self.W.dtype)
        W, variancia = self.W.to(tipo), self.variancia.to(tipo)
        precisao = torch.eye(W.shape[1]).to(W) + W.mT @ W / variancia
        covariancia = torch.linalg.inv(precisao)
        return (x.to(tipo) - self.b.to(tipo)) @ W @ covariancia / variancia, covariancia

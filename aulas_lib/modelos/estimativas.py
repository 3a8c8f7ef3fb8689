"""Estimar uma densidade direto dos dados, sem rede: histograma, núcleos e mistura de gaussianas."""

import math

import torch
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity
from torch import Tensor

from aulas_lib.dados.distribuicoes import MisturaGaussiana


class Histograma:
    """Densidade constante em cada caixa de uma grade regular que cobre [−limite, limite]^D.

    Equação: p̂(x) = (n(caixa de x) + a) / ((N + a caixas^D) v), em que v é o volume de uma caixa

    Só as caixas ocupadas são guardadas: o número total delas, caixas^D, não cabe na memória. Com a = 0, uma
    caixa vazia tem probabilidade zero; com a > 0 nenhuma tem (alisamento de Laplace).

    Args:
        dados: pontos, forma (N, D).
        caixas: divisões por eixo.
        limite: metade do lado do cubo; os pontos de fora contam no N, mas não entram em caixa nenhuma.
        alisamento: a ≥ 0, contagens somadas a cada caixa.

    Raises:
        ValueError: se dados não é (N, D), se um dos números não serve ou se há caixas demais.
    """

    def __init__(self, dados: Tensor, caixas: int, limite: float, alisamento: float = 0.0) -> None:
        _conferir_pontos(dados)
        if caixas < 1 or not limite > 0 or not alisamento >= 0:
            raise ValueError(
                f"caixas e limite devem ser positivos, e alisamento não pode ser negativo; chegaram "
                f"{caixas}, {limite} e {alisamento}"
            )
        self.caixas, self.limite, self.dimensao = caixas, limite, dados.shape[1]
        if self.dimensao * math.log2(caixas) >= 63:
            raise ValueError(
                f"{caixas}^{self.dimensao} caixas não cabem em um inteiro de 64 bits: use menos caixas por eixo"
            )
        indices, dentro = self._indices(dados)
        self.ocupadas, contagens = indices[dentro].unique(return_counts=True)
        log_volume = self.dimensao * math.log(2 * limite / caixas)
        log_total = math.log(len(dados) + alisamento * caixas**self.dimensao) + log_volume
        self.log_p = (contagens + alisamento).log() - log_total
        self.log_vazia = math.log(alisamento) - log_total if alisamento else -math.inf

    def log_densidade(self, x: Tensor) -> Tensor:
        """log p̂(x), em nats: −∞ fora do cubo e, sem alisamento, nas caixas vazias.

        Args:
            x: pontos, forma (N, D).

        Returns:
            Forma (N,).

        Raises:
            ValueError: se x não tem a dimensão dos dados.
        """
        _conferir_pontos(x, self.dimensao)
        indices, dentro = self._indices(x)
        log_p = torch.full(x.shape[:1], self.log_vazia, device=x.device)
        if len(self.ocupadas):
            i = torch.searchsorted(self.ocupadas, indices).clamp(max=len(self.ocupadas) - 1)
            log_p = torch.where(self.ocupadas[i] == indices, self.log_p[i], log_p)
        return log_p.where(dentro, -math.inf)

    def _indices(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Número da caixa de cada ponto, forma (N,), e se o ponto está dentro do cubo."""
        dentro = (x.abs() <= self.limite).all(dim=1)
        casas = ((x.double() + self.limite) * (self.caixas / (2 * self.limite))).floor().long()
        passos = self.caixas ** torch.arange(self.dimensao, device=x.device)
        return (casas.clamp(0, self.caixas - 1) * passos).sum(dim=1), dentro


class Nucleos:
    """Estimador por núcleos: uma gaussiana de mesma largura em cima de cada dado (scikit-learn).

    Equação: p̂(x) = (1/N) Σ_i N(x; x_i, h² I)
    Fonte: Parzen (1962), "On estimation of a probability density function and mode".

    Args:
        dados: pontos, forma (N, D).
        largura: h, o desvio-padrão de cada gaussiana.

    Raises:
        ValueError: se dados não é (N, D) ou a largura não é positiva.
    """

    def __init__(self, dados: Tensor, largura: float) -> None:
        _conferir_pontos(dados)
        if not largura > 0:
            raise ValueError(f"largura é um desvio-padrão, maior que zero; chegou {largura}")
        self.dimensao = dados.shape[1]
        self.estimador = KernelDensity(bandwidth=largura).fit(dados.numpy())

    def log_densidade(self, x: Tensor) -> Tensor:
        """log p̂(x), em nats.

        Args:
            x: pontos, forma (N, D).

        Returns:
            Forma (N,).

        Raises:
            ValueError: se x não tem a dimensão dos dados.
        """
        _conferir_pontos(x, self.dimensao)
        return torch.from_numpy(self.estimador.score_samples(x.numpy())).to(x.dtype)


def ajustar_mistura(dados: Tensor, componentes: int, semente: int = 0) -> MisturaGaussiana:
    """Mistura de gaussianas de covariância cheia ajustada por EM (scikit-learn).

    Equação: p̂(x) = Σ_k π_k N(x; m_k, Σ_k)

    Args:
        dados: pontos, forma (N, D).
        componentes: K, quantas gaussianas.
        semente: da partida do EM.

    Returns:
        A mistura, com densidade, escore e sorteio em forma fechada.

    Raises:
        ValueError: se dados não é (N, D), ou há menos dados que componentes.
    """
    _conferir_pontos(dados)
    if not 1 <= componentes <= len(dados):
        raise ValueError(f"componentes deve ir de 1 a {len(dados)}, o número de dados; chegou {componentes}")
    ajuste = GaussianMixture(componentes, random_state=semente).fit(dados.numpy())
    pesos, medias, covariancias = (
        torch.as_tensor(v, dtype=torch.float64) for v in (ajuste.weights_, ajuste.means_, ajuste.covariances_)
    )
    return MisturaGaussiana(pesos / pesos.sum(), medias, covariancias).to(dados.dtype)


def _conferir_pontos(x: Tensor, dimensao: int | None = None) -> None:
    if x.ndim != 2 or len(x) == 0 or (dimensao is not None and x.shape[1] != dimensao):
        esperada = f"(N, {dimensao})" if dimensao is not None else "(N, D)"
        raise ValueError(f"os pontos devem ter forma {esperada}, com N ≥ 1; chegou {tuple(x.shape)}")

"""Distâncias entre um conjunto de imagens geradas e um de imagens reais, sobre características (n, F)."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from aulas_lib.ambiente import virgula

N_FRECHET = 4000  # o valor da distância depende de n: o curso compara sempre com o mesmo
LINHAS_POR_VEZ = 500
PISO = "piso: reais contra reais"


class PrecisaoRevocacao(NamedTuple):
    """Precisão (as geradas parecem reais?) e revocação (as geradas cobrem as reais?), entre 0 e 1."""

    precisao: float
    revocacao: float


class Medidas(NamedTuple):
    """As quatro medidas de um conjunto de imagens em relação ao mesmo conjunto de imagens reais."""

    frechet: float
    kid: float
    precisao: float
    revocacao: float


@dataclass(frozen=True)
class Comparacao:
    """Medidas de vários conjuntos, com o piso que nem imagens reais ultrapassam.

    Attributes:
        linhas: de nome a `Medidas`; a última é o piso, reais contra reais.
        n: quantas imagens de cada conjunto entraram na conta.
        k: vizinhos usados na precisão e na revocação.
    """

    linhas: dict[str, Medidas]
    n: int
    k: int

    def __str__(self) -> str:
        margem = max(len(nome) for nome in self.linhas)
        corpo = [f"{nome:<{margem}}  {_linha(medidas)}" for nome, medidas in self.linhas.items()]
        titulo = f"{'':<{margem}}  {'Fréchet':>9}  {'KID':>9}  {'precisão':>9}  {'revocação':>9}"
        return "\n".join([f"n = {self.n} imagens de cada conjunto, k = {self.k} vizinhos", titulo, *corpo])


def distancia_frechet(a: Tensor, b: Tensor, n: int = N_FRECHET) -> float:
    """Distância de Fréchet entre as gaussianas ajustadas a dois conjuntos de características.

    Equação: ‖m_a − m_b‖² + tr(Σ_a + Σ_b − 2 (Σ_a Σ_b)^½)
    Fonte: Heusel e outros (2017). O traço da raiz é a soma das raízes dos autovalores da matriz
    simétrica Σ_a^½ Σ_b Σ_a^½, que são os de Σ_a Σ_b: nenhum número complexo aparece.

    A estimativa é enviesada para cima, tanto mais quanto menor n. Por isso n é sempre o mesmo.

    Args:
        a: características, forma (N_a, F).
        b: características, forma (N_b, F).
        n: quantas linhas de cada conjunto usar (as n primeiras).

    Returns:
        A distância (ao quadrado, como no artigo), ≥ 0.

    Raises:
        ValueError: se falta alguma linha para completar n, se n ≤ F (a covariância estimada não teria
            posto completo) ou se há valores complexos, infinitos ou NaN.
    """
    a, b = _primeiras(a, n), _primeiras(b, n)
    _conferir(a, b)
    if n <= a.shape[1]:
        raise ValueError(
            f"n: chegou {n} para características de dimensão F = {a.shape[1]}; com n ≤ F a covariância "
            "estimada não tem posto completo e a distância não significa nada. Use n bem maior que F."
        )
    cov_a, cov_b = torch.cov(a.T), torch.cov(b.T)
    raiz_a = _raiz_simetrica(cov_a)
    autovalores = torch.linalg.eigvalsh(raiz_a @ cov_b @ raiz_a).clamp(min=0)
    medias = (a.mean(dim=0) - b.mean(dim=0)).square().sum()
    return (medias + cov_a.trace() + cov_b.trace() - 2 * autovalores.sqrt().sum()).clamp(min=0).item()


def kid(a: Tensor, b: Tensor) -> float:
    """KID: discrepância média máxima (MMD²) com núcleo polinomial, estimativa sem viés.

    Equação: média de k(a, a') + média de k(b, b') − 2 × média de k(a, b), com k(u, v) = (uᵀv/F + 1)³
    Fonte: Bińkowski e outros (2018).

    Sem viés quer dizer que a média é 0 quando as distribuições são iguais: valores pouco negativos
    são normais.

    Args:
        a: características, forma (N_a, F).
        b: características, forma (N_b, F).

    Raises:
        ValueError: se as dimensões diferem, se há menos de 2 linhas ou valores complexos, infinitos ou NaN.
    """
    a, b = _dupla(a), _dupla(b)
    _conferir(a, b)
    if min(len(a), len(b)) < 2:
        raise ValueError(f"características: chegaram {len(a)} e {len(b)} linhas; o KID precisa de 2 ou mais.")
    cruzado = _soma_nucleo(a, b) / (len(a) * len(b))
    return _media_fora_da_diagonal(a) + _media_fora_da_diagonal(b) - 2 * cruzado


def precisao_revocacao(reais: Tensor, gerados: Tensor, k: int = 3) -> PrecisaoRevocacao:
    """Precisão e revocação por vizinhos mais próximos.

    Cada conjunto é coberto por bolas centradas nos seus pontos, com raio até o k-ésimo vizinho. A
    precisão é a fração de gerados cobertos pelas bolas dos reais; a revocação, o contrário.
    Fonte: Kynkäänniemi e outros (2019).

    Args:
        reais: características, forma (N, F).
        gerados: características, forma (M, F).
        k: vizinho que dá o raio.

    Raises:
        ValueError: se k não está entre 1 e o menor dos dois tamanhos menos 1, ou se as características
            não servem (ver `kid`).
    """
    reais, gerados = _dupla(reais), _dupla(gerados)
    _conferir(reais, gerados)
    if not 1 <= k < min(len(reais), len(gerados)):
        raise ValueError(
            f"k: chegou {k}, com {len(reais)} reais e {len(gerados)} gerados; "
            "esperava um inteiro a partir de 1 e menor que os dois tamanhos."
        )
    centro = reais.mean(dim=0)  # perto da origem as contas de `_quadrados` perdem menos algarismos
    reais, gerados = reais - centro, gerados - centro
    return PrecisaoRevocacao(_cobertos(gerados, reais, k), _cobertos(reais, gerados, k))


def comparar(
    reais: Tensor, gerados: dict[str, Tensor], outros_reais: Tensor, n: int = N_FRECHET, k: int = 3
) -> Comparacao:
    """Fréchet, KID, precisão e revocação de vários conjuntos, ao lado do piso real contra real.

    Args:
        reais: características de imagens reais, a referência, forma (N, F).
        gerados: de nome do modelo às características das suas imagens, forma (M, F).
        outros_reais: características de *outras* imagens reais, para o piso, forma (P, F).
        n: quantas linhas de cada conjunto usar.
        k: vizinho que dá o raio na precisão e na revocação.

    Returns:
        A comparação; `print` mostra a tabela.

    Raises:
        ValueError: como em `distancia_frechet` e `precisao_revocacao`, ou se o piso foi pedido com as
            mesmas imagens da referência.
    """
    referencia = _primeiras(reais, n)
    if referencia.equal(_primeiras(outros_reais, n)):
        raise ValueError("outros_reais: são as mesmas imagens da referência; o piso precisa de outras.")
    conjuntos = {nome: _primeiras(f, n) for nome, f in (gerados | {PISO: outros_reais}).items()}
    return Comparacao({nome: medir_conjunto(referencia, f, k) for nome, f in conjuntos.items()}, n, k)


def medir_conjunto(reais: Tensor, gerados: Tensor, k: int = 3) -> Medidas:
    """As quatro medidas de um conjunto gerado contra um real do mesmo tamanho.

    Args:
        reais, gerados: características, forma (N, F).
        k: vizinho que dá o raio na precisão e na revocação.

    Raises:
        ValueError: como em `distancia_frechet` e `precisao_revocacao`.
    """
    frechet = distancia_frechet(reais, gerados, len(reais))
    return Medidas(frechet, kid(reais, gerados), *precisao_revocacao(reais, gerados, k))


def _linha(m: Medidas) -> str:
    distancias = [virgula(m.frechet, 3), virgula(m.kid, 4 if abs(m.kid) < 10 else 1)]
    fracoes = [f"{virgula(100 * valor, 1)} %" for valor in (m.precisao, m.revocacao)]
    return "  ".join(f"{texto:>9}" for texto in distancias + fracoes)


def _dupla(x: Tensor) -> Tensor:
    x = x.detach().cpu()  # as GPUs da Apple não fazem conta em float64
    return x if x.is_complex() else x.double()


def _primeiras(x: Tensor, n: int) -> Tensor:
    if len(x) < n:
        raise ValueError(
            f"características: chegaram {len(x)} linhas e a conta usa n = {n} de cada conjunto. "
            f"Passe pelo menos {n} imagens, ou diga outro n e só compare valores com esse mesmo n."
        )
    return _dupla(x[:n])


def _conferir(a: Tensor, b: Tensor) -> None:
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(
            f"características: chegaram as formas {tuple(a.shape)} e {tuple(b.shape)}; "
            "esperava (n, F) nas duas, com o mesmo F."
        )
    for x in (a, b):
        if x.is_complex() or not x.isfinite().all():
            raise ValueError(
                "características: há valores complexos, infinitos ou NaN; esperava números reais finitos. "
                "Confira se as imagens geradas não têm NaN."
            )


def _raiz_simetrica(matriz: Tensor) -> Tensor:
    autovalores, autovetores = torch.linalg.eigh(matriz)
    return (autovetores * autovalores.clamp(min=0).sqrt()) @ autovetores.T


def _nucleo(a: Tensor, b: Tensor) -> Tensor:
    base = a @ b.T / a.shape[1] + 1
    return base * base * base  # muito mais rápido que base ** 3


def _soma_nucleo(a: Tensor, b: Tensor) -> float:
    return sum(_nucleo(parte, b).sum().item() for parte in a.split(LINHAS_POR_VEZ))


def _media_fora_da_diagonal(x: Tensor) -> float:
    diagonal = ((x.square().sum(dim=1) / x.shape[1] + 1) ** 3).sum().item()
    return (_soma_nucleo(x, x) - diagonal) / (len(x) * (len(x) - 1))


def _quadrados(a: Tensor, b: Tensor) -> Tensor:
    """Distâncias ao quadrado, pelo atalho ‖a‖² + ‖b‖² − 2aᵀb (em float64 ele arredonda pouco)."""
    return (a.square().sum(dim=1)[:, None] + b.square().sum(dim=1) - 2 * a @ b.T).clamp(min=0)


def _cobertos(pontos: Tensor, centros: Tensor, k: int) -> float:
    """Fração dos pontos que caem em alguma bola dos centros."""
    # k + 1 porque o vizinho mais próximo de um ponto é ele mesmo.
    partes = centros.split(LINHAS_POR_VEZ)
    menores = torch.cat([_quadrados(parte, centros).topk(k + 1, largest=False).values for parte in partes])
    # Pixels de dois valores dão distâncias iguais ao raio: a folga impede que o arredondamento desempate.
    raios2 = menores[:, -1] + 1e-9 * centros.square().sum(dim=1).mean()
    dentro = [(_quadrados(parte, centros) <= raios2).any(dim=1) for parte in pontos.split(LINHAS_POR_VEZ)]
    return torch.cat(dentro).double().mean().item()

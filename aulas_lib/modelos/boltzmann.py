"""Máquina de Boltzmann restrita: energia, energia livre, Gibbs em blocos e divergência contrastiva.

A soma que normaliza tudo, Z, mora em `particao`. As funções aceitam uma `RBM` ou só os seus `Parametros`.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.ambiente import conferir_gerador


class Parametros(NamedTuple):
    """Os três parâmetros de uma máquina: `b` (D,) das visíveis, `c` (H,) das ocultas, `W` (D, H)."""

    b: Tensor
    c: Tensor
    W: Tensor


class RBM(nn.Module):
    """Máquina de Boltzmann restrita: visíveis v em {0,1}^D, ocultas h em {0,1}^H.

    Equação: p(v, h) = exp(−E(v, h)) / Z   (slide "Tipos de métodos"; Smolensky, 1986; Hinton, 2002)

    Começa com W quase nula e c = 0: uma máquina de pixels independentes.

    Args:
        visiveis: D.
        ocultas: H.
        vies: b inicial, forma (D,); `vies_da_frequencia(dados)` já acerta a média de cada bit. Sem ele, zero.

    Raises:
        ValueError: se D ou H não é positivo, ou se `vies` não tem a forma (D,).
    """

    def __init__(self, visiveis: int, ocultas: int, vies: Tensor | None = None) -> None:
        super().__init__()
        if visiveis < 1 or ocultas < 1:
            raise ValueError(f"RBM: chegaram {visiveis} visíveis e {ocultas} ocultas; esperava 1 ou mais de cada.")
        if vies is not None and vies.shape != (visiveis,):
            raise ValueError(f"vies: chegou a forma {tuple(vies.shape)}; esperava ({visiveis},), um por visível.")
        self.b = nn.Parameter(torch.zeros(visiveis) if vies is None else vies.detach().clone())
        self.c = nn.Parameter(torch.zeros(ocultas))
        self.W = nn.Parameter(0.01 * torch.randn(visiveis, ocultas))

    def forward(self, v: Tensor) -> Tensor:
        """Logits das ocultas: (B, D) → (B, H)."""
        return self.c + v @ self.W


Maquina = RBM | Parametros


def vies_da_frequencia(v: Tensor) -> Tensor:
    """Viés que dá a cada bit, com W = 0, a frequência dele nos dados: log((n₁ + 1) / (n₀ + 1)).

    Args:
        v: zeros e uns, forma (N, D).

    Returns:
        Forma (D,). O +1 (regra de Laplace) evita o infinito de um bit que nunca muda.
    """
    return torch.log((v.sum(0) + 1) / ((1 - v).sum(0) + 1))


def energia(rbm: Maquina, v: Tensor, h: Tensor) -> Tensor:
    """Energia de cada par (v, h).

    Equação: E(v, h) = −b·v − c·h − v·W h   (Hinton, 2002)

    Args:
        rbm: a máquina.
        v: visíveis, forma (B, D).
        h: ocultas, forma (B, H).

    Returns:
        Forma (B,), em nats; quanto menor, mais provável o par.
    """
    return -v @ rbm.b - h @ rbm.c - ((v @ rbm.W) * h).sum(1)


def energia_livre(rbm: RBM | Parametros, v: Tensor) -> Tensor:
    """Energia livre: a energia que v tem depois de somadas todas as configurações das ocultas.

    Equação: F(v) = −log Σ_h exp(−E(v, h)) = −b·v − Σ_j log(1 + exp(c_j + v·W_j)); p(v) = exp(−F(v)) / Z

    Args:
        rbm: a máquina.
        v: visíveis, forma (B, D).

    Returns:
        Forma (B,), em nats.
    """
    return -v @ rbm.b - F.softplus(rbm.c + v @ rbm.W).sum(1)


def log_prob(rbm: Maquina, v: Tensor, log_z: Tensor | float) -> Tensor:
    """log p(v) = −F(v) − log Z, em nats.

    Args:
        rbm: a máquina.
        v: zeros e uns, forma (B, D).
        log_z: de `particao.log_z_exato` (e então log p é exato) ou de `particao.log_z_ais` (e então é estimado).

    Returns:
        Forma (B,).
    """
    return -energia_livre(rbm, v) - log_z


def prob_ocultas(rbm: Maquina, v: Tensor) -> Tensor:
    """p(h_j = 1 | v) = sigmoide(c_j + v·W_j): (B, D) → (B, H)."""
    return torch.sigmoid(rbm.c + v @ rbm.W)


def prob_visiveis(rbm: Maquina, h: Tensor) -> Tensor:
    """p(v_i = 1 | h) = sigmoide(b_i + W_i·h): (B, H) → (B, D)."""
    return torch.sigmoid(rbm.b + h @ rbm.W.T)


class BlocoGibbs(NamedTuple):
    """Um passo de Gibbs por dentro: h sorteada dado v, p = p(v' = 1 | h) e v' sorteado de p."""

    h: Tensor  # (B, H)
    p: Tensor  # (B, D)
    v: Tensor  # (B, D)


@torch.no_grad()
def bloco_gibbs(rbm: Maquina, v: Tensor, gerador: torch.Generator | None = None) -> BlocoGibbs:
    """Sorteia todas as ocultas dado v, depois todas as visíveis dadas as ocultas.

    Equação: h ~ p(h | v); v' ~ p(v | h).

    Args:
        rbm: a máquina.
        v: zeros e uns, forma (B, D).
        gerador: fonte do acaso.

    Raises:
        ValueError: se v tem valores fora de [0, 1], ou se o gerador é de outro dispositivo.
    """
    if v.numel() and (v.min() < 0 or v.max() > 1):
        raise ValueError(
            f"A máquina de Boltzmann recebeu valores de {v.min():g} a {v.max():g}; esperava zeros e uns. "
            "Use bits(imagens), de aulas_lib.dados.bits."
        )
    h = _sortear(prob_ocultas(rbm, v), gerador)
    p = prob_visiveis(rbm, h)
    return BlocoGibbs(h, p, _sortear(p, gerador))


def passo_gibbs(rbm: Maquina, v: Tensor, gerador: torch.Generator | None = None) -> Tensor:
    """O v' de `bloco_gibbs`: (B, D) → (B, D), sem gradiente. Repetido sem fim, v' tem a lei p(v)."""
    return bloco_gibbs(rbm, v, gerador).v


def amostrar(
    rbm: Maquina, n: int, passos: int, gerador: torch.Generator | None = None, inicio: Tensor | None = None
) -> Tensor:
    """n cadeias independentes de Gibbs; devolve o último estado de cada uma.

    Com poucos passos a lei ainda guarda o começo: as amostras só são de p(v) no limite.

    Args:
        rbm: a máquina.
        n: quantas cadeias.
        passos: passos de Gibbs de cada uma.
        gerador: fonte do acaso.
        inicio: de onde partir, forma (n, D); sem ele, moedas honestas.

    Returns:
        Zeros e uns, forma (n, D).

    Raises:
        ValueError: se n < 1 ou passos < 0, se `inicio` não tem a forma (n, D), ou se o gerador é de outro dispositivo.
    """
    forma = (n, len(rbm.b))
    if n < 1 or passos < 0:
        raise ValueError(f"amostrar: chegaram n={n} e passos={passos}; esperava n ≥ 1 e passos a partir de 0.")
    if inicio is not None and inicio.shape != forma:
        raise ValueError(f"inicio: chegou a forma {tuple(inicio.shape)}; esperava {forma}, um estado por cadeia.")
    v = _sortear(rbm.b.detach().new_full(forma, 0.5), gerador) if inicio is None else inicio
    for _ in range(passos):
        v = passo_gibbs(rbm, v, gerador)
    return v


def perda_cd(rbm: RBM, v: Tensor, gerador: torch.Generator | None = None, k: int = 1) -> Tensor:
    """Divergência contrastiva com k passos (CD-k): uma perda cujo gradiente imita o de −log p(v).

    Equação: F(v) − F(v_k), em que v_k sai de v por k passos de Gibbs e não leva gradiente (Hinton, 2002).
    O gradiente é enviesado: só com k → ∞ a cadeia visita p(v). O valor não é uma log-verossimilhança.

    Args:
        rbm: a máquina.
        v: dados, zeros e uns, forma (B, D).
        gerador: fonte do acaso.
        k: passos de Gibbs.

    Returns:
        Forma (B,), em nats.
    """
    v_k = v
    for _ in range(k):
        v_k = passo_gibbs(rbm, v_k, gerador)
    return energia_livre(rbm, v) - energia_livre(rbm, v_k)


class CadeiasPersistentes:
    """Perda de CD com cadeias que não recomeçam nos dados a cada passo (PCD; Tieleman, 2008).

    Passe o objeto a `Treino` no lugar de `perda_cd`. Entre um passo e outro a máquina muda pouco, e as cadeias
    acompanham p(v); o gradiente continua aproximado.

    Args:
        inicio: estado inicial das cadeias, forma (M, D).
        k: passos de Gibbs por passo de treino.

    Attributes:
        v: estado atual das cadeias, forma (M, D).

    Raises:
        ValueError: se k < 1.
    """

    def __init__(self, inicio: Tensor, k: int = 1) -> None:
        if k < 1:
            raise ValueError(f"CadeiasPersistentes: chegou k={k}; esperava pelo menos 1 passo de Gibbs.")
        self.v, self.k = inicio, k

    def __call__(self, rbm: RBM, v: Tensor, gerador: torch.Generator | None = None) -> Tensor:
        """F(v) − média de F nas cadeias: (B, D) → (B,)."""
        for _ in range(self.k):
            self.v = passo_gibbs(rbm, self.v, gerador)
        return energia_livre(rbm, v) - energia_livre(rbm, self.v).mean()


def _sortear(p: Tensor, gerador: torch.Generator | None) -> Tensor:
    conferir_gerador(gerador, p.device)
    return torch.bernoulli(p, generator=gerador)

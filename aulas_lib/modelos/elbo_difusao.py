"""O ELBO da difusão, termo a termo, em nats: da KL entre gaussianas ao peso que loss_simple deixa de fora.

Equação: −log p(x_0) ≤ L_T + Σ_{t=2}^{T} L_{t−1} + L_0, com L_T = KL(q(x_T|x_0) ‖ p(x_T)),
L_{t−1} = KL(q(x_{t−1}|x_t, x_0) ‖ p_θ(x_{t−1}|x_t)) e L_0 = −log p_θ(x_0|x_1)
Fonte: Ho e outros (2020), equação 5.
"""

import math

import torch
from torch import Tensor

from aulas_lib.dados.conferencias import normal
from aulas_lib.modelos.difusao import Agenda, Preditor, difundir, no_instante, posteriori, x0_do_ruido


def termo_final(x_0: Tensor, agenda: Agenda) -> Tensor:
    """L_T: quanto q(x_T | x_0) ainda difere de N(0, I); não depende da rede.

    Equação: ½ Σ_j (ᾱ_T x_0j² − ᾱ_T − log(1 − ᾱ_T))

    Args:
        x_0: dados, forma (B, ...).
        agenda: os β.

    Returns:
        Forma (B,), em nats.
    """
    ab = agenda.alfa_barra[-1].item()
    return (ab * x_0.square() - ab - math.log1p(-ab)).flatten(1).sum(dim=1) / 2


def termo_do_passo(
    modelo: Preditor, x_0: Tensor, t: Tensor, eps: Tensor, agenda: Agenda, variancias: Tensor
) -> Tensor:
    """L_{t−1}, com um sorteio de x_t; para t = 1, L_0 = −log p_θ(x_0 | x_1).

    Equação: ½ Σ_j [β̃/σ² − 1 − log(β̃/σ²) + (μ̃_j − μ_θj)²/σ²]; em t = 1, ½ Σ_j [log 2πσ² + (x_0j − μ_θj)²/σ²]

    Args:
        modelo: ε_θ.
        x_0: dados, forma (B, ...).
        t: instantes de 1 a T, forma (B,).
        eps: ruído N(0, I), forma (B, ...).
        agenda: os β.
        variancias: σ_t², forma (T + 1,), positivas de t = 1 em diante: β̃_1 = 0 não serve em t = 1.

    Returns:
        Forma (B,), em nats.

    Raises:
        ValueError: se uma das variâncias usadas não é positiva.
    """
    if not (usadas := variancias[t.cpu()]).min() > 0:
        onde = int(t[usadas.argmin()])
        raise ValueError(
            f"variancias: em t = {onde} chegou {usadas.min().item():g}, e o termo em nats divide por ela. A variância "
            "da posteriori, β̃_t, é zero em t = 1; use agenda.betas, ou troque só o valor em t = 1."
        )
    x_t = difundir(x_0, t, eps, agenda)
    certa, beta_til = posteriori(x_0, x_t, t, agenda)
    prevista, _ = posteriori(x0_do_ruido(x_t, modelo(x_t, t), t, agenda), x_t, t, agenda)
    sigma2 = no_instante(variancias, t, x_t)
    razao = beta_til / sigma2
    distancia = (certa - prevista).square() / sigma2
    kl = (razao - 1 - razao.clamp(min=1e-30).log() + distancia).flatten(1).sum(dim=1) / 2
    ultimo = ((2 * math.pi * sigma2).log() + (x_0 - prevista).square() / sigma2).flatten(1).sum(dim=1) / 2
    return torch.where(t > 1, kl, ultimo)


def peso_do_ruido(agenda: Agenda, variancias: Tensor) -> Tensor:
    """O fator de ‖ε − ε_θ‖² em L_{t−1}, que loss_simple troca por 1.

    Equação: w_t = β_t² / (2 σ_t² (1 − β_t)(1 − ᾱ_t))
    Fonte: Ho e outros (2020), equação 12.

    Args:
        agenda: os β.
        variancias: σ_t², forma (T + 1,).

    Returns:
        Forma (T + 1,); em t = 0 não há termo, e o valor é nan.
    """
    return agenda.betas**2 / (2 * variancias * (1 - agenda.betas) * (1 - agenda.alfa_barra))


def pesos_por_alvo(agenda: Agenda) -> dict[str, Tensor]:
    """Quanto ‖ε − ε_θ‖² vale, por unidade de erro, quando o alvo é outro: o mesmo preditor, três pesos.

    Equação: ‖x_0 − x̂_0‖² = (1 − ᾱ)/ᾱ ‖ε − ε̂‖² e ‖v − v̂‖² = ‖ε − ε̂‖²/ᾱ
    Fonte: Salimans e Ho (2022), seção 4.

    Args:
        agenda: os β.

    Returns:
        De "ε", "x_0" e "v" a uma tabela de forma (T + 1,): o fator de ‖ε − ε_θ‖² em cada perda.
    """
    ab = agenda.alfa_barra
    return {"ε": torch.ones_like(ab), "x_0": (1 - ab) / ab, "v": 1 / ab}


@torch.no_grad()
def elbo_por_passo(
    modelo: Preditor, x_0: Tensor, agenda: Agenda, variancias: Tensor, gerador: torch.Generator | None = None
) -> Tensor:
    """Todos os termos, na média dos exemplos: L_T na posição 0 e L_{t−1} na posição t, de 1 a T.

    A soma, com o sinal trocado, é uma estimativa do ELBO (um sorteio de x_t por exemplo e instante).

    Args:
        modelo: ε_θ.
        x_0: dados, forma (B, ...).
        agenda: os β.
        variancias: σ_t², forma (T + 1,).
        gerador: fonte do ruído.

    Returns:
        Forma (T + 1,), em nats por exemplo.
    """
    termos = [termo_final(x_0, agenda).mean()]
    for passo in range(1, agenda.T + 1):
        t = torch.full((len(x_0),), passo, device=x_0.device)
        eps = normal(x_0.shape, x_0, gerador)
        termos.append(termo_do_passo(modelo, x_0, t, eps, agenda, variancias).mean())
    return torch.stack(termos)

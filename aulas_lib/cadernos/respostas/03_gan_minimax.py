"""Respostas da lição 3: um bloco por exercício, com o `id` da célula do caderno."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


# %% ex_d_otimo
def meu_d_otimo(log_p: Tensor, log_pg: Tensor) -> Tensor:
    """D*(x) = p(x) / (p(x) + p_g(x)): (N,), (N,) -> (N,), entre 0 e 1."""
    return torch.sigmoid(log_p - log_pg)


# %% ex_valor_final
valor_de_v = -math.log(4)
perda_com_meio = math.log(2)
logit_de_d = 0


# %% ex_caca_saturante
diagnostico_saturante = "a"


def inclinacoes(a: Tensor) -> tuple[Tensor, Tensor]:
    """As inclinações de log(1 − σ(a)) e de −log σ(a), em relação a a: (B,) -> (B,), (B,)."""
    d = torch.sigmoid(a)
    inclinacao_minimax = -d  # some onde D ≈ 0, quando o gerador mais precisa dela
    inclinacao_nao_saturante = -(1 - d)
    return inclinacao_minimax, inclinacao_nao_saturante


# %% ex_caca_detach
diagnostico_vazamento = "c"


def passo_do_discriminador(rede_g, rede_d, otimizador_d, x: Tensor, z: Tensor) -> float:
    """Um passo de D, com G parado; otimizador_d só tem os pesos de D. Devolve a perda média."""
    otimizador_d.zero_grad()
    a_real = rede_d(x)
    a_falso = rede_d(rede_g(z).detach())  # o gradiente não passa para G
    perda = (F.softplus(-a_real) + F.softplus(a_falso)).mean()  # −log D(x) − log(1 − D(G(z)))
    perda.backward()
    otimizador_d.step()
    return perda.item()


# %% ex_modas
def minhas_modas(amostras: Tensor, medias: Tensor, raio: float, minimo: int) -> int:
    """Quantas modas recebem pelo menos `minimo` pontos: (n, 2), (K, 2) -> número inteiro."""
    distancias, mais_perto = torch.cdist(amostras, medias).min(dim=1)
    pontos = torch.bincount(mais_perto[distancias <= raio], minlength=len(medias))
    return int((pontos >= minimo).sum())

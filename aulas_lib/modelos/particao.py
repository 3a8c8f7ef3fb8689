"""A soma Z de uma máquina de Boltzmann restrita: exata por enumeração, estimada por AIS, e o que Z exata permite.

Com Z exata têm-se amostras independentes de p(v) e o gradiente verdadeiro, o juiz da divergência contrastiva.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from aulas_lib.ambiente import conferir_gerador
from aulas_lib.modelos.boltzmann import (
    RBM,
    Maquina,
    Parametros,
    amostrar,
    energia_livre,
    passo_gibbs,
    prob_ocultas,
    prob_visiveis,
)

UNIDADES_NO_MAXIMO = 20
BLOCO = 2**14  # estados por vez: 64 visíveis ocupam 4 MB


def todos_os_estados(n: int, como: Tensor | None = None) -> Tensor:
    """Os 2ⁿ vetores de n bits, em ordem crescente, com o tipo e o dispositivo de `como`: forma (2ⁿ, n).

    Raises:
        ValueError: se n passa de 20, caso em que a lista não cabe na memória nem no tempo de uma aula.
    """
    if not 1 <= n <= UNIDADES_NO_MAXIMO:
        raise ValueError(
            f"todos_os_estados: {n} unidades são 2^{n} estados; enumero de 1 a {UNIDADES_NO_MAXIMO} unidades. "
            "Com mais, estime Z com log_z_ais."
        )
    potencias = torch.arange(n - 1, -1, -1)
    estados = (torch.arange(2**n)[:, None] >> potencias) & 1
    return estados.float() if como is None else estados.to(como)


def log_z_exato(rbm: Maquina) -> Tensor:
    """log Z por enumeração do lado menor (ocultas ou visíveis); o outro lado se soma em forma fechada.

    Equação: Z = Σ_h exp(c·h) Π_i (1 + exp(b_i + W_i·h)) = Σ_v exp(−F(v))

    Args:
        rbm: a máquina, com no máximo 20 unidades em um dos lados.

    Returns:
        Escalar, em nats, com gradiente: derivar log Z dá as esperanças exatas do modelo.

    Raises:
        ValueError: se os dois lados passam de 20 unidades.
    """
    estados, log_pesos = _marginal(rbm)
    return torch.cat([log_pesos(parte) for parte in estados.split(BLOCO)]).logsumexp(0)


@torch.no_grad()
def amostrar_exato(rbm: Maquina, n: int, gerador: torch.Generator | None = None) -> Tensor:
    """Amostras independentes de p(v), sem cadeia: sorteia um estado do lado enumerado e completa o outro.

    Args:
        rbm: a máquina, com no máximo 20 unidades em um dos lados.
        n: quantas amostras.
        gerador: fonte do acaso.

    Returns:
        Zeros e uns, forma (n, D).

    Raises:
        ValueError: se os dois lados passam de 20 unidades, ou se o gerador é de outro dispositivo.
    """
    conferir_gerador(gerador, rbm.b.device)
    estados, log_pesos = _marginal(rbm)
    acumulada = torch.cat([log_pesos(parte) for parte in estados.split(BLOCO)]).double().softmax(0).cumsum(0)
    u = torch.rand(n, generator=gerador, dtype=torch.float64, device=rbm.b.device)
    lado = estados[torch.searchsorted(acumulada, u).clamp(max=len(estados) - 1)]
    if len(rbm.b) <= len(rbm.c):
        return lado
    return torch.bernoulli(prob_visiveis(rbm, lado), generator=gerador)


def perda_exata(rbm: RBM, v: Tensor, gerador: torch.Generator | None = None) -> Tensor:
    """−log p(v) de cada exemplo, com Z enumerada: o que a divergência contrastiva imita.

    Args:
        rbm: a máquina, com no máximo 20 unidades em um dos lados.
        v: dados, forma (B, D).
        gerador: sem uso; está aqui para que a função sirva a `Treino`.

    Returns:
        Forma (B,), em nats.
    """
    return energia_livre(rbm, v) + log_z_exato(rbm)


def gradiente_exato(rbm: RBM, v: Tensor) -> Tensor:
    """Gradiente de −log p(v) médio em relação a (b, c, W), em um só vetor.

    Args:
        rbm: a máquina, com no máximo 20 unidades em um dos lados.
        v: dados, forma (N, D).

    Returns:
        Forma (D + H + D·H,).
    """
    partes = torch.autograd.grad(perda_exata(rbm, v).mean(), [rbm.b, rbm.c, rbm.W])
    return torch.cat([parte.flatten() for parte in partes])


@torch.no_grad()
def gradientes_cd(
    rbm: Maquina, v: Tensor, k: int, repeticoes: int, cadeias: int = 100, gerador: torch.Generator | None = None
) -> Tensor:
    """Gradientes de CD-k em repetições independentes das cadeias, todas com o mesmo termo dos dados.

    Equação: ∇ média de F(v) − ∇ média de F(v_k); em F, ∂F/∂b = −v, ∂F/∂c = −p(h|v), ∂F/∂W = −v p(h|v)ᵀ

    A média das repetições mostra o viés de CD-k; a dispersão em volta dela, o ruído das cadeias.

    Args:
        rbm: a máquina.
        v: dados, forma (N, D); as cadeias partem deles, cada um tantas vezes quanto os outros (± 1).
        k: passos de Gibbs.
        repeticoes: R.
        cadeias: quantas em cada repetição.
        gerador: fonte do acaso.

    Returns:
        Forma (R, D + H + D·H), na ordem de `gradiente_exato`.

    Raises:
        ValueError: se o gerador é de outro dispositivo.
    """
    conferir_gerador(gerador, v.device)
    voltas = torch.arange(repeticoes * cadeias, device=v.device) % len(v)
    v_k = v[voltas[torch.randperm(len(voltas), generator=gerador, device=v.device)]]
    for _ in range(k):
        v_k = passo_gibbs(rbm, v_k, gerador)
    do_modelo = torch.stack([_gradiente_de_f(rbm, parte) for parte in v_k.split(cadeias)])
    return _gradiente_de_f(rbm, v) - do_modelo


@torch.no_grad()
def log_pesos_ais(
    rbm: Maquina,
    cadeias: int = 100,
    temperaturas: int = 1000,
    vies_base: Tensor | None = None,
    gerador: torch.Generator | None = None,
) -> Tensor:
    """Amostragem por importância recozida (AIS): log Z_base + log w de cada cadeia.

    Equação: w = Π_t exp(F_{t−1}(v_t) − F_t(v_t)); E[Z_base w] = Z   (Salakhutdinov e Murray, 2008)

    A máquina t tem (1 − β) b_base + β b, β c e β W, com β de 0 a 1. Em β = 0 os bits são independentes, e Z é
    fechada: log Z_base = H log 2 + Σ_i log(1 + exp(b_base,i)).

    Args:
        rbm: a máquina.
        cadeias: M.
        temperaturas: quantos passos de β = 0 a β = 1.
        vies_base: b_base, forma (D,), em geral `vies_da_frequencia(treino)`; sem ele, zero.
        gerador: fonte do acaso.

    Returns:
        Forma (M,), em nats.

    Raises:
        ValueError: se cadeias ou temperaturas não é positivo, ou se `vies_base` não tem a forma (D,).
    """
    if cadeias < 1 or temperaturas < 1:
        raise ValueError(f"AIS: chegaram cadeias={cadeias} e temperaturas={temperaturas}; esperava 1 ou mais.")
    base = torch.zeros_like(rbm.b) if vies_base is None else vies_base
    if base.shape != rbm.b.shape:
        raise ValueError(f"vies_base: chegou a forma {tuple(base.shape)}; esperava {tuple(rbm.b.shape)}.")
    atual = _entre(rbm, base, 0.0)
    v = amostrar(atual, cadeias, 1, gerador)  # em β = 0 um passo de Gibbs já é uma amostra exata
    log_w = (len(rbm.c) * math.log(2) + F.softplus(base).sum()).expand(cadeias)
    for beta in torch.linspace(0, 1, temperaturas + 1)[1:].tolist():
        seguinte = _entre(rbm, base, beta)
        log_w = log_w + energia_livre(atual, v) - energia_livre(seguinte, v)
        v, atual = passo_gibbs(seguinte, v, gerador), seguinte
    return log_w


def log_z_ais(
    rbm: Maquina,
    cadeias: int = 100,
    temperaturas: int = 1000,
    vies_base: Tensor | None = None,
    gerador: torch.Generator | None = None,
) -> Tensor:
    """Estimativa de log Z por AIS: o logaritmo da média dos pesos. Argumentos: os de `log_pesos_ais`.

    Ẑ não tem viés, mas o logaritmo é côncavo: E[log Ẑ] ≤ log Z (Jensen), e log p(v) sai otimista.
    """
    log_w = log_pesos_ais(rbm, cadeias, temperaturas, vies_base, gerador)
    return log_w.logsumexp(0) - math.log(cadeias)


def _marginal(rbm: Maquina) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """Os estados do lado menor e a função que dá o logaritmo do peso de cada um."""
    if len(rbm.b) <= len(rbm.c):
        return todos_os_estados(len(rbm.b), rbm.b), lambda v: -energia_livre(rbm, v)
    trocada = Parametros(rbm.c, rbm.b, rbm.W.T)  # a mesma máquina, com os lados trocados
    return todos_os_estados(len(rbm.c), rbm.b), lambda h: -energia_livre(trocada, h)


def _gradiente_de_f(rbm: Maquina, v: Tensor) -> Tensor:
    """Gradiente da média de F(v), sem autograd: (N, D) → (D + H + D·H,)."""
    p = prob_ocultas(rbm, v)
    return -torch.cat([v.mean(0), p.mean(0), (v.T @ p).flatten() / len(v)])


def _entre(rbm: Maquina, base: Tensor, beta: float) -> Parametros:
    """A máquina de AIS na temperatura 1/β."""
    return Parametros((1 - beta) * base + beta * rbm.b, beta * rbm.c, beta * rbm.W)

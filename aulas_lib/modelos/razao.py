"""Razão de densidades por classificação: um classificador entre amostras de p e de q estima log p(x)/q(x).

Slide "Tipos de métodos", "Likelihood-free inference via classification".
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus


def perda_classificador(
    modelo: nn.Module, x: Tensor, rotulo: Tensor, gerador: torch.Generator | None = None
) -> Tensor:
    """Entropia cruzada binária de cada exemplo, em nats, com D(x) = σ(a(x)) e rótulo 1 em p, 0 em q.

    Equação: −[r log D(x) + (1 − r) log(1 − D(x))], com −log D = softplus(−a) e −log(1 − D) = softplus(a)
    Fonte: slide "Tipos de métodos"; Goodfellow e outros (2014), equação 1, com o sinal trocado.

    Args:
        modelo: rede que devolve o logit a(x), sem sigmoide: (B, D) → (B, 1).
        x: exemplos, forma (B, D).
        rotulo: r, 1 se o exemplo veio de p e 0 se veio de q, forma (B,).
        gerador: não é usado; está aqui porque o laço o passa a toda perda.

    Returns:
        Forma (B,), em nats.

    Raises:
        ValueError: se rotulo não tem a forma (B,) ou o modelo não devolve um logit por exemplo.
    """
    a = logit(modelo, x)  # a = log D/(1 − D), forma (B,)
    r = conferir_rotulo(rotulo, a)
    return r * softplus(-a) + (1 - r) * softplus(a)


def logit(modelo: nn.Module, x: Tensor) -> Tensor:
    """a(x) = log D(x)/(1 − D(x)), o que a rede devolve, com um número por exemplo.

    Args:
        modelo: classificador, (B, D) → (B, 1) ou (B,).
        x: forma (B, D).

    Returns:
        Forma (B,), em nats.

    Raises:
        ValueError: se o modelo não devolve um logit por exemplo.
    """
    saida = modelo(x)
    if saida.shape not in ((len(x), 1), (len(x),)):
        raise ValueError(
            f"O classificador devolveu a forma {tuple(saida.shape)} para {len(x)} exemplos; esperava "
            f"({len(x)}, 1), um logit por exemplo. Use MLP(dimensoes, ocultas, saida=1)."
        )
    return saida.reshape(len(x))


def conferir_rotulo(rotulo: Tensor, a: Tensor) -> Tensor:
    """Os rótulos no tipo do logit, se há um por exemplo.

    Args:
        rotulo: forma (B,).
        a: logits, forma (B,).

    Raises:
        ValueError: se as formas diferem.
    """
    if rotulo.shape != a.shape:
        raise ValueError(
            f"perda_classificador: rotulo chegou com a forma {tuple(rotulo.shape)}; esperava {tuple(a.shape)}, "
            "um rótulo por exemplo (1 em p, 0 em q). Use juntar(x_p, x_q)."
        )
    return rotulo.to(a.dtype)


def juntar(x_p: Tensor, x_q: Tensor) -> tuple[Tensor, Tensor]:
    """As duas amostras em um conjunto só, com os rótulos: 1 em p, 0 em q.

    Args:
        x_p: amostra de p, forma (n_p, D).
        x_q: amostra de q, forma (n_q, D).

    Returns:
        x, forma (n_p + n_q, D), e os rótulos, forma (n_p + n_q,).

    Raises:
        ValueError: se os exemplos das duas amostras têm formas diferentes.
    """
    if x_p.shape[1:] != x_q.shape[1:]:
        raise ValueError(
            f"juntar: os exemplos de p têm a forma {tuple(x_p.shape[1:])} e os de q, {tuple(x_q.shape[1:])}; "
            "esperava a mesma nas duas amostras."
        )
    rotulo = torch.cat([torch.ones(len(x_p)), torch.zeros(len(x_q))])
    return torch.cat([x_p, x_q]), rotulo.to(x_p.device)


def log_razao(modelo: nn.Module, x: Tensor, n_p: float = 1, n_q: float = 1) -> Tensor:
    """log p(x)/q(x) estimado por um classificador, em nats.

    Equação: log p/q = a(x) − log(n_p/n_q), porque D*(x) = n_p p(x) / (n_p p(x) + n_q q(x))

    Args:
        modelo: classificador treinado, (B, D) → logits (B, 1).
        x: onde calcular, forma (B, D).
        n_p: exemplos de p no treino; só a proporção importa.
        n_q: exemplos de q no treino.

    Returns:
        Forma (B,).

    Raises:
        ValueError: se n_p ou n_q não é positivo, ou se o modelo não devolve um logit por exemplo.
    """
    _conferir_tamanhos("log_razao", n_p, n_q)
    return logit(modelo, x) - math.log(n_p / n_q)


def discriminador_otimo(log_p: Tensor, log_q: Tensor, n_p: float = 1, n_q: float = 1) -> Tensor:
    """D*(x), o classificador que minimiza a entropia cruzada quando p e q são conhecidas.

    Equação: D*(x) = n_p p(x) / (n_p p(x) + n_q q(x))
    Fonte: Goodfellow e outros (2014), proposição 1, com n_p = n_q.

    Args:
        log_p: log p(x), em nats, qualquer forma.
        log_q: log q(x), em nats, a mesma forma.
        n_p: exemplos de p no treino; só a proporção importa.
        n_q: exemplos de q no treino.

    Returns:
        Probabilidades, a forma de log_p.

    Raises:
        ValueError: se as formas diferem, ou se n_p ou n_q não é positivo.
    """
    _conferir_tamanhos("discriminador_otimo", n_p, n_q)
    if log_p.shape != log_q.shape:
        raise ValueError(
            f"discriminador_otimo: log_p tem a forma {tuple(log_p.shape)} e log_q, {tuple(log_q.shape)}; "
            "esperava a mesma: calcule as duas nos mesmos pontos."
        )
    return torch.sigmoid(log_p - log_q + math.log(n_p / n_q))


def gradiente_log_razao(modelo: nn.Module, x: Tensor) -> Tensor:
    """∇ₓ log p(x)/q(x): para onde mover um ponto de q, para que ele pareça vir de p.

    O fator n_p/n_q não depende de x e some na derivada.

    Args:
        modelo: classificador treinado, (B, D) → logits (B, 1).
        x: pontos, forma (B, D).

    Returns:
        Forma (B, D), em nats por unidade de x.

    Raises:
        ValueError: se o modelo não devolve um logit por exemplo.
    """
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        (gradiente,) = torch.autograd.grad(logit(modelo, x).sum(), x)
    return gradiente


def _conferir_tamanhos(nome: str, n_p: float, n_q: float) -> None:
    if not (n_p > 0 and n_q > 0):
        raise ValueError(
            f"{nome}: chegaram n_p={n_p} e n_q={n_q}; esperava dois números positivos, os exemplos de p e de q "
            "com que o classificador treinou."
        )

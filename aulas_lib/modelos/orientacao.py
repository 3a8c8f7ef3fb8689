"""Orientar a geração: pedir atributos a uma rede que os conhece, ou empurrá-la com um classificador.

Fonte: Dhariwal e Nichol (2021), seção 4, com classificador; Ho e Salimans (2022), sem classificador.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from aulas_lib.modelos.difusao import Agenda, Preditor, no_instante


def pedir(esquema: Mapping[str, Sequence[str]], pedido: Mapping[str, str], n: int = 1) -> Tensor:
    """y com os atributos pedidos, e zeros nos outros, que a rede escolhe.

    Args:
        esquema: valores de cada atributo.
        pedido: atributo → valor, por exemplo {"oculos": "com"}; vazio, não pede nada.
        n: quantas linhas iguais.

    Returns:
        Forma (n, Σ K).

    Raises:
        ValueError: se um atributo ou um valor não está no esquema.
    """
    for nome, valor in pedido.items():
        if valor not in esquema.get(nome, ()):
            servem = f"um destes valores: {', '.join(esquema[nome])}" if nome in esquema else ", ".join(esquema)
            raise ValueError(f"pedido: chegou {nome!r} com o valor {valor!r}; esperava {servem}.")
    colunas = [float(pedido.get(nome) == valor) for nome, valores in esquema.items() for valor in valores]
    return torch.tensor(colunas).expand(n, -1).clone()


def condicionar(modelo: Callable[[Tensor, Tensor, Tensor], Tensor], y: Tensor) -> Preditor:
    """ε_θ(x_t, t, y) com y fixo: um preditor como outro qualquer."""
    return lambda x_t, t: modelo(x_t, t, y)


def esconder(y: Tensor, tamanhos: Sequence[int], gerador: torch.Generator | None = None) -> Tensor:
    """Esconde parte dos atributos de cada exemplo; o que se esconde vira zero.

    Cada exemplo sorteia u ~ U(0, 1) e mostra cada atributo com probabilidade u². Com doze atributos, um exemplo em
    cada quatro fica sem nenhum: a rede aprende também p(x), e p(x | alguns atributos).
    Fonte: a ideia é de Ho e Salimans (2022), que escondem y inteiro.

    Args:
        y: indicadores, um 1 por atributo, forma (B, Σ K).
        tamanhos: K de cada atributo.
        gerador: fonte do acaso, no dispositivo de y.

    Returns:
        Forma (B, Σ K).
    """
    u = torch.rand(len(y), 1, generator=gerador, device=y.device)
    sorteio = torch.rand(len(y), len(tamanhos), generator=gerador, device=y.device)
    visiveis = (sorteio < u.square()).to(y.dtype)
    return y * visiveis.repeat_interleave(torch.tensor(tamanhos, device=y.device), dim=1)


def mostrando_parte(perda: Callable[..., Tensor], tamanhos: Sequence[int]) -> Callable[..., Tensor]:
    """A perda de um modelo condicional, que o laço de treino chama com imagens e indicadores.

    Args:
        perda: (preditor, x_0, gerador=) → (B,), como a que `sorteando` devolve.
        tamanhos: K de cada atributo.

    Returns:
        (modelo, x_0, y, gerador=) → (B,).
    """

    def com_rotulos(
        modelo: nn.Module, x_0: Tensor, y: Tensor, gerador: torch.Generator | None = None
    ) -> Tensor:
        return perda(condicionar(modelo, esconder(y, tamanhos, gerador)), x_0, gerador)

    return com_rotulos


def orientar(com: Preditor, sem: Preditor, escala: float) -> Preditor:
    """Orientação sem classificador: o ruído com a condição, exagerado.

    Equação: ε̂ = ε_θ(x_t, t) + s (ε_θ(x_t, t, y) − ε_θ(x_t, t)); s = 1 é o modelo condicional, e s = 0, o sem condição
    Fonte: Ho e Salimans (2022), equação 6, com s = 1 + w.

    Args:
        com: o preditor que vê y.
        sem: o mesmo modelo, sem y.
        escala: s.
    """
    if escala == 1:
        return com

    def orientado(x_t: Tensor, t: Tensor) -> Tensor:
        livre = sem(x_t, t)
        return livre + escala * (com(x_t, t) - livre)

    return orientado


def orientar_com_classificador(
    modelo: Preditor, log_p: Callable[[Tensor, Tensor], Tensor], escala: float, agenda: Agenda
) -> Preditor:
    """Orientação por um classificador treinado em x_t com ruído: o ruído previsto, menos o gradiente de log p(y | x_t).

    Equação: ε̂ = ε_θ(x_t, t) − s √(1 − ᾱ_t) ∇_{x_t} log p(y | x_t)
    Fonte: Dhariwal e Nichol (2021), equação 14 e algoritmo 2.

    Args:
        modelo: ε_θ.
        log_p: (x_t (B, ...), t (B,)) → log p(y | x_t) de cada exemplo, forma (B,).
        escala: s.
        agenda: os β.
    """

    def orientado(x_t: Tensor, t: Tensor) -> Tensor:
        with torch.enable_grad():
            x = x_t.detach().requires_grad_()
            (gradiente,) = torch.autograd.grad(log_p(x, t).sum(), x)
        desvio = no_instante((1 - agenda.alfa_barra).sqrt(), t, x_t)
        return modelo(x_t, t) - escala * desvio * gradiente

    return orientado

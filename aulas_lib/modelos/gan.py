"""Redes adversárias geradoras (GANs): as perdas dos dois jogadores, em função do logit do discriminador.

O discriminador devolve um logit a, e D(x) = σ(a) é a probabilidade de x ser real. Escritas no logit, as perdas não
perdem dígitos quando D chega perto de 0 ou de 1. O laço que alterna os dois jogadores é `treino.TreinoAdversario`.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.ambiente import conferir_gerador


def perda_discriminador(a_real: Tensor, a_falso: Tensor) -> Tensor:
    """Perda do discriminador, por par (exemplo real, exemplo gerado), em nats.

    Equação: −log D(x) − log(1 − D(G(z)))   (slide "Redes adversárias geradoras (GANs)", formulação: é −V(G, D))
    Fonte: Goodfellow e outros (2014). A "função original" do slide é esta, com peso ½.

    Args:
        a_real: logits dos exemplos reais, forma (B,) ou (B, 1).
        a_falso: logits dos exemplos gerados, mesma forma.

    Returns:
        Forma (B,); vale log 4 quando D = ½ em toda parte.

    Raises:
        ValueError: se as formas não são a mesma, ou se há mais de um logit por exemplo.
    """
    a_real, a_falso = um_par_por_exemplo(a_real, a_falso)
    return F.softplus(-a_real) + F.softplus(a_falso)  # −log σ(a) − log(1 − σ(a'))


def perda_gerador(a_falso: Tensor) -> Tensor:
    """Perda não saturante do gerador, por exemplo gerado, em nats.

    Equação: −log D(G(z)); em relação ao logit, a inclinação é −(1 − D(G(z))), que não some quando D reconhece
    a falsificação.
    Fonte: Goodfellow e outros (2014), seção 3.

    Args:
        a_falso: logits dos exemplos gerados, forma (B,) ou (B, 1).

    Returns:
        Forma (B,).

    Raises:
        ValueError: se há mais de um logit por exemplo.
    """
    return F.softplus(-um_por_exemplo(a_falso))


class RuidoNaEntrada(nn.Module):
    """Soma ruído gaussiano ao que o discriminador vê durante o treino, nos reais e nos gerados.

    Sem ele, um detalhe que o gerador não consegue imitar (os dados só têm −1 e 1, e ele é contínuo) bastaria para
    D acertar sempre, e o gradiente não diria mais nada.
    Fonte: Sønderby e outros (2017), "instance noise".

    Args:
        desvio: desvio-padrão do ruído, na unidade de x.
    """

    def __init__(self, desvio: float) -> None:
        super().__init__()
        self.desvio = desvio

    def forward(self, x: Tensor) -> Tensor:
        """A mesma forma; fora do treino, o próprio x."""
        return x + self.desvio * torch.randn_like(x) if self.training else x


def gerar(rede_g: nn.Module, n: int, latentes: int, gerador: torch.Generator | None = None) -> Tensor:
    """n amostras: x = G(z), com z ~ N(0, I).

    Args:
        rede_g: gerador, (n, latentes) → (n, ...).
        n: quantas.
        latentes: dimensão de z.
        gerador: fonte do acaso, no dispositivo da rede.

    Returns:
        Forma (n, ...).

    Raises:
        ValueError: se o gerador de números é de outro dispositivo.
    """
    aparelho = next(rede_g.parameters()).device
    conferir_gerador(gerador, aparelho)
    return rede_g(torch.randn(n, latentes, generator=gerador, device=aparelho))


@torch.no_grad()
def imagens_de(rede_g: Callable[[Tensor], Tensor], z: Tensor, lote: int = 500) -> Tensor:
    """G(z) de muitos códigos, em lotes e sem gradiente: (N, Z) → (N, ...)."""
    return torch.cat([rede_g(parte) for parte in z.split(lote)])


def um_por_exemplo(a: Tensor) -> Tensor:
    """O que o discriminador devolveu, na forma (B,).

    Raises:
        ValueError: se não há um só número por exemplo.
    """
    if a.ndim == 2 and a.shape[1] == 1:
        a = a[:, 0]
    if a.ndim != 1:
        raise ValueError(
            f"Chegaram logits de forma {tuple(a.shape)}; esperava (B,) ou (B, 1), um logit por exemplo."
        )
    return a


def um_par_por_exemplo(a_real: Tensor, a_falso: Tensor) -> tuple[Tensor, Tensor]:
    """O que o discriminador disse dos reais e dos gerados, os dois na forma (B,).

    Raises:
        ValueError: se não há um só número por exemplo, ou se os lotes têm tamanhos diferentes.
    """
    a_real, a_falso = um_por_exemplo(a_real), um_por_exemplo(a_falso)
    if a_real.shape != a_falso.shape:
        raise ValueError(
            f"A perda do discriminador recebeu {len(a_real)} logits reais e {len(a_falso)} gerados; "
            "esperava lotes do mesmo tamanho."
        )
    return a_real, a_falso

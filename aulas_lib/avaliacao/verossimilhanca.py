"""Médias de limites da log-verossimilhança em um conjunto inteiro, e quantos latentes trabalham."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from aulas_lib.ambiente import virgula


class Media(NamedTuple):
    """Média de n valores e o erro-padrão dela (desvio-padrão dividido por √n)."""

    media: float
    erro: float
    n: int

    def __str__(self) -> str:
        return f"{virgula(self.media)} ± {virgula(self.erro)}"


@torch.no_grad()
def media_em_lotes(funcao: Callable[[Tensor], Tensor], dados: Tensor, lote: int = 500) -> Media:
    """Média de uma quantidade por exemplo em um conjunto inteiro, sem gradiente.

    Exemplo: `media_em_lotes(lambda x: perda_elbo(vae, x, reconstrucao, ger)["perda"], teste.imagens)`

    Args:
        funcao: recebe um lote (B, ...) e devolve um valor por exemplo, forma (B,).
        dados: o conjunto, forma (N, ...).
        lote: exemplos por vez.

    Returns:
        A média, o erro-padrão e n. O erro conta só a variação entre exemplos, não a do treino.

    Raises:
        ValueError: se há menos de 2 exemplos, ou se `funcao` não devolve um valor por exemplo.
    """
    if len(dados) < 2:
        raise ValueError(f"dados: chegou {len(dados)} exemplo; o erro-padrão precisa de pelo menos 2.")
    valores = torch.cat([_por_exemplo(funcao(parte), len(parte)) for parte in dados.split(lote)])
    erro = valores.std() / len(valores) ** 0.5
    return Media(valores.mean().item(), erro.item(), len(valores))


def unidades_ativas(mu: Tensor, limiar: float = 0.01) -> Tensor:
    """Quais latentes mudam com a imagem: os que o modelo usa.

    Equação: ativa_j ⇔ Var_x(E_q(z|x)[z_j]) > limiar   (Burda, Grosse e Salakhutdinov, 2016)

    Args:
        mu: médias da posteriori aproximada de muitas imagens, forma (N, Z).
        limiar: variância mínima; 0,01 é o valor do artigo.

    Returns:
        Booleanos, forma (Z,); `.sum()` conta os ativos.

    Raises:
        ValueError: se `mu` não tem a forma (N, Z), com N de pelo menos 2.
    """
    if mu.ndim != 2 or len(mu) < 2:
        raise ValueError(f"mu: chegou a forma {tuple(mu.shape)}; esperava (N, Z), com N de pelo menos 2.")
    return mu.var(dim=0) > limiar


def _por_exemplo(valores: Tensor, tamanho: int) -> Tensor:
    if not isinstance(valores, Tensor) or tuple(valores.shape) != (tamanho,):
        chegou = tuple(valores.shape) if isinstance(valores, Tensor) else type(valores).__name__
        raise ValueError(f"funcao: devolveu {chegou}; esperava ({tamanho},), um valor por exemplo.")
    return valores.double()

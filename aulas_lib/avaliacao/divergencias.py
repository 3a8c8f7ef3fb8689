"""Divergência de Jensen-Shannon entre dois conjuntos de pontos do plano, medida numa grade, e o piso que ela tem."""

import math

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.dados.distribuicoes import MisturaGaussiana


def jsd_na_grade(amostras: Tensor, outras: Tensor, lado: int = 24, extensao: float = 3.0) -> float:
    """JSD entre os histogramas de dois conjuntos de pontos, em nats.

    Equação: JSD(p, q) = H((p + q)/2) − (H(p) + H(q))/2, com p e q as frações em cada célula
    O quadrado [−extensao, extensao]² tem lado × lado células; o que cai fora dele, de qualquer lado, conta em mais
    uma. Com infinitos pontos, a JSD das células nunca passa da JSD das densidades. Com poucos, a estimativa é viciada
    para cima: dois sorteios da mesma lei não caem nas mesmas células. Compare-a com `piso_da_jsd`, de mesmo n.

    Args:
        amostras: forma (n, 2).
        outras: forma (m, 2).
        lado: células por lado.
        extensao: metade do lado do quadrado, na unidade dos pontos.

    Returns:
        De 0 (as mesmas frações em cada célula) a log 2 ≈ 0,693 (nenhuma célula em comum).

    Raises:
        ValueError: se um conjunto não tem a forma (n, 2), está vazio ou tem valores que não são números finitos, ou
            se a grade não serve.
    """
    if not (isinstance(lado, int) and lado > 0 and 0 < extensao < math.inf):
        raise ValueError(
            f"jsd_na_grade recebeu lado={lado!r} e extensao={extensao!r}; esperava um inteiro e um número positivos."
        )
    p, q = (_fracoes(pontos, lado, extensao) for pontos in (amostras, outras))
    jsd = _entropia((p + q) / 2) - (_entropia(p) + _entropia(q)) / 2
    return min(max(jsd.item(), 0.0), math.log(2))  # sem o arredondamento, está sempre aí dentro


def piso_da_jsd(
    lei: MisturaGaussiana, n: int, lado: int = 24, extensao: float = 3.0, repeticoes: int = 10, semente: int = 0
) -> float:
    """Quanto `jsd_na_grade` dá, em média, entre n pontos da lei e outros n da mesma lei, em nats.

    Um gerador perfeito não fica abaixo disto a não ser por acaso; o piso desce quando n cresce ou a grade engrossa.

    Args:
        lei: mistura no plano.
        n: pontos de cada lado, tantos quantos na comparação que o piso vai julgar.
        lado, extensao: a grade, como em `jsd_na_grade`.
        repeticoes: pares de sorteios.
        semente: de onde saem os sorteios.

    Returns:
        A média das repetições.

    Raises:
        ValueError: se n ou repeticoes não é positivo, ou se a lei não está no plano.
    """
    if n < 1 or repeticoes < 1:
        raise ValueError(f"piso_da_jsd recebeu n={n} e repeticoes={repeticoes}; esperava inteiros positivos.")
    acaso = gerador(semente, lei.medias.device)
    pares = ((lei.amostrar(n, acaso), lei.amostrar(n, acaso)) for _ in range(repeticoes))
    return sum(jsd_na_grade(a, b, lado, extensao) for a, b in pares) / repeticoes


def _fracoes(pontos: Tensor, lado: int, extensao: float) -> Tensor:
    """Fração dos pontos em cada célula, forma (lado² + 1,); a última é a de fora."""
    if pontos.ndim != 2 or pontos.shape[1] != 2 or not len(pontos) or not pontos.isfinite().all():
        raise ValueError(
            f"jsd_na_grade recebeu pontos de forma {tuple(pontos.shape)}; esperava (n, 2), com n ≥ 1 e só números "
            "finitos."
        )
    celula = ((pontos.double() + extensao) / (2 * extensao) * lado).floor()  # (n, 2)
    dentro = ((celula >= 0) & (celula < lado)).all(dim=1)
    coluna, linha = celula.clamp(0, lado - 1).long().unbind(dim=1)
    indice = torch.where(dentro, linha * lado + coluna, lado * lado)
    return torch.bincount(indice, minlength=lado * lado + 1).double() / len(pontos)


def _entropia(p: Tensor) -> Tensor:
    return -torch.special.xlogy(p, p).sum()

"""A orientação com a mão: o pedido, o modo e a escala, e as imagens que saem dos mesmos x_T."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from aulas_lib.ambiente import virgula
from aulas_lib.interativos import desenho
from aulas_lib.interativos.eixo import Eixo, combinacoes
from aulas_lib.interativos.filme import Filme, filme

LADO, COLUNAS = 112, 4


def filme_orientacao(
    geradas: Mapping[tuple[str, str, float], Tensor], pedidos: Sequence[str], modos: Sequence[str],
    escalas: Sequence[float],
) -> Filme:  # fmt: skip
    """Filme de três controles: o pedido, o modo de orientar e a escala.

    Args:
        geradas: de (pedido, modo, escala) a imagens dos mesmos x_T, forma (n, C, H, W), em [−1, 1].
        pedidos, modos, escalas: as posições de cada controle.

    Returns:
        `Filme` que começa no meio das escalas.

    Raises:
        ValueError: se falta uma combinação.
    """
    chaves = combinacoes("filme_orientacao", geradas, pedidos, modos, escalas)
    return filme(
        [desenho.mosaico(geradas[chave], LADO, COLUNAS) for chave in chaves],
        [
            Eixo("pedido", pedidos, por_extenso="os atributos pedidos"),
            Eixo("modo", modos, por_extenso="como se orienta"),
            Eixo("s", escalas, len(escalas) // 2, casas=1, por_extenso="s, a escala da orientação"),
        ],
        "O que a escala compra, e o que ela custa",
        "Rostos gerados a partir do mesmo ruído. Com escala zero, o pedido não conta; com escala um, parte deles o "
        "atende; com escalas grandes, quase todos, e ficam mais parecidos.",
        legendas=[f"{p}, {m}, s = {virgula(s, 1)}" for p, m, s in chaves],
        qualidade=75,
    )

"""A BigGAN das carinhas: a SAGAN mais larga, com lote maior, código compartilhado, z em cada bloco e ortogonalidade."""

from collections.abc import Sequence

from torch import Tensor, nn

from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.modelos.biggan import GeradorBigGAN, penalidade_ortogonal
from aulas_lib.modelos.regularizadores import com_norma_espectral
from aulas_lib.receitas.base import Receita
from aulas_lib.receitas.condicional import (
    TreinoCondicional,
    medir_condicional,
    retratar_com_rotulos,
    rotulos_das_carinhas,
)
from aulas_lib.receitas.sagan import ajustes, com_discriminador

PASSOS = 4_800
LARGURAS_G, LARGURAS_D = (112, 80, 36), (36, 72)
LOTE = 96
LIVRES = ("inclinacao",)  # varia dentro de uma classe, por conta de z; os outros atributos a definem


class TreinoBigGAN(TreinoCondicional):
    """O laço condicional, com a penalidade de ortogonalidade em todas as voltas."""

    ortogonal = 1e-4  # β

    def penalidade_g(self) -> Tensor:
        """`penalidade_ortogonal` do gerador."""
        return penalidade_ortogonal(self.modelo["gerador"], self.ortogonal)


def criar_biggan(
    conjunto: ConjuntoImagens, codigo: int | None = 32, repartir: bool = True, larguras: Sequence[int] = LARGURAS_G
) -> GeradorBigGAN:
    """Gerador para as imagens do conjunto, com 64 latentes; as ablações mudam os outros argumentos."""
    _, canais, _, lado = conjunto.niveis.shape
    rede_g = GeradorBigGAN(canais, lado, rotulos_das_carinhas(LIVRES), larguras, codigo=codigo, repartir=repartir)
    return com_norma_espectral(rede_g)


def treinar_biggan(
    rede_g: nn.Module, conjunto: ConjuntoImagens, semente: int, larguras: Sequence[int] = LARGURAS_D
) -> TreinoBigGAN:
    """As perdas e as taxas da SAGAN, com o lote maior.

    Raises:
        ValueError: se o conjunto não é o das carinhas.
    """
    proprios = ajustes(rede_g) | {"lote": LOTE}
    jogadores = com_discriminador(rede_g, conjunto, larguras)
    return TreinoBigGAN(*jogadores, passos=PASSOS, semente=semente, **proprios)


RECEITA = Receita("BigGAN", criar_biggan, treinar_biggan, medir_condicional, retratar_com_rotulos)

"""A SAGAN das carinhas: hinge, norma espectral nas duas redes, duas taxas de aprendizado."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.modelos.condicional import GeradorComRotulos
from aulas_lib.modelos.perdas_gan import perda_d_hinge, perda_g_critico
from aulas_lib.modelos.regularizadores import com_norma_espectral
from aulas_lib.modelos.sagan import GeradorSAGAN, corpo_sagan
from aulas_lib.receitas.base import Receita, precisao_da_receita
from aulas_lib.receitas.condicional import (
    TreinoCondicional,
    com_rotulos,
    discriminar_pares,
    medir_condicional,
    retratar_com_rotulos,
    rotulos_das_carinhas,
)
from aulas_lib.receitas.dcgan import COMO_NA_CPU, constante_e_queda

PASSOS = 7_000
LARGURAS_G, LARGURAS_D, PHI = (96, 64, 32), (32, 64), 128


def criar_sagan(conjunto: ConjuntoImagens, atencao: bool = True, norma: bool = True) -> GeradorSAGAN:
    """Gerador para as imagens do conjunto, com 64 latentes; as ablações tiram a atenção ou a norma espectral."""
    _, canais, _, lado = conjunto.niveis.shape
    rede_g = GeradorSAGAN(canais, lado, rotulos_das_carinhas(), LARGURAS_G, atencao=atencao)
    return com_norma_espectral(rede_g) if norma else rede_g


def treinar_sagan(
    rede_g: nn.Module, conjunto: ConjuntoImagens, semente: int, atencao: bool = True, do_artigo: bool = False
) -> TreinoCondicional:
    """O discriminador aprende mais depressa que o gerador (Heusel e outros, 2017).

    Raises:
        ValueError: se o conjunto não é o das carinhas.
    """
    jogadores = com_discriminador(rede_g, conjunto, LARGURAS_D, atencao, do_artigo)
    return TreinoCondicional(*jogadores, passos=PASSOS, semente=semente, **ajustes(rede_g))


def com_discriminador(
    rede_g: nn.Module, conjunto: ConjuntoImagens, larguras: Sequence[int], atencao: bool = True,
    do_artigo: bool = False,
) -> tuple[GeradorComRotulos, nn.Module, Tensor]:  # fmt: skip
    """O gerador com os rótulos, o discriminador por projeção com norma espectral e os pares reais.

    Args:
        rede_g: gerador de imagens, que diz os rótulos em `rotulos`.
        conjunto: carinhas.
        larguras: do discriminador.
        atencao, do_artigo: os de `corpo_sagan`.

    Raises:
        ValueError: se o conjunto não é o das carinhas.
    """
    dados = com_rotulos(conjunto, rede_g.rotulos).to(next(rede_g.parameters()).device)
    _, canais, _, lado = conjunto.niveis.shape
    phi = corpo_sagan(canais, lado, larguras, PHI, atencao, do_artigo)
    rede_d = com_norma_espectral(discriminar_pares(phi, conjunto, rede_g.rotulos, PHI)).to(dados.device)
    return GeradorComRotulos(rede_g, rede_g.rotulos), rede_d, dados


def ajustes(rede_g: GeradorSAGAN) -> dict[str, Any]:
    """As perdas e as taxas, argumentos de `TreinoAdversario`."""
    return {
        "perda_d": perda_d_hinge, "perda_g": perda_g_critico, "latentes": rede_g.latentes, "lote": 64,
        "lr_g": 1e-3, "lr_d": 2e-3, "betas": (0.0, 0.99), "agenda": constante_e_queda, "media": 0.998,
        "precisao": precisao_da_receita(rede_g) or COMO_NA_CPU,
    }  # fmt: skip


RECEITA = Receita("SAGAN", criar_sagan, treinar_sagan, medir_condicional, retratar_com_rotulos)

"""A StyleGAN2 das carinhas: R1 no discriminador, comprimento do caminho no gerador, dois estilos por imagem."""

import math

import torch
from torch import Tensor, nn

from aulas_lib.ambiente import semear
from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.modelos.caminho import PenalidadeDoCaminho
from aulas_lib.modelos.discriminador_stylegan import DiscriminadorStyleGAN2
from aulas_lib.modelos.gan import perda_discriminador, perda_gerador
from aulas_lib.modelos.regularizadores import penalidade_r1
from aulas_lib.modelos.stylegan import GeradorStyleGAN2
from aulas_lib.receitas.base import Receita, precisao_da_receita
from aulas_lib.receitas.dcgan import COMO_NA_CPU, constante_e_queda, medir_dcgan, retratar_sem_rotulos
from aulas_lib.treino import TreinoAdversario

PASSOS = 12_000
LARGURAS_G = (96, 64, 32, 16, 8)  # canais em cada lado, a partir de 4 × 4
LARGURAS_D = (64, 128, 192, 192)  # depois de cada divisão do lado por dois, a partir da metade
CAMINHO_A_CADA = 16  # voltas


class TreinoStyleGAN2(TreinoAdversario):
    """O laço de sempre, com a penalidade do caminho em uma de cada `CAMINHO_A_CADA` voltas e meio lote."""

    def penalidade_g(self) -> Tensor | float:
        """`PenalidadeDoCaminho`, vezes `CAMINHO_A_CADA`."""
        if self.passo % CAMINHO_A_CADA:
            return 0.0
        z = torch.randn(self.lote // 2, self.latentes, generator=self.gerador, device=self.aparelho)
        return CAMINHO_A_CADA * self.modelo["caminho"](self.modelo["gerador"], z).mean()


def criar_stylegan(conjunto: ConjuntoImagens) -> GeradorStyleGAN2:
    """Gerador para imagens de lado 8, 16, 32 ou 64, com 64 latentes e estilos de 64 números."""
    _, canais, _, lado = conjunto.niveis.shape
    return GeradorStyleGAN2(canais, lado, LARGURAS_G[: int(math.log2(lado)) - 1])


def treinar_stylegan(
    rede_g: nn.Module, conjunto: ConjuntoImagens, semente: int, residual: bool = False
) -> TreinoStyleGAN2:
    """Perda não saturante, R1 (γ = 2) a cada 4 passos do discriminador, Adam sem inércia."""
    aparelho = next(rede_g.parameters()).device
    _, canais, _, lado = conjunto.niveis.shape
    larguras = LARGURAS_D[: int(math.log2(lado)) - 2]
    rede_d = DiscriminadorStyleGAN2(canais, lado, larguras, residual=residual).to(aparelho)
    treino = TreinoStyleGAN2(
        rede_g, rede_d, conjunto.imagens.to(aparelho), perda_discriminador, perda_gerador, latentes=rede_g.latentes,
        passos=PASSOS, lote=64, lr_g=1e-2, lr_d=1e-3, betas=(0.0, 0.99), agenda=constante_e_queda,
        regularizador=penalidade_r1(2.0), regularizar_a_cada=4, media=0.998,
        precisao=precisao_da_receita(rede_g) or COMO_NA_CPU, semente=semente,
    )  # fmt: skip
    treino.modelo["caminho"] = PenalidadeDoCaminho().to(aparelho)
    return treino


def medir_stylegan(rede_g: nn.Module, conjunto: ConjuntoImagens) -> dict[str, str]:
    """As medidas da DCGAN, com o ruído sempre do mesmo sorteio."""
    semear(2)
    return medir_dcgan(rede_g, conjunto)


RECEITA = Receita("StyleGAN2", criar_stylegan, treinar_stylegan, medir_stylegan, retratar_sem_rotulos)

"""A DCGAN de imagens: não saturante, com penalidade R1, e a média móvel dos pesos do gerador."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from aulas_lib.ambiente import gerador, virgula
from aulas_lib.avaliacao import N_FRECHET, comparar, extrair
from aulas_lib.avaliacao.distancias import PISO
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.modelos.dcgan import DiscriminadorDC, GeradorDC
from aulas_lib.modelos.gan import imagens_de, perda_discriminador, perda_gerador
from aulas_lib.modelos.regularizadores import penalidade_r1
from aulas_lib.precisao import Precisao
from aulas_lib.receitas.base import Receita, precisao_da_receita, so_carinhas
from aulas_lib.receitas.sonda import carregar_sonda
from aulas_lib.treino import TreinoAdversario

PASSOS = 14_000
COMO_NA_CPU = Precisao(torch.float32, True, "float32 com canais por último, sempre, para que o peso se refaça igual")


def criar_dcgan(conjunto: ConjuntoImagens) -> GeradorDC:
    """Gerador para as imagens do conjunto, com 64 latentes."""
    return GeradorDC(conjunto.niveis.shape[1], conjunto.niveis.shape[-1])


def constante_e_queda(fracao: float) -> float:
    """Taxa constante por 60 % do treino e, daí em diante, uma reta até 5 %."""
    return min(1.0, max(0.05, (1 - fracao) / 0.4))


def treinar_dcgan(
    rede_g: nn.Module, conjunto: ConjuntoImagens, semente: int, passos: int = PASSOS, media: float = 0.998
) -> TreinoAdversario:
    """Perda não saturante, R1 (γ = 0,05) a cada 8 passos do discriminador, Adam sem inércia."""
    aparelho = next(rede_g.parameters()).device
    rede_d = DiscriminadorDC(conjunto.niveis.shape[1], conjunto.niveis.shape[-1]).to(aparelho)
    x = conjunto.imagens.to(aparelho)
    return TreinoAdversario(rede_g, rede_d, x, passos=passos, semente=semente, **ajustes(rede_g) | {"media": media})


def ajustes(rede_g: GeradorDC) -> dict[str, Any]:
    """As perdas, as taxas e a R1 que a DCGAN e a condicional dividem: argumentos de `TreinoAdversario`."""
    return {
        "perda_d": perda_discriminador, "perda_g": perda_gerador, "latentes": rede_g.latentes, "lote": 64,
        "lr_g": 1e-3, "lr_d": 1e-3, "betas": (0.0, 0.99), "agenda": constante_e_queda,
        "regularizador": penalidade_r1(0.05), "regularizar_a_cada": 8, "media": 0.998,
        "precisao": precisao_da_receita(rede_g) or COMO_NA_CPU,
    }  # fmt: skip


@so_carinhas
def medir_dcgan(rede_g: nn.Module, conjunto: ConjuntoImagens) -> dict[str, str]:
    """Distância de Fréchet, precisão e revocação contra imagens novas, com o piso ao lado (só carinhas)."""
    z = torch.randn(N_FRECHET, rede_g.latentes, generator=gerador(2))
    return {"metrica": texto_das_medidas(imagens_de(rede_g, z), conjunto)}


def retratar_sem_rotulos(rede_g: nn.Module) -> Tensor:
    """Dez imagens, sempre dos mesmos z, para o diário do treino."""
    aparelho = next(rede_g.parameters()).device
    return rede_g(torch.randn(10, rede_g.latentes, generator=gerador(7)).to(aparelho))


def texto_das_medidas(geradas: Tensor, conjunto: ConjuntoImagens) -> str:
    """As medidas de `N_FRECHET` carinhas geradas, em uma linha."""
    sonda = carregar_sonda()
    reais, outras = extrair(sonda, conjunto.imagens[:N_FRECHET]), extrair(sonda, carinhas(N_FRECHET, semente=6).imagens)
    linhas = comparar(reais, {"gan": extrair(sonda, geradas)}, outras).linhas
    m, piso = linhas["gan"], linhas[PISO]
    precisao, revocacao = (f"{virgula(100 * v, 1)} %" for v in (m.precisao, m.revocacao))
    texto = f"Fréchet {virgula(m.frechet, 1)} (piso {virgula(piso.frechet, 1)})"
    return f"{texto}, precisão {precisao}, revocação {revocacao}, n = {N_FRECHET}"


LONGA = Receita(
    "DCGAN, o dobro das voltas", criar_dcgan, partial(treinar_dcgan, passos=2 * PASSOS), medir_dcgan,
    retratar_sem_rotulos,
)  # fmt: skip
RECEITA = Receita("DCGAN", criar_dcgan, treinar_dcgan, medir_dcgan, retratar_sem_rotulos)

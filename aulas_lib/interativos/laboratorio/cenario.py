"""O que se escolhe antes de um treino do laboratório: a lei dos dados, o jogo e as taxas; e o treino pronto."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from aulas_lib.ambiente import gerador, semear
from aulas_lib.dados.distribuicoes import MisturaGaussiana, anel_de_oito, espiral, grade_5x5, luas
from aulas_lib.modelos.perdas_gan import JOGOS
from aulas_lib.modelos.regularizadores import penalidade_r1
from aulas_lib.redes import MLP
from aulas_lib.treino.adversario import TreinoAdversario

EXTENSAO = 3.0  # todas as leis cabem em [−3, 3]²
OCULTAS = (48, 48)
LOTE, EXEMPLOS, SEMENTE_DOS_DADOS = 128, 4096, 0
BETAS = (0.9, 0.999)  # o Adam comum: com este impulso a disputa gira e perde modas, e dá para ver a cura
SEM_FIM = 10**9  # o laço pede um total de passos; aqui quem para é o leitor


def _ampliada(lei: MisturaGaussiana, vezes: float) -> MisturaGaussiana:
    return MisturaGaussiana(lei.pesos, vezes * lei.medias, vezes**2 * lei.covariancias)


LEIS: dict[str, Callable[[], MisturaGaussiana]] = {
    "anel de oito": lambda: anel_de_oito(raio=2.1, desvio=0.15),
    "grade 5×5": lambda: grade_5x5(espaco=1.1, desvio=0.12),
    "espiral": lambda: espiral(raio=2.5, espessura=0.1),
    "luas": lambda: _ampliada(luas(), 1.6),
}
COM_MODAS = ("anel de oito", "grade 5×5")  # nas outras, as componentes se emendam e contá-las nada diz


@dataclass(frozen=True)
class Ajustes:
    """Tudo o que define um treino do laboratório.

    Os valores de partida dão uma GAN que, em 3000 voltas, salta de moda em moda e nunca cobre mais de duas; um ramo com
    `gama_r1=0.1`, aberto na volta 500, cobre as oito em mais umas 1000.

    Args:
        lei: de onde vêm os dados, uma chave de `LEIS`.
        perdas: o jogo, uma chave de `perdas_gan.JOGOS`.
        lr_g, lr_d: taxas de aprendizado do gerador e do discriminador.
        passos_d: passos do discriminador por volta.
        semente: dos pesos iniciais, dos lotes e dos z. Os 4096 exemplos são sempre os mesmos.
        gama_r1: peso γ da penalidade R1; 0 não penaliza.
        latentes: dimensão de z.

    Raises:
        ValueError: se a lei ou as perdas não existem, ou um número não serve.
    """

    lei: str = "anel de oito"
    perdas: str = "não saturante"
    lr_g: float = 2e-3
    lr_d: float = 2e-3
    passos_d: int = 1
    semente: int = 0
    gama_r1: float = 0.0
    latentes: int = 2

    def __post_init__(self) -> None:
        for nome, chegou, existem in (("lei", self.lei, LEIS), ("perdas", self.perdas, JOGOS)):
            if chegou not in existem:
                raise ValueError(f"Ajustes recebeu {nome}={chegou!r}; esperava uma destas: {', '.join(existem)}.")
        if not (self.lr_g > 0 and self.lr_d > 0 and self.gama_r1 >= 0):
            raise ValueError(
                f"Ajustes recebeu lr_g={self.lr_g}, lr_d={self.lr_d} e gama_r1={self.gama_r1}; esperava taxas "
                "positivas e γ a partir de 0."
            )
        if not all(isinstance(n, int) and n > 0 for n in (self.passos_d, self.latentes)) or self.semente < 0:
            raise ValueError(
                f"Ajustes recebeu passos_d={self.passos_d}, latentes={self.latentes} e semente={self.semente}; "
                "esperava inteiros positivos (a semente pode ser 0)."
            )


def montar(ajustes: Ajustes) -> TreinoAdversario:
    """As duas redes, com pesos sorteados pela semente, e o treino delas, ainda na volta 0.

    O gerador padrão do torch fica como estava.

    Args:
        ajustes: o que treinar.
    """
    with torch.random.fork_rng(devices=[]):
        semear(ajustes.semente)
        rede_g = MLP(ajustes.latentes, OCULTAS, 2, nn.ReLU)
        rede_d = MLP(2, OCULTAS, 1, nn.ReLU)
    jogo = JOGOS[ajustes.perdas]
    return TreinoAdversario(
        rede_g,
        rede_d,
        LEIS[ajustes.lei]().amostrar(EXEMPLOS, gerador(SEMENTE_DOS_DADOS)),
        jogo.perda_d,
        jogo.perda_g,
        latentes=ajustes.latentes,
        passos=SEM_FIM,
        lote=LOTE,
        lr_g=ajustes.lr_g,
        lr_d=ajustes.lr_d,
        betas=BETAS,
        passos_d=ajustes.passos_d,
        regularizador=penalidade_r1(ajustes.gama_r1) if ajustes.gama_r1 else None,
        semente=ajustes.semente,
    )

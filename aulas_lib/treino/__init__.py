"""Laços de treino. Nenhum conhece modelo ou perda: os dois chegam como argumentos."""

from aulas_lib.treino.acompanhamento import Gravador, acompanhar
from aulas_lib.treino.adversario import TreinoAdversario
from aulas_lib.treino.laco import Registro, Treino, TreinoDivergiu, constante, cosseno

__all__ = [
    "Gravador",
    "Registro",
    "Treino",
    "TreinoAdversario",
    "TreinoDivergiu",
    "acompanhar",
    "constante",
    "cosseno",
]

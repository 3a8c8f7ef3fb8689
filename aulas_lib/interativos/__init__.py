"""Interativos do curso: funções puras que desenham um estado, e cascas finas que ligam os controles."""

from aulas_lib.interativos.aritmetica import aritmetica_carinhas
from aulas_lib.interativos.controles import Controles, Deslizante, Lista
from aulas_lib.interativos.filme import Eixo, Filme, filme
from aulas_lib.interativos.interpolacao import filme_interpolacao
from aulas_lib.interativos.kl import filme_kl
from aulas_lib.interativos.latente import explorador_latente
from aulas_lib.interativos.viagem import Instante, viagem_no_tempo

__all__ = [
    "Controles",
    "Deslizante",
    "Eixo",
    "Filme",
    "Instante",
    "Lista",
    "aritmetica_carinhas",
    "explorador_latente",
    "filme",
    "filme_interpolacao",
    "filme_kl",
    "viagem_no_tempo",
]

"""O classificador com ruído que acompanha o curso: lê quase tudo sem ruído, e menos com muito."""

import re

from aulas_lib.ambiente import semear
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.receitas import carregar
from aulas_lib.receitas.classificador_ruidoso import (
    criar_classificador,
    medir_classificador,
    treinar_classificador,
)
from aulas_lib.treino import acompanhar


def acertos(metrica: str) -> list[float]:
    return [float(v.replace(",", ".")) for v in re.findall(r"t = \d+: ([\d,]+) %", metrica)]


def test_o_peso_que_acompanha_o_curso_acerta_menos_com_mais_ruido() -> None:
    conjunto = carinhas(200, semente=8, cache=False)
    medidos = acertos(medir_classificador(carregar("classificador_ruidoso"), conjunto)["metrica"])
    assert len(medidos) == 4 and medidos[0] > 99 and medidos == sorted(medidos, reverse=True)
    sem_treino = acertos(medir_classificador(criar_classificador(conjunto), conjunto)["metrica"])
    assert max(sem_treino) < 60 < medidos[-1]


def test_treina_e_a_perda_cai() -> None:
    conjunto = carinhas(64, cache=False)
    semear(0)
    treino = treinar_classificador(criar_classificador(conjunto), conjunto, 0)
    treino.passos = 15
    perdas = [registro.valores["perda"] for registro in acompanhar(treino)]
    assert perdas[-1] < 0.95 * perdas[0]

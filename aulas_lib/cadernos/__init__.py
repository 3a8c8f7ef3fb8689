"""Oficina dos cadernos, para quem mantém o curso (quem estuda não precisa dela).

`python -m aulas_lib cadernos espelhar`: reescreve, a partir da biblioteca, as células marcadas com `fonte:`.
`python -m aulas_lib cadernos endereco`: escreve o endereço do repositório na primeira célula e nos selos.
`python -m aulas_lib cadernos executar`: roda os cadernos do começo ao fim e guarda as saídas.
`python -m aulas_lib cadernos tarefas`: escreve os exercícios como tarefas do nbgrader, em `tarefas/`.
`python -m aulas_lib cadernos corrigir`: corrige as entregas de `tarefas/submitted/`.

As ações aceitam uma lista de cadernos; sem ela, valem para todos os de `notebooks/`.
"""

from .comandos import ACOES, comandar
from .espelhos import conferir_espelhos, espelhar
from .execucao import Execucao, executar
from .preparacao import Endereco, celula_preparacao, endereco_em_vigor, escrever_endereco

__all__ = [
    "ACOES",
    "Endereco",
    "Execucao",
    "celula_preparacao",
    "comandar",
    "conferir_espelhos",
    "endereco_em_vigor",
    "escrever_endereco",
    "espelhar",
    "executar",
]

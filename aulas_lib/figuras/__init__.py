"""Figuras do curso: recebem dados e um eixo, devolvem o eixo; nunca treinam nem chamam `plt.show`."""

from aulas_lib.figuras.amostras import dispersao_gradientes, histograma_contra_normal
from aulas_lib.figuras.base import CORES, MARCAS, PALETA, TRACOS, NumeroComVirgula, estilo, quadro
from aulas_lib.figuras.curvas import barras, curvas, historico
from aulas_lib.figuras.densidades import densidades, mistura_2d
from aulas_lib.figuras.imagens import fileiras, grade, grade_latente, mosaico, variedade
from aulas_lib.figuras.latente import mapa_latente

__all__ = [
    "CORES",
    "MARCAS",
    "PALETA",
    "TRACOS",
    "NumeroComVirgula",
    "barras",
    "curvas",
    "densidades",
    "dispersao_gradientes",
    "estilo",
    "fileiras",
    "grade",
    "grade_latente",
    "histograma_contra_normal",
    "historico",
    "mapa_latente",
    "mistura_2d",
    "mosaico",
    "quadro",
    "variedade",
]

"""Figuras do curso: recebem dados e um eixo, devolvem o eixo; nunca treinam nem chamam `plt.show`."""

from aulas_lib.figuras.amostragem import (
    densidade_estimada,
    histograma_contra_densidade,
    mapa_gerador,
    taxas_por_dimensao,
)
from aulas_lib.figuras.amostras import dispersao_gradientes, histograma_contra_normal
from aulas_lib.figuras.autorregressivo import campos_receptivos
from aulas_lib.figuras.base import CORES, MARCAS, PALETA, TRACOS, NumeroComVirgula, estilo, quadro
from aulas_lib.figuras.cadeias import caminhos, instantes, queda_do_erro
from aulas_lib.figuras.confronto import parcelas, trilema, trocas
from aulas_lib.figuras.curvas import barras, curvas, historico, orbita
from aulas_lib.figuras.densidades import densidades, mistura_2d, nuvens
from aulas_lib.figuras.difusao import campo, densidade_no_tempo, trajetorias
from aulas_lib.figuras.gan import (
    discriminador_contra_otimo,
    modas_por_semente,
    perdas_no_logit,
    vies_frechet,
)
from aulas_lib.figuras.imagens import fileiras, grade, grade_latente, mosaico, variedade
from aulas_lib.figuras.latente import mapa_latente
from aulas_lib.figuras.medidas import ablacao, arvore, corrida
from aulas_lib.figuras.razao import cobertura, confiabilidade, log_razoes, posterioris, setas

__all__ = [
    "CORES",
    "MARCAS",
    "PALETA",
    "TRACOS",
    "NumeroComVirgula",
    "ablacao",
    "arvore",
    "barras",
    "caminhos",
    "campo",
    "campos_receptivos",
    "cobertura",
    "confiabilidade",
    "corrida",
    "curvas",
    "densidade_estimada",
    "densidade_no_tempo",
    "densidades",
    "discriminador_contra_otimo",
    "dispersao_gradientes",
    "estilo",
    "fileiras",
    "grade",
    "grade_latente",
    "histograma_contra_densidade",
    "histograma_contra_normal",
    "historico",
    "instantes",
    "log_razoes",
    "mapa_gerador",
    "mapa_latente",
    "mistura_2d",
    "modas_por_semente",
    "mosaico",
    "nuvens",
    "orbita",
    "parcelas",
    "perdas_no_logit",
    "posterioris",
    "quadro",
    "queda_do_erro",
    "setas",
    "taxas_por_dimensao",
    "trajetorias",
    "trilema",
    "trocas",
    "variedade",
    "vies_frechet",
]

"""Interativos do curso: funções puras que desenham um estado, e cascas finas que ligam os controles."""

from aulas_lib.interativos.alfa_barra import filme_alfa_barra
from aulas_lib.interativos.aritmetica import aritmetica_carinhas
from aulas_lib.interativos.atencao import filme_atencao
from aulas_lib.interativos.boltzmann import Filtros, filme_filtros, filme_gibbs, gravar_gibbs
from aulas_lib.interativos.cadeias import filme_cadeias
from aulas_lib.interativos.controles import Controles, Deslizante, Lista
from aulas_lib.interativos.filme import Eixo, Filme, filme
from aulas_lib.interativos.fluxo import filme_fluxo
from aulas_lib.interativos.ida import filme_ida
from aulas_lib.interativos.interpolacao import filme_interpolacao
from aulas_lib.interativos.kl import filme_kl
from aulas_lib.interativos.laboratorio import Ajustes, LinhaDoTempo, filme_laboratorio, laboratorio_gan
from aulas_lib.interativos.latente import explorador_latente
from aulas_lib.interativos.mapa import mapa_do_curso
from aulas_lib.interativos.mistura import filme_mistura
from aulas_lib.interativos.orientacao import filme_orientacao
from aulas_lib.interativos.otimo import filme_otimo
from aulas_lib.interativos.paisagem import filme_paisagem
from aulas_lib.interativos.pixel_a_pixel import filme_pixel_a_pixel
from aulas_lib.interativos.razao import filme_razao
from aulas_lib.interativos.rejeicao import filme_rejeicao
from aulas_lib.interativos.retratos import filme_retratos
from aulas_lib.interativos.triplas import triplas_de_carinhas
from aulas_lib.interativos.truncagem import filme_truncagem
from aulas_lib.interativos.viagem import Instante, viagem_no_tempo
from aulas_lib.interativos.volta import filme_volta

__all__ = [
    "Ajustes",
    "Controles",
    "Deslizante",
    "Eixo",
    "Filme",
    "Filtros",
    "Instante",
    "LinhaDoTempo",
    "Lista",
    "aritmetica_carinhas",
    "explorador_latente",
    "filme",
    "filme_alfa_barra",
    "filme_atencao",
    "filme_cadeias",
    "filme_filtros",
    "filme_fluxo",
    "filme_gibbs",
    "filme_ida",
    "filme_interpolacao",
    "filme_kl",
    "filme_laboratorio",
    "filme_mistura",
    "filme_orientacao",
    "filme_otimo",
    "filme_paisagem",
    "filme_pixel_a_pixel",
    "filme_razao",
    "filme_rejeicao",
    "filme_retratos",
    "filme_truncagem",
    "filme_volta",
    "gravar_gibbs",
    "laboratorio_gan",
    "mapa_do_curso",
    "triplas_de_carinhas",
    "viagem_no_tempo",
]

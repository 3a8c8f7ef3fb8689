"""O laboratório de GANs em duas dimensões: treinos que voltam no tempo, ramos, filmes e o painel vivo."""

from aulas_lib.interativos.laboratorio.cenario import Ajustes
from aulas_lib.interativos.laboratorio.filme import filme_laboratorio
from aulas_lib.interativos.laboratorio.linha import LinhaDoTempo
from aulas_lib.interativos.laboratorio.painel import laboratorio_gan

__all__ = ["Ajustes", "LinhaDoTempo", "filme_laboratorio", "laboratorio_gan"]

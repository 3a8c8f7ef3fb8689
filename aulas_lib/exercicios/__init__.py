"""Conferências automáticas dos exercícios, um arquivo por lição; o gabarito é a própria biblioteca."""

from aulas_lib.exercicios.base import ExercicioNaoResolvido, rigor
from aulas_lib.exercicios.quadro import mostrar_progresso

__all__ = ["ExercicioNaoResolvido", "mostrar_progresso", "rigor"]

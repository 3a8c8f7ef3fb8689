"""Conferências automáticas dos exercícios, um arquivo por lição; o gabarito é a própria biblioteca."""

from aulas_lib.exercicios.base import ExercicioNaoResolvido, rigor

__all__ = ["ExercicioNaoResolvido", "rigor"]

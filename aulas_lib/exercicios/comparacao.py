"""Compara a função do aluno com o gabarito em vários casos e reconhece as fórmulas erradas mais comuns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from aulas_lib.exercicios.base import Pendente, Recusa, em_branco, mostrar_numero, tipo_em_palavras
from aulas_lib.exercicios.erros import aconselhar, dica_de_none


@dataclass(frozen=True)
class Caso:
    """Uma chamada: o que se diz dela ao aluno e os argumentos, na ordem."""

    descricao: str
    argumentos: tuple[Any, ...]

    def copia(self) -> tuple[Any, ...]:
        """Argumentos novos, para que a função do aluno não altere os do caso."""
        return tuple(a.clone() if isinstance(a, Tensor) else a for a in self.argumentos)


@dataclass(frozen=True)
class Engano:
    """Uma fórmula errada conhecida e a dica para quem a escreveu."""

    formula: Callable[..., Any]
    dica: str


def comparar(
    funcao: Any,
    casos: Sequence[Caso],
    gabarito: Callable[..., Any],
    enganos: Sequence[Engano] = (),
    dica_nao_finito: str = "",
) -> None:
    """Exige que a função concorde com o gabarito em todos os casos.

    Um engano é reconhecido quando a fórmula errada concorda com a função em todos os casos; vale o primeiro
    da lista, que por isso vai do mais específico ao mais geral.

    Args:
        funcao: a função do aluno.
        casos: chamadas a fazer; os argumentos são copiados.
        gabarito: a função certa; devolve um tensor ou uma tupla de tensores.
        enganos: fórmulas erradas conhecidas.
        dica_nao_finito: dica para quando chega nan ou infinito onde o gabarito é finito.

    Raises:
        Pendente: se a função devolve `...`, levanta NotImplementedError ou ainda não tem corpo.
        Recusa: se algum caso difere, ou se falta o `return`.
    """
    obtidos = [chamar(funcao, caso) for caso in casos]
    esperados = [gabarito(*caso.copia()) for caso in casos]
    diferentes = [i for i in range(len(casos)) if not iguais(obtidos[i], esperados[i])]
    if not diferentes:
        return
    for engano in enganos:
        if all(iguais(o, engano.formula(*c.copia())) for o, c in zip(obtidos, casos, strict=True)):
            raise Recusa(engano.dica)
    i = diferentes[0]
    if dica_nao_finito and tem_nao_finito(obtidos[i]) and formas(obtidos[i]) == formas(esperados[i]):
        raise Recusa(dica_nao_finito)
    raise Recusa(dica_generica(casos[i], obtidos[i], esperados[i]))


def chamar(funcao: Any, caso: Caso) -> Any:
    """Chama a função do aluno com cópias dos argumentos do caso.

    Raises:
        Pendente: se a função ainda é o rascunho.
        Recusa: se não é uma função, se ela para com um erro, não devolve nada ou altera os argumentos.
    """
    if isinstance(funcao, type) or not callable(funcao):
        raise Recusa(f"era esperada uma função; chegou {tipo_em_palavras(funcao)}. "
                     "Passe só o nome da função, sem parênteses.")
    copias = caso.copia()
    try:
        saida = funcao(*copias)
    except Exception as erro:
        # o torch também o levanta, com um texto: falta-lhe a operação para o tipo do tensor
        if isinstance(erro, NotImplementedError) and "not implemented for" not in str(erro):
            raise Pendente from None
        raise Recusa(f"sua função parou com um erro ao receber {caso.descricao}.\n"
                     f"{type(erro).__name__}: {erro}\n{aconselhar(erro)}".rstrip()) from None
    dica = dica_de_none(funcao) if saida is None else None
    if dica is not None:
        raise Recusa(dica)
    if em_branco(saida):
        raise Pendente
    for copia, original in zip(copias, caso.argumentos, strict=True):
        if isinstance(original, Tensor) and not torch.equal(copia, original):
            raise Recusa("sua função alterou um dos tensores que recebeu. Evite as operações que escrevem no "
                         "lugar (as que terminam em `_`, como `exp_`, e `+=`): quem chamou ainda vai "
                         "usá-los.")
    return saida


def valores(saida: Any) -> tuple[Tensor, ...] | None:
    """A saída como tupla de tensores float64 na CPU, ou None se não é feita de números."""
    partes = saida if isinstance(saida, tuple | list) else (saida,)
    tensores = []
    for parte in partes:
        if isinstance(parte, bool | int | float):
            parte = torch.tensor(float(parte))
        if not isinstance(parte, Tensor) or parte.is_complex():
            return None
        tensores.append(parte.detach().cpu().double())
    return tuple(tensores)


def formas(saida: Any) -> list[tuple[int, ...]] | None:
    """Formas das partes da saída, ou None se não é feita de números."""
    partes = valores(saida)
    return None if partes is None else [tuple(parte.shape) for parte in partes]


def iguais(a: Any, b: Any) -> bool:
    """Diz se duas saídas têm as mesmas formas e os mesmos valores, a menos do arredondamento do float32."""
    if formas(a) is None or formas(a) != formas(b):
        return False
    pares = zip(valores(a), valores(b), strict=True)
    return all(torch.allclose(x, y, rtol=1e-4, atol=1e-5, equal_nan=True) for x, y in pares)


def tem_nao_finito(saida: Any) -> bool:
    """Diz se há nan ou infinito na saída."""
    partes = valores(saida)
    return partes is not None and any(not parte.isfinite().all() for parte in partes)


def dica_generica(caso: Caso, obtido: Any, esperado: Any) -> str:
    """O que entrou, o que chegou e o que era esperado; primeiro a forma, depois os valores."""
    if formas(obtido) is None:
        tipo = tipo_em_palavras(obtido)
        return f"com {caso.descricao}, sua função devolveu {tipo}; era esperado um tensor."
    if formas(obtido) != formas(esperado):
        return (f"a forma do resultado está errada. Com {caso.descricao}, chegou {em_formas(obtido)}; "
                f"era esperado {em_formas(esperado)}. Confira os eixos, e o `dim` se há somas.")
    linhas = [f"o valor está errado. O caso foi {caso.descricao}."]
    linhas += [f"argumento {i}: {mostrar(a)}" for i, a in enumerate(caso.argumentos, start=1) if valores(a) is not None]
    return "\n".join([*linhas, f"chegou: {mostrar(obtido)}", f"era esperado: {mostrar(esperado)}"])


def em_formas(saida: Any) -> str:
    """As formas de uma saída, em palavras."""
    todas = formas(saida)
    if len(todas) > 3:
        return f"uma lista de {len(todas)} tensores (`torch.stack` os junta em um só)"
    return " e ".join(f"um tensor de forma {forma}" for forma in todas) or "uma lista vazia"


def mostrar(saida: Any) -> str:
    """Os primeiros valores de uma saída, com vírgula decimal."""
    partes = []
    for parte in valores(saida) or ():
        planos = parte.flatten()
        textos = "; ".join(mostrar_numero(v) for v in planos[:6].tolist())
        partes.append(f"[{textos}{'; …' if planos.numel() > 6 else ''}]")
    return " e ".join(partes)

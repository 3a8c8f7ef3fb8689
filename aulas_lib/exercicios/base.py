"""Moldura dos exercícios: recebe uma resposta, dá um veredito em uma frase e nunca mostra um traceback.

Uma conferência é uma função `conferir_x(resposta)`. Ela chama `conferir` com um exame, isto é, uma função que
não devolve nada se a resposta está certa e que, se não está, levanta `Recusa` (com a dica) ou `Pendente`.
"""

import math
import numbers
import os
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from aulas_lib.ambiente import virgula
from aulas_lib.exercicios.registro import anotar

LARGURA = 100
VARIAVEL_DO_RIGOR = "AULAS_RIGOR"


class ExercicioNaoResolvido(Exception):
    """No modo rigoroso, a resposta falta ou está errada; a mensagem é o veredito que o aluno leria."""


class Pendente(Exception):
    """A resposta ainda é o rascunho da célula."""


class Recusa(Exception):
    """A resposta está errada; a mensagem é a dica."""


@contextmanager
def rigor(ativo: bool = True) -> Iterator[None]:
    """Dentro do bloco `with`, uma resposta que falta ou está errada levanta `ExercicioNaoResolvido`.

    O mesmo efeito, para um processo inteiro, tem a variável de ambiente AULAS_RIGOR=1. Com o rigor definido, ligado
    ou desligado, quem confere não é o aluno estudando: nada vai para o progresso dele.

    Args:
        ativo: False desliga o rigor dentro do bloco.
    """
    antes = os.environ.get(VARIAVEL_DO_RIGOR)
    os.environ[VARIAVEL_DO_RIGOR] = "1" if ativo else "0"
    try:
        yield
    finally:
        if antes is None:
            os.environ.pop(VARIAVEL_DO_RIGOR, None)
        else:
            os.environ[VARIAVEL_DO_RIGOR] = antes


def rigoroso() -> bool:
    """Diz se o modo rigoroso está ligado."""
    return os.environ.get(VARIAVEL_DO_RIGOR, "0").strip().lower() not in ("", "0", "nao", "não", "false")


def conferir(resposta: Any, examinar: Callable[[Any], None], tarefa: str, licao: str, *, nome: str) -> None:
    """Examina a resposta, imprime o veredito ("certo!", "ainda não" ou "ainda não resolvido") e o anota no progresso.

    O exame corre com o sorteio global da CPU semeado; ao fim, o sorteio volta ao estado de antes. Uma resposta em
    branco não se anota.

    Args:
        resposta: o que o aluno escreveu (função, número, letra ou uma tupla delas).
        examinar: levanta `Recusa` ou `Pendente`; não devolve nada se a resposta está certa.
        tarefa: o que falta fazer, para quem ainda não começou.
        licao: por que a resposta importa, para quem acertou.
        nome: o exercício, como em `licoes.LICOES`: o da função de conferência, sem `conferir_`.

    Raises:
        ExercicioNaoResolvido: no modo rigoroso, se a resposta falta ou está errada.
    """
    certo: bool | None = False
    try:
        if em_branco(resposta):
            raise Pendente
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            torch.default_generator.manual_seed(0)  # só a CPU: o sorteio da GPU do aluno fica como está
            examinar(resposta)
    except Pendente:
        certo, veredito = None, f"ainda não resolvido: {tarefa}"
    except Recusa as recusa:
        veredito = f"ainda não: {recusa}"
    else:
        certo, veredito = True, f"certo! {licao}"
    if rigoroso() and not certo:
        raise ExercicioNaoResolvido(veredito)
    print(em_linhas(veredito))
    if certo is not None and VARIAVEL_DO_RIGOR not in os.environ:
        _anotar(nome, certo)


def _anotar(nome: str, certo: bool) -> None:
    """Anota o veredito; se a pasta não aceita escrita, avisa em uma linha, e a conferência vale do mesmo jeito."""
    try:
        anotar(nome, certo)
    except OSError as erro:
        motivo = erro.strerror or str(erro)
        print(f"(Não anotei no seu progresso: não consigo gravar em {erro.filename}: {motivo}.)")


def em_branco(resposta: Any) -> bool:
    """Diz se a resposta (ou alguma parte dela) ainda é `...` ou None."""
    if type(resposta) is tuple:
        return any(parte is None or parte is Ellipsis for parte in resposta)
    return resposta is None or resposta is Ellipsis


def em_linhas(texto: str) -> str:
    """Quebra cada parágrafo em linhas de até `LARGURA` caracteres."""
    return "\n".join(textwrap.fill(paragrafo, LARGURA, break_on_hyphens=False) for paragrafo in texto.splitlines())


def mostrar_numero(valor: float) -> str:
    """Um número com vírgula decimal e quatro casas, ou em palavras quando não é finito."""
    if math.isnan(valor):
        return "nan (não é um número)"
    if math.isinf(valor):
        return "infinito" if valor > 0 else "menos infinito"
    return virgula(valor, 4)


def tipo_em_palavras(resposta: Any) -> str:
    """Nome em português do que chegou, para as mensagens."""
    if isinstance(resposta, torch.Tensor):
        return f"um tensor de forma {tuple(resposta.shape)}"
    nomes = {str: "um texto", bool: "um valor booleano", int: "um número", float: "um número",
             list: "uma lista", tuple: "uma tupla", dict: "um dicionário"}
    nome = nomes.get(type(resposta))
    if nome is None:
        nome = "uma função" if callable(resposta) else "um objeto"
    return f"{nome} (tipo {type(resposta).__name__})"


def ler_numero(resposta: Any) -> float:
    """Lê a resposta como um número real finito.

    Args:
        resposta: número de Python ou do NumPy, ou tensor com um só elemento.

    Returns:
        O número, como float.

    Raises:
        Recusa: se não é um número, com a dica para o engano (vírgula decimal, aspas, função).
    """
    if type(resposta) is tuple and all(isinstance(parte, int) for parte in resposta):
        escrito = ",".join(str(parte) for parte in resposta)
        raise Recusa(f"em Python o separador decimal é o ponto. Com a vírgula, {escrito} virou uma tupla.")
    if isinstance(resposta, str):
        raise Recusa(f"chegou o texto {resposta!r}. Escreva o número sem aspas e com ponto decimal.")
    if isinstance(resposta, torch.Tensor) and resposta.numel() == 1 and not resposta.is_complex():
        resposta = resposta.item()
    elif hasattr(resposta, "dtype") and getattr(resposta, "ndim", None) == 0:
        resposta = resposta.item()  # escalar do NumPy
    if isinstance(resposta, bool) or not isinstance(resposta, numbers.Real):
        raise Recusa(f"era esperado um número; chegou {tipo_em_palavras(resposta)}.")
    if not math.isfinite(resposta):
        raise Recusa(f"era esperado um número finito; chegou {mostrar_numero(float(resposta))}.")
    return float(resposta)


def examinar_numero(
    resposta: Any,
    certo: float,
    enganos: Sequence[tuple[float, str]],
    generica: str,
    tolerancia: float = 0.005,
) -> None:
    """Compara um número com o certo e, se difere, com os enganos conhecidos, na ordem dada.

    Args:
        resposta: o que o aluno escreveu.
        certo: o valor certo.
        enganos: pares (valor errado, dica).
        generica: dica para os demais valores.
        tolerancia: diferença relativa aceita.

    Raises:
        Recusa: se o número não é o certo.
    """
    valor = ler_numero(resposta)
    if math.isclose(valor, certo, rel_tol=tolerancia):
        return
    for errado, dica in enganos:
        if math.isclose(valor, errado, rel_tol=tolerancia):
            raise Recusa(dica)
    raise Recusa(generica)


def examinar_alternativa(resposta: Any, certa: str, dicas: Mapping[str, str]) -> None:
    """Confere a letra de um diagnóstico.

    Args:
        resposta: a letra escolhida, maiúscula ou minúscula.
        certa: a letra certa.
        dicas: para cada letra errada, por que ela não explica o sintoma.

    Raises:
        Recusa: se a letra não é a certa.
    """
    letras = ", ".join(sorted([certa, *dicas]))
    if not isinstance(resposta, str):
        raise Recusa(f"o diagnóstico é uma letra entre aspas ({letras}); chegou "
                     f"{tipo_em_palavras(resposta)}.")
    letra = resposta.strip().lower().strip("()")
    if letra == certa:
        return
    if letra in dicas:
        raise Recusa(f"o diagnóstico não é ({letra}). {dicas[letra]}")
    raise Recusa(f"o diagnóstico {resposta!r} não está entre as alternativas ({letras}).")

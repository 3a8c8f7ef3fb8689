"""Traduz em dicas o que deu errado ao chamar a função do aluno: um erro do Python ou a falta do `return`.

Tudo sai do código compilado da função, e não do texto da célula, que nem todo ambiente guarda.
"""

import dis
import inspect
import math
import re
from types import CodeType, TracebackType
from typing import Any

import torch

CONSELHOS = {
    NameError: "Algum nome não foi definido: confira a grafia.",
    TypeError: "Confira quantos argumentos a função recebe e o tipo de cada um.",
    AttributeError: "Confira o nome depois do ponto.",
    IndexError: "Confira os índices e o eixo `dim`.",
    RuntimeError: "Confira as formas e o eixo `dim` de cada operação.",
    ZeroDivisionError: "Houve uma divisão por zero.",
}
INSTRUCOES_DE_RASCUNHO = {"RESUME", "NOP", "CACHE", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}
TENSOR_COMO_NUMERO = re.compile(r"converted to (Python scalars|Scalar)|converted to an index")
NUMERO_COMO_TENSOR = re.compile(r"^(\w+)\(\): argument 'input' \(position 1\) must be Tensor, not (int|float)\b")
NUMERO_SEM_METODO = re.compile(r"^'(?:int|float)' object has no attribute '(\w+)'")


def dica_de_none(funcao: Any) -> str | None:
    """Explica por que a função devolveu None.

    Args:
        funcao: a função do aluno.

    Returns:
        A dica; None se o corpo ainda é o rascunho ou se o código dela não está à vista.
    """
    codigo = getattr(inspect.unwrap(funcao), "__code__", None)
    if not isinstance(codigo, CodeType):
        return None
    instrucoes = list(dis.get_instructions(codigo))
    if all(i.opname in INSTRUCOES_DE_RASCUNHO for i in instrucoes):
        return None
    pares = zip([None, *instrucoes], instrucoes, strict=False)
    if any(devolve_valor(anterior, instrucao) for anterior, instrucao in pares):
        return "sua função devolveu None: confira se todo caminho termina em um `return` com o resultado."
    return "sua função não devolve nada: falta o `return`."


def devolve_valor(anterior: dis.Instruction | None, instrucao: dis.Instruction) -> bool:
    """Diz se a instrução é um `return` de algo que não seja a constante None."""
    if instrucao.opname == "RETURN_CONST":
        return instrucao.argval is not None
    none = anterior is not None and anterior.opname == "LOAD_CONST" and anterior.argval is None
    return instrucao.opname == "RETURN_VALUE" and not none


def aconselhar(erro: Exception) -> str:
    """Conselho em uma ou duas frases para o erro que parou a função do aluno; vazio se não há o que dizer."""
    texto = str(erro)
    if isinstance(erro, NameError) and getattr(erro, "name", None) == "math":
        return "Falta `import math` no começo da célula."
    if "Boolean value of Tensor" in texto:
        return (
            "`min`, `max` e `if` pedem um só valor. Com tensores, use `clamp`, `torch.minimum` ou `torch.where`. "
            "Se o valor vem de `.min(dim=...)`, falta `.values`: ele devolve também as posições."
        )
    if "could not infer output dtype" in texto:
        return "A média pede números: com verdadeiros e falsos, use `.float().mean()`."
    if "bitwise_xor" in texto:
        return "Em Python a potência é `**`; o `^` é outra operação."
    if "must match the size of tensor b" in texto:
        return "Confira as formas; se são dois conjuntos de tamanhos diferentes, resuma cada um antes de combiná-los."
    if "bincount" in texto and "not implemented for" in texto:
        return "`bincount` conta posições inteiras: dê a ele as posições, e não distâncias ou verdadeiros e falsos."
    if "not implemented for" in texto:
        return "O torch não faz esta operação com este tipo de tensor: converta-o, com `.float()` ou `.long()`."
    if "does not require grad" in texto:
        return "O tensor que chegou não guarda gradiente: faça `a = a.detach().requires_grad_()` antes."
    if TENSOR_COMO_NUMERO.search(texto):
        return conselho_de_tensor(ultimo_quadro(erro.__traceback__))
    for padrao in (NUMERO_COMO_TENSOR, NUMERO_SEM_METODO):
        achado = padrao.search(texto)
        if achado and callable(getattr(math, achado[1], None)):
            nome = achado[1]
            return f"Use `math.{nome}` para números (com `import math`); `torch.{nome}` só aceita tensores."
    return next((conselho for tipo, conselho in CONSELHOS.items() if isinstance(erro, tipo)), "")


def ultimo_quadro(rastro: TracebackType | None) -> TracebackType | None:
    """O ponto do rastro em que o erro nasceu."""
    while rastro is not None and rastro.tb_next is not None:
        rastro = rastro.tb_next
    return rastro


def conselho_de_tensor(ponto: TracebackType | None) -> str:
    """Conselho para quem pôs um tensor onde cabia um número; `ponto` é onde o erro nasceu."""
    nome = None if ponto is None else funcao_de_math(ponto)
    if nome is None:
        return "Um tensor com vários valores não vira um número: faça a conta com as operações do PyTorch."
    if not hasattr(torch, nome):
        return f"`math.{nome}` só aceita um número: com um tensor, use as operações do PyTorch."
    exemplo = f"`torch.{nome}` para tensores"
    if nome == "exp" and "logvar" in ponto.tb_frame.f_code.co_varnames:
        exemplo = "`logvar.exp()`"
    return f"Use {exemplo}: `math.{nome}` só aceita um número."


def funcao_de_math(ponto: TracebackType) -> str | None:
    """Nome da função de `math` cuja chamada falhou, ou None se não foi uma delas (ou se não dá para saber)."""
    quadro = ponto.tb_frame
    visiveis = {**quadro.f_globals, **quadro.f_locals}
    instrucoes = list(dis.get_instructions(quadro.f_code))
    chamada = next((comeco(i) for i in instrucoes if i.offset == ponto.tb_lasti), None)
    for instrucao, seguinte in zip(instrucoes, instrucoes[1:], strict=False):
        if comeco(instrucao) != chamada or not isinstance(instrucao.argval, str):
            continue  # uma chamada começa, no texto, onde começa o nome de quem é chamado
        if visiveis.get(instrucao.argval) is math:
            return str(seguinte.argval)
        if e_de_math(visiveis.get(instrucao.argval)):
            return str(visiveis[instrucao.argval].__name__)
    return None


def comeco(instrucao: dis.Instruction) -> tuple[int | None, int | None] | None:
    """Linha e coluna em que começa o trecho da instrução; None se o código não as guarda."""
    onde = instrucao.positions
    return None if onde is None or onde.col_offset is None else (onde.lineno, onde.col_offset)


def e_de_math(objeto: Any) -> bool:
    """Diz se o objeto é uma função do módulo `math`, importada com `from math import ...`."""
    nome = getattr(objeto, "__name__", None)
    return callable(objeto) and isinstance(nome, str) and getattr(math, nome, None) is objeto

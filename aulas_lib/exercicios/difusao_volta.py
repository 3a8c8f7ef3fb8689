"""Exercícios da difusão, segunda parte: um passo da DDIM, a orientação e uma agenda curta demais."""

from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador, virgula
from aulas_lib.exercicios.base import Recusa, conferir, examinar_alternativa
from aulas_lib.exercicios.comparacao import Caso, Engano, chamar, comparar, formas

__all__ = ["conferir_caca_agenda", "conferir_ddim", "conferir_orientar"]


def conferir_ddim(resposta: Any) -> None:
    """Confere a função `(x_t, eps, ab_t, ab_s) -> x_s`, o passo da DDIM com η = 0.

    Equação: x_s = √ᾱ_s x̂_0 + √(1 − ᾱ_s) ε, com x̂_0 = (x_t − √(1 − ᾱ_t) ε)/√ᾱ_t
    Fonte: Song, Meng e Ermon (2021), equação 12.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_ddim, nome="ddim",
        tarefa="escreva o corpo de `meu_passo` e rode de novo.",
        licao="O passo não pergunta se s = t − 1: por isso a mesma rede, treinada com T = 1000, gera com 25 chamadas.",
    )


def _x_0(x_t: Tensor, eps: Tensor, ab_t: float) -> Tensor:
    return (x_t - (1 - ab_t) ** 0.5 * eps) / ab_t**0.5


def _ddim(x_t: Tensor, eps: Tensor, ab_t: float, ab_s: float) -> Tensor:
    return ab_s**0.5 * _x_0(x_t, eps, ab_t) + (1 - ab_s) ** 0.5 * eps


ENGANOS_DDIM = (
    Engano(lambda x, e, t, s: _x_0(x, e, t), "isso é o x_0 previsto. Falta levá-lo ao instante s, com o mesmo ruído."),
    Engano(lambda x, e, t, s: s**0.5 * _x_0(x, e, t), "falta o ruído que ainda resta em s: √(1 − ᾱ_s) ε."),
    Engano(lambda x, e, t, s: s**0.5 * x + (1 - s) ** 0.5 * e, "quem é multiplicado por √ᾱ_s é o x_0 previsto, e não "
           "x_t."),
    Engano(lambda x, e, t, s: s**0.5 * (x - (1 - t) ** 0.5 * e) + (1 - s) ** 0.5 * e, "falta dividir por √ᾱ_t ao tirar "
           "x_0 de x_t."),
    Engano(lambda x, e, t, s: s**0.5 * (x - (1 - t) * e) / t**0.5 + (1 - s) * e, "faltam as raízes nos fatores do "
           "ruído: 1 − ᾱ é a variância."),
    Engano(lambda x, e, t, s: s**0.5 * _x_0(x, e, t) + (1 - s) * e, "falta a raiz em 1 − ᾱ_s, no ruído que resta."),
    Engano(lambda x, e, t, s: t**0.5 * _x_0(x, e, t) + (1 - t) ** 0.5 * e, "isso devolve x_t: a chegada é s."),
    Engano(lambda x, e, t, s: _ddim(x, e, s, t), "os dois instantes estão trocados: x_t está em ᾱ_t, e a chegada em "
           "ᾱ_s."),
)


def _examinar_ddim(funcao: Any) -> None:
    g = gerador(60)
    casos = [
        Caso(f"x_t e eps de forma {forma}, ab_t = {t} e ab_s = {s}".replace(".", ","),
             (torch.randn(forma, generator=g), torch.randn(forma, generator=g), t, s))
        for forma, t, s in (((4, 2), 0.2, 0.5), ((3,), 0.01, 0.04), ((2, 1, 3, 3), 0.7, 1.0))
    ]
    comparar(funcao, casos, _ddim, ENGANOS_DDIM)


def conferir_orientar(resposta: Any) -> None:
    """Confere a função `(com, sem, s) -> ruído orientado`.

    Equação: ε̂ = ε(∅) + s (ε(y) − ε(∅))
    Fonte: Ho e Salimans (2022), equação 6, com s = 1 + w.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_orientar, nome="orientar",
        tarefa="escreva o corpo de `meu_orientado` e rode de novo.",
        licao="Com s = 0 sai a rede sem pedido; com s = 1, a condicional; com s > 1, ela passa do ponto, de propósito. "
        "Nos artigos que usam w, s = 1 + w.",
    )


def _orientado(com: Tensor, sem: Tensor, s: float) -> Tensor:
    return sem + s * (com - sem)


ENGANOS_ORIENTAR = (
    Engano(lambda c, n, s: c + s * (c - n), "essa é a convenção com w: nela w = 0 é a rede condicional. Aqui s = 1 é a "
           "condicional, e s = 0, a rede sem pedido."),
    Engano(lambda c, n, s: c + s * (n - c), "os papéis estão trocados: com s = 0 tem de sair `sem`."),
    Engano(lambda c, n, s: n + s * (n - c), "o sinal da diferença está trocado: s maior tem de afastar de `sem`, na "
           "direção de `com`."),
    Engano(lambda c, n, s: s * (c - n), "falta somar o ponto de partida, `sem`."),
    Engano(lambda c, n, s: n + s * c, "o que se multiplica por s é a diferença entre as duas previsões."),
    Engano(lambda c, n, s: s * c, "falta a previsão sem pedido: é da diferença entre as duas que vem a direção."),
)


def _examinar_orientar(funcao: Any) -> None:
    g = gerador(61)
    casos = [
        Caso(f"previsões de forma {forma} e s = {s}".replace(".", ","),
             (torch.randn(forma, generator=g), torch.randn(forma, generator=g), s))
        for forma, s in (((3, 2), 3.0), ((4,), 0.0), ((4,), 1.0), ((2, 1, 2, 2), 1.5))
    ]
    comparar(funcao, casos, _orientado, ENGANOS_ORIENTAR)


def conferir_caca_agenda(diagnostico: Any, funcao: Any) -> None:
    """Confere o conserto de uma agenda que copia os β de T = 1000 para um T menor.

    Equação: ᾱ_T = Π (1 − β_t) tem de ser quase zero, para qualquer T
    Fonte: Ho e outros (2020), seção 4; slide "Difusão: forward", q(x_T | x_0) ≈ N(0, I).

    Args:
        diagnostico: letra da alternativa, ou `...`.
        funcao: função consertada, `T -> betas`, forma (T,).
    """
    conferir(
        (diagnostico, funcao), _examinar_agenda, nome="caca_agenda",
        tarefa="escolha a letra do diagnóstico, conserte a função e rode de novo.",
        licao="Os β valem para um T. Com outro T, o que se guarda é a curva de ᾱ: multiplique os β por 1000/T, ou use "
        "a do cosseno. E imprima ᾱ_T.",
    )


def _examinar_agenda(resposta: tuple[Any, Any]) -> None:
    diagnostico, funcao = resposta
    examinar_alternativa(diagnostico, "c", {
        "a": "Uma rede ruim erraria também nos dados padronizados, e esses saíram bem.",
        "b": "Um último passo com ruído deixaria grão em volta das modas; não muda quantos pontos há em cada uma.",
        "d": "As duas variâncias só diferem no tamanho do ruído de cada passo; nenhuma leva quase tudo a uma moda só.",
    })
    for T in (50, 200, 1000):
        caso = Caso(f"T = {T}", (T,))
        betas = chamar(funcao, caso)
        if formas(betas) != [(T,)]:
            raise Recusa(f"com T = {T}, a função devolveu a forma {formas(betas)}; esperava um β por passo, ({T},).")
        betas = torch.as_tensor(betas).detach().double()
        if not ((betas > 0) & (betas < 1)).all():
            raise Recusa(f"com T = {T}, o maior β é {virgula(betas.max().item())} e o menor, "
                         f"{virgula(betas.min().item(), 4)}; cada β é uma variância entre 0 e 1.")
        resto = (1 - betas).prod().item()
        if resto > 0.01:
            raise Recusa(f"com T = {T}, ᾱ_T ainda é {virgula(resto)}: x_T guarda sinal. Quanto menor T, maiores têm de "
                         "ser os β.")

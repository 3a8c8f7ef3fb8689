"""Exercícios da difusão, primeira parte: a ida de uma vez, e dois erros que quase todo mundo comete."""

from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import conferir, examinar_alternativa
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar

__all__ = ["conferir_caca_desvio_padrao", "conferir_caca_ultimo", "conferir_difundir"]


def conferir_difundir(resposta: Any) -> None:
    """Confere a função `(x_0, alfa_barra, eps) -> x_t`.

    Equação: x_t = √ᾱ_t x_0 + √(1 − ᾱ_t) ε
    Fonte: Ho e outros (2020), equação 4.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_difundir, nome="difundir",
        tarefa="escreva o corpo de `minha_ida` e rode de novo.",
        licao="Com dados de variância 1, x_t tem variância ᾱ + (1 − ᾱ) = 1 em todo t: a ida troca sinal por ruído sem "
        "mudar o tamanho.",
    )


def _ida(x_0: Tensor, ab: float, eps: Tensor) -> Tensor:
    return ab**0.5 * x_0 + (1 - ab) ** 0.5 * eps


ENGANOS_IDA = (
    Engano(lambda x, a, e: a * x + (1 - a) * e, "faltam as raízes. Variâncias é que somam: ᾱ e 1 − ᾱ são elas, e os "
           "fatores são os desvios-padrão."),
    Engano(lambda x, a, e: a**0.5 * x + (1 - a) * e, "falta a raiz em 1 − ᾱ: assim o ruído entra com a variância no "
           "lugar do desvio-padrão."),
    Engano(lambda x, a, e: a * x + (1 - a) ** 0.5 * e, "falta a raiz em ᾱ, o fator de x_0."),
    Engano(lambda x, a, e: _ida(x, 1 - a, e), "os fatores estão trocados: com ᾱ = 1 não há ruído."),
    Engano(lambda x, a, e: a**0.5 * x + (1 - a**0.5) * e, "√(1 − ᾱ) não é 1 − √ᾱ."),
    Engano(lambda x, a, e: a**0.5 * x - (1 - a) ** 0.5 * e, "o ruído se soma. (Com o sinal trocado a lei de x_t é a "
           "mesma, mas o alvo da rede mudaria de sinal.)"),
    Engano(lambda x, a, e: a**0.5 * x + e, "o ruído entra sempre inteiro; falta o fator √(1 − ᾱ)."),
    Engano(lambda x, a, e: x + (1 - a) ** 0.5 * e, "falta encolher os dados: x_0 é multiplicado por √ᾱ."),
)


def _examinar_difundir(funcao: Any) -> None:
    g = gerador(50)
    casos = [
        Caso(f"x_0 e eps de forma {forma} e alfa_barra = {ab}".replace(".", ","),
             (torch.randn(forma, generator=g), ab, torch.randn(forma, generator=g)))
        for forma, ab in (((4, 2), 0.3), ((3,), 0.85), ((2, 1, 3, 3), 0.04), ((5, 1), 1.0), ((5, 1), 0.0))
    ]
    comparar(funcao, casos, _ida, ENGANOS_IDA)


def conferir_caca_desvio_padrao(diagnostico: Any, funcao: Any) -> None:
    """Confere o conserto de um passo da ida em que o ruído entra com a variância.

    Equação: x_t = √(1 − β_t) x_{t−1} + √β_t ε
    Fonte: Ho e outros (2020), equação 2.

    Args:
        diagnostico: letra da alternativa, ou `...`.
        funcao: função consertada, `(x, beta, eps) -> x`.
    """
    conferir(
        (diagnostico, funcao), _examinar_desvio_padrao, nome="caca_desvio_padrao",
        tarefa="escolha a letra do diagnóstico, conserte a função e rode de novo.",
        licao="Em N(μ, σ²), o segundo número é a variância; quem multiplica ε é σ. Com β = 0,02, o engano deixa o "
        "ruído sete vezes menor: 0,02 no lugar de 0,14.",
    )


ENGANOS_DESVIO_PADRAO = (
    Engano(lambda x, b, e: (1 - b) ** 0.5 * x + b * e, "o diagnóstico está certo, mas o defeito continua no código: ε "
           "ainda é multiplicado por β, que é a variância."),
    Engano(lambda x, b, e: (1 - b) ** 0.5 * x + b**2 * e, "√β é a raiz, e não o quadrado."),
    Engano(lambda x, b, e: (1 - b) * x + b**0.5 * e, "a raiz de 1 − β estava certa na célula: ela tem de ficar."),
    Engano(lambda x, b, e: x + b**0.5 * e, "o fator de x sumiu: sem ele a variância cresce sem parar."),
    Engano(lambda x, b, e: (1 - b) ** 0.5 * x + (1 - b) ** 0.5 * e, "a variância do ruído novo é β, e não 1 − β."),
)


def _examinar_desvio_padrao(resposta: tuple[Any, Any]) -> None:
    diagnostico, funcao = resposta
    examinar_alternativa(diagnostico, "b", {
        "a": "Se os dados não encolhessem, a variância passaria de 1; aqui ela caiu para perto de 0.",
        "c": "Um ε de variância errada mudaria o resultado, mas `torch.randn` sorteia de N(0, 1). O defeito está no "
        "que o multiplica.",
        "d": "Com mais passos, a variância não volta a 1: ela tende a um valor pequeno, que só depende de β.",
    })
    g = gerador(51)
    casos = [
        Caso(f"x e eps de forma {forma} e beta = {b}".replace(".", ","),
             (torch.randn(forma, generator=g), b, torch.randn(forma, generator=g)))
        for forma, b in (((4, 2), 0.02), ((3, 1), 0.5), ((2, 3), 0.9))
    ]
    comparar(funcao, casos, lambda x, b, e: (1 - b) ** 0.5 * x + b**0.5 * e, ENGANOS_DESVIO_PADRAO)


def conferir_caca_ultimo(diagnostico: Any, funcao: Any) -> None:
    """Confere o conserto de um passo da volta que soma ruído também quando t = 1.

    Equação: x_{t−1} = μ̃_t + σ_t z, com z = 0 quando t = 1
    Fonte: Ho e outros (2020), algoritmo 2.

    Args:
        diagnostico: letra da alternativa, ou `...`.
        funcao: função consertada, `(media, sigma, z, t) -> x_{t−1}`, em que t é um inteiro de 1 a T.
    """
    conferir(
        (diagnostico, funcao), _examinar_ultimo, nome="caca_ultimo",
        tarefa="escolha a letra do diagnóstico, conserte a função e rode de novo.",
        licao="Os índices do laço e os do texto têm de ser os mesmos. Com t de 1 a T, o último passo é t = 1; muita "
        "gente conta de T − 1 a 0, e lá a condição é t > 0.",
    )


def _sem_ruido_no_fim(media: Tensor, sigma: float, z: Tensor, t: int) -> Tensor:
    return media + sigma * z if t > 1 else media


ENGANOS_ULTIMO = (
    Engano(lambda m, s, z, t: m + s * z, "o diagnóstico está certo, mas o defeito continua: com t = 1 ainda entra "
           "ruído."),
    Engano(lambda m, s, z, t: m, "agora nenhum passo tem ruído, e a volta perde o acaso. Só o último não tem."),
    Engano(lambda m, s, z, t: m + s * z if t > 2 else m, "o passo t = 2 também perdeu o ruído. Só t = 1 não tem."),
    Engano(lambda m, s, z, t: m + s**2 * z if t > 1 else m, "sigma já é o desvio-padrão: ele multiplica z sem o "
           "quadrado."),
)


def _examinar_ultimo(resposta: tuple[Any, Any]) -> None:
    diagnostico, funcao = resposta
    examinar_alternativa(diagnostico, "c", {
        "a": "Com T maior e os mesmos β, σ_1 é o mesmo, e o grão também. Com β menores ele diminuiria sem sumir: em "
        "t = 1 ainda se soma ruído a um ponto que já estava pronto.",
        "b": "Se a média estivesse errada, as modas sairiam do lugar, e elas estão em −1 e 1.",
        "d": "sigma já é o desvio-padrão. Com o quadrado, o ruído mudaria em todos os passos, e o defeito é de um só.",
    })
    g = gerador(52)
    casos = [
        Caso(f"sigma = {s} e t = {t}".replace(".", ","),
             (torch.randn(3, 2, generator=g), s, torch.randn(3, 2, generator=g), t))
        for t, s in ((1, 0.3), (2, 0.4), (3, 0.2), (50, 0.7), (1, 0.01))
    ]
    comparar(funcao, casos, _sem_ruido_no_fim, ENGANOS_ULTIMO)

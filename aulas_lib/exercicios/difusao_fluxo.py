"""Exercícios da difusão, terceira parte: o dado e o ruído que uma velocidade supõe; um passo de Heun para trás."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import conferir
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar

__all__ = ["conferir_extremos", "conferir_heun"]

Funcao = Callable[[Tensor, float], Tensor]


def conferir_extremos(resposta: Any) -> None:
    """Confere a função `(x, v, tau) -> (x_0, eps)`, o dado e o ruído que uma velocidade supõe.

    Equação: x̂_0 = x − τ v e ε̂ = x + (1 − τ) v
    Fonte: Liu e outros (2023), equação 1, com τ = 0 nos dados, resolvida em x_0 e ε.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_extremos, nome="extremos",
        tarefa="escreva o corpo de `meus_extremos` e rode de novo.",
        licao="A partir de x, anda-se τ para trás até o dado e 1 − τ para a frente até o ruído. Nenhuma das contas "
        "divide por um número pequeno: o erro de v chega ao dado multiplicado por τ, no máximo 1.",
    )


def _extremos(x: Tensor, v: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    t = t[:, None]
    return x - t * v, x + (1 - t) * v


ENGANOS_EXTREMOS = (
    Engano(lambda x, v, t: (x - t * v, x + (1 - t) * v), "`tau` tem a forma (B,), e o torch o alinhou com as colunas: "
           "cada coordenada ganhou um instante. Cada linha é um exemplo, e tem o seu: use `tau[:, None]`."),
    Engano(lambda x, v, t: _extremos(x, v, t)[::-1], "as duas saídas estão certas, na ordem trocada: primeiro o dado, "
           "depois o ruído."),
    Engano(lambda x, v, t: _extremos(x, -v, t), "os sinais estão trocados: v = ε − x_0 aponta do dado para o ruído. "
           "Até o dado, anda-se contra ela."),
    Engano(lambda x, v, t: _extremos(x, v, 1 - t), "τ e 1 − τ estão trocados. Em τ = 0 o ponto já é o dado: x̂_0 = x."),
    Engano(lambda x, v, t: (x - v, x + v), "falta quanto andar. De τ até o dado são τ, e até o ruído, 1 − τ: andar 1 "
           "inteiro passa do extremo."),
    Engano(lambda x, v, t: (_extremos(x, v, t)[0], x + t[:, None] * v), "x̂_0 está certo. Até o ruído falta 1 − τ, e "
           "não τ."),
    Engano(lambda x, v, t: (_extremos(x, v, t)[0], v + x), "x̂_0 está certo. Em ε̂ = v + x_0 entra o dado, x̂_0, e não "
           "o ponto x, que está no meio da reta."),
    Engano(lambda x, v, t: (_extremos(x, v, t)[0], v), "x̂_0 está certo, mas v não é o ruído: é ε − x_0. Some o dado."),
    Engano(lambda x, v, t: (_extremos(x, v, t)[0], (1 - t[:, None]) * v), "x̂_0 está certo. Em ε̂, falta somar o ponto "
           "de partida, x."),
    Engano(lambda x, v, t: _extremos(x, v, t)[0], "falta a segunda saída, o ruído: `return x_0, eps`."),
)


def _examinar_extremos(funcao: Any) -> None:
    g = gerador(70)
    casos = [
        Caso(f"x e v de forma ({n}, {n}) e tau de forma ({n},)",
             (torch.randn(n, n, generator=g), torch.randn(n, n, generator=g), torch.rand(n, generator=g)))
        for n in (3, 4, 2)
    ]
    casos.append(Caso("tau = 0 e tau = 1", (*(torch.randn(2, 2, generator=g) for _ in range(2)),
                                            torch.tensor([0.0, 1.0]))))
    comparar(funcao, casos, _extremos, ENGANOS_EXTREMOS, "há uma divisão por τ ou por 1 − τ, que valem zero em um dos "
             "extremos. O dado e o ruído saem de x e v sem dividir.")


def conferir_heun(resposta: Any) -> None:
    """Confere a função `(x, tau, h, escore, beta) -> x`, um passo de Heun da EDO da difusão, de τ a τ − h.

    Equação: x_{τ−h} = x − h/2 [f(x, τ) + f(x̃, τ − h)], x̃ = x − h f(x, τ), f(x, τ) = −½ β(τ) [x + escore(x, τ)]
    Fonte: Song e outros (2021), equação 13; Karras e outros (2022), algoritmo 1.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_heun, nome="heun",
        tarefa="escreva o corpo de `meu_heun` e rode de novo.",
        licao="Duas chamadas do escore por passo, e o erro cai com h² em vez de h. Com o mesmo número de chamadas, o "
        "Heun costuma ganhar do Euler, salvo quando elas são poucas: na tabela da seção 9, com dados padronizados, até "
        "umas quarenta.",
    )


def _campo(escore: Funcao, beta: Callable[[float], float], a: float = 1.0, s: float = 1.0) -> Funcao:
    """f = −½ β (a x + s · escore); com a = s = 1, o da EDO."""
    return lambda x, t: -beta(t) / 2 * (a * x + s * escore(x, t))


def _heun(x: Tensor, tau: float, h: float, f: Funcao, g: Funcao | None = None) -> Tensor:
    """O passo com a velocidade f na partida e g (a mesma, se não vem) na chegada."""
    partida = f(x, tau)
    return x - h / 2 * (partida + (g or f)(x - h * partida, tau - h))


def _certo(x: Tensor, tau: float, h: float, escore: Funcao, beta: Callable[[float], float]) -> Tensor:
    return _heun(x, tau, h, _campo(escore, beta))


ENGANOS_HEUN = (
    Engano(lambda x, t, h, s, b: x - h * _campo(s, b)(x - h / 2 * _campo(s, b)(x, t), t - h / 2), "isso é o método do "
           "ponto médio. O de Heun mede a segunda velocidade no fim do passo e tira a média das duas."),
    Engano(lambda x, t, h, s, b: x - h * _campo(s, b)(x - h * _campo(s, b)(x, t), t - h), "só a segunda velocidade "
           "entrou. O passo é com a média das duas."),
    Engano(lambda x, t, h, s, b: x - h * _campo(s, b)(x, t), "isso é um passo de Euler. Falta a segunda velocidade, "
           "medida no ponto a que ele chega."),
    Engano(lambda x, t, h, s, b: x + h * _campo(s, b)(x, t), "isso é um passo de Euler, e para a frente: de τ para "
           "τ − h, o x anda −h vezes a velocidade."),
    Engano(lambda x, t, h, s, b: _heun(x, t, -h, _campo(s, b)), "esse passo vai para τ + h. Gerar é andar para trás: "
           "−h no lugar de h."),
    Engano(lambda x, t, h, s, b: x + h / 2 * (_campo(s, b)(x, t) + _campo(s, b)(x - h * _campo(s, b)(x, t), t - h)),
           "o ponto a que o Euler chega está certo, mas no fim o sinal do passo ficou trocado."),
    Engano(lambda x, t, h, s, b: _heun(x, t, h, _campo(s, b, 1, 2)), "essa é a velocidade média da volta da EDE, "
           "−½βx − β·escore. Na EDO, sem o ruído, o escore entra com metade do peso."),
    Engano(lambda x, t, h, s, b: _heun(x, t, h, _campo(s, b, 2, 2)), "falta o ½ na velocidade."),
    Engano(lambda x, t, h, s, b: _heun(x, t, h, _campo(s, b, 1, -1)), "x e o escore se somam dentro dos colchetes."),
    Engano(lambda x, t, h, s, b: _heun(x, t, h, _campo(s, b, 1, 0)), "falta o escore. Sem ele, a EDO só muda o tamanho "
           "de x."),
    Engano(lambda x, t, h, s, b: _heun(x, t, h, lambda u, v: -_campo(s, b)(u, v)), "a velocidade está com o sinal "
           "trocado: f = −½ β (x + escore)."),
    Engano(lambda x, t, h, s, b: x - h * (_campo(s, b)(x, t) + _campo(s, b)(x - h * _campo(s, b)(x, t), t - h)),
           "deveria ser a média das duas velocidades, e saiu a soma."),
    Engano(lambda x, t, h, s, b: _heun(x, t, h, _campo(s, b), lambda u, v: _campo(s, b)(u, t)), "a segunda velocidade "
           "ainda está no instante τ. Ela é medida em τ − h."),
    Engano(lambda x, t, h, s, b: _heun(x, t, h, _campo(s, b), lambda u, v: _campo(s, lambda _: b(t))(u, v)),
           "na segunda velocidade, o escore foi para τ − h, mas β ficou em τ."),
    Engano(lambda x, t, h, s, b: _heun(x, t, h, _campo(s, b), lambda u, v: _campo(s, b)(x, v)), "a segunda velocidade "
           "tem de ser medida no ponto a que o Euler chega, e não em x."),
    Engano(lambda x, t, h, s, b: _heun(x, t, h, _campo(s, b), lambda u, v: _campo(s, b)(2 * x - u, v)),
           "o ponto da segunda velocidade foi para a frente: x̃ = x − h f, com o mesmo sinal do passo."),
)


def _escore(x: Tensor, tau: float) -> Tensor:
    return (1.5 * x).sin() - x / (0.3 + tau)


def _beta(tau: float) -> float:
    return 0.1 + 19.9 * tau


def _examinar_heun(funcao: Any) -> None:
    g = gerador(71)
    casos = [
        Caso(f"x de forma {forma}, tau = {t} e h = {h}".replace(".", ","),
             (torch.randn(forma, generator=g), t, h, _escore, _beta))
        for forma, t, h in (((4, 2), 0.8, 0.1), ((3,), 0.2, 0.05), ((2, 1, 3, 3), 0.5, 0.2))
    ]
    comparar(funcao, casos, _certo, ENGANOS_HEUN)

"""Exercícios da razão de densidades: tamanhos diferentes e uma caça ao erro (sigmoide duas vezes)."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy, binary_cross_entropy_with_logits, softplus

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import conferir, examinar_alternativa
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar

__all__ = ["conferir_caca_sigmoide", "conferir_razao_de_d"]


def conferir_razao_de_d(resposta: Any) -> None:
    """Confere a função `(d, n_p, n_q) -> p/q`, a razão que está por trás das probabilidades de um classificador.

    Equação: p/q = (n_q/n_p) D/(1 − D)   (slide "Tipos de métodos")

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_razao, nome="razao_de_d",
        tarefa="escreva o corpo de `minha_razao` e rode de novo.",
        licao="O classificador responde sobre as amostras que viu; o fator n_q/n_p é o que leva a resposta às "
        "densidades. Ele só some quando as amostras têm o mesmo tamanho.",
    )


def _razao(d: Tensor, n_p: float, n_q: float) -> Tensor:
    return (n_q / n_p) * d / (1 - d)


ENGANOS_RAZAO = (
    Engano(lambda d, a, b: d / (1 - d), "falta o fator dos tamanhos. D/(1 − D) é n_p p / (n_q q): confira com "
           "n_p diferente de n_q."),
    Engano(lambda d, a, b: (a / b) * d / (1 - d), "o fator está de cabeça para baixo. D/(1 − D) já vem multiplicado "
           "por n_p/n_q; para desfazê-lo, multiplique por n_q/n_p."),
    Engano(lambda d, a, b: (b / a) * (1 - d) / d, "você calculou com D e 1 − D trocados. D é a probabilidade de x "
           "ter vindo de p: D grande quer dizer p/q grande."),
    Engano(lambda d, a, b: (a / b) * (1 - d) / d, "essa é q/p, a razão inversa."),
    Engano(lambda d, a, b: (1 - d) / d, "essa é (n_q q) / (n_p p): a razão está invertida e falta o fator dos "
           "tamanhos."),
    Engano(lambda d, a, b: _razao(d, a, b).log(), "esse é o logaritmo da razão. O enunciado pede p/q, sem o "
           "logaritmo."),
    Engano(lambda d, a, b: d, "D é a probabilidade de x ter vindo de p, não a razão. Divida por 1 − D e acerte os "
           "tamanhos."),
    Engano(lambda d, a, b: (b / a) * d, "falta dividir por 1 − D: D sozinho não é a razão."),
    Engano(lambda d, a, b: (b / (a + b)) * d / (1 - d), "o fator é n_q/n_p, e não a fração n_q/(n_p + n_q)."),
    Engano(lambda d, a, b: d / (1 - d) - torch.log(torch.tensor(a / b)), "o logaritmo dos tamanhos se desconta do "
           "*logit*, log D/(1 − D). Aqui, sem o logaritmo, o desconto vira um produto por n_q/n_p."),
)


def _examinar_razao(funcao: Any) -> None:
    g = gerador(3)
    casos = [
        Caso(f"d de forma ({b},), n_p = {n_p} e n_q = {n_q}", (0.02 + 0.96 * torch.rand(b, generator=g), n_p, n_q))
        for b, n_p, n_q in ((4, 100, 100), (5, 4000, 1000), (1, 300, 900), (6, 50, 75))
    ]
    comparar(funcao, casos, _razao, ENGANOS_RAZAO)


def conferir_caca_sigmoide(diagnostico: Any, perda: Any) -> None:
    """Confere o conserto de uma entropia cruzada que passa o logit pela sigmoide duas vezes.

    Args:
        diagnostico: letra da alternativa, ou `...`.
        perda: função consertada, `(a, r) -> (B,)`, em nats.
    """
    conferir(
        (diagnostico, perda), _examinar_sigmoide, nome="caca_sigmoide",
        tarefa="escolha a letra do diagnóstico, conserte a função e rode de novo.",
        licao="A função `..._with_logits` já aplica a sigmoide. Com duas, a perda tem um piso de 0,31 nat e o logit "
        "deixa de ser a log-razão: o treino anda, e o número que ele dá não quer dizer mais nada.",
    )


def _perda(a: Tensor, r: Tensor) -> Tensor:
    return r * softplus(-a) + (1 - r) * softplus(a)


def _duas_vezes(a: Tensor, r: Tensor) -> Tensor:
    return binary_cross_entropy_with_logits(a.sigmoid(), r, reduction="none")


ENGANOS_SIGMOIDE: tuple[Engano, ...] = (
    Engano(_duas_vezes, "o diagnóstico está certo, mas o defeito continua no código: `d` já passou pela sigmoide, e "
           "`binary_cross_entropy_with_logits` passa de novo. Dê a ela o logit `a`."),
    Engano(lambda a, r: _perda(a, 1 - r), "a segunda sigmoide saiu, mas agora os rótulos estão trocados: 1 é p."),
    Engano(lambda a, r: _perda(a, r).mean(), "a segunda sigmoide saiu, mas você tirou a média do lote. Devolva um "
           "valor por exemplo: use `reduction=\"none\"`."),
    Engano(lambda a, r: _perda(a, r).sum(), "a segunda sigmoide saiu, mas você somou o lote. Devolva um valor por "
           "exemplo: use `reduction=\"none\"`."),
    Engano(lambda a, r: -_perda(a, r), "o sinal está trocado: a entropia cruzada é uma perda, sempre ≥ 0."),
    Engano(lambda a, r: r * softplus(-a), "falta a parcela dos exemplos de q, (1 − r)·(−log(1 − D))."),
    Engano(lambda a, r: softplus(-a), "sem os rótulos, todo exemplo é tratado como se viesse de p."),
)


def _examinar_sigmoide(resposta: tuple[Any, Callable[..., Any]]) -> None:
    diagnostico, perda = resposta
    examinar_alternativa(diagnostico, "b", {
        "a": "Com os rótulos trocados, o classificador ainda aprenderia bem; a log-razão só sairia com o sinal "
        "contrário.",
        "c": "As duas amostras têm 5000 exemplos: log(n_p/n_q) = 0. Além disso, o fator só deslocaria a curva.",
        "d": "A média do lote fica para o laço. Se estivesse aqui, não mudaria o valor do logit no mínimo.",
    })
    g = gerador(4)
    casos = [
        Caso(f"a e r de forma ({b},)", (3 * torch.randn(b, generator=g), (torch.arange(b) % 2).float()))
        for b in (6, 1, 9)
    ]
    comparar(perda, casos, _perda, ENGANOS_SIGMOIDE)
    extremos = [Caso("logits de 200 e −200", (torch.tensor([200.0, -200.0]), torch.tensor([0.0, 1.0])))]
    cortada = Engano(lambda a, r: binary_cross_entropy(a.sigmoid(), r, reduction="none"), "a fórmula está certa, mas a "
                     "sigmoide arredonda para 0 ou 1, e a perda para em 100 nats. Use a função que recebe o logit.")
    comparar(perda, extremos, _perda, (cortada,), "a fórmula está certa, mas log(0) dá infinito quando o logit é "
             "grande. Use `binary_cross_entropy_with_logits` com o logit, que não passa pelo logaritmo de zero.")

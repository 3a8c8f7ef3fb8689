"""Exercícios do jogo minimax: o discriminador ótimo e os três números do equilíbrio."""

import math
from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import (
    Pendente,
    Recusa,
    conferir,
    em_branco,
    examinar_numero,
    ler_numero,
    tipo_em_palavras,
)
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar

__all__ = ["conferir_d_otimo", "conferir_valor_final"]

LOG2 = math.log(2)
PERTO_DE_ZERO = 0.001


def conferir_d_otimo(resposta: Any) -> None:
    """Confere a função `(log_p, log_pg) -> D*(x)`, a probabilidade que o melhor discriminador dá a cada ponto.

    Equação: D*(x) = p(x) / (p(x) + p_g(x))   (slide "Redes adversárias geradoras (GANs)", formulação)
    Fonte: Goodfellow e outros (2014), proposição 1.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_d_otimo, nome="d_otimo",
        tarefa="escreva o corpo de `meu_d_otimo` e rode de novo.",
        licao="O logit do melhor discriminador é log p − log p_g: para um gerador fixo, D é o classificador que "
        "estima a razão das densidades. Onde as duas coincidem, D* é ½.",
    )


def _d_otimo(log_p: Tensor, log_pg: Tensor) -> Tensor:
    return (log_p - log_pg).sigmoid()


ENGANOS_D_OTIMO = (
    Engano(lambda p, g: (g - p).sigmoid(), "essa é 1 − D*, a probabilidade de o ponto ter saído do gerador. No "
           "numerador vai a densidade dos dados, p."),
    Engano(lambda p, g: (p - g).exp(), "essa é a razão p/p_g, que passa de 1. D* é uma probabilidade: divida p pela "
           "soma p + p_g."),
    Engano(lambda p, g: (g - p).exp(), "essa é a razão p_g/p, invertida, e não uma probabilidade. Divida p pela soma "
           "p + p_g."),
    Engano(lambda p, g: p - g, "esse é o logit de D*, log p − log p_g. Falta a sigmoide, que o leva à "
           "probabilidade."),
    Engano(lambda p, g: g - p, "esse é o logit de D* com o sinal trocado, e ainda sem a sigmoide. Comece de "
           "log p − log p_g."),
    Engano(lambda p, g: -(1 + (g - p).exp()).log(), "esse é log D*. O enunciado pede a probabilidade."),
    Engano(lambda p, g: p / (p + g), "a fórmula usa as densidades, e você dividiu os logaritmos delas. Lembre que "
           "p = exp(log_p)."),
    Engano(lambda p, g: p.exp().sigmoid() / (p.exp().sigmoid() + g.exp().sigmoid()), "não há sigmoide dentro da "
           "fração: p e p_g entram como são."),
    Engano(lambda p, g: (p - g).exp().sigmoid(), "a sigmoide recebe o logaritmo da razão, log p − log p_g. Você deu "
           "a ela a própria razão."),
    Engano(lambda p, g: (p.exp() - g.exp()).sigmoid(), "a sigmoide recebe a diferença dos logaritmos, e não a das "
           "densidades."),
    Engano(lambda p, g: (p + g).sigmoid(), "você somou os logaritmos: exp(log p + log p_g) é o produto p · p_g. Na "
           "sigmoide entra a diferença."),
    Engano(lambda p, g: p.sigmoid(), "falta p_g: essa conta dá p/(p + 1)."),
    Engano(lambda p, g: p.exp() / 2 + g.exp() / 2, "essa é a mistura ½(p + p_g), o denominador (a menos do ½). Falta "
           "dividir p por ela."),
    Engano(lambda p, g: 1 / (1 + (g / p).exp()), "você dividiu um logaritmo pelo outro: o logaritmo de p_g/p é a "
           "diferença, log p_g − log p."),
    Engano(lambda p, g: 2 * (p - g).sigmoid(), "você dividiu p pela média ½(p + p_g). O denominador é a soma: D* não "
           "passa de 1."),
)
EXTREMOS = ((-900.0, -902.0), (-903.0, -902.0), (-1.0, -900.0), (-900.0, -1.0), (900.0, 899.0))
ENGANOS_EXTREMOS = (
    Engano(lambda p, g: p.exp() / (p.exp() + g.exp()), "a fórmula está certa, mas em float32 exp(−900) vira zero e "
           "exp(900), infinito: 0/0 e ∞/∞ dão nan. Divida tudo por p: sobra 1/(1 + p_g/p), em que só entra a "
           "diferença log p − log p_g."),
    Engano(lambda p, g: p.exp() / (p.exp() + g.exp() + 1e-12), "somar um número pequeno ao denominador só esconde o "
           "problema: com log p = −900 e log p_g = −902, D* sai 0, e é 0,88. Divida tudo por p: sobra "
           "1/(1 + p_g/p), em que só entra a diferença log p − log p_g."),
    Engano(lambda p, g: (p - g).exp() / (1 + (p - g).exp()), "a fórmula está certa, mas a razão p/p_g pode passar do "
           "maior float32, e ∞/∞ dá nan. Divida por ela em cima e embaixo: 1/(1 + p_g/p), que é a sigmoide de "
           "log p − log p_g."),
)
NAN_NOS_EXTREMOS = (
    "a fórmula está certa, mas em algum passo a conta sai do alcance do float32 e dá nan. Não calcule a exponencial "
    "de log p nem a de log p_g: só a diferença dos dois importa."
)


def _examinar_d_otimo(funcao: Any) -> None:
    g = gerador(11)
    casos = [
        Caso(f"log_p e log_pg de forma ({n},)", tuple(torch.randn(n, generator=g) for _ in range(2)))
        for n in (6, 1, 9)
    ]
    comparar(funcao, casos, _d_otimo, ENGANOS_D_OTIMO)
    extremos = [
        Caso(f"log_p = {p:.0f} e log_pg = {q:.0f}", (torch.tensor([p]), torch.tensor([q]))) for p, q in EXTREMOS
    ]
    comparar(funcao, extremos, _d_otimo, ENGANOS_EXTREMOS, NAN_NOS_EXTREMOS)


def conferir_valor_final(resposta: Any) -> None:
    """Confere três números do equilíbrio, em que p_g = p: V(G, D), a perda do slide e o logit de D.

    Equação: V = E[log D] + E[log(1 − D)] = 2 log ½ = −log 4; com peso ½ e o sinal trocado (a "função original" do
    slide "Redes adversárias geradoras (GANs)"), log 2; D = ½, logo a = 0.

    Args:
        resposta: `(valor_de_v, perda_com_meio, logit_de_d)`, em nats os dois primeiros; `...` no que falta.
    """
    conferir(
        resposta, _examinar_valor_final, nome="valor_final",
        tarefa="dê um número a cada uma das três variáveis e rode de novo.",
        licao="Uma perda parada em log 2 não é sinal de treino bom nem de treino ruim: um D que responde sempre ½ dá "
        "o mesmo número, seja qual for o gerador.",
    )


ENGANOS_V = (
    (2 * LOG2, "o sinal está trocado. V soma logaritmos de probabilidades, e cada um deles é negativo."),
    (-LOG2, "esse é um dos dois termos, E[log D] = log ½. V soma também E[log(1 − D)]."),
    (LOG2, "esse é o número da perda com peso ½, que tem o sinal contrário ao de V. Em V são duas parcelas, sem o ½."),
    (-2.0, "a conta está certa em bits. Em nats o logaritmo é o natural: `math.log`."),
    (2.0, "esse número está em bits e com o sinal trocado. Use o logaritmo natural, `math.log`, e confira o sinal de "
     "log ½."),
    (-2 * math.log10(2), "você usou o logaritmo decimal. Em nats o logaritmo é o natural: `math.log`."),
    (0.25, "¼ é D (1 − D). Falta o logaritmo: V = log D + log(1 − D)."),
    (1.0, "você somou D e 1 − D sem os logaritmos."),
    (0.5, "½ é D. Ponha esse valor em log D + log(1 − D)."),
    (0.0, "V chega a 0 no caso oposto, em que D acerta sempre porque p e p_g não se tocam. Aqui p_g = p."),
)
ENGANOS_PERDA = (
    (-LOG2, "o sinal está trocado. A perda do discriminador é −½ V: D a diminui, e ela nunca é negativa."),
    (2 * LOG2, "falta o peso ½: o slide multiplica por ele cada uma das duas parcelas."),
    (-2 * LOG2, "esse é o V. A perda troca o sinal e leva o peso ½."),
    (LOG2 / 2, "essa é uma parcela só, ½ log 2. São duas: a dos reais e a dos gerados."),
    (1.0, "a conta está certa em bits. Em nats o logaritmo é o natural: `math.log`."),
    (math.log10(2), "você usou o logaritmo decimal. Em nats o logaritmo é o natural: `math.log`."),
    (0.5, "½ é D. A perda tem o logaritmo dele."),
    (0.0, "a perda só chega a 0 se D acerta sempre. No equilíbrio ele não distingue nada."),
)
ENGANOS_LOGIT = (
    (0.5, "½ é D, a probabilidade. O logit é log D/(1 − D)."),
    (1.0, "1 é a razão D/(1 − D). O logit é o logaritmo dela."),
    (-LOG2, "esse é log D. O logit desconta log(1 − D)."),
    (LOG2, "esse é −log D. O logit é log D − log(1 − D)."),
    (1 / (1 + math.exp(-0.5)), "você passou ½ pela sigmoide. O caminho é o contrário: que logit a sigmoide leva "
     "a ½?"),
)


def _examinar_valor_final(resposta: Any) -> None:
    if not isinstance(resposta, tuple | list) or len(resposta) != 3:
        quantos = f", com {len(resposta)}" if isinstance(resposta, tuple | list) else ""
        raise Recusa(f"eram esperados três números entre parênteses; chegou {tipo_em_palavras(resposta)}{quantos}.")
    if em_branco(tuple(resposta)):
        raise Pendente
    v, perda, logit = resposta
    if _perto(v, LOG2) and _perto(perda, -2 * LOG2):
        raise Recusa("os dois primeiros números estão trocados: V vem antes da perda.")
    partes = (
        ("V(G, D)", v, -2 * LOG2, ENGANOS_V, "ponha D = ½ nas duas parcelas, E[log D(x)] e E[log(1 − D(G(z)))]."),
        ("perda com peso ½", perda, LOG2, ENGANOS_PERDA, "multiplique V por −½."),
        ("logit de D", logit, 0.0, ENGANOS_LOGIT, "D = σ(a) = ½: resolva para a."),
    )
    for nome, valor, certo, enganos, generica in partes:
        try:
            _examinar_parte(valor, certo, enganos, generica)
        except Recusa as recusa:
            raise Recusa(f"{nome}: {recusa}") from None


def _examinar_parte(valor: Any, certo: float, enganos: Any, generica: str) -> None:
    """Como `examinar_numero`; perto de zero, onde a diferença relativa não serve, vale a absoluta."""
    valor = ler_numero(valor)
    if abs(valor) < PERTO_DE_ZERO:
        valor = 0.0
    examinar_numero(valor, certo, enganos, generica)


def _perto(valor: Any, certo: float) -> bool:
    return isinstance(valor, int | float) and math.isclose(valor, certo, rel_tol=0.005)

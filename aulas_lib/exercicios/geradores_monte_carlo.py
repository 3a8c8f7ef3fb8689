"""Conferências da seção de Monte Carlo: a probabilidade de aceitação e a caça ao erro na cadeia de Metropolis."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import Recusa, conferir, examinar_alternativa
from aulas_lib.exercicios.comparacao import Caso, Engano, chamar, comparar, formas, valores

__all__ = ["conferir_aceitacao", "conferir_caca_cadeia"]


def conferir_aceitacao(resposta: Any) -> None:
    """Confere a função `(log_p, log_p_novo, log_ida, log_volta) -> a`, de forma (C,).

    Equação: a = min(1, p(x') q(x|x') / (p(x) q(x'|x)))   (Hastings, 1970)

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_aceitacao, nome="aceitacao",
        tarefa="escreva o corpo de `minha_aceitacao` e rode de novo.",
        licao="Só a razão das densidades entra na conta: a constante de p se cancela, e por isso Metropolis serve a "
        "densidades que ninguém sabe normalizar.",
    )


def _aceitacao(log_p: Tensor, log_p_novo: Tensor, log_ida: Tensor, log_volta: Tensor) -> Tensor:
    return (log_p_novo - log_p + log_volta - log_ida).clamp(max=0).exp()


def _cortada(log_razao: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    """A aceitação com outra log-razão no lugar da certa."""
    return lambda p, n, i, v: log_razao(p, n, i, v).clamp(max=0).exp()


ENGANOS_ACEITACAO = (
    Engano(_cortada(lambda p, n, i, v: n - p), "falta a correção de Hastings: a proposta pode ser mais fácil de fazer "
           "em um sentido que no outro. Some log_volta − log_ida."),
    Engano(_cortada(lambda p, n, i, v: n - p + i - v), "a correção de Hastings está invertida: quem vai para cima é a "
           "volta, q(x|x'), e quem vai para baixo é a ida, q(x'|x)."),
    Engano(_cortada(lambda p, n, i, v: p - n + v - i), "a razão das densidades está invertida: p(x'), a do ponto novo, "
           "vai para cima. Assim a cadeia foge de onde há massa."),
    Engano(_cortada(lambda p, n, i, v: p - n + i - v), "a razão inteira está invertida: para cima vão p(x') e "
           "q(x|x'), a densidade do ponto novo e a volta."),
    Engano(_cortada(lambda p, n, i, v: p - n), "a razão das densidades está invertida, e falta a correção de "
           "Hastings."),
    Engano(lambda p, n, i, v: (n - p + v - i).exp(), "falta o mínimo com 1: uma probabilidade não passa de 1."),
    Engano(lambda p, n, i, v: (n - p).exp(), "faltam o mínimo com 1 e a correção de Hastings."),
    Engano(lambda p, n, i, v: (n - p + v - i).clamp(max=0), "esse é o logaritmo da aceitação. Falta a exponencial."),
    Engano(lambda p, n, i, v: n - p + v - i, "essa é a log-razão. Faltam a exponencial e o mínimo com 1."),
    Engano(lambda p, n, i, v: (n - p + v - i).clamp(min=0).exp(), "você usou o máximo onde a fórmula pede o mínimo."),
    Engano(lambda p, n, i, v: (n - p + v - i).sigmoid(), "essa é a regra de Barker, razão / (1 + razão). Ela também "
           "deixa p estacionária, mas recusa mais; aqui queremos a de Metropolis."),
    Engano(_cortada(lambda p, n, i, v: n + v), "falta dividir pelo que se perde ao sair de x: p(x) q(x'|x)."),
)


def _examinar_aceitacao(funcao: Any) -> None:
    g = gerador(11)
    casos = [
        Caso(f"quatro vetores de forma ({c},)", tuple(1.5 * torch.randn(c, generator=g) for _ in range(4)))
        for c in (6, 1, 12)
    ]
    comparar(funcao, casos, _aceitacao, ENGANOS_ACEITACAO)
    longe = [
        Caso(f"log_p perto de {centro}", (torch.randn(5, generator=g) + centro, torch.randn(5, generator=g) + centro,
                                         torch.zeros(5), torch.zeros(5)))
        for centro in (-900.0, 900.0)
    ]
    dica = ("a fórmula está certa, mas não aguenta números grandes: em float32, exp(−900) vira zero e exp(900), "
            "infinito. Faça as contas com os logaritmos e deixe a exponencial para o fim.")
    subida = Caso("uma subida de 900 nats", (torch.zeros(2), torch.full((2,), 900.0), torch.zeros(2), torch.zeros(2)))
    comparar(funcao, [*longe, subida], _aceitacao, _enganos_numericos(dica), dica_nao_finito=dica)


def _enganos_numericos(dica: str) -> list[Engano]:
    """Exponenciar cedo nem sempre dá nan: com um mínimo tolerante a nan, sai 1."""
    return [Engano(lambda p, n, i, v: (n.exp() / p.exp()).nan_to_num(1.0).clamp(max=1), dica)]


def conferir_caca_cadeia(diagnostico: Any, funcao: Any) -> None:
    """Confere o conserto de uma cadeia de Metropolis que só guarda os estados aceitos.

    Args:
        diagnostico: letra da alternativa, ou `...`.
        funcao: função consertada, `(x0, ruidos, u) -> estados`, de forma (T,), com alvo N(0, 1).
    """
    conferir(
        (diagnostico, funcao), _examinar_cadeia, nome="caca_cadeia",
        tarefa="escolha a letra do diagnóstico, conserte a função e rode de novo.",
        licao="Ficar também é um passo. Onde p é alta a cadeia recusa mais, e as repetições são o peso que esses "
        "pontos merecem.",
    )


def _andar(
    x0: Tensor, ruidos: Tensor, u: Tensor, guardar: str = "sempre", sinal: float = 1.0
) -> Tensor:
    """Metropolis com alvo N(0, 1); `guardar` diz que estado entra na lista a cada passo."""
    x, estados = x0, []
    for eps, u_t in zip(ruidos, u, strict=True):
        antes, x_novo = x, x + eps
        aceita = u_t.log() < sinal * (x**2 - x_novo**2) / 2
        if aceita:
            x = x_novo
        if guardar != "aceitos" or aceita:
            estados.append({"proposta": x_novo, "antes": antes}.get(guardar, x))
    return torch.stack(estados)


def _com_recusas_repetindo_a_partida(x0: Tensor, ruidos: Tensor, u: Tensor) -> Tensor:
    """Na recusa, guarda x0 em vez do estado atual."""
    certa = _andar(x0, ruidos, u)
    ficou = torch.cat([x0[None], certa[:-1]]) == certa
    return torch.where(ficou, x0, certa)


ENGANOS_CADEIA = (
    Engano(lambda x, e, u: _andar(x, e, u, "aceitos"), "o diagnóstico está certo, mas o defeito continua no código: a "
           "lista só cresce quando a proposta é aceita. Guarde um estado a cada volta."),
    Engano(lambda x, e, u: _andar(x, e, u, "proposta"), "agora há um estado por volta, mas nas recusas você guarda a "
           "proposta recusada. Guarde o estado em que a cadeia ficou."),
    Engano(lambda x, e, u: _andar(x, e, u, "antes"), "você guarda o estado antes de decidir: a lista fica atrasada de "
           "um passo. Guarde depois do `if`."),
    Engano(lambda x, e, u: torch.cat([x[None], _andar(x, e, u)]), "as repetições estão certas, mas a lista começa por "
           "x0 e sai com T + 1 estados. São T, um por proposta."),
    Engano(lambda x, e, u: torch.cat([x[None], _andar(x, e, u, "aceitos")]), "a lista ganhou x0, mas o defeito "
           "continua: nas recusas nada é guardado."),
    Engano(lambda x, e, u: x + e.cumsum(0), "assim toda proposta é aceita: virou um passeio ao acaso, sem alvo. Guarde "
           "sempre, mas continue a recusar."),
    Engano(_com_recusas_repetindo_a_partida, "nas recusas você guarda x0. Guarde x, o estado em que a cadeia está."),
    Engano(lambda x, e, u: _andar(x, e, u, sinal=-1.0), "as repetições estão certas, mas você inverteu a razão: ela é "
           "p(x_novo) / p(x)."),
)


def _examinar_cadeia(resposta: tuple[Any, Any]) -> None:
    diagnostico, funcao = resposta
    examinar_alternativa(diagnostico, "b", {
        "a": "Quando a razão passa de 1, u < razão é sempre verdade: o mínimo com 1 não muda a decisão.",
        "c": "A proposta x + eps é simétrica: a ida e a volta têm a mesma densidade e se cancelam.",
        "d": "Com logaritmos dos dois lados a decisão é a mesma; só muda quem estoura primeiro.",
    })
    g = gerador(12)
    casos = [
        Caso(f"x0 = {inicio} e {t} propostas", (
            torch.tensor(inicio), 2.4 * torch.randn(t, generator=g), torch.rand(t, generator=g),
        ))
        for inicio, t in ((0.5, 12), (-1.5, 40), (3.0, 25))
    ]
    if any(formas(saida) == [(0,)] for saida in (chamar(funcao, caso) for caso in casos) if valores(saida)):
        raise Recusa("sua cadeia não guardou nenhum estado. Guarde um a cada volta do laço.")
    comparar(funcao, casos, lambda x, e, u: _andar(x, e, u), ENGANOS_CADEIA)

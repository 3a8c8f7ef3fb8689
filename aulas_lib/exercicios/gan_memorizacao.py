"""Exercício da memorização: a fração de gerados mais perto do treino que de dados nunca vistos."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import conferir
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar

__all__ = ["conferir_memorizacao"]


def conferir_memorizacao(resposta: Any) -> None:
    """Confere a função `(gerados, treino, guardados) -> fração` dos gerados mais perto do treino que de dados novos.

    Os dois conjuntos entram com o mesmo tamanho, o do menor: assim, um modelo que não decora fica em torno de ½.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_memorizacao, nome="memorizacao",
        tarefa="escreva o corpo de `minha_memorizacao` e rode de novo.",
        licao="O número só diz algo ao lado do acaso, que é ½. Com um treino dez vezes maior, seria mais fácil achar "
        "nele um vizinho próximo, e f iria a 10/11 sem cópia nenhuma. Com tamanhos iguais, perto de 1 é cópia.",
    )


def _no_menor(treino: Tensor, outros: Tensor) -> tuple[Tensor, Tensor]:
    n = min(len(treino), len(outros))
    return treino[:n], outros[:n]


def _fracao_por(resumo: Callable[[Tensor], Tensor], gerados: Tensor, treino: Tensor, outros: Tensor) -> Tensor:
    """Fração das linhas em que o resumo das distâncias ao treino é menor que o das distâncias aos outros."""
    return (resumo(torch.cdist(gerados, treino)) < resumo(torch.cdist(gerados, outros))).double().mean()


def _memorizacao(gerados: Tensor, treino: Tensor, outros: Tensor) -> Tensor:
    return _fracao_por(_vizinho, gerados, *_no_menor(treino, outros))


def _vizinho(distancias: Tensor) -> Tensor:
    return distancias.amin(dim=1)


def _pela_media(x: Tensor, treino: Tensor, outros: Tensor) -> Tensor:
    return _fracao_por(_vizinho, x, treino.mean(dim=0, keepdim=True), outros.mean(dim=0, keepdim=True))


def _sim_ou_nao(x: Tensor, treino: Tensor, outros: Tensor) -> Tensor:
    treino, outros = _no_menor(treino, outros)
    return _vizinho(torch.cdist(x, treino)) < _vizinho(torch.cdist(x, outros))


IGUALE = "Use só os N primeiros de cada um, com N o tamanho do menor."
MINIMO = "O que conta é o vizinho mais próximo: o mínimo sobre os exemplos (dim=1)."
ENGANOS_MEMORIZACAO = (
    Engano(lambda x, t, o: 1 - _memorizacao(x, t, o), "essa é a fração dos gerados mais perto dos dados nunca "
           "vistos. A comparação está ao contrário."),
    Engano(lambda x, t, o: _fracao_por(_vizinho, x, t, o), "os dois conjuntos entraram com tamanhos diferentes. No "
           f"maior é mais fácil haver alguém perto, só por sorte, e o acaso deixa de ser ½. {IGUALE}"),
    Engano(lambda x, t, o: 1 - _fracao_por(_vizinho, x, t, o), "são dois enganos: a comparação está ao contrário, e "
           f"os conjuntos entraram com tamanhos diferentes. {IGUALE}"),
    *(
        Engano(lambda x, t, o, c=corte: _pela_media(x, *c(t, o)), "você mediu a distância à média de cada conjunto. "
               f"{MINIMO}")
        for corte in (_no_menor, lambda t, o: (t, o))
    ),
    *(
        Engano(lambda x, t, o, c=corte: _fracao_por(lambda d: d.mean(dim=1), x, *c(t, o)), "você comparou a "
               f"distância média a cada conjunto. {MINIMO}")
        for corte in (_no_menor, lambda t, o: (t, o))
    ),
    Engano(lambda x, t, o: _fracao_por(lambda d: d.amin(dim=0), x, *_no_menor(t, o)), "o mínimo saiu sobre os "
           "gerados (dim=0). Procure o vizinho mais próximo de cada gerado (dim=1)."),
    Engano(lambda x, t, o: _fracao_por(lambda d: d.amax(dim=1), x, *_no_menor(t, o)), "você comparou as distâncias "
           f"ao exemplo mais distante. {MINIMO}"),
    Engano(lambda x, t, o: _fracao_por(lambda d: d.argmin(dim=1), x, *_no_menor(t, o)), "você comparou as posições dos "
           "vizinhos. Compare as distâncias: `amin(dim=1)`."),
    Engano(lambda x, t, o: _fracao_por(lambda d: d, x, *_no_menor(t, o)), "falta o vizinho mais próximo: tire o mínimo "
           "de cada linha antes de comparar."),
    Engano(lambda x, t, o: _fracao_por(torch.amin, x, *_no_menor(t, o)), "o mínimo saiu sobre tudo: é um para cada "
           "gerado (dim=1)."),
    Engano(lambda x, t, o: _memorizacao(x[: min(len(t), len(o))], t, o), "o corte é no treino e nos guardados. Os "
           "gerados entram todos."),
    Engano(lambda x, t, o: _sim_ou_nao(x, t, o).double().sum() / min(len(t), len(o)), "a fração é dos gerados: divida "
           "pelo número deles."),
    Engano(_sim_ou_nao, "falta a fração: tire a média dos verdadeiros, com `.float().mean()`."),
    Engano(lambda x, t, o: _sim_ou_nao(x, t, o).sum(), "você contou os gerados; falta dividir pelo número deles."),
    Engano(lambda x, t, o: 100 * _memorizacao(x, t, o), "a conta está certa, em porcentagem. Devolva a fração, entre "
           "0 e 1."),
)


def _examinar_memorizacao(funcao: Any) -> None:
    g = gerador(15)
    casos = []
    for n, n_t, n_o, f, copias in ((40, 60, 60, 5, 25), (30, 90, 30, 3, 5), (24, 20, 50, 8, 10), (35, 45, 45, 4, 0)):
        treino, outros = torch.randn(n_t, f, generator=g), torch.randn(n_o, f, generator=g) + 0.2
        gerados = torch.randn(n, f, generator=g)
        gerados[:copias] = treino[torch.randint(n_t, (copias,), generator=g)]
        gerados[:copias] += 0.05 * torch.randn(copias, f, generator=g)  # quase cópias
        descricao = f"{n} gerados, {n_t} de treino e {n_o} nunca vistos, com {f} números cada"
        casos.append(Caso(descricao, (gerados, treino, outros)))
    comparar(funcao, casos, _memorizacao, ENGANOS_MEMORIZACAO)

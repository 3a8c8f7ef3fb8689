"""Conferências da lição de modelos geradores, parte das FVBN: as máscaras do MADE e a caça ao pixel que se vê."""

from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import Recusa, conferir, examinar_alternativa
from aulas_lib.exercicios.comparacao import Caso, Engano, chamar, comparar, formas
from aulas_lib.modelos.convolucao_causal import mascara_causal
from aulas_lib.modelos.mascaras import mascara_de_vezes

__all__ = ["conferir_caca_mascara", "conferir_mascaras_made"]


def conferir_mascaras_made(resposta: Any) -> None:
    """Confere a função `(vez, grau) -> (entrada, saida)`, as duas máscaras de um MADE de uma camada oculta.

    Equação: entrada_hj = 1 se vez_j ≤ grau_h; saida_ih = 1 se grau_h < vez_i   (Germain e outros, 2015)

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_mascaras, nome="mascaras_made",
        tarefa="escreva o corpo de `minhas_mascaras` e rode de novo.",
        licao="Um ≤ em uma camada e um < na outra: a unidade oculta pode ouvir o pixel da sua vez, porque só "
        "fala com os de vez maior.",
    )


def _mascaras(vez: Tensor, grau: Tensor) -> tuple[Tensor, Tensor]:
    return mascara_de_vezes(grau, vez).float(), mascara_de_vezes(vez, grau, estrita=True).float()


def _par(entrada: Any, saida: Any) -> Any:
    """Fórmula com uma comparação em cada máscara; `v` é a vez do pixel e `g`, o grau da unidade."""
    def formula(vez: Tensor, grau: Tensor) -> tuple[Tensor, Tensor]:
        m = entrada(vez.unsqueeze(0), grau.unsqueeze(1))
        return m.float(), saida(vez.unsqueeze(1), grau.unsqueeze(0)).float()
    return formula


ENGANOS_MASCARAS = (
    Engano(_par(lambda v, g: v <= g, lambda v, g: g <= v), "com ≤ nas duas máscaras, a unidade de grau g ouve o "
           "pixel de vez g e fala com ele: o pixel vê a si mesmo. Na saída, use <."),
    Engano(_par(lambda v, g: v < g, lambda v, g: g < v), "com < nas duas máscaras ninguém vê o futuro, mas cada "
           "pixel deixa também de ver o anterior a ele. Na entrada, use ≤."),
    Engano(_par(lambda v, g: v < g, lambda v, g: g <= v), "a rede é causal, mas você trocou o ≤ e o < de lugar. "
           "A unidade de grau g ouve as vezes até g, inclusive, e fala só com as maiores."),
    Engano(_par(lambda v, g: v >= g, lambda v, g: g > v), "as comparações estão ao contrário: cada pixel vê o "
           "futuro, e não o passado."),
    Engano(_par(lambda v, g: v <= g, lambda v, g: g > v), "a máscara de saída está ao contrário: a unidade que "
           "ouviu até a vez g só pode falar com pixels de vez maior que g."),
    Engano(_par(lambda v, g: v >= g, lambda v, g: g < v), "a máscara de entrada está ao contrário: a unidade de "
           "grau g ouve os pixels de vez menor ou igual a g."),
    Engano(lambda v, g: tuple(m.T.contiguous() for m in _mascaras(v, g)), "as comparações estão certas, mas as "
           "máscaras estão transpostas. Cada uma tem a forma (quem ouve, quem fala): (H, D) e (D, H)."),
    Engano(lambda v, g: _mascaras(v, g)[::-1], "as máscaras estão certas, mas em ordem trocada: primeiro a da "
           "entrada, (H, D), depois a da saída, (D, H)."),
    Engano(lambda v, g: _mascaras(torch.arange(len(v)), g), "você comparou a posição do pixel, e não a vez dele. "
           "Com outra ordem as duas diferem: use `vez`."),
    Engano(lambda v, g: _mascaras(v.argsort(), g), "você inverteu `vez`. Ela já diz a vez de cada pixel: "
           "`vez[j]` é quando o pixel j sai."),
)


def _examinar_mascaras(funcao: Any) -> None:
    g = gerador(3)
    casos = [
        Caso(f"vez de forma ({d},) e grau de forma ({h},)",
             (torch.randperm(d, generator=g), torch.randint(0, d - 1, (h,), generator=g)))
        for d, h in ((5, 9), (4, 4), (8, 3))
    ]
    saida = chamar(funcao, casos[0])
    if isinstance(saida, Tensor) or (formas(saida) is not None and len(formas(saida)) != 2):
        raise Recusa("a função devolve duas máscaras, nesta ordem: `return entrada, saida`.")
    comparar(funcao, casos, _mascaras, ENGANOS_MASCARAS)


def conferir_caca_mascara(diagnostico: Any, mascara: Any) -> None:
    """Confere o conserto da máscara da primeira camada, que deixava o pixel ver a si mesmo.

    Args:
        diagnostico: letra da alternativa, ou `...`.
        mascara: função consertada, `(altura, largura) -> (altura, largura)`.
    """
    conferir(
        (diagnostico, mascara), _examinar_caca, nome="caca_mascara",
        tarefa="escolha a letra do diagnóstico, conserte a função e rode de novo.",
        licao="Uma perda boa demais é um sintoma: no sorteio o pixel ainda não existe, e a rede copia o cinza que "
        "está no lugar dele. O teste que não mente é o gradiente: nenhum logit pode mudar com o próprio pixel nem "
        "com os seguintes.",
    )


def _com_zeros(linha: Any, inicio: Any, quantos: int | None = None) -> Any:
    def formula(altura: int, largura: int) -> Tensor:
        m = torch.ones(altura, largura)
        comeco = inicio(largura // 2)
        m[linha, comeco : None if quantos is None else comeco + quantos] = 0
        return m
    return formula


TODAS = slice(None)
ENGANOS_CACA = (
    Engano(_com_zeros(-1, lambda meio: meio + 1), "o diagnóstico está certo, mas o defeito continua no código: o "
           "meio da última linha, onde está o próprio pixel, ainda vale 1."),
    Engano(_com_zeros(-1, lambda meio: meio + 2), "agora o filtro vê o próprio pixel e também o seguinte. Os zeros "
           "têm de começar mais cedo, e não mais tarde."),
    Engano(_com_zeros(-1, lambda meio: meio, quantos=1), "o próprio pixel saiu, mas os que estão à direita "
           "dele voltaram a aparecer: são o futuro."),
    Engano(_com_zeros(-1, lambda meio: meio - 1), "assim a rede é causal, mas deixa de ver o vizinho da esquerda, "
           "o que mais informa. Apague só a partir do próprio pixel."),
    Engano(_com_zeros(-1, lambda meio: 0), "você apagou a última linha inteira. O que está à esquerda do pixel já "
           "saiu: fica."),
    Engano(_com_zeros(TODAS, lambda meio: meio), "você apagou as colunas da direita em todas as linhas. Nas linhas "
           "de cima tudo já saiu: os zeros são só da última."),
    Engano(_com_zeros(0, lambda meio: meio), "você apagou a primeira linha. A do pixel é a última, `-1`."),
    Engano(lambda a, b: 1 - mascara_causal(a, b, ve_a_si=False), "zeros e uns estão trocados: 1 é o que se vê."),
)


def _examinar_caca(resposta: tuple[Any, Any]) -> None:
    diagnostico, mascara = resposta
    examinar_alternativa(diagnostico, "c", {
        "a": "Com a taxa alta demais a perda sobe ou vira nan; aqui ela cai, e cai demais.",
        "b": "Se a rede tivesse decorado as imagens, as amostras seriam cópias de dígitos, e não um cinza uniforme.",
        "d": "Um sorteio na ordem errada estraga as amostras, mas não mexe no log p(x) de imagens prontas.",
    })
    casos = [Caso(f"altura={a} e largura={b}", (a, b)) for a, b in ((2, 3), (3, 5), (8, 15), (1, 3))]
    comparar(mascara, casos, lambda a, b: mascara_causal(a, b, ve_a_si=False), ENGANOS_CACA)

"""Conferências da lição de modelos geradores: a máquina de Boltzmann (energia livre e função de partição)."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import Recusa, conferir, examinar_numero, ler_numero
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar
from aulas_lib.modelos.boltzmann import Parametros, energia_livre

__all__ = ["conferir_energia_livre", "conferir_log_z_sem_pesos"]

Formula = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]

SEM_SOMA = ("falta a soma sobre h: você pôs no lugar de h as probabilidades p(h = 1 | v). A energia livre soma "
            "exp(−E) sobre todos os h, e cada oculta dá um log(1 + exp(a)).")


def _certa(v: Tensor, b: Tensor, c: Tensor, W: Tensor) -> Tensor:
    return energia_livre(Parametros(b, c, W), v)


def _com(a: Tensor, v: Tensor, b: Tensor) -> Tensor:
    """F com outra entrada `a` nas ocultas, de forma (B, H)."""
    return -v @ b - torch.nn.functional.softplus(a).sum(1)


def _energia_media(v: Tensor, b: Tensor, c: Tensor, W: Tensor) -> Tensor:
    a = c + v @ W
    return -v @ b - (torch.sigmoid(a) * a).sum(1)


def _log_da_soma(v: Tensor, b: Tensor, c: Tensor, W: Tensor) -> Tensor:
    return -v @ b - torch.nn.functional.softplus((c + v @ W).sum(1))


FORMULAS_ERRADAS: tuple[tuple[Formula, str], ...] = (
    (lambda v, b, c, W: -_certa(v, b, c, W), "o sinal está trocado: essa é log Σ_h exp(−E), e F é menos isso. "
     "Estados prováveis têm F baixa."),
    (_energia_media, SEM_SOMA),
    (lambda v, b, c, W: -v @ b - (c + v @ W).sum(1), "falta a soma sobre h: essa é a energia com todas as ocultas "
     "ligadas. Cada oculta contribui com log(1 + exp(a)), não com a."),
    (lambda v, b, c, W: -v @ b - (c + v @ W).clamp(min=0).sum(1), "falta a soma sobre h: essa é a menor energia, a "
     "do melhor h. Os outros h também contam: troque o máximo entre 0 e a por log(1 + exp(a))."),
    (lambda v, b, c, W: v @ b - torch.nn.functional.softplus(c + v @ W).sum(1), "o sinal de b·v está trocado: a "
     "energia tem −b·v."),
    (lambda v, b, c, W: -v @ b + torch.nn.functional.softplus(c + v @ W).sum(1), "o sinal da parte das ocultas está "
     "trocado: F é menos o logaritmo da soma, e log(1 + exp(a)) entra subtraindo."),
    (lambda v, b, c, W: _com(-(c + v @ W), v, b), "dentro da exponencial vai −E, e não E: o expoente de cada oculta "
     "é +(c_j + v·W_j)."),
    (lambda v, b, c, W: _com(v @ W, v, b), "falta o viés c das ocultas: a entrada da oculta j é c_j + v·W_j."),
    (lambda v, b, c, W: -v @ b - c.sum() - torch.nn.functional.softplus(v @ W).sum(1), "o viés c fica dentro de "
     "log(1 + exp(·)), junto de v·W: ele só conta quando a oculta está ligada."),
    (lambda v, b, c, W: -torch.nn.functional.softplus(c + v @ W).sum(1), "falta o termo −b·v, das visíveis."),
    (_log_da_soma, "você somou as ocultas antes do logaritmo. A soma sobre h vira um produto de "
     "fatores (1 + exp(a_j)); o logaritmo do produto é a soma dos logaritmos."),
    (lambda v, b, c, W: -v @ b - torch.nn.functional.softplus(c + v @ W).sum(), "você somou as ocultas de todos os "
     "exemplos. Some só sobre as ocultas: `sum(dim=1)`."),
    (lambda v, b, c, W: -v @ b - torch.nn.functional.softplus(c + v @ W).mean(1), "você tirou a média sobre as "
     "ocultas; é a soma."),
    (lambda v, b, c, W: _certa(v, b, c, W).mean(), "você tirou a média do lote. A função devolve um valor por "
     "exemplo."),
    (lambda v, b, c, W: _certa(v, b, c, W).sum(), "você somou também sobre o lote. Some só sobre as ocultas (dim=1)."),
    (lambda v, b, c, W: _certa(v, b, c, W).exp(), "essa é exp(F). A energia livre é o próprio F, em nats."),
    (lambda v, b, c, W: (-_certa(v, b, c, W)).exp(), "essa é exp(−F), a probabilidade sem Z. Falta o logaritmo, "
     "com o sinal trocado."),
)  # fmt: skip
ENGANOS_ENERGIA_LIVRE = tuple(Engano(formula, dica) for formula, dica in FORMULAS_ERRADAS)


def conferir_energia_livre(resposta: Any) -> None:
    """Confere a função `(v, b, c, W) -> F(v)` de forma (B,), em nats.

    Equação: F(v) = −b·v − Σ_j log(1 + exp(c_j + v·W_j))   (slide "Tipos de métodos": Boltzmann Machines)

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_energia_livre, nome="energia_livre",
        tarefa="escreva o corpo de `minha_energia_livre` e rode de novo.",
        licao="São 2^H estados somados com H parcelas. É o que torna a máquina restrita tratável: sem ligações entre "
        "ocultas, a soma vira um produto.",
    )  # fmt: skip


def _examinar_energia_livre(funcao: Any) -> None:
    g = gerador(3)
    casos = [
        Caso(f"v de forma ({n}, {d}) e {h} ocultas", (
            (torch.rand(n, d, generator=g) < 0.5).float(), torch.randn(d, generator=g), torch.randn(h, generator=g),
            torch.randn(d, h, generator=g),
        ))
        for n, d, h in ((4, 3, 2), (1, 5, 5), (6, 4, 1), (3, 64, 10))
    ]  # fmt: skip
    comparar(funcao, casos, _certa, ENGANOS_ENERGIA_LIVRE)
    extremo = Caso("uma oculta com entrada 200", (torch.ones(2, 2), torch.zeros(2), torch.zeros(1),
                                                  torch.full((2, 1), 100.0)))  # fmt: skip
    comparar(funcao, [extremo], _certa, dica_nao_finito="a fórmula está certa, mas estoura: exp(200) não cabe em "
             "float32. Use `torch.nn.functional.softplus(a)`, que calcula log(1 + exp(a)) sem exponenciar "
             "números grandes.")  # fmt: skip


VISIVEIS, OCULTAS, CHANCE = 64, 10, 3  # b = log 3 em cada visível: p(v_i = 1) = ¾


def conferir_log_z_sem_pesos(resposta: Any) -> None:
    """Confere log Z de uma máquina com W = 0, c = 0 e b_i = log 3, de 64 visíveis e 10 ocultas.

    Equação: log Z = Σ_i log(1 + exp(b_i)) + Σ_j log(1 + exp(c_j)) = 64 log 4 + 10 log 2

    Args:
        resposta: um número em nats, ou `...`.
    """
    conferir(
        resposta, _examinar_log_z, nome="log_z_sem_pesos",
        tarefa="faça a conta, escreva o número em `log_z_sem_pesos` e rode de novo.",
        licao="Sem pesos, as 74 unidades são moedas independentes e Z é um produto. É a máquina de onde AIS parte.",
    )


def enganos_log_z() -> list[tuple[float, str]]:
    """Respostas erradas conhecidas e as suas dicas."""
    das_visiveis, das_ocultas = VISIVEIS * math.log(1 + CHANCE), OCULTAS * math.log(2)
    return [
        (das_visiveis, "faltam as ocultas. Com c = 0 e W = 0 cada uma soma exp(0) + exp(0) = 2 em Z."),
        (das_ocultas, "faltam as visíveis. Cada uma contribui com o fator 1 + exp(b_i)."),
        (VISIVEIS * math.log(CHANCE) + das_ocultas, "cada visível soma os dois valores: v = 0 dá exp(0) = 1, e "
         "v = 1 dá exp(b) = 3. O fator é 1 + 3."),
        (VISIVEIS * math.log(CHANCE), "essa é só a parcela de todas as visíveis ligadas. Z soma todos os estados."),
        ((VISIVEIS + OCULTAS) * math.log(2), "esse é o log do número de estados: você esqueceu os vieses b."),
        (das_visiveis + OCULTAS, "log(1 + exp(0)) é log 2, e não 1."),
        (VISIVEIS * math.log1p(math.exp(CHANCE)) + das_ocultas, "b é log 3, e não 3: exp(b) = 3."),
        (-das_visiveis - das_ocultas, "o sinal está trocado: Z passa de 1, e log Z é positivo."),
        ((das_visiveis + das_ocultas) / math.log(2), "você usou o logaritmo na base 2: o pedido é em nats."),
        ((das_visiveis + das_ocultas) / math.log(10), "você usou o logaritmo na base 10: o pedido é em nats."),
        (4.0**VISIVEIS * 2.0**OCULTAS, "esse é Z; falta o logaritmo."),
        (math.log(1 + CHANCE) + math.log(2), "essa é a conta com uma visível e uma oculta; são 64 e 10."),
    ]  # fmt: skip


def _examinar_log_z(resposta: Any) -> None:
    if ler_numero(resposta) == 0:
        raise Recusa("log Z = 0 quer dizer Z = 1, um estado só. Sem pesos ainda há 2⁷⁴ estados a somar.")
    certo = VISIVEIS * math.log(1 + CHANCE) + OCULTAS * math.log(2)
    generica = ("com W = 0 a soma se separa unidade por unidade, e Z é um produto de 74 fatores, um por unidade. "
                "Quanto vale a soma dos dois estados de uma visível? E de uma oculta?")  # fmt: skip
    examinar_numero(resposta, certo, enganos_log_z(), generica, tolerancia=0.002)

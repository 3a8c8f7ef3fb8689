"""Conferências da abertura da lição 1: a transformada inversa de uma lei e o envelope de uma rejeição."""

import math
from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import Recusa, conferir, examinar_numero, ler_numero
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar

__all__ = ["conferir_inversa_triangular", "conferir_taxa_do_envelope"]

ENGANOS_INVERSA = (
    Engano(lambda u, a: (u / a) ** 2, "essa é a acumulada F, que leva x a u. A amostra vem da inversa: "
           "resolva u = (x/a)² para x."),
    Engano(lambda u, a: 2 * u / a**2, "essa é a densidade p. Integre p de 0 a x para ter F(x), e depois "
           "resolva u = F(x) para x."),
    Engano(lambda u, a: u.sqrt(), "falta a escala: com a = 1 está certo, mas x vai de 0 a `a`."),
    Engano(lambda u, a: a * u, "essa é a lei uniforme em [0, a]. Na lei pedida os valores grandes são mais "
           "prováveis que os pequenos."),
    Engano(lambda u, a: a * u**2, "você elevou u ao quadrado, que é o caminho de x para u. A inversa do "
           "quadrado é a raiz."),
    Engano(lambda u, a: (a * u).sqrt(), "`a` ficou dentro da raiz. De u = x²/a² sai x² = a² u: confira o que "
           "sobra ao tirar a raiz."),
    Engano(lambda u, a: a**2 * u.sqrt(), "x² = a² u, e a raiz de a² é a: você multiplicou por a²."),
    Engano(lambda u, a: u.sqrt() / a, "você dividiu por `a`; de x² = a² u sai um produto."),
    Engano(lambda u, a: a * (1 - u).sqrt(), "essa função sorteia da lei certa, porque 1 − u também é uniforme; "
           "mas decresce com u. A inversa de F cresce: F⁻¹(0) = 0."),
    Engano(lambda u, a: a * (1 - (1 - u).sqrt()), "essa é a lei espelhada, que cai de x = 0 até x = a. A "
           "densidade pedida é zero em x = 0 e cresce."),
    Engano(lambda u, a: a**2 * u, "falta a raiz: isso é x², e não x."),
)


def conferir_inversa_triangular(resposta: Any) -> None:
    """Confere a função `(u, a) -> x` que sorteia da densidade p(x) = 2x/a² em [0, a].

    Equação: F(x) = x²/a², logo F⁻¹(u) = a √u

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_inversa, nome="inversa_triangular",
        tarefa="escreva o corpo de `minha_inversa` e rode de novo.",
        licao="Uma uniforme e uma conta bastam, sem recusar nada. O preço é conhecer F⁻¹, e isso quase nunca "
        "acontece em mais de uma dimensão.",
    )


def _inversa(u: Tensor, a: float) -> Tensor:
    return a * u.sqrt()


def _examinar_inversa(funcao: Any) -> None:
    g = gerador(3)
    casos = [
        Caso(f"u de forma ({n},) e a = {str(a).replace('.', ',')}", (torch.rand(n, generator=g), a))
        for n, a in ((6, 3.0), (1, 0.5), (9, 2.0), (4, 1.0))
    ]
    casos.append(Caso("u = 0 e u = 1, com a = 3", (torch.tensor([0.0, 1.0]), 3.0)))
    comparar(funcao, casos, _inversa, ENGANOS_INVERSA)


def conferir_taxa_do_envelope(resposta: Any) -> None:
    """Confere a taxa de aceitação de p(x) = 2x/a² em [0, a] com propostas uniformes e o menor envelope.

    Equação: M = max_x p(x)/q(x) = (2/a) / (1/a) = 2, e a taxa é 1/M

    Args:
        resposta: um número entre 0 e 1, ou `...`.
    """
    conferir(
        resposta, _examinar_taxa, nome="taxa_do_envelope",
        tarefa="ache o menor M com p ≤ M q, escreva a taxa em `taxa_aceita` e rode de novo.",
        licao="Metade das propostas se perde, para qualquer a. Em dez dimensões independentes, a mesma escolha "
        "aceitaria uma em 2¹⁰ = 1024.",
    )


def _examinar_taxa(resposta: Any) -> None:
    valor = ler_numero(resposta)
    enganos = [
        (2.0, "2 é o M do menor envelope. A taxa de aceitação é 1/M."),
        (50.0, "a conta está certa, em porcentagem. Escreva a fração, entre 0 e 1."),
        (1.0, "aceitar tudo pediria p = q; p cresce e q é constante."),
        (0.25, "¼ é 1/M². Cada proposta passa uma vez só pelo teste."),
        (2 / 3, "⅔ é a média de p/(M q) se x já viesse de p. As propostas vêm de q: a média de x/a é outra."),
        (1 / 3, "⅓ seria a média de (x/a)². A razão p/(M q) é x/a, sem o quadrado."),
        (math.sqrt(0.5), "√½ é o ponto que divide p ao meio. A taxa é a área de p sobre a área do envelope."),
    ]
    if valor < 0:
        raise Recusa("uma taxa de aceitação não é negativa.")
    examinar_numero(valor, 0.5, enganos, "a taxa é a área sob p, que vale 1, sobre a área sob M q, que vale M. "
                    "Ache o maior valor de p(x)/q(x), que acontece em x = a.")

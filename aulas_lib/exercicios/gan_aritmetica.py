"""Exercício da aritmética em z: somar a uma imagem a direção de um atributo."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import conferir
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar

__all__ = ["conferir_aritmetica"]


def conferir_aritmetica(resposta: Any) -> None:
    """Confere a função `(z_a, z_b, z_c, forca) -> z_c + forca (média de z_a − média de z_b)`.

    Fonte: Radford, Metz e Chintala (2016), seção 6.3.2 (slide "Aritmética no espaço latente").

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_aritmetica, nome="aritmetica",
        tarefa="escreva o corpo de `minha_conta` e rode de novo.",
        licao="A média de vários z é o que deixa na diferença o atributo, e cancela o resto de cada imagem. Se a "
        "conta funciona mesmo, só se sabe com uma taxa de sucesso sobre muitas triplas, ao lado do acaso.",
    )


def _aritmetica(z_a: Tensor, z_b: Tensor, z_c: Tensor, forca: float) -> Tensor:
    return z_c + forca * (z_a.mean(dim=0) - z_b.mean(dim=0))


ENGANOS_ARITMETICA = (
    Engano(lambda a, b, c, f: _aritmetica(b, a, c, f), "o sentido está trocado: a direção vai de B para A, e é a "
           "média de A menos a de B."),
    Engano(lambda a, b, c, f: c + f * (a[0] - b[0]), "você usou só o primeiro z de cada grupo: a diferença leva "
           "junto tudo o que distingue essas duas imagens. Tire a média de cada grupo."),
    Engano(lambda a, b, c, f: c + f * (a.sum(dim=0) - b.sum(dim=0)), "você subtraiu somas. Os grupos podem ter "
           "tamanhos diferentes: use médias."),
    Engano(lambda a, b, c, f: c + f * (a.mean() - b.mean()), "a média é sobre os exemplos (dim=0): sobra um vetor, e "
           "não um número só."),
    Engano(lambda a, b, c, f: c + f * (a.mean(dim=0) - c), "você subtraiu C em vez de B: assim C anda na direção da "
           "média de A, com tudo o que ela tem, e não só com o atributo."),
    Engano(lambda a, b, c, f: b.mean(dim=0) + f * (a.mean(dim=0) - c), "B e C estão trocados: a diferença é entre as "
           "médias de A e de B, e ela se soma a C."),
    Engano(lambda a, b, c, f: f * (a.mean(dim=0) - b.mean(dim=0)), "falta somar a direção a `z_c`: sozinha, ela não "
           "é uma imagem editada."),
    Engano(lambda a, b, c, f: _aritmetica(a, b, c, 1.0), "falta a força: ela multiplica a direção."),
    Engano(lambda a, b, c, f: f * _aritmetica(a, b, c, 1.0), "a força multiplicou também `z_c`. Com força 0 o "
           "resultado tem de ser o próprio `z_c`."),
    Engano(lambda a, b, c, f: c + f * a.mean(dim=0) - b.mean(dim=0), "a força multiplicou só a média de A. Ponha a "
           "diferença entre parênteses."),
    Engano(lambda a, b, c, f: c + a.mean(dim=0) - f * b.mean(dim=0), "a força multiplicou só a média de B. Ponha a "
           "diferença entre parênteses."),
    Engano(lambda a, b, c, f: f * c + a.mean(dim=0) - b.mean(dim=0), "a força multiplica a diferença, e não `z_c`."),
    Engano(lambda a, b, c, f: c.mean() + f * (a.mean(dim=0) - b.mean(dim=0)), "`z_c` é um código só: não tem média."),
    Engano(lambda a, b, c, f: _aritmetica(a, b, c, f)[None], "sem `keepdim`: o resultado tem a forma de `z_c`."),
    Engano(lambda a, b, c, f: c + f * a.mean(dim=0), "falta subtrair a média de B: sozinha, a de A traz tudo o que "
           "as imagens de A têm."),
    Engano(lambda a, b, c, f: c + f * (a.mean(dim=0) + b.mean(dim=0)), "as médias se subtraem: o que A e B têm em "
           "comum precisa sair."),
    Engano(lambda a, b, c, f: c + f * normalize(a.mean(dim=0) - b.mean(dim=0), dim=0), "não normalize: o "
           "tamanho da diferença é a força 1."),
)
ENGANOS_DE_EIXO = (  # só não param com um erro se os dois grupos têm Z exemplos
    Engano(lambda a, b, c, f: c + f * (a.mean(dim=1) - b.mean(dim=1)), "a média saiu sobre os latentes (dim=1). Ela "
           "é sobre os exemplos (dim=0)."),
    Engano(lambda a, b, c, f: c + f * (a - b), "falta a média de cada grupo: subtrair exemplo por exemplo deixa um "
           "resultado para cada par, e os pares não existem."),
)


def _examinar_aritmetica(funcao: Any) -> None:
    g = gerador(16)
    quadrado, *demais = [
        Caso(f"z_a ({n}, {z}), z_b ({m}, {z}), z_c ({z},) e força {f}".replace(".", ","),
             (torch.randn(n, z, generator=g) + 1, torch.randn(m, z, generator=g), torch.randn(z, generator=g), f))
        for n, m, z, f in ((4, 4, 4, 1.5), (3, 5, 4, 1.0), (2, 6, 8, 0.5), (5, 3, 2, -2.0), (3, 1, 6, 0.0))
    ]
    comparar(funcao, [quadrado], _aritmetica, (*ENGANOS_ARITMETICA, *ENGANOS_DE_EIXO))
    comparar(funcao, demais, _aritmetica, ENGANOS_ARITMETICA)

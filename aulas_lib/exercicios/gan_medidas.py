"""Exercícios sobre medir uma GAN: modas cobertas e Fréchet em uma dimensão.

As conferências da memorização e da aritmética em z vêm dos seus arquivos; todas se chamam daqui.
"""

from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import conferir
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar
from aulas_lib.exercicios.gan_aritmetica import conferir_aritmetica
from aulas_lib.exercicios.gan_memorizacao import conferir_memorizacao

__all__ = ["conferir_aritmetica", "conferir_frechet_1d", "conferir_memorizacao", "conferir_modas"]


def conferir_modas(resposta: Any) -> None:
    """Confere a função `(amostras, medias, raio, minimo) -> int`, o número de modas cobertas.

    Cada amostra vale um ponto para a moda mais próxima, se está a menos de `raio` dela; a moda está coberta se recebe
    pelo menos `minimo` pontos.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_modas, nome="modas",
        tarefa="escreva o corpo de `minhas_modas` e rode de novo.",
        licao="As perdas dos dois jogadores não dizem nada sobre isto: uma GAN que cobre duas modas de oito pode ter "
        "as mesmas perdas de uma que cobre todas.",
    )


def _contagem(amostras: Tensor, medias: Tensor, raio: float) -> Tensor:
    distancia, moda = torch.cdist(amostras, medias).min(dim=1)  # (n,), (n,)
    return torch.bincount(moda[distancia < raio], minlength=len(medias))


def _modas(amostras: Tensor, medias: Tensor, raio: float, minimo: int) -> int:
    return int((_contagem(amostras, medias, raio) >= minimo).sum())


def _perto_de_varias(amostras: Tensor, medias: Tensor, raio: float) -> Tensor:
    return (torch.cdist(amostras, medias) < raio).sum(dim=0)  # a mesma amostra conta para mais de uma moda


ENGANOS_MODAS = (
    Engano(lambda x, m, r, k: int((_contagem(x, m, r) > 0).sum()), "você contou toda moda que recebe algum ponto. Um "
           "ponto perdido não cobre uma moda: são precisos pelo menos `minimo`."),
    Engano(lambda x, m, r, k: int((_perto_de_varias(x, m, r) > 0).sum()), "falta o mínimo, e um ponto no cruzamento "
           "de dois círculos está contando para duas modas. Dê o ponto só à mais próxima e exija `minimo`."),
    Engano(lambda x, m, r, k: int((_perto_de_varias(x, m, r) >= k).sum()), "um ponto que está dentro de dois "
           "círculos conta para duas modas. Dê o ponto só à mais próxima."),
    Engano(lambda x, m, r, k: int((_contagem(x, m, torch.inf) >= k).sum()), "falta o raio: um ponto longe de todas "
           "as modas não vale para nenhuma."),
    Engano(lambda x, m, r, k: int((_contagem(x, m, torch.inf) > 0).sum()), "faltam o raio e o mínimo: você contou as "
           "modas que são a mais próxima de algum ponto."),
    Engano(lambda x, m, r, k: int((_contagem(x, m, r) > k).sum()), "quase: com exatamente `minimo` pontos a moda já "
           "está coberta. A comparação é >=."),
    Engano(lambda x, m, r, k: int((torch.bincount(torch.cdist(x, m).min(1)[1] * (torch.cdist(x, m).min(1)[0] < r))
           >= k).sum()), "zerar a posição das amostras de fora as manda para a moda 0. Deixe-as fora da contagem."),
    Engano(lambda x, m, r, k: int((_contagem(x, m, r**0.5) >= k).sum()), "você comparou o quadrado da distância com "
           "o raio. Tire a raiz, ou compare com raio²."),
    Engano(lambda x, m, r, k: int((_contagem(x, m, r) < k).sum()), "você contou as modas perdidas; a pergunta é "
           "quantas estão cobertas."),
    Engano(lambda x, m, r, k: int(_contagem(x, m, r).sum()), "você contou os pontos perto de alguma moda. Conte as "
           "modas que recebem pelo menos `minimo` pontos."),
    Engano(lambda x, m, r, k: _contagem(x, m, r), "essa é a contagem de pontos de cada moda. Falta contar quantas "
           "chegam a `minimo`."),
    Engano(lambda x, m, r, k: _contagem(x, m, r) >= k, "falta contar: some os valores verdadeiros."),
    Engano(lambda x, m, r, k: _modas(x, m, r, k) / len(m), "essa é a fração das modas; a pergunta é quantas são."),
)


def _examinar_modas(funcao: Any) -> None:
    g = gerador(13)
    casos = []
    for pontos, raio, minimo in (
        ((30, 8, 10, 9, 3, 1, 0, 0), 0.9, 10), ((4, 0, 6, 20, 5), 1.4, 5), ((0, 0, 1), 0.5, 2),
        ((9, 1, 8, 3, 7, 2), 1.1, 3), ((0, 2, 30, 1), 1.6, 2),
    ):
        angulo = 2 * torch.pi * torch.arange(len(pontos)) / len(pontos)
        medias = 2 * torch.stack([angulo.cos(), angulo.sin()], dim=1)  # (K, 2), no círculo de raio 2
        perto = medias.repeat_interleave(torch.tensor(pontos), dim=0)
        perto += 0.2 * raio * torch.randn(perto.shape, generator=g)
        entre = 0.52 * medias[0] + 0.48 * medias[1] + 0.01 * torch.randn(3, 2, generator=g)  # são da moda 0
        longe = medias.repeat(3, 1) * 2.5 + 0.1 * torch.randn(3 * len(pontos), 2, generator=g)
        amostras = torch.cat([perto, entre, longe])
        descricao = f"{len(amostras)} amostras, {len(pontos)} modas, raio {raio} e mínimo {minimo}".replace(".", ",")
        casos.append(Caso(descricao, (amostras, medias, raio, minimo)))
    comparar(funcao, casos, _modas, ENGANOS_MODAS)


def conferir_frechet_1d(resposta: Any) -> None:
    """Confere a função `(a, b) -> distância de Fréchet` entre as gaussianas ajustadas a dois conjuntos de números.

    Equação: (m_a − m_b)² + (s_a − s_b)², o caso de uma dimensão da FID
    Fonte: Heusel e outros (2017).

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_frechet, nome="frechet_1d",
        tarefa="escreva o corpo de `minha_frechet` e rode de novo.",
        licao="Só a média e o desvio-padrão entram na conta: dois conjuntos muito diferentes, com os mesmos dois "
        "números, estão a distância zero.",
    )


def _m(a: Tensor, b: Tensor) -> Tensor:
    return a.mean() - b.mean()


def _s(a: Tensor, b: Tensor) -> Tensor:
    return a.std() - b.std()


def _frechet(a: Tensor, b: Tensor) -> Tensor:
    return _m(a, b) ** 2 + _s(a, b) ** 2


FALTA_O_QUADRADO = "Os dois termos vão ao quadrado antes da soma."
ENGANOS_FRECHET = (
    Engano(lambda a, b: _m(a, b) ** 2 + (a.var() - b.var()) ** 2, "você comparou as variâncias. O segundo termo é a "
           "diferença dos desvios-padrão, ao quadrado."),
    Engano(lambda a, b: _frechet(a, b).sqrt(), "essa é a raiz do que se pede. Aqui, como na FID, fica o quadrado."),
    Engano(lambda a, b: _m(a, b) + _s(a, b), f"faltam os quadrados: a soma pode até sair negativa. {FALTA_O_QUADRADO}"),
    Engano(lambda a, b: _m(a, b).abs() + _s(a, b).abs(), f"você somou os módulos das diferenças. {FALTA_O_QUADRADO}"),
    Engano(lambda a, b: _m(a, b) ** 2 + _s(a, b).abs(), f"falta o quadrado nos desvios-padrão. {FALTA_O_QUADRADO}"),
    Engano(lambda a, b: _m(a, b) ** 2 + _s(a, b), f"falta o quadrado nos desvios-padrão. {FALTA_O_QUADRADO}"),
    Engano(lambda a, b: _m(a, b).abs() + _s(a, b) ** 2, f"falta o quadrado nas médias. {FALTA_O_QUADRADO}"),
    Engano(lambda a, b: _m(a, b) + _s(a, b) ** 2, f"falta o quadrado nas médias. {FALTA_O_QUADRADO}"),
    Engano(lambda a, b: (_m(a, b) + _s(a, b)) ** 2, "o quadrado da soma não é a soma dos quadrados: eleve cada "
           "diferença ao quadrado e depois some."),
    Engano(lambda a, b: _m(a, b) ** 2, "falta o termo dos desvios-padrão: assim, um gerador que repete a média dos "
           "dados teria distância zero."),
    Engano(lambda a, b: _s(a, b) ** 2, "falta o termo das médias."),
    Engano(lambda a, b: _m(a, b) ** 2 + (a.std() + b.std()) ** 2, "os desvios-padrão se subtraem: com a e b iguais a "
           "distância é zero."),
    Engano(lambda a, b: _m(a, b) ** 2 + a.var() + b.var(), "falta o termo cruzado: (s_a − s_b)² = s_a² + s_b² − "
           "2 s_a s_b."),
    Engano(lambda a, b: _m(a, b) ** 2 + a.var() + b.var() - a.std() * b.std(), "falta o fator 2 no termo cruzado: "
           "(s_a − s_b)² = s_a² + s_b² − 2 s_a s_b."),
    Engano(lambda a, b: _m(a, b) ** 2 + a.var() + b.var() - 2 * (a.std() * b.std()).sqrt(), "no termo cruzado, s_a s_b "
           "já é a raiz de C_a C_b: não tire a raiz outra vez."),
    Engano(lambda a, b: a.mean() - b.mean() ** 2 + _s(a, b) ** 2, "faltam parênteses: o ** vem antes da subtração."),
    Engano(lambda a, b: a.mean() ** 2 - b.mean() ** 2 + _s(a, b) ** 2, "o quadrado é da diferença das médias, e não a "
           "diferença dos quadrados."),
    Engano(lambda a, b: _m(a, b) ** 2 + a.var() + b.var() - 2 * a.var() * b.var(), "no termo cruzado vai a raiz do "
           "produto das variâncias, que é s_a s_b."),
)


def _examinar_frechet(funcao: Any) -> None:
    g = gerador(14)
    casos = []
    for n, m, (media_a, s_a), (media_b, s_b) in (
        (60_000, 80_000, (0.0, 1.0), (1.5, 2.0)), (70_000, 70_000, (1.0, 1.5), (-0.5, 0.5)),
        (60_000, 60_000, (2.0, 0.6), (2.5, 0.7)),
    ):  # n grande: dividir por n ou por n − 1 não faz diferença
        a, b = media_a + s_a * torch.randn(n, generator=g), media_b + s_b * torch.randn(m, generator=g)
        casos.append(Caso(f"{n} números de um lado e {m} do outro", (a, b)))
    comparar(funcao, casos, _frechet, ENGANOS_FRECHET)

"""Treina e mede todas as famílias na mesma tarefa: a tabela do fim da lição 1."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao import modas_cobertas, precisao_revocacao
from aulas_lib.avaliacao.placar import LinhaDoPlacar
from aulas_lib.dados.bits import Celulas, binarizar, bits
from aulas_lib.dados.distribuicoes import MisturaGaussiana
from aulas_lib.dados.imagens import Particoes
from aulas_lib.receitas.familias import Representante, Tarefa


@dataclass(frozen=True)
class Medidor:
    """Como se mede uma tarefa: os exemplos de teste e a conta das modas.

    Attributes:
        tarefa: os dados de treino.
        teste: exemplos que ninguém viu no treino, forma (M, D).
        contar: amostras (n, D) → (modas cobertas, total).
        piso: nats do modelo de referência, para a linha do piso; a entropia, se p é conhecida.
        nome_do_piso: o que essa linha é.
        amostras: quantas amostras de cada família contam as modas.
    """

    tarefa: Tarefa
    teste: Tensor
    contar: Callable[[Tensor], tuple[int, int]]
    piso: float | None
    nome_do_piso: str
    amostras: int = 2000


def no_plano(lei: MisturaGaussiana, exemplos: int = 5000, limite: float = 3.0) -> Medidor:
    """Amostras de uma mistura no plano; quem só conhece bits recebe células de uma grade de 64 × 64.

    Args:
        lei: a mistura, com a densidade exata.
        exemplos: pontos de treino.
        limite: metade do lado da grade, que tem de conter os dados.
    """
    celulas = Celulas(limite, bits_por_eixo=6)
    desvio = 2.0
    q = torch.distributions.MultivariateNormal(torch.zeros(2), desvio**2 * torch.eye(2))
    tarefa = Tarefa(
        treino=lei.amostrar(exemplos, gerador(0)),
        para_bits=celulas.codificar,
        de_bits=celulas.decodificar,
        log_area=math.log(celulas.area),
        base=lambda n, g: desvio * torch.randn(n, 2, generator=g),
        log_base=q.log_prob,
        binaria=False,
        latentes=2,
    )
    teste = lei.amostrar(2000, gerador(1))
    entropia = -lei.log_densidade(teste).mean().item()
    return Medidor(tarefa, teste, lambda x: modas_cobertas(x, lei)[:2], entropia, "a própria lei")


def nos_digitos(dados: Particoes, classificar: Callable[[Tensor], Tensor]) -> Medidor:
    """Os dígitos binarizados, 64 pixels de −1 ou 1; as modas são as dez classes.

    Args:
        dados: as partições dos dígitos 8×8.
        classificar: (n, 64) → classe de cada imagem, int64. Uma classe conta como vista se recebe pelo menos um
            quarto da sua parte das amostras.
    """
    treino, teste = (binarizar(parte.imagens).flatten(1) for parte in (dados.treino, dados.teste))
    frequencia = (bits(treino).sum(0) + 1) / (len(treino) + 2)  # regra de Laplace
    q = torch.distributions.Bernoulli(frequencia)
    tarefa = Tarefa(
        treino=treino,
        para_bits=bits,
        de_bits=lambda v, g: 2 * v - 1,
        log_area=0.0,
        base=lambda n, g: 2 * torch.bernoulli(frequencia.expand(n, -1), generator=g) - 1,
        log_base=lambda x: q.log_prob(bits(x)).sum(1),
        binaria=True,
        latentes=16,
    )

    def contar(x: Tensor) -> tuple[int, int]:
        vezes = torch.bincount(classificar(x), minlength=10)
        return int((vezes >= len(x) / 40).sum()), 10

    return Medidor(tarefa, teste, contar, None, "treino contra teste")


@torch.no_grad()
def medir(medidor: Medidor, representante: Representante) -> tuple[LinhaDoPlacar, Tensor]:
    """Mede uma família.

    Args:
        medidor: a tarefa e o teste.
        representante: o modelo treinado.

    Returns:
        A linha do placar e as amostras que a mediram, forma (n, D).
    """
    inicio = time.perf_counter()
    x = representante.amostrar(medidor.amostras, gerador(2))
    ms = (time.perf_counter() - inicio) * 1e6 / medidor.amostras
    nats = None if representante.log_p is None else -representante.log_p(medidor.teste).mean().item()
    qualidade = precisao_revocacao(medidor.teste, x[: len(medidor.teste)])
    linha = LinhaDoPlacar(
        representante.nome, nats, representante.natureza, medidor.contar(x), *qualidade,
        representante.chamadas, ms, representante.segundos,
    )  # fmt: skip
    return linha, x


def piso(medidor: Medidor) -> LinhaDoPlacar:
    """A linha de referência: exemplos de treino contra os de teste, em igual número."""
    treino = medidor.tarefa.treino
    escolha = torch.randperm(len(treino), generator=gerador(3))
    x = treino[escolha]
    qualidade = precisao_revocacao(medidor.teste, x[: len(medidor.teste)])
    natureza = "não há" if medidor.piso is None else "exata"
    return LinhaDoPlacar(medidor.nome_do_piso, medidor.piso, natureza, medidor.contar(x), *qualidade)


def disputar(
    medidor: Medidor, familias: Sequence[Callable[[Tarefa], Representante]]
) -> tuple[list[LinhaDoPlacar], dict[str, Tensor]]:
    """Treina e mede cada família na mesma tarefa.

    Args:
        medidor: a tarefa e o teste.
        familias: funções de `receitas.familias`.

    Returns:
        As linhas do placar, com o piso no fim, e as amostras de cada família.
    """
    linhas, amostras = [], {}
    for familia in familias:
        linha, x = medir(medidor, familia(medidor.tarefa))
        linhas.append(linha)
        amostras[linha.nome] = x
    return [*linhas, piso(medidor)], amostras

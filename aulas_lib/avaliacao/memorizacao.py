"""O gerador copia o conjunto de treino? Os gerados estão mais perto dos exemplos vistos que de exemplos novos?"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from aulas_lib.ambiente import virgula


class Memorizacao(NamedTuple):
    """A fração de gerados mais perto do treino e o seu erro-padrão; ½ é não ter memorizado nada.

    Attributes:
        fracao: entre 0 e 1.
        erro: √(f (1 − f) / n), com n gerados.
    """

    fracao: float
    erro: float

    def __str__(self) -> str:
        return f"{virgula(self.fracao, 3)} ± {virgula(self.erro, 3)}"


def memorizacao(gerados: Tensor, treino: Tensor, outros: Tensor, lote: int = 500) -> Memorizacao:
    """P(um gerado está mais perto de um exemplo do treino que de um exemplo que o gerador nunca viu).

    Equação: f = média de 1[d(x, treino) < d(x, outros)] + ½ · 1[d(x, treino) = d(x, outros)], com d(x, A) a
    distância euclidiana de x ao seu vizinho mais próximo em A
    Se treino e outros são dois sorteios da mesma lei, do mesmo tamanho, quem não viu nenhum dos dois fica em ½; quem
    só copia o treino, em 1. Abaixo de ½ é acaso, ou um gerador que foge dos exemplos que viu.
    Fonte: versão simplificada de Meehan, Chaudhuri e Dasgupta (2020), "A non-parametric test to detect data-copying",
    que compara as distâncias ao treino dos gerados e de exemplos novos, região por região do espaço.

    O erro-padrão trata os gerados como sorteios independentes. Falta nele o sorteio dos dois conjuntos, que também
    conta: com outros exemplos novos a fração mudaria um pouco, ainda que os gerados fossem infinitos.

    Args:
        gerados: pixels ou características, forma (M, ...).
        treino: exemplos que o gerador viu, forma (N, ...).
        outros: exemplos da mesma lei que ele não viu, tantos quantos os do treino, forma (N, ...).
        lote: gerados por vez.

    Returns:
        `Memorizacao(fracao, erro)`.

    Raises:
        ValueError: se as formas não combinam, se treino e outros não têm o mesmo tamanho (o maior estaria mais perto
            só por ser maior) ou são os mesmos exemplos, ou se há valores que não são números finitos.
    """
    _conferir(gerados, treino, outros, lote)
    centro = treino.detach().cpu().double().flatten(1).mean(dim=0)  # perto da origem, o atalho de cdist arredonda menos
    x, vistos, novos = (t.detach().cpu().double().flatten(1) - centro for t in (gerados, treino, outros))
    # Pixels de dois valores dão distâncias iguais: a folga impede que o arredondamento desempate.
    folga = 1e-9 * vistos.square().sum(dim=1).mean()
    vantagem = torch.cat([_vizinho(parte, novos) - _vizinho(parte, vistos) for parte in x.split(lote)])
    fracao = torch.where(vantagem.abs() <= folga, 0.5, (vantagem > 0).double()).mean().item()
    return Memorizacao(fracao, math.sqrt(fracao * (1 - fracao) / len(x)))


def _vizinho(x: Tensor, pontos: Tensor) -> Tensor:
    """O quadrado da distância de cada x ao vizinho mais próximo, forma (B,)."""
    return torch.cdist(x, pontos, compute_mode="use_mm_for_euclid_dist").min(dim=1).values.square()


def _conferir(gerados: Tensor, treino: Tensor, outros: Tensor, lote: int) -> None:
    formas = [tuple(t.shape) for t in (gerados, treino, outros)]
    if any(len(f) < 2 or 0 in f for f in formas) or len({f[1:] for f in formas}) != 1:
        raise ValueError(
            f"memorizacao: chegaram as formas {formas[0]}, {formas[1]} e {formas[2]}; esperava (M, ...), (N, ...) e "
            "(N, ...), com o mesmo tamanho de exemplo."
        )
    if len(treino) != len(outros):
        raise ValueError(
            f"memorizacao: o treino tem {len(treino)} exemplos e os outros são {len(outros)}; esperava o mesmo número. "
            f"O conjunto maior estaria mais perto só por ser maior: use os {min(len(treino), len(outros))} primeiros "
            "de cada um."
        )
    if not all(t.isfinite().all() for t in (gerados, treino, outros)):
        raise ValueError("memorizacao: há valores infinitos ou NaN; esperava números finitos.")
    if treino.equal(outros):
        raise ValueError("memorizacao: treino e outros são os mesmos exemplos; os outros têm de ser novos.")
    if not (isinstance(lote, int) and lote > 0):
        raise ValueError(f"lote: chegou {lote!r}; esperava um inteiro positivo.")

"""O que toda receita tem em comum: os conjuntos de imagens, o arquivo de pesos e as quatro partes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.ambiente import pasta_pesos
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.dados.imagens import ConjuntoImagens, digitos, fashion_mnist, mnist
from aulas_lib.precisao import Precisao, precisao
from aulas_lib.treino import Treino, TreinoAdversario

Medir = Callable[[nn.Module, ConjuntoImagens], dict[str, str]]  # (rede, conjunto de teste) → métricas, em texto
CONJUNTOS = ("carinhas", "digitos", "mnist", "fashion_mnist")


@dataclass(frozen=True)
class Receita:
    """O que é preciso para refazer um peso.

    Attributes:
        titulo: o que é, em uma frase.
        criar: conjunto de treino → rede ainda sem treino (em uma GAN, o gerador).
        treinar: (rede, conjunto de treino, semente) → `Treino` ou `TreinoAdversario`, pronto para percorrer.
        medir: (rede, conjunto de teste) → métricas, em texto, para a procedência.
        retratar: rede → imagens dos mesmos z, para o diário do treino; None não retrata.
    """

    titulo: str
    criar: Callable[[ConjuntoImagens], nn.Module]
    treinar: Callable[[nn.Module, ConjuntoImagens, int], Treino | TreinoAdversario]
    medir: Medir
    retratar: Callable[[nn.Module], Tensor] | None = None


def so_carinhas(medir: Medir) -> Medir:
    """A mesma medida, que em outros conjuntos diz por que não há: a sonda só conhece carinhas."""

    @wraps(medir)
    def medida(modelo: nn.Module, conjunto: ConjuntoImagens) -> dict[str, str]:
        if "oculos" not in conjunto.esquema:
            return {"metrica": "sem medida: a sonda só conhece carinhas"}
        return medir(modelo, conjunto)

    return medida


def precisao_da_receita(modelo: nn.Module) -> Precisao | None:
    """Na GPU, a precisão mais rápida; na CPU, None: a receita diz a sua, sempre a mesma, para que o peso se refaça."""
    aparelho = next(modelo.parameters()).device
    return None if aparelho.type == "cpu" else precisao(aparelho)


def conjuntos(nome: str) -> tuple[ConjuntoImagens, ConjuntoImagens]:
    """Treino e teste de um conjunto, com lado múltiplo de 8 (o MNIST ganha uma moldura, de 28 para 32).

    Args:
        nome: "carinhas", "digitos", "mnist" ou "fashion_mnist".

    Raises:
        ValueError: se o nome não é um desses.
    """
    if nome == "carinhas":
        return carinhas(20_000, semente=0), carinhas(4_000, semente=1)
    if nome == "digitos":
        partes = digitos()
        return partes.treino, partes.teste
    if nome in ("mnist", "fashion_mnist"):
        ler = mnist if nome == "mnist" else fashion_mnist
        return _com_moldura(ler("treino")), _com_moldura(ler("teste"))
    raise ValueError(f"dados: chegou {nome!r}; esperava um destes: {', '.join(CONJUNTOS)}.")


def _com_moldura(conjunto: ConjuntoImagens) -> ConjuntoImagens:
    niveis = F.pad(conjunto.niveis, (2, 2, 2, 2))
    return ConjuntoImagens(niveis, conjunto.atributos, conjunto.esquema, conjunto.nivel_max)


def exemplo(dados: str) -> ConjuntoImagens:
    """Uma imagem do conjunto, só para saber tamanho, canais e esquema; as carinhas não usam o disco."""
    return carinhas(1, cache=False) if dados == "carinhas" else conjuntos(dados)[1][:1]


def arquivo_de(nome: str, dados: str = "carinhas") -> Path:
    """Arquivo de pesos de uma receita: `vae.safetensors`, ou `vae-mnist.safetensors` com outros dados."""
    return pasta_pesos() / (f"{nome}.safetensors" if dados == "carinhas" else f"{nome}-{dados}.safetensors")

"""A sonda de atributos das carinhas: o juiz das edições e o espaço em que se medem distâncias.

Os pesos são fixos: depois que as lições citam números medidos com eles, não se treina de novo. Um teste
compara o arquivo com `RESUMO`.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib import pesos
from aulas_lib.ambiente import virgula
from aulas_lib.avaliacao.sonda import Sonda, acertos, perda_sonda
from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.receitas.base import Receita, arquivo_de, exemplo, precisao_da_receita
from aulas_lib.treino import Treino, cosseno

# SHA-256 de data/pesos/sonda.safetensors
RESUMO = "691b8b654832ac817a00ca7d8ace5f2ee7f29e3d8f8c6419bc86ff421d2d2410"


def criar_sonda(conjunto: ConjuntoImagens) -> Sonda:
    """Sonda para os atributos do conjunto, com 64 características."""
    return Sonda(conjunto.esquema, canais=conjunto.niveis.shape[1])


def treinar_sonda(modelo: nn.Module, conjunto: ConjuntoImagens, semente: int) -> Treino:
    """Entropia cruzada somada sobre os atributos, com imagens às vezes borradas e com ruído.

    As imagens degradadas fazem a sonda julgar com justiça o que sai de um decoder, que é um pouco borrado.
    """

    def perda(sonda: Sonda, x: Tensor, atributos: Tensor, gerador: torch.Generator) -> Tensor:
        return perda_sonda(sonda, x, atributos)

    aparelho = next(modelo.parameters()).device
    dados = (conjunto.imagens.to(aparelho), conjunto.atributos.to(aparelho))
    return Treino(
        modelo, perda, dados, passos=2_000, lote=64, lr=2e-3, agenda=cosseno, decaimento=1e-2, media=0.995,
        transformar=degradar, precisao=precisao_da_receita(modelo), semente=semente,
    )  # fmt: skip


def degradar(x: Tensor, gerador: torch.Generator) -> Tensor:
    """Metade das imagens perde nitidez, todas ganham ruído; as duas intensidades são sorteadas.

    Args:
        x: pixels em [−1, 1], forma (B, C, H, W).
        gerador: fonte do acaso, no dispositivo de x.

    Returns:
        Mesma forma; o ruído, de desvio-padrão até 0,15, pode passar um pouco de [−1, 1].
    """
    sorteio = torch.rand(3, len(x), 1, 1, 1, generator=gerador, device=x.device)
    linha = torch.tensor([0.25, 0.5, 0.25], device=x.device)
    nucleo = torch.outer(linha, linha).expand(x.shape[1], 1, 3, 3)
    borrada = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), nucleo, groups=x.shape[1])
    intensidade = torch.where(sorteio[0] < 0.5, sorteio[1], 0.0)
    eps = torch.randn(x.shape, generator=gerador, device=x.device)
    return torch.lerp(x, borrada, intensidade) + 0.15 * sorteio[2] * eps


def medir_sonda(modelo: nn.Module, conjunto: ConjuntoImagens) -> dict[str, str]:
    """Acerto em cada atributo nas imagens de teste, e o menor deles."""
    fracoes = acertos(modelo, conjunto.imagens, conjunto.atributos)
    pior = min(fracoes, key=fracoes.__getitem__)
    todos = "; ".join(f"{nome} {virgula(100 * v)} %" for nome, v in fracoes.items())
    metrica = f"menor acerto {virgula(100 * fracoes[pior])} % ({pior}) em {len(conjunto)} imagens novas"
    return {"metrica": metrica, "acertos": todos, "dimensao": str(modelo.dimensao)}


def carregar_sonda() -> Sonda:
    """A sonda das carinhas que acompanha o curso, em modo de avaliação.

    Raises:
        FileNotFoundError: se o peso não está em `data/pesos`.
        ValueError: se o arquivo está estragado.
    """
    sonda = criar_sonda(exemplo("carinhas"))
    pesos.carregar(sonda, arquivo_de("sonda"))
    return sonda.eval().requires_grad_(False)


RECEITA = Receita("sonda de atributos", criar_sonda, treinar_sonda, medir_sonda)

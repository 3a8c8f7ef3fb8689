"""O classificador das carinhas com ruído, que orienta a difusão; quem julga o resultado é a sonda, outra rede."""

import torch
from torch import nn

from aulas_lib.ambiente import gerador, virgula
from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.modelos.classificador_ruidoso import ClassificadorRuidoso, perda_com_ruido
from aulas_lib.modelos.condicional import indicadores
from aulas_lib.modelos.difusao import difundir
from aulas_lib.receitas.base import Receita, precisao_da_receita
from aulas_lib.receitas.difusao import AGENDA, BF16_NA_CPU, tamanhos_de
from aulas_lib.treino import Treino, cosseno

PASSOS = 3_000
MEDIDOS = (1, 250, 500, 750)  # instantes


def criar_classificador(conjunto: ConjuntoImagens) -> ClassificadorRuidoso:
    """Classificador de todos os atributos do conjunto, para imagens de lado múltiplo de 8."""
    _, canais, _, lado = conjunto.niveis.shape
    return ClassificadorRuidoso(canais, lado, tamanhos_de(conjunto))


def treinar_classificador(modelo: nn.Module, conjunto: ConjuntoImagens, semente: int) -> Treino:
    """Entropia cruzada somada sobre os atributos, em um instante sorteado por imagem."""
    aparelho = next(modelo.parameters()).device
    dados = conjunto.imagens.to(aparelho), indicadores(conjunto.atributos, modelo.tamanhos).to(aparelho)
    return Treino(
        modelo, perda_com_ruido(AGENDA), dados, passos=PASSOS, lote=128, lr=1e-3, agenda=cosseno, decaimento=1e-2,
        media=0.995, precisao=precisao_da_receita(modelo) or BF16_NA_CPU, semente=semente,
    )  # fmt: skip


@torch.no_grad()
def medir_classificador(modelo: nn.Module, conjunto: ConjuntoImagens) -> dict[str, str]:
    """Acerto médio dos atributos em imagens de teste com ruído, em alguns instantes."""
    sorte, partes = gerador(0), []
    for passo in MEDIDOS:
        t = torch.full((len(conjunto),), passo)
        x_t = difundir(conjunto.imagens, t, torch.randn(conjunto.imagens.shape, generator=sorte), AGENDA)
        logits = torch.cat([modelo(x, s) for x, s in zip(x_t.split(500), t.split(500), strict=True)])
        vistos = torch.stack([p.argmax(dim=1) for p in logits.split(list(modelo.tamanhos), dim=1)], dim=1)
        certos = (vistos == conjunto.atributos).double().mean().item()
        partes.append(f"t = {passo}: {virgula(100 * certos, 1)} %")
    return {"metrica": f"acerto médio dos atributos em {len(conjunto)} imagens novas: {'; '.join(partes)}"}


RECEITA = Receita("classificador com ruído", criar_classificador, treinar_classificador, medir_classificador)

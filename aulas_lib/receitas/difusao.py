"""A difusão das carinhas: uma U-Net pequena que prevê a velocidade, agenda do cosseno, média dos pesos.

Um modelo só serve com e sem atributos: no treino, cada rosto mostra uma parte deles (`orientacao.esconder`).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao import N_FRECHET
from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.modelos.amostradores import chegar, instantes_igualados, percorrer_dpm
from aulas_lib.modelos.condicional import indicadores
from aulas_lib.modelos.difusao import Agenda, agenda_cosseno, sorteando
from aulas_lib.modelos.orientacao import mostrando_parte
from aulas_lib.modelos.unet import UNet
from aulas_lib.modelos.velocidade import PreditorDeVelocidade, perda_da_velocidade
from aulas_lib.precisao import Precisao
from aulas_lib.receitas.base import Receita, precisao_da_receita, so_carinhas
from aulas_lib.receitas.dcgan import texto_das_medidas
from aulas_lib.treino import Treino

AGENDA: Agenda = agenda_cosseno(1000)
PASSOS, LARGURAS = 9_600, (64, 96, 128)
CHAMADAS, POR_LOTE = 25, 250
BF16_NA_CPU = Precisao(torch.bfloat16, True, "bfloat16 com canais por último, sempre")


def criar_difusao(conjunto: ConjuntoImagens, larguras: Sequence[int] = LARGURAS) -> PreditorDeVelocidade:
    """ε_θ para as imagens do conjunto, de lado múltiplo de 8, com todos os atributos dele em y."""
    _, canais, _, lado = conjunto.niveis.shape
    return PreditorDeVelocidade(UNet(canais, lado, larguras, condicao=sum(tamanhos_de(conjunto))), AGENDA)


def tamanhos_de(conjunto: ConjuntoImagens) -> list[int]:
    """Quantos valores tem cada atributo."""
    return [len(valores) for valores in conjunto.esquema.values()]


def subida_e_descida(fracao: float) -> float:
    """Taxa de aprendizado: sobe em linha reta nos primeiros 3 % e desce em linha reta até 2 %."""
    return min(fracao / 0.03 + 0.01, max(0.02, 1.0 - fracao))


def treinar_difusao(
    modelo: nn.Module,
    conjunto: ConjuntoImagens,
    semente: int,
    passos: int = PASSOS,
    media: float = 0.999,
    na_cpu: Precisao = BF16_NA_CPU,
) -> Treino:
    """`perda_da_velocidade`, que vê parte dos atributos, se os há; AdamW com taxa 1e-3."""
    aparelho, tamanhos = next(modelo.parameters()).device, tamanhos_de(conjunto)
    perda, dados = sorteando(perda_da_velocidade, AGENDA), (conjunto.imagens.to(aparelho),)
    if tamanhos:
        perda = mostrando_parte(perda, tamanhos)
        dados += (indicadores(conjunto.atributos, tamanhos).to(aparelho),)
    return Treino(
        modelo, perda, dados, passos=passos, lote=64, lr=1e-3, agenda=subida_e_descida, recorte=5_000.0, media=media,
        precisao=precisao_da_receita(modelo) or na_cpu, semente=semente,
    )  # fmt: skip


def gerar_difusao(modelo: nn.Module, n: int, semente: int, chamadas: int = CHAMADAS) -> Tensor:
    """n imagens pela DPM-Solver++ de segunda ordem, com poucas chamadas da rede.

    Args:
        modelo: ε_θ.
        n: quantas.
        semente: de x_T.
        chamadas: da rede, por imagem.

    Returns:
        Forma (n, C, H, W), cortada em [−1, 1].
    """
    aparelho, sorte = next(modelo.parameters()).device, gerador(semente)
    x_T = torch.randn(n, *modelo.forma, generator=sorte)
    instantes = instantes_igualados(AGENDA, chamadas)
    partes = [percorrer_dpm(modelo, x.to(aparelho), AGENDA, instantes, recorte=1.0) for x in x_T.split(POR_LOTE)]
    return torch.cat([chegar(parte).cpu() for parte in partes]).clamp(-1, 1)


@so_carinhas
def medir_difusao(modelo: nn.Module, conjunto: ConjuntoImagens) -> dict[str, str]:
    """As medidas da DCGAN (só carinhas), com `CHAMADAS` chamadas da rede."""
    with torch.autocast("cpu", torch.bfloat16):  # como no treino: na metade do tempo
        geradas = gerar_difusao(modelo, N_FRECHET, 2)
    return {"metrica": f"{texto_das_medidas(geradas, conjunto)}, {CHAMADAS} chamadas da rede"}


def retratar_difusao(modelo: nn.Module) -> Tensor:
    """Dez imagens, sempre dos mesmos x_T."""
    return gerar_difusao(modelo, 10, 7)


RECEITA = Receita("U-Net da difusão", criar_difusao, treinar_difusao, medir_difusao, retratar_difusao)

"""A figura que se move no README: a volta da difusão, do ruído a rostos, com os pesos que acompanham o curso."""

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from aulas_lib.ambiente import gerador, gravacao_inteira, pasta_projeto
from aulas_lib.figuras.imagens import mosaico
from aulas_lib.modelos.amostradores import instantes_igualados, percorrer_ddim
from aulas_lib.receitas.difusao import AGENDA

COLUNAS, ROSTOS, CHAMADAS, SEMENTE = 8, 16, 24, 5
MARGEM = (2, 2)  # pixels entre os rostos
AMPLIAR = 3  # vezes; um rosto tem 32 pixels de lado
MS_POR_QUADRO, MS_DO_FIM = 110, 2600  # o último quadro fica mais tempo
QUALIDADE = 55


def arquivo_da_capa() -> Path:
    """Onde a capa do curso fica guardada."""
    return pasta_projeto() / "data" / "capa" / "volta.webp"


@torch.no_grad()
def quadros_da_capa(modelo: torch.nn.Module) -> Tensor:
    """De x_T a x_0, sem acaso no caminho (DDIM, η = 0).

    Args:
        modelo: ε_θ das carinhas, o da receita `difusao`.

    Returns:
        Forma (CHAMADAS + 1, H, W, 3), uint8: um mosaico de rostos por instante.
    """
    x_T = torch.randn(ROSTOS, *modelo.forma, generator=gerador(SEMENTE))
    caminho = percorrer_ddim(modelo, x_T, AGENDA, instantes_igualados(AGENDA, CHAMADAS), recorte=1.0)
    instantes = [x_T, *(parada.x for parada in caminho)]
    # x_T tem desvio-padrão 1, e quase um terço dele passaria de [−1, 1]: metade do contraste no ruído
    escalas = torch.linspace(0.5, 1, len(instantes))
    mosaicos = [mosaico(s * x, COLUNAS, MARGEM) for s, x in zip(escalas, instantes, strict=True)]
    return (255 * torch.stack(mosaicos)).round().byte()


def gravar_capa(modelo: torch.nn.Module, destino: Path | None = None) -> Path:
    """Grava a animação em WebP.

    Args:
        modelo: o da receita `difusao`.
        destino: arquivo a gravar; None é `data/capa/volta.webp`.

    Returns:
        O arquivo gravado.
    """
    destino = arquivo_da_capa() if destino is None else destino
    destino.parent.mkdir(parents=True, exist_ok=True)
    imagens = [Image.fromarray(quadro.numpy()) for quadro in quadros_da_capa(modelo)]
    largura, altura = (AMPLIAR * lado for lado in imagens[0].size)
    maiores = [imagem.resize((largura, altura), Image.Resampling.NEAREST) for imagem in imagens]
    duracoes = [MS_POR_QUADRO] * (len(maiores) - 1) + [MS_DO_FIM]
    with gravacao_inteira(destino) as rascunho:
        maiores[0].save(
            rascunho, format="webp", save_all=True, append_images=maiores[1:], duration=duracoes, loop=0,
            quality=QUALIDADE, method=6,
        )  # fmt: skip
    return destino

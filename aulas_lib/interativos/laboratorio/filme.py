"""O laboratório sem kernel: treinos já gravados, um por posição do primeiro controle, e o passo no segundo."""

import math
from collections.abc import Mapping

import numpy as np
from PIL import Image

from aulas_lib.interativos import desenho
from aulas_lib.interativos.eixo import Eixo
from aulas_lib.interativos.filme import Filme, filme
from aulas_lib.interativos.laboratorio.linha import LinhaDoTempo
from aulas_lib.interativos.laboratorio.plano import MALHA, Detalhe, cor_do_fundo
from aulas_lib.interativos.laboratorio.quadro import LARGURA, descrever, quadro_laboratorio

LEVE = Detalhe(pontos=100, setas=16, malha=3, degraus=5)
DESCRICAO = (
    "O plano dos dados durante o treino de uma GAN: exemplos em círculos, gerados em quadrados, a malha de z levada "
    "pelo gerador, setas que mostram para onde a perda puxa os gerados e, no fundo, o que o discriminador diz de cada "
    "ponto. Embaixo, as perdas dos dois jogadores e a JSD com o seu piso."
)


def filme_laboratorio(
    linhas: Mapping[str, LinhaDoTempo],
    *,
    titulo: str = "Laboratório de GANs: treinos gravados",
    descricao: str = DESCRICAO,
    eixo: str = "treino",
    quadros: int = 40,
    fps: float = 8,
) -> Filme:
    """Filme de dois controles: qual corrida, e o passo, que o botão "Tocar" percorre.

    Os passos são igualmente espaçados até o maior passo gravado; uma linha que acabou antes fica no seu último
    instante.

    Args:
        linhas: nome → linha do tempo já treinada, na ordem do controle.
        titulo: linha acima da figura.
        descricao: texto alternativo da figura parada.
        eixo: nome do primeiro controle.
        quadros: instantes por corrida, no máximo; 4 corridas de 40 ocupam cerca de 1,1 MB.
        fps: quadros por segundo do botão.

    Returns:
        `Filme` que começa no fim do primeiro treino.

    Raises:
        ValueError: se não há linhas, se nenhuma andou, ou se quadros é menor que 2.
    """
    ate = max((linha.instantes[-1].passo for linha in linhas.values()), default=0)
    if ate == 0 or quadros < 2:
        raise ValueError(
            f"filme_laboratorio recebeu {len(linhas)} linha(s), a mais longa com {ate} passos, e quadros={quadros}; "
            "esperava pelo menos uma linha treinada, com `avancar`, e 2 quadros."
        )
    passos = _passos(ate, max(linha.a_cada for linha in linhas.values()), quadros)
    imagens, legendas, cores = [], [], _poucas_cores()
    for nome, linha in linhas.items():
        for passo in passos:
            i = linha.posicao((passo, math.inf))
            aviso = linha.parou if i == len(linha) - 1 else ""
            quadro = quadro_laboratorio(
                linha.instantes, i, linha.observador, nome, aviso=aviso, ate=ate, detalhe=LEVE
            )
            imagens.append(quadro.quantize(palette=cores, dither=Image.Dither.NONE))
            legendas.append(f"{descrever(linha.instantes[i], linha.observador.piso)}. {aviso}".strip())
    eixos = [
        Eixo(eixo, list(linhas)),
        Eixo("volta", [str(passo) for passo in passos], -1, por_extenso="volta do treino"),
    ]
    return filme(
        imagens, eixos, titulo, descricao, legendas=legendas, fps=fps, largura_maxima=LARGURA + 20
    )


def _poucas_cores() -> Image.Image:
    """Paleta com as cores do quadro e as suas meias-tintas: sem perda, o WebP fica três vezes menor que com perda."""
    fundo = cor_do_fundo(np.linspace(0, 1, LEVE.degraus), LEVE.degraus).astype(float)
    tracos = np.array([desenho.PRETO, desenho.AZUL, desenho.VERMELHO, desenho.VERDE, desenho.CINZA, MALHA], float)
    meias = (tracos + np.array(desenho.BRANCO)) / 2
    cores = np.concatenate([[desenho.BRANCO], fundo, tracos, meias]).round().astype(np.uint8)
    paleta = Image.new("P", (1, 1))
    paleta.putpalette(cores.tobytes())
    return paleta


def _passos(ate: int, a_cada: int, quadros: int) -> list[int]:
    """Até `quadros` passos de 0 a `ate`, em múltiplos de `a_cada` para cair em instantes gravados."""
    meio = {round(ate * i / (quadros - 1) / a_cada) * a_cada for i in range(quadros)}
    return sorted({passo for passo in meio if passo < ate} | {ate})

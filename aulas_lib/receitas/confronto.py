"""O confronto das famílias: difusão, GANs e VAE nas mesmas carinhas, com as mesmas medidas, em cinco sorteios.

`make confronto` refaz `data/medidas/confronto.csv`, que os cadernos leem.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from torch import Tensor, nn

from aulas_lib.ambiente import gerador, virgula
from aulas_lib.avaliacao import N_FRECHET, cobertura_de_pares, extrair, medir_conjunto, memorizacao, prever
from aulas_lib.avaliacao.sonda import Sonda
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.modelos.gan import imagens_de
from aulas_lib.receitas import carregar
from aulas_lib.receitas.arvore import BANCO, RAMOS, SORTEIOS, cronometrar, medir_piso, resumir, tamanho_de
from aulas_lib.receitas.medidas import gravar_tabela, pasta_medidas
from aulas_lib.receitas.medidas_difusao import AMOSTRADORES, POR_VEZ, gerar_com_rotulos, gerar_em_meia
from aulas_lib.receitas.vae import gerar_vae

Gerar = Callable[[nn.Module, int, int], Tensor]  # (rede, quantas, semente) → imagens (n, 3, 32, 32)


def da_difusao(chamadas: int, rede: nn.Module, n: int, semente: int) -> Tensor:
    """n rostos da difusão, que escolhe todos os atributos, com tantas chamadas da rede por rosto."""
    return gerar_em_meia(rede, AMOSTRADORES["DPM-Solver++"], n, chamadas, semente)


def da_difusao_com_rotulos(chamadas: int, rede: nn.Module, n: int, semente: int) -> Tensor:
    """n rostos da difusão, cada um com os doze atributos pedidos, sorteados como nos dados."""
    return gerar_com_rotulos(rede, n, semente, chamadas)[0]


def da_gan(nome: str, rede: nn.Module, n: int, semente: int) -> Tensor:
    """n rostos de uma GAN da árvore, de nome `nome`."""
    return imagens_de(rede, RAMOS[nome].sortear(n, rede, gerador(semente)))


GANS = {"DCGAN longa": "dcgan_longa", "DCGAN condicional": "condicional", "BigGAN com rótulos": "biggan"}
RIVAIS: dict[str, tuple[str, Gerar]] = {
    "difusão, 50 chamadas": ("difusao", partial(da_difusao, 50)),
    **{f"difusão com rótulos, {n}": ("difusao", partial(da_difusao_com_rotulos, n)) for n in (5, 10, 25)},
    **{titulo: (nome, partial(da_gan, nome)) for titulo, nome in GANS.items()},
    "VAE longo": ("vae_longo", gerar_vae),
}


def medir_confronto(destino: Path | None = None) -> list[dict[str, float | str]]:
    """Mede todos e grava a tabela, com o piso na última linha.

    A memorização e a cobertura são do último sorteio.

    Args:
        destino: arquivo CSV; None é `data/medidas/confronto.csv`.

    Raises:
        FileNotFoundError: se falta um peso.
        OSError: se a pasta não aceita o arquivo.
    """
    redes = {nome: carregar(nome) for nome, _ in RIVAIS.values()}  # se falta um peso, o erro vem antes de medir
    sonda, treino = carregar("sonda"), carinhas(BANCO, semente=0)
    reais = extrair(sonda, carinhas(N_FRECHET, semente=1).imagens)
    bancos = extrair(sonda, treino.imagens), extrair(sonda, carinhas(BANCO, semente=5).imagens)
    segundos = cronometrar(redes, treino)
    linhas: list[dict[str, float | str]] = []
    for titulo, (nome, gerar) in RIVAIS.items():
        gerar_n = partial(gerar, redes[nome])
        custo = {"segundos": segundos[nome]} | tamanho_de(nome, redes[nome])
        custo["segundos_por_imagem"] = tempo_por_imagem(gerar_n)
        linhas.append({"modelo": titulo} | custo | julgar(gerar_n, sonda, reais, bancos, treino.atributos))
        print(f"{titulo}: Fréchet {virgula(linhas[-1]['frechet'], 1)}", flush=True)
    linhas.append({"modelo": "piso: reais contra reais"} | resumir(medir_piso(sonda, reais)))
    gravar_tabela(destino or pasta_medidas() / "confronto.csv", linhas[0], linhas)
    return linhas


def tempo_por_imagem(gerar: Callable[[int, int], Tensor], n: int = POR_VEZ, vezes: int = 3) -> float:
    """Segundos de processador por imagem, na mais rápida de algumas vezes (a difusão em bfloat16; as outras, float32).

    Args:
        gerar: (quantas, semente) → imagens.
        n: quantas por vez.
        vezes: quantas vezes.
    """
    tempos = []
    for _ in range(vezes):
        inicio = time.process_time()
        gerar(n, 0)
        tempos.append(time.process_time() - inicio)
    return min(tempos) / n


def julgar(
    gerar: Callable[[int, int], Tensor], sonda: Sonda, reais: Tensor, bancos: tuple[Tensor, Tensor], atributos: Tensor
) -> dict[str, float]:
    """As medidas de um gerador nos `SORTEIOS`.

    Args:
        gerar: (quantas, semente) → imagens.
        sonda: o juiz.
        reais: características de imagens reais, forma (`N_FRECHET`, F).
        bancos: características do treino e de tantas imagens novas, forma (N, F) cada.
        atributos: os do treino, forma (N, K).
    """
    sorteios = [gerar(N_FRECHET, semente) for semente in SORTEIOS]
    medidas = resumir(medir_conjunto(reais, extrair(sonda, imagens)) for imagens in sorteios)
    copia = memorizacao(extrair(sonda, sorteios[-1]), *bancos)
    cobertos = cobertura_de_pares(prever(sonda, sorteios[-1]), atributos)
    return medidas | {"cobertura": cobertos, "copia": copia.fracao, "copia_erro": copia.erro}


def tabela_do_confronto(linhas: Iterable[Mapping[str, float | str]]) -> str:
    """O confronto em texto: o custo de treinar e de gerar, e as medidas, com o desvio entre sorteios na Fréchet.

    Args:
        linhas: as de `ler_tabela("confronto")`.
    """
    titulos = {"treino": 8, "por rosto": 12, "Fréchet": 16, "precisão": 11, "revocação": 11, "pares": 8, "cópia f": 16}
    texto = [" " * 26 + "".join(f"{titulo:>{largura}s}" for titulo, largura in titulos.items())]
    for um in linhas:
        custo = pares = copia = ""
        if "segundos" in um:
            custo = f"{um['segundos'] / 60:4.0f} min{virgula(1000 * um['segundos_por_imagem'], 2):>9s} ms"
            pares = f"{virgula(100 * um['cobertura'], 0)} %"
            copia = f"{virgula(um['copia'], 3)} ± {virgula(um['copia_erro'], 3)}"
        frechet = f"{virgula(um['frechet'], 1)} ± {virgula(um['frechet_dp'], 1)}"
        fracoes = "".join(f"{virgula(100 * um[nome], 1) + ' %':>11s}" for nome in ("precisao", "revocacao"))
        texto.append(f"{um['modelo']:26s}{custo:>20s}{frechet:>16s}{fracoes}{pares:>8s}{copia:>16s}")
    return "\n".join(texto)

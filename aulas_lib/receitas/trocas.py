"""As duas trocas entre fidelidade e variedade: a truncagem da BigGAN e a orientação da difusão, nas mesmas carinhas.

`python -m aulas_lib trocas` refaz `data/medidas/trocas.csv`, que o caderno 06 lê.
Fonte: Dhariwal e Nichol (2021), seção 4.4, que compara as duas na ImageNet.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from aulas_lib.ambiente import gerador, virgula
from aulas_lib.avaliacao import Medidas, extrair, medir_conjunto, prever
from aulas_lib.avaliacao.sonda import Sonda
from aulas_lib.dados.carinhas import ESQUEMA, carinhas
from aulas_lib.modelos.biggan import truncar
from aulas_lib.modelos.gan import imagens_de
from aulas_lib.receitas import carregar
from aulas_lib.receitas.arvore import resumir
from aulas_lib.receitas.condicional import colunas_de
from aulas_lib.receitas.medidas import gravar_tabela, pasta_medidas
from aulas_lib.receitas.medidas_difusao import gerar_com_rotulos

N_TROCA, SEMENTES = 2_000, range(30, 33)
LIMITES = (0.05, 0.5, 0.75, 1.0, 1.5, 3.0)
ESCALAS = (1.0, 1.5, 2.0, 3.0, 5.0)
REFERENCIA, FAIXA_DO_PISO = 1, 60  # sementes das carinhas: a das reais, e a primeira das reais do piso
TRUNCAGEM, ORIENTACAO = "BigGAN, truncagem", "difusão, orientação"
Gerar = Callable[[float, int], tuple[Tensor, Tensor]]  # (botão, semente) → imagens e os atributos que se pediram


def orientada(rede: nn.Module, escala: float, semente: int) -> tuple[Tensor, Tensor]:
    """Rostos da difusão com os doze atributos pedidos: (`N_TROCA`, 3, 32, 32), e os índices, (`N_TROCA`, 12)."""
    return gerar_com_rotulos(rede, N_TROCA, semente, escala=escala)


def truncada(rede: nn.Module, limite: float, semente: int) -> tuple[Tensor, Tensor]:
    """Rostos da BigGAN com os rótulos sorteados como no treino dela; só as coordenadas livres de z se truncam.

    Args:
        rede: o gerador.
        limite: maior módulo de uma coordenada livre.
        semente: de z.

    Returns:
        Imagens, forma (`N_TROCA`, 3, 32, 32), e os índices pedidos, forma (`N_TROCA`, K).
    """
    acaso = gerador(semente)
    z = rede.rotulos.sortear(N_TROCA, rede.latentes, acaso)
    livres = truncar(N_TROCA, rede.latentes - rede.usadas, limite, acaso)
    z = torch.cat([z[:, : rede.usadas], livres], dim=1)
    return imagens_de(rede, z), rede.rotulos.ler(z)


def botoes() -> dict[str, tuple[tuple[float, ...], Gerar, list[int]]]:
    """De cada modelo: os valores do botão, como se gera e as colunas dos atributos que se pedem."""
    difusao, biggan = carregar("difusao"), carregar("biggan")
    return {
        TRUNCAGEM: (LIMITES, partial(truncada, biggan), colunas_de(biggan.rotulos)),
        ORIENTACAO: (ESCALAS, partial(orientada, difusao), list(range(len(ESQUEMA)))),
    }


def medir_trocas(destino: Path | None = None) -> list[dict[str, float | str]]:
    """Mede as duas curvas, com média e desvio de três sorteios de 2000 rostos, e o piso; grava `trocas.csv`.

    Args:
        destino: arquivo CSV; None é `data/medidas/trocas.csv`.

    Raises:
        FileNotFoundError: se falta um peso.
        OSError: se a pasta não aceita o arquivo.
    """
    sonda, modelos = carregar("sonda"), botoes()
    reais = extrair(sonda, carinhas(N_TROCA, semente=REFERENCIA).imagens)
    outras = (carinhas(N_TROCA, semente=FAIXA_DO_PISO + s).imagens for s in range(len(SEMENTES)))
    linhas: list[dict[str, float | str]] = []
    for nome, (valores, gerar, colunas) in modelos.items():
        for valor in valores:
            linhas.append({"modelo": nome, "botao": valor} | _julgar(gerar, valor, colunas, sonda, reais))
            print(f"{nome} {virgula(valor)}: Fréchet {virgula(linhas[-1]['frechet'], 1)}", flush=True)
    piso = resumir(medir_conjunto(reais, extrair(sonda, x)) for x in outras)
    linhas.append({"modelo": "piso: reais contra reais"} | piso)
    gravar_tabela(destino or pasta_medidas() / "trocas.csv", linhas[0], linhas)
    return linhas


def _julgar(gerar: Gerar, valor: float, colunas: list[int], sonda: Sonda, reais: Tensor) -> dict[str, float]:
    medidas: list[Medidas] = []
    atendidos = []
    for semente in SEMENTES:
        imagens, pedidos = gerar(valor, semente)
        medidas.append(medir_conjunto(reais, extrair(sonda, imagens)))
        atendidos.append((prever(sonda, imagens)[:, colunas] == pedidos).double().mean().item())
    return resumir(medidas) | {"atendidos": sum(atendidos) / len(atendidos)}


def tabela_das_trocas(linhas: Iterable[Mapping[str, float | str]]) -> str:
    """As duas curvas em texto: Fréchet com o desvio entre sorteios, precisão, revocação e atributos atendidos.

    Args:
        linhas: as de `ler_tabela("trocas")`.
    """
    titulos = {"Fréchet": 16, "precisão": 16, "revocação": 16, "atendidos": 11}
    texto = [" " * 27 + "".join(f"{titulo:>{largura}s}" for titulo, largura in titulos.items())]
    for um in linhas:
        nome = f"{um['modelo']} {virgula(um['botao'])}" if "botao" in um else str(um["modelo"])
        frechet = f"{virgula(um['frechet'], 1)} ± {virgula(um['frechet_dp'], 1)}"
        fracoes = "".join(
            f"{virgula(100 * um[m], 1) + ' ± ' + virgula(100 * um[m + '_dp'], 1):>16s}"
            for m in ("precisao", "revocacao")
        )
        atendidos = f"{virgula(100 * um['atendidos'], 1)} %" if "atendidos" in um else ""
        texto.append(f"{nome:27s}{frechet:>16s}{fracoes}{atendidos:>11s}")
    return "\n".join(texto)

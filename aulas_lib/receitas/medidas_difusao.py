"""As medidas da lição 5: quantas chamadas cada amostrador pede, e o que a orientação compra.

`python -m aulas_lib chamadas` e `... orientacao` refazem as tabelas de `data/medidas`.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import product
from pathlib import Path

import torch
from torch import Tensor, nn

from aulas_lib.ambiente import gerador, virgula
from aulas_lib.avaliacao import distancia_frechet, extrair, medir_conjunto, prever
from aulas_lib.avaliacao.sonda import Sonda
from aulas_lib.dados.carinhas import ESQUEMA, carinhas
from aulas_lib.modelos.amostradores import Parada, chegar, instantes_igualados, percorrer_ddim, percorrer_dpm
from aulas_lib.modelos.classificador_ruidoso import log_p_atributos
from aulas_lib.modelos.condicional import indicadores
from aulas_lib.modelos.difusao import Preditor
from aulas_lib.modelos.orientacao import condicionar, orientar, orientar_com_classificador, pedir
from aulas_lib.receitas import carregar
from aulas_lib.receitas.difusao import AGENDA, CHAMADAS, tamanhos_de
from aulas_lib.receitas.medidas import gravar_tabela, pasta_medidas

POUCAS = (5, 10, 20, 40)
PEDIDO = {"oculos": "com", "boca": "sorriso", "cabelo_cor": "ruivo"}
ESCALAS = (0.0, 1.0, 2.0, 4.0, 8.0)
N_CHAMADAS, N_ORIENTADAS, POR_VEZ = 1_000, 500, 250
Caminho = Callable[[Preditor, Tensor, list[int], torch.Generator], Iterable[Parada]]

AMOSTRADORES: dict[str, Caminho] = {
    "DDPM (η = 1)": lambda m, x, onde, sorte: percorrer_ddim(m, x, AGENDA, onde, sorte, eta=1.0, recorte=1.0),
    "DDIM (η = 0)": lambda m, x, onde, sorte: percorrer_ddim(m, x, AGENDA, onde, recorte=1.0),
    "DPM-Solver++": lambda m, x, onde, sorte: percorrer_dpm(m, x, AGENDA, onde, recorte=1.0),
}


def gerar_em_meia(preditor: Preditor, caminho: Caminho, n: int, chamadas: int, semente: int) -> Tensor:
    """n carinhas, com a rede em bfloat16, como no treino: em uma CPU com essas unidades, na metade do tempo.

    Args:
        preditor: ε_θ.
        caminho: um de `AMOSTRADORES`.
        n: quantas; se o preditor tem y fixo, tantas quantas as linhas de y, até `POR_VEZ`, ou um múltiplo disso.
        chamadas: da rede, por imagem.
        semente: de x_T, a mesma sequência para qualquer caminho, e do ruído dos passos.

    Returns:
        Forma (n, 3, 32, 32), em [−1, 1].
    """
    sorte, onde = gerador(semente), instantes_igualados(AGENDA, chamadas)
    x_T = torch.randn(n, 3, 32, 32, generator=sorte)
    with torch.autocast("cpu", torch.bfloat16):
        return torch.cat([chegar(caminho(preditor, x, onde, sorte)) for x in x_T.split(POR_VEZ)]).clamp(-1, 1)


def gerar_com_rotulos(
    rede: nn.Module, n: int, semente: int, chamadas: int = CHAMADAS, escala: float = 1.0
) -> tuple[Tensor, Tensor]:
    """n carinhas, cada uma com os doze atributos pedidos, sorteados como nos dados.

    Args:
        rede: ε_θ, com e sem atributos.
        n: quantas.
        semente: dos atributos e de x_T.
        chamadas: da rede, por imagem; o dobro se a escala não é 1.
        escala: s da orientação; 1 é o modelo condicional.

    Returns:
        Imagens, forma (n, 3, 32, 32), e os índices pedidos, forma (n, 12).
    """
    sorteados, partes = carinhas(n, semente=1000 + semente, cache=False), []
    for i, y in enumerate(indicadores(sorteados.atributos, tamanhos_de(sorteados)).split(POR_VEZ)):
        preditor = orientar(condicionar(rede, y), condicionar(rede, torch.zeros_like(y)), escala)
        partes.append(gerar_em_meia(preditor, AMOSTRADORES["DPM-Solver++"], len(y), chamadas, 100 * semente + i))
    return torch.cat(partes), sorteados.atributos


def medir_chamadas(chamadas: Iterable[int] = POUCAS) -> list[dict[str, float | str]]:
    """Fréchet, precisão e revocação de cada amostrador com poucas chamadas da rede; grava `chamadas.csv`.

    Todos partem dos mesmos x_T; `N_CHAMADAS` imagens, um sorteio.
    """
    rede, sonda = carregar("difusao"), carregar("sonda")
    reais, linhas = extrair(sonda, carinhas(N_CHAMADAS, semente=1).imagens), []
    for (nome, caminho), n in product(AMOSTRADORES.items(), chamadas):
        imagens = gerar_em_meia(rede, caminho, N_CHAMADAS, n, 10)
        medidas = medir_conjunto(reais, extrair(sonda, imagens))
        linhas.append({"amostrador": nome, "chamadas": n} | medidas._asdict())
        print(f"{nome}, {n} chamadas: Fréchet {virgula(medidas.frechet, 1)}", flush=True)
    _gravar("chamadas", linhas)
    return linhas


def medir_orientacao(escalas: Iterable[float] = ESCALAS) -> list[dict[str, float | str]]:
    """Acerto do pedido, diversidade e Fréchet das imagens orientadas, dos dois modos; grava `orientacao.csv`."""
    sonda = carregar("sonda")
    reais = extrair(sonda, carinhas(N_ORIENTADAS, semente=1, fixos=PEDIDO).imagens)
    modos, linhas = modos_de_orientar(pedir(ESQUEMA, PEDIDO, POR_VEZ)), []
    for (nome, modo), escala in product(modos.items(), escalas):
        imagens = gerar_em_meia(modo(escala), AMOSTRADORES["DPM-Solver++"], N_ORIENTADAS, CHAMADAS, 11)
        linhas.append({"modo": nome, "escala": escala} | julgar_pedido(sonda, imagens, reais))
        print(f"{nome}, s = {virgula(escala)}: acerto {virgula(linhas[-1]['acerto'], 3)}", flush=True)
    _gravar("orientacao", linhas)
    return linhas


def modos_de_orientar(y: Tensor) -> dict[str, Callable[[float], Preditor]]:
    """De nome do modo a uma função: escala → o preditor orientado para y, com os pesos que acompanham o curso."""
    rede, classificador = carregar("difusao"), carregar("classificador_ruidoso")
    livre = condicionar(rede, torch.zeros_like(y))

    def log_p(x: Tensor, t: Tensor) -> Tensor:
        return log_p_atributos(classificador(x, t), y, classificador.tamanhos)

    return {
        "com classificador": partial(orientar_com_classificador, livre, log_p, agenda=AGENDA),
        "sem classificador": partial(orientar, condicionar(rede, y), livre),
    }


def atendem(sonda: Sonda, imagens: Tensor, pedido: Mapping[str, str] = PEDIDO) -> Tensor:
    """Em quais imagens a sonda vê o pedido inteiro: (N, C, H, W) → booleanos (N,)."""
    vistos, nomes = prever(sonda, imagens), list(ESQUEMA)
    colunas = [vistos[:, nomes.index(nome)] == ESQUEMA[nome].index(valor) for nome, valor in pedido.items()]
    return torch.stack(colunas).all(dim=0)


def julgar_pedido(sonda: Sonda, imagens: Tensor, reais: Tensor, pedido: Mapping[str, str] = PEDIDO) -> dict[str, float]:
    """Acerto, diversidade e Fréchet de imagens geradas a pedido.

    O acerto é a fração de imagens em que a sonda vê o pedido inteiro. A diversidade é a distância média entre pares
    de imagens, nas características da sonda, dividida pela dos rostos reais com os mesmos atributos.

    Args:
        sonda: o juiz.
        imagens: em [−1, 1], forma (N, C, H, W).
        reais: características de rostos reais com o pedido, forma (N, F).
        pedido: atributo → valor.
    """
    geradas = extrair(sonda, imagens)
    espalhadas = [torch.pdist(x.double()).mean().item() for x in (geradas, reais)]
    return {
        "acerto": atendem(sonda, imagens, pedido).double().mean().item(),
        "diversidade": espalhadas[0] / espalhadas[1],
        "frechet": distancia_frechet(reais, geradas, len(reais)),
    }


def _gravar(nome: str, linhas: list[dict[str, float | str]], pasta: Path | None = None) -> None:
    gravar_tabela((pasta or pasta_medidas()) / f"{nome}.csv", linhas[0], linhas)

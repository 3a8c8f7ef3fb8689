"""As medidas da lição 5: quantas chamadas cada amostrador pede, o que a orientação compra, e os rivais da difusão.

`python -m aulas_lib chamadas`, `... orientacao` e `... rivais` refazem as tabelas de `data/medidas`.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import product
from pathlib import Path

import torch
from torch import Tensor, nn

from aulas_lib.ambiente import gerador, gravacao_inteira, virgula
from aulas_lib.avaliacao import N_FRECHET, distancia_frechet, extrair, medir_conjunto, memorizacao, prever
from aulas_lib.avaliacao.sonda import Sonda
from aulas_lib.dados.carinhas import ESQUEMA, carinhas
from aulas_lib.modelos.amostradores import Parada, chegar, instantes_igualados, percorrer_ddim, percorrer_dpm
from aulas_lib.modelos.classificador_ruidoso import log_p_atributos
from aulas_lib.modelos.difusao import Preditor
from aulas_lib.modelos.gan import imagens_de
from aulas_lib.modelos.orientacao import condicionar, orientar, orientar_com_classificador, pedir
from aulas_lib.pesos import ler_procedencia
from aulas_lib.receitas import arquivo_de, carregar
from aulas_lib.receitas.arvore import BANCO, RAMOS, SORTEIOS, cronometrar, medir_piso, resumir
from aulas_lib.receitas.difusao import AGENDA, CHAMADAS, INICIO
from aulas_lib.receitas.medidas import gravar_tabela, pasta_medidas
from aulas_lib.receitas.vae import gerar_vae

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
        n: quantas, um múltiplo de `POR_VEZ` se o preditor tem y fixo.
        chamadas: da rede, por imagem.
        semente: de x_T, a mesma sequência para qualquer caminho, e do ruído dos passos.

    Returns:
        Forma (n, 3, 32, 32), em [−1, 1].
    """
    sorte, onde = gerador(semente), instantes_igualados(AGENDA, chamadas, INICIO)
    x_T = torch.randn(n, 3, 32, 32, generator=sorte)
    with torch.autocast("cpu", torch.bfloat16):
        return torch.cat([chegar(caminho(preditor, x, onde, sorte)) for x in x_T.split(POR_VEZ)]).clamp(-1, 1)


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
    vistos, nomes = prever(sonda, imagens), list(ESQUEMA)
    colunas = [vistos[:, nomes.index(nome)] == ESQUEMA[nome].index(valor) for nome, valor in pedido.items()]
    geradas = extrair(sonda, imagens)
    espalhadas = [torch.pdist(x.double()).mean().item() for x in (geradas, reais)]
    return {
        "acerto": torch.stack(colunas).all(dim=0).double().mean().item(),
        "diversidade": espalhadas[0] / espalhadas[1],
        "frechet": distancia_frechet(reais, geradas, len(reais)),
    }


def medir_rivais() -> list[dict[str, float | str]]:
    """A difusão ao lado da DCGAN longa, da condicional e do VAE, em cinco sorteios; grava `rivais.csv`.

    A memorização é a de `avaliacao.memorizacao`, nas características da sonda, no último sorteio.
    """
    sonda, treino = carregar("sonda"), carinhas(BANCO, semente=0)
    reais = extrair(sonda, carinhas(N_FRECHET, semente=1).imagens)
    vistos, guardados = extrair(sonda, treino.imagens), extrair(sonda, carinhas(BANCO, semente=5).imagens)
    segundos = cronometrar(("difusao", "dcgan_longa", "condicional", "vae"), treino)
    casos: dict[str, tuple[str, Callable[[int], Tensor]]] = {
        f"difusão, {CHAMADAS} chamadas": ("difusao", partial(_da_difusao, carregar("difusao"))),
        "DCGAN longa": ("dcgan_longa", partial(_da_gan, "dcgan_longa")),
        "DCGAN condicional": ("condicional", partial(_da_gan, "condicional")),
        "VAE": ("vae", lambda semente: gerar_vae(carregar("vae"), N_FRECHET, semente)),
    }
    linhas: list[dict[str, float | str]] = []
    for titulo, (nome, gerar) in casos.items():
        sorteios = [extrair(sonda, gerar(semente)) for semente in SORTEIOS]
        lida = ler_procedencia(arquivo_de(nome))
        custo = {"segundos": segundos[nome], "imagens_vistas": int(lida["passos"]) * int(lida.get("lote", 64))}
        copia = memorizacao(sorteios[-1], vistos, guardados)
        medidas = resumir(medir_conjunto(reais, geradas) for geradas in sorteios)
        linhas.append({"modelo": titulo} | custo | medidas | {"copia": copia.fracao, "copia_erro": copia.erro})
        print(f"{titulo}: Fréchet {virgula(linhas[-1]['frechet'], 1)}", flush=True)
    linhas.append({"modelo": "piso: reais contra reais"} | resumir(medir_piso(sonda, reais)))
    _gravar("rivais", linhas)
    return linhas


def _da_difusao(rede: nn.Module, semente: int) -> Tensor:
    return gerar_em_meia(rede, AMOSTRADORES["DPM-Solver++"], N_FRECHET, CHAMADAS, semente)


def _da_gan(nome: str, semente: int) -> Tensor:
    rede = carregar(nome)
    return imagens_de(rede, RAMOS[nome].sortear(N_FRECHET, rede, gerador(semente)))


def _gravar(nome: str, linhas: list[dict[str, float | str]], pasta: Path | None = None) -> None:
    with gravacao_inteira((pasta or pasta_medidas()) / f"{nome}.csv") as provisorio:
        gravar_tabela(provisorio, linhas[0], linhas)


def tabela_dos_rivais(linhas: Iterable[Mapping[str, float | str]]) -> str:
    """Os rivais em texto: o custo e as medidas, com o desvio entre sorteios na Fréchet.

    Args:
        linhas: as de `ler_tabela("rivais")`.
    """
    titulos = f"{'treino':>8s}{'vistas':>10s}{'Fréchet':>16s}{'precisão':>11s}{'revocação':>11s}{'cópia f':>16s}"
    texto = [f"{'':26s}{titulos}"]
    for um in linhas:
        custo = copia = ""
        if "segundos" in um:
            custo = f"{um['segundos'] / 60:4.0f} min{um['imagens_vistas'] / 1000:6.0f} mil"
            copia = f"{virgula(um['copia'], 3)} ± {virgula(um['copia_erro'], 3)}"
        frechet = f"{virgula(um['frechet'], 1)} ± {virgula(um['frechet_dp'], 1)}"
        fracoes = "".join(f"{virgula(100 * um[nome], 1) + ' %':>11s}" for nome in ("precisao", "revocacao"))
        texto.append(f"{um['modelo']:26s}{custo:>18s}{frechet:>16s}{fracoes}{copia:>16s}")
    return "\n".join(texto)

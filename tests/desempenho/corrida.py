"""A corrida das três U-Nets: segundos por passo, memória e distância de Fréchet, cada medida em seu processo.

    python tests/desempenho/corrida.py tempos                   # segundos por passo das três, em dois núcleos
    python tests/desempenho/corrida.py memoria nossa            # pico de memória do treino, em MB
    python tests/desempenho/corrida.py frechet nossa 100 200    # distância de Fréchet em cada número de passos
    python tests/desempenho/corrida.py curva                    # tudo o que vai a data/medidas/velocidade_unet.csv

Cada comando escreve uma linha de JSON na saída. A curva leva cerca de vinte minutos em dois núcleos livres.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product
from pathlib import Path
from typing import Any

import torch
from rivais import CONCORRENTES, DIFFUSERS, LADO, LOTE, NOSSA, Concorrente
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao import distancia_frechet, extrair
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.modelos.amostradores import chegar, instantes_igualados, percorrer_dpm
from aulas_lib.modelos.difusao import Preditor
from aulas_lib.precisao import precisao
from aulas_lib.receitas.difusao import AGENDA
from aulas_lib.receitas.medidas import gravar_tabela, pasta_medidas
from aulas_lib.receitas.sonda import carregar_sonda

NUCLEOS, RODADAS, BLOCO = 2, 8, 3  # a mediana é de RODADAS × BLOCO passos
PASSOS_DA_MEMORIA = 5
N_IMAGENS, POR_VEZ, CHAMADAS, TREINO = 1_000, 250, 12, 20_000
PONTOS = (100, 200, 400)
CAMPOS = ("nome", "passos", "segundos", "frechet")


def medir_tempos() -> dict[str, Any]:
    """Mediana dos segundos de um passo, com blocos de passos dos três alternados no mesmo processo."""
    torch.set_num_threads(NUCLEOS)
    escolha, x = precisao(), carinhas(16 * LOTE, cache=False).imagens
    treinos = {nome: um.treinar(um.criar(), x, 10**6, 1e-3) for nome, um in CONCORRENTES.items()}
    for treino in treinos.values():
        next(treino), next(treino)  # os primeiros passos preparam a memória
    tempos: dict[str, list[float]] = {nome: [] for nome in treinos}
    for _, nome, _ in product(range(RODADAS), treinos, range(BLOCO)):
        inicio = time.perf_counter()
        next(treinos[nome])
        tempos[nome].append(time.perf_counter() - inicio)
    medianas = {nome: statistics.median(valores) for nome, valores in tempos.items()}
    return {"dtype": str(escolha.dtype).removeprefix("torch."), "motivo": escolha.motivo, "segundos": medianas}


def medir_memoria(nome: str) -> dict[str, float]:
    """Pico da memória residente em poucos passos de treino, e o que já estava ocupado antes de a rede existir, em MB.

    O pico é o `VmHWM` do Linux, zerado antes da medida: o `ru_maxrss` herda o pico de quem criou o processo.
    """
    torch.set_num_threads(NUCLEOS)
    precisao()
    um, x = CONCORRENTES[nome], carinhas(16 * LOTE, cache=False).imagens
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    antes = _memoria("VmRSS")
    for _ in islice(um.treinar(um.criar(), x, PASSOS_DA_MEMORIA, 1e-3), PASSOS_DA_MEMORIA):
        pass
    return {"antes": antes, "pico": _memoria("VmHWM"), "treino": _memoria("VmHWM") - antes}


def _memoria(campo: str) -> float:
    linhas = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(um for um in linhas if um.startswith(f"{campo}:")).split()[1]) / 1024


def medir_frechet(nome: str, pontos: Sequence[int], dizer: Callable[[str], None] = print) -> dict[str, Any]:
    """Fréchet de um concorrente em cada número de passos, com a melhor das taxas dele.

    A taxa é a que dá a menor distância no primeiro ponto; só ela continua.

    Args:
        nome: do concorrente.
        pontos: números de passos, em ordem crescente.
        dizer: recebe o andamento, linha por linha.
    """
    um, x = CONCORRENTES[nome], carinhas(TREINO, semente=0).imagens
    sonda = carregar_sonda()
    reais = extrair(sonda, carinhas(N_IMAGENS, semente=1).imagens)

    def julgar(taxa: float) -> Iterator[tuple[int, float]]:
        for passos, rede in treinar(um, x, taxa, pontos):
            frechet = distancia_frechet(reais, extrair(sonda, gerar(um.preditor(rede), um.inicio)), N_IMAGENS)
            dizer(f"# {nome}, taxa {taxa:g}, {passos} passos: Fréchet {frechet:.1f}")
            yield passos, frechet

    curvas = {taxa: julgar(taxa) for taxa in um.taxas}
    primeiros = {taxa: next(curva) for taxa, curva in curvas.items()}
    melhor = min(primeiros, key=lambda taxa: primeiros[taxa][1])
    taxas = {f"{taxa:g}": frechet for taxa, (_, frechet) in primeiros.items()}
    return {"nome": nome, "taxa": melhor, "taxas": taxas, "curva": [primeiros[melhor], *curvas[melhor]]}


def treinar(um: Concorrente, x: Tensor, taxa: float, pontos: Sequence[int]) -> Iterator[tuple[int, nn.Module]]:
    """Treina até o último ponto; em cada um, devolve a média móvel dos pesos, igual para todos os concorrentes.

    O decaimento da média é min(0,99; (1 + n)/(10 + n)): cresce com os passos n, para servir também no começo.
    """
    rede = um.criar()
    media = AveragedModel(rede, avg_fn=lambda m, novo, n: m.lerp(novo, 1 - min(0.99, (1 + float(n)) / (10 + float(n)))))
    for passo, _ in enumerate(um.treinar(rede, x, pontos[-1], taxa), start=1):
        media.update_parameters(rede)
        if passo in pontos:
            yield passo, media.module.eval()


def gerar(preditor: Preditor, inicio: int) -> Tensor:
    """`N_IMAGENS` imagens, dos mesmos x_T, pela DPM-Solver++ com `CHAMADAS` chamadas da rede, em float32."""
    x_T = torch.randn(N_IMAGENS, 3, LADO, LADO, generator=gerador(2))
    instantes = instantes_igualados(AGENDA, CHAMADAS, inicio)
    partes = [chegar(percorrer_dpm(preditor, x, AGENDA, instantes, recorte=1.0)) for x in x_T.split(POR_VEZ)]
    return torch.cat(partes).clamp(-1, 1)


def em_processo(*comando: str, **ambiente: str) -> dict[str, Any]:
    """Roda um comando deste arquivo em outro processo, com o ambiente dado; devolve o JSON da última linha.

    Raises:
        RuntimeError: se o comando falha; a mensagem é a dele.
    """
    feito = subprocess.run(
        [sys.executable, __file__, *comando], env=os.environ | ambiente, capture_output=True, text=True, check=False
    )
    if feito.returncode:
        raise RuntimeError(f"corrida.py {' '.join(comando)} falhou:\n{feito.stderr}")
    return json.loads(feito.stdout.splitlines()[-1])


def gravar_curva(segundos: dict[str, float], curvas: Sequence[dict[str, Any]], destino: Path | None = None) -> Path:
    """Grava a tabela: os segundos de cada ponto são passos × segundos de um passo.

    Args:
        segundos: de um passo, de `medir_tempos`.
        curvas: uma por concorrente, de `medir_frechet`.
        destino: arquivo CSV; None é `data/medidas/velocidade_unet.csv`.
    """
    destino = destino or pasta_medidas() / "velocidade_unet.csv"
    linhas = [
        {"nome": um["nome"], "passos": passos, "segundos": passos * segundos[um["nome"]], "frechet": frechet}
        for um in curvas
        for passos, frechet in um["curva"]
    ]
    gravar_tabela(destino, CAMPOS, linhas)
    return destino


def medir_curva() -> dict[str, Any]:
    """A curva que o caderno desenha: a nossa rede e o laço do diffusers."""
    segundos = em_processo("tempos")["segundos"]
    curvas = [em_processo("frechet", nome, *map(str, PONTOS)) for nome in (NOSSA, DIFFUSERS)]
    return {"arquivo": str(gravar_curva(segundos, curvas)), "segundos": segundos, "curvas": curvas}


def principal(argumentos: Sequence[str]) -> None:
    """Lê a linha de comando e escreve o resultado em JSON."""
    match argumentos:
        case ["tempos"]:
            resultado = medir_tempos()
        case ["memoria", nome] if nome in CONCORRENTES:
            resultado = medir_memoria(nome)
        case ["frechet", nome, *pontos] if nome in CONCORRENTES and pontos:
            resultado = medir_frechet(nome, sorted(map(int, pontos)), lambda linha: print(linha, flush=True))
        case ["curva"]:
            resultado = medir_curva()
        case _:
            sys.exit(f"Não entendi {' '.join(argumentos)!r}. {__doc__}")
    print(json.dumps(resultado, ensure_ascii=False))


if __name__ == "__main__":
    principal(sys.argv[1:])

"""Precisão numérica: qual é a mais rápida neste dispositivo, por medição."""

import contextlib
import json
import math
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn

from aulas_lib.ambiente import gravacao_inteira, nome_do_dispositivo, pasta_cache, virgula

GANHO_MINIMO = 1.2  # só trocamos o padrão (float32) por algo pelo menos 20 % mais rápido


@dataclass(frozen=True)
class Precisao:
    """Precisão numérica escolhida para um dispositivo.

    Attributes:
        dtype: tipo das contas no treino (`torch.float32` ou `torch.bfloat16`).
        channels_last: se as imagens ficam na memória com os canais por último.
        motivo: a medição que levou à escolha, em uma frase.
    """

    dtype: torch.dtype
    channels_last: bool
    motivo: str


def precisao(device: torch.device | str = "cpu", refazer: bool = False) -> Precisao:
    """Precisão mais rápida neste dispositivo, escolhida por medição e guardada em cache.

    Mede uma pequena pilha de convoluções, ida e volta, em float32, em float32 com canais por
    último e em bfloat16 com canais por último. O nome do processador não decide nada: a mesma
    conta em bfloat16 é dez vezes mais rápida em um processador com AMX e doze vezes mais lenta em
    um sem unidades bfloat16.

    Args:
        device: dispositivo a medir.
        refazer: se verdadeiro, ignora a medição guardada.
    """
    device = torch.device(device)
    chave, arquivo = _chave(device), pasta_cache() / "precisao.json"
    guardadas = _ler_json(arquivo)
    if refazer or chave not in guardadas:
        guardadas[chave] = _texto(escolher(_medir(device)))
        _gravar_json(arquivo, guardadas)
    try:
        achada = guardadas[chave]
        return Precisao(getattr(torch, achada["dtype"]), achada["channels_last"], achada["motivo"])
    except (KeyError, TypeError, AttributeError):  # cache mexido à mão: mede de novo
        return escolher(_medir(device))


def escolher(tempos: dict[str, float]) -> Precisao:
    """Escolhe a precisão a partir de tempos medidos, em segundos.

    Args:
        tempos: segundos para "float32", "float32_cl" e "bfloat16_cl" (`cl` = canais por último).

    Returns:
        A mais rápida, se ganha do float32 por pelo menos `GANHO_MINIMO`; senão, float32.
    """
    base = tempos["float32"]
    melhor = min(tempos, key=tempos.__getitem__)
    ganho = base / tempos[melhor]
    if melhor == "float32" or ganho < GANHO_MINIMO:
        return Precisao(
            torch.float32, False, "float32 padrão: nenhuma alternativa foi 20 % mais rápida nesta máquina"
        )
    nome = {"float32_cl": "float32 com canais por último", "bfloat16_cl": "bfloat16 com canais por último"}[
        melhor
    ]
    dtype = torch.bfloat16 if melhor.startswith("bfloat16") else torch.float32
    return Precisao(dtype, True, f"{nome}: {virgula(ganho, 1)} vezes mais rápido que float32 nesta máquina")


def _chave(device: torch.device) -> str:
    """O que muda a medição: a máquina, o dispositivo, o torch e as instruções que ele pode usar."""
    instrucoes = [torch.backends.cpu.get_cpu_capability(), os.environ.get("ONEDNN_MAX_CPU_ISA", "")]
    return "|".join([torch.__version__, platform.node(), nome_do_dispositivo(device), *instrucoes])


def _medir(device: torch.device) -> dict[str, float]:
    with torch.random.fork_rng(devices=[]):  # a medição não mexe no acaso de quem a pediu
        rede, rede_cl = (
            nn.Sequential(*[nn.Conv2d(32, 32, 3, padding=1) for _ in range(3)]).to(device) for _ in range(2)
        )
        x = torch.randn(16, 32, 16, 16).to(device)
    rede_cl, x_cl = rede_cl.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)

    def passo(r: nn.Module, entrada: torch.Tensor, meia: bool) -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=meia):
            saida = r(entrada)
        saida.float().square().mean().backward()

    casos: dict[str, Callable[[], None]] = {
        "float32": lambda: passo(rede, x, False),
        "float32_cl": lambda: passo(rede_cl, x_cl, False),
        "bfloat16_cl": lambda: passo(rede_cl, x_cl, True),
    }
    return {nome: _tempo(caso, device) for nome, caso in casos.items()}


def _tempo(funcao: Callable[[], None], device: torch.device, repeticoes: int = 7) -> float:
    def uma() -> float:
        inicio = time.perf_counter()
        funcao()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        elif device.type == "mps":
            torch.mps.synchronize()
        return time.perf_counter() - inicio

    try:
        uma(), uma()
    except Exception:  # sem bfloat16, cada dispositivo reclama com um tipo de erro
        return math.inf
    return sorted(uma() for _ in range(repeticoes))[repeticoes // 2]


def _texto(p: Precisao) -> dict[str, object]:
    return asdict(p) | {"dtype": str(p.dtype).removeprefix("torch.")}


def _ler_json(arquivo: Path) -> dict:
    try:
        lido = json.loads(arquivo.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return lido if isinstance(lido, dict) else {}


def _gravar_json(arquivo: Path, conteudo: dict) -> None:
    with contextlib.suppress(OSError), gravacao_inteira(arquivo) as provisorio:
        provisorio.write_text(json.dumps(conteudo, ensure_ascii=False, indent=1), encoding="utf-8")
    # com a pasta protegida, mede de novo na próxima vez

"""Onde o código roda: dispositivo, sementes, pastas e precisão numérica."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn

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


def dispositivo() -> torch.device:
    """O melhor dispositivo desta máquina: GPU NVIDIA, GPU da Apple ou CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def gerador(semente: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Gerador de números aleatórios já semeado.

    Args:
        semente: inteiro entre 0 e 2⁶³ − 1.
        device: dispositivo dos tensores que ele vai sortear.

    Raises:
        ValueError: se a semente não é um inteiro desse intervalo.
    """
    if isinstance(semente, bool) or not isinstance(semente, int) or not 0 <= semente < 2**63:
        raise ValueError(
            f"semente: chegou {semente!r}; esperava um inteiro de 0 a 2**63 - 1. Tente semente=0."
        )
    return torch.Generator(device=device).manual_seed(semente)


def conferir_gerador(gerador: torch.Generator | None, device: torch.device) -> None:
    """Recusa um gerador de outro dispositivo.

    Raises:
        ValueError: se o gerador não é do dispositivo dos tensores.
    """
    if gerador is not None and gerador.device.type != device.type:
        raise ValueError(
            f"O gerador é do dispositivo {gerador.device.type!r} e os tensores estão em {device.type!r}; "
            f'esperava o mesmo. Crie-o com gerador(0, device="{device.type}").'
        )


def ruido(como: torch.Tensor, gerador: torch.Generator | None = None) -> torch.Tensor:
    """ε ~ N(0, I) com a forma, o tipo e o dispositivo de `como`.

    Raises:
        ValueError: se o gerador é de outro dispositivo.
    """
    conferir_gerador(gerador, como.device)
    return torch.randn(como.shape, generator=gerador, dtype=como.dtype, device=como.device)


def semear(semente: int) -> None:
    """Semeia o gerador padrão do torch (os pesos iniciais das redes saem dele).

    Raises:
        ValueError: se a semente não é um inteiro de 0 a 2⁶³ − 1.
    """
    torch.manual_seed(gerador(semente).initial_seed())


def pasta_projeto() -> Path:
    """Pasta que contém `aulas_lib/`, `notebooks/` e `data/`."""
    return Path(__file__).resolve().parent.parent


def pasta_dados() -> Path:
    """Pasta dos conjuntos de dados baixados: a variável AULAS_DADOS ou `data/` do projeto."""
    return Path(os.environ.get("AULAS_DADOS") or pasta_projeto() / "data")


def pasta_pesos() -> Path:
    """Pasta dos pesos treinados que acompanham o curso, `data/pesos/`."""
    return pasta_projeto() / "data" / "pesos"


def pasta_cache() -> Path:
    """Pasta do que pode ser refeito (medições, carinhas): a variável AULAS_CACHE ou `~/.cache/aulas_lib`."""
    return Path(os.environ.get("AULAS_CACHE") or Path.home() / ".cache" / "aulas_lib")


def virgula(numero: float, casas: int = 2) -> str:
    """Número com vírgula decimal e sinal de menos tipográfico: `virgula(-3.14159)` é "−3,14"."""
    return f"{round(numero, casas) + 0.0:.{casas}f}".replace("-", "−").replace(".", ",")


def nome_do_dispositivo(device: torch.device) -> str:
    """Nome legível do dispositivo, com o número de linhas de execução no caso da CPU."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type} ({torch.get_num_threads()} linhas de execução)"


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
    chave = "|".join(
        [torch.__version__, nome_do_dispositivo(device), os.environ.get("ONEDNN_MAX_CPU_ISA", "")]
    )
    arquivo = pasta_cache() / "precisao.json"
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


def _medir(device: torch.device) -> dict[str, float]:
    rede = nn.Sequential(*[nn.Conv2d(32, 32, 3, padding=1) for _ in range(3)]).to(device)
    x = torch.randn(16, 32, 16, 16, device=device)
    rede_cl = nn.Sequential(*[nn.Conv2d(32, 32, 3, padding=1) for _ in range(3)]).to(device)
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

    uma(), uma()
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
    try:
        arquivo.parent.mkdir(parents=True, exist_ok=True)
        provisorio = arquivo.with_suffix(f".{os.getpid()}")
        provisorio.write_text(json.dumps(conteudo, ensure_ascii=False, indent=1), encoding="utf-8")
        provisorio.replace(arquivo)
    except OSError:
        pass  # pasta protegida: mede de novo na próxima vez

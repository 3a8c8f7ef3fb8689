"""Onde o código roda: dispositivo, sementes, pastas e gravação de arquivos."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch


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
    return _pessoal(os.environ.get("AULAS_DADOS") or pasta_projeto() / "data")


def pasta_pesos() -> Path:
    """Pasta dos pesos treinados que acompanham o curso, `data/pesos/`."""
    return pasta_projeto() / "data" / "pesos"


def pasta_cache() -> Path:
    """Pasta do que pode ser refeito (medições, carinhas): a variável AULAS_CACHE ou `~/.cache/aulas_lib`."""
    return _pessoal(os.environ.get("AULAS_CACHE") or "~/.cache/aulas_lib")


def arquivo_progresso() -> Path:
    """Arquivo com os exercícios já tentados: a variável AULAS_PROGRESSO ou `~/.aulas_lib/progresso.jsonl`.

    Fica fora da pasta de cache, que se pode apagar, e fora da pasta do projeto, que pode ser de várias pessoas.
    """
    return _pessoal(os.environ.get("AULAS_PROGRESSO") or "~/.aulas_lib/progresso.jsonl")


def _pessoal(pasta: str | Path) -> Path:
    try:
        return Path(pasta).expanduser()
    except RuntimeError:  # o usuário não tem pasta pessoal
        return Path(tempfile.gettempdir()) / "aulas_lib"


@contextmanager
def gravacao_inteira(caminho: str | Path) -> Iterator[Path]:
    """Um arquivo só ganha o nome definitivo depois de escrito por inteiro.

        with gravacao_inteira("pesos/vae.safetensors") as provisorio:
            provisorio.write_bytes(...)

    Args:
        caminho: arquivo a criar ou substituir; a pasta é criada se preciso. Se o bloco termina em erro,
            o que havia ali continua como estava.

    Yields:
        O nome provisório, na mesma pasta, em que escrever.

    Raises:
        OSError: se a pasta não aceita o arquivo.
    """
    caminho = Path(caminho)
    provisorio = caminho.with_name(f".{caminho.name}.{os.getpid()}.parcial")
    try:
        caminho.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield provisorio
            provisorio.replace(caminho)
        finally:
            provisorio.unlink(missing_ok=True)
    except OSError as erro:
        raise OSError(
            f"Não consegui gravar {caminho}: {erro}. Escolha uma pasta em que você possa escrever."
        ) from erro


def virgula(numero: float, casas: int = 2) -> str:
    """Número com vírgula decimal e sinal de menos tipográfico: `virgula(-3.14159)` é "−3,14"."""
    return f"{round(numero, casas) + 0.0:.{casas}f}".replace("-", "−").replace(".", ",")


def nome_do_dispositivo(device: torch.device) -> str:
    """Nome legível do dispositivo, com o número de linhas de execução no caso da CPU."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    linhas = torch.get_num_threads()
    return f"{device.type} ({linhas} {'linha' if linhas == 1 else 'linhas'} de execução)"

"""O que há nesta máquina, o que falta e o que digitar: `python -m aulas_lib conferir`.

Roda mesmo com a instalação incompleta. Por isso nada além da biblioteca padrão é importado aqui em
cima, e a sintaxe serve também a um Python velho demais para as aulas: ele precisa chegar à mensagem.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PYTHON_MINIMO, PYTHON_MAXIMO = (3, 11), (3, 13)
INDICE_CPU = "https://download.pytorch.org/whl/cpu"
MEMORIA_MINIMA_GB = 4


class Item(NamedTuple):
    """Uma linha da conferência.

    Attributes:
        nome: o que foi conferido.
        achado: o que há na máquina.
        problema: se verdadeiro, a conferência termina com código 1.
        digite: a linha que resolve o problema ou acrescenta algo opcional.
    """

    nome: str
    achado: str
    problema: bool = False
    digite: str | None = None


def conferir() -> int:
    """Mostra o que está instalado e, para cada coisa que falta, a linha a digitar.

    Returns:
        0 se está tudo em ordem; 1 se algo falta ou é antigo demais.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # o terminal do Windows pode não ter todos os símbolos
    problemas = 0
    for titulo, itens in _secoes():
        print(f"\n{titulo}", flush=True)
        for item in itens:
            print(formatar(item), flush=True)
            problemas += item.problema
    print(f"\n{_fecho(problemas)}")
    return int(problemas > 0)


def formatar(item: Item) -> str:
    """Texto de um item: situação, nome, achado e, na linha seguinte, o que digitar."""
    linha = f"  {'[FALTA]' if item.problema else '[ok]':<8}{item.nome:<24} {item.achado}"
    return linha if item.digite is None else f"{linha}\n{'':10}digite:  {item.digite}"


def numeros(versao: str) -> tuple[int, ...]:
    """Parte numérica de uma versão: `numeros("2.13.0+cpu")` é (2, 13, 0).

    Raises:
        ValueError: se o texto não começa por um número.
    """
    achado = re.match(r"\d+(\.\d+)*", versao)
    if achado is None:
        raise ValueError(f"versão {versao!r} não começa por um número, como em '2.13.0'.")
    partes = [int(n) for n in achado[0].split(".")]
    return tuple(partes + [0] * (3 - len(partes)))


def conferir_python(versao: tuple[int, ...]) -> Item:
    """Confere a versão do Python, dada como em `sys.version_info[:3]`."""
    texto = f"{'.'.join(map(str, versao))} ({platform.system()} {platform.machine()})"
    if PYTHON_MINIMO <= tuple(versao[:2]) <= PYTHON_MAXIMO:
        return Item("Python", texto)
    return Item("Python", f"{texto}; as aulas pedem de 3.11 a 3.13", True, _outro_python())


def conferir_pacotes(exigencias: list[str], versao: Callable[[str], str | None]) -> list[Item]:
    """Confere cada exigência da forma `nome>=mínimo`.

    Args:
        exigencias: linhas de `dependencies` do pyproject.toml.
        versao: devolve a versão instalada de um pacote, ou None.
    """
    itens = []
    for exigencia in exigencias:
        nome, minimo = (parte.strip() for parte in exigencia.split(">="))
        instalada = versao(nome)
        problema = instalada is None or numeros(instalada) < numeros(minimo)
        achado = (instalada or "não está instalado") + " é antigo" * bool(instalada and problema)
        digite = _instalar(exigencia) if problema else None
        itens.append(Item(nome, f"{achado} (mínimo {minimo})", problema, digite))
    return itens


def conferir_pesos(pasta: Path, tabela: str) -> list[Item]:
    """Confere se os pesos citados na tabela existem e se cada arquivo está inteiro.

    Args:
        pasta: pasta dos arquivos `.safetensors`.
        tabela: texto de data/README.md, em que cada peso aparece como `nome.safetensors`.
    """
    citados = set(re.findall(r"`([\w-]+\.safetensors)`", tabela))
    existentes = {arquivo.name for arquivo in pasta.glob("*.safetensors")}
    itens = [_conferir_peso(pasta / nome) for nome in sorted(citados | existentes)]
    return itens or [Item("pesos", f"nenhum em {pasta}", True, "git checkout -- data/pesos")]


def _secoes() -> Iterator[tuple[str, list[Item]]]:
    python = conferir_python(sys.version_info[:3])
    yield "Python e máquina", [python, *_maquina()]
    if python.problema:
        return  # com outro Python, o resto será outro
    pacotes = conferir_pacotes(_exigencias(), versao_instalada)
    yield "Pacotes", [*pacotes, _jupyterlab()]
    if any(item.problema for item in pacotes):
        return  # sem os pacotes não há como olhar o dispositivo nem os pesos
    yield "Contas", (contas := _imports())
    if any(item.problema for item in contas):
        return
    tabela = (_raiz() / "data" / "README.md").read_text(encoding="utf-8").split("pesos -->")[1]  # entre as marcas
    yield "Dados", _dados()
    yield "Pesos treinados", conferir_pesos(_raiz() / "data" / "pesos", tabela)


def _fecho(problemas: int) -> str:
    if problemas == 0:
        return "Tudo em ordem. Para abrir as aulas:  make aula"
    n = "1 item precisa" if problemas == 1 else f"{problemas} itens precisam"
    fecho = f"{n} de atenção: digite as linhas indicadas acima e confira de novo."
    das_aulas = _raiz() / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if sys.prefix == sys.base_prefix and das_aulas.exists():
        fecho += f"\nAntes, use o Python das aulas:  {_citar(das_aulas)} -m aulas_lib conferir"
    return fecho


def versao_instalada(nome: str) -> str | None:
    """Versão do pacote neste Python, ou None se não está instalado."""
    try:
        return metadata.version(nome)
    except metadata.PackageNotFoundError:
        return None


def _raiz() -> Path:
    return Path(__file__).resolve().parent.parent  # ambiente.pasta_projeto() já pediria o torch


def _exigencias() -> list[str]:
    import tomllib

    return tomllib.loads((_raiz() / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]


def _citar(caminho: str | Path) -> str:
    texto = str(caminho)
    if " " not in texto:
        return texto
    return f'& "{texto}"' if os.name == "nt" else f'"{texto}"'  # no PowerShell, aspas pedem o &


def _instalar(exigencia: str, refazer: bool = False) -> str:
    so_cpu = exigencia.startswith("torch") and sys.platform == "linux" and not shutil.which("nvidia-smi")
    modo = "--force-reinstall --no-deps" if refazer else "--upgrade"
    modo += f" --extra-index-url {INDICE_CPU}" if so_cpu else ""
    return f'{_citar(sys.executable)} -m pip install {modo} "{exigencia}"'


def _outro_python() -> str:
    windows = "winget install Python.Python.3.12  (depois, os passos do README para Windows)"
    return windows if os.name == "nt" else "make limpar && make aula PYTHON=python3.12  (instale-o antes)"


def _maquina() -> list[Item]:
    disco = shutil.disk_usage(_raiz()).free / 1e9
    falta = disco < 1
    itens = [Item("espaço livre em disco", f"{disco:.0f} GB" + "; libere ao menos um" * falta, falta)]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memoria = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
        nota = "" if memoria >= MEMORIA_MINIMA_GB else "; pouca: feche outros programas antes de treinar"
        itens.append(Item("memória", f"{memoria:.0f} GB{nota}"))
    return itens


def _jupyterlab() -> Item:
    versao = versao_instalada("jupyterlab")
    ausente = "ausente (só é preciso para abrir as aulas nesta máquina)"
    return Item("jupyterlab", versao or ausente, digite=None if versao else _instalar("jupyterlab>=4"))


def _imports() -> list[Item]:
    """Importa de fato o torch e o torchvision, e mostra o dispositivo e a precisão."""
    pacote = "torch"
    try:
        from . import ambiente, precisao

        pacote = "torchvision"
        from . import compat

        compat.torchvision()
    except (ImportError, OSError, RuntimeError) as erro:
        return [Item(pacote, f"instalado, mas não abre: {erro}", True, _instalar(pacote, refazer=True))]
    device = ambiente.dispositivo()
    medida = precisao.precisao(device)
    return [
        Item("torch e torchvision", "abrem"),
        Item("dispositivo", ambiente.nome_do_dispositivo(device)),
        Item("precisão", medida.motivo),
    ]


def _dados() -> list[Item]:
    from . import ambiente

    pasta = ambiente.pasta_dados()
    existente = next(p for p in (pasta, *pasta.parents) if p.exists())
    if not os.access(existente, os.W_OK):
        variavel = "$env:AULAS_DADOS = " if os.name == "nt" else "export AULAS_DADOS="
        variavel += '"$HOME/dados-aulas"'
        return [Item("pasta de dados", f"{pasta} não aceita gravação", True, variavel)]
    itens = [Item("pasta de dados", str(pasta)), Item("dígitos 8×8", "vêm com o scikit-learn")]
    for nome, pasta_do_conjunto in (("MNIST", "MNIST"), ("Fashion-MNIST", "FashionMNIST")):
        ha = any((pasta / pasta_do_conjunto / "raw").glob("*-ubyte*"))
        itens.append(Item(nome, "baixado" if ha else "ausente (opcional; é baixado quando uma lição o pede)"))
    return itens


def _conferir_peso(arquivo: Path) -> Item:
    from safetensors import SafetensorError

    from .ambiente import virgula
    from .pesos import ler_procedencia

    try:
        receita = ler_procedencia(arquivo).get("receita", "não anotada")
        return Item(arquivo.name, f"{virgula(arquivo.stat().st_size / 1e6, 1)} MB (receita: {receita})")
    except FileNotFoundError:
        achado = "ausente"
    except (SafetensorError, OSError, ValueError) as erro:
        achado = f"truncado ou danificado: {erro}"
    return Item(arquivo.name, achado, True, f"git checkout -- data/pesos/{arquivo.name}")

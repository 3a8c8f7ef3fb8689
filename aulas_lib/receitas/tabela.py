"""A tabela dos pesos que acompanham o curso, escrita em `data/README.md` a partir da procedência."""

from pathlib import Path

from aulas_lib import pesos
from aulas_lib.ambiente import gravacao_inteira, pasta_pesos, pasta_projeto, virgula

INICIO, FIM = "<!-- pesos -->", "<!-- /pesos -->"
CABECALHO = "| arquivo | MB | receita | segundos de treino | dispositivo | medida |\n" + "| --- " * 6 + "|"


def tabela_de_pesos(pasta: Path | None = None) -> str:
    """Uma linha por arquivo de pesos, em Markdown.

    Args:
        pasta: onde estão os arquivos; None é `data/pesos`.
    """
    arquivos = sorted((pasta or pasta_pesos()).glob("*.safetensors"))
    return "\n".join([CABECALHO, *(_linha(arquivo) for arquivo in arquivos)])


def escrever_tabela(leia_me: Path | None = None, pasta: Path | None = None) -> None:
    """Troca o que está entre as marcas `<!-- pesos -->` e `<!-- /pesos -->` pela tabela atual.

    Args:
        leia_me: arquivo a reescrever; None é `data/README.md`.
        pasta: onde estão os pesos; None é `data/pesos`.

    Raises:
        ValueError: se o arquivo não tem as duas marcas.
    """
    leia_me = leia_me or pasta_projeto() / "data" / "README.md"
    texto = leia_me.read_text(encoding="utf-8")
    antes, marca, resto = texto.partition(INICIO)
    _, marca_final, depois = resto.partition(FIM)
    if not (marca and marca_final):
        raise ValueError(f"{leia_me} não tem as marcas {INICIO} e {FIM}; ponha-as onde a tabela deve ficar.")
    with gravacao_inteira(leia_me) as provisorio:
        provisorio.write_text(f"{antes}{INICIO}\n{tabela_de_pesos(pasta)}\n{FIM}{depois}", encoding="utf-8")
    print(f"Tabela reescrita em {leia_me.name}.")


def _linha(arquivo: Path) -> str:
    lida = pesos.ler_procedencia(arquivo)
    medida = "; ".join(lida[chave] for chave in ("metrica", "edicao") if chave in lida)
    tempo = lida.get("segundos", "?")
    if "segundos_de_processador" in lida:
        tempo = f"{tempo} ({lida['segundos_de_processador']} de processador)"
    dispositivo = lida.get("dispositivo", "?").replace("(1 linhas", "(1 linha")  # pesos já gravados
    megabytes = virgula(arquivo.stat().st_size / 1e6)
    return f"| `{arquivo.name}` | {megabytes} | {_comando(lida)} | {tempo} | {dispositivo} | {medida} |"


def _comando(lida: dict[str, str]) -> str:
    """O que digitar para refazer o peso; o que é o padrão do comando não se escreve."""
    if "receita" not in lida:
        return "?"
    comando = f"python -m aulas_lib treinar {lida['receita']}"
    for opcao, padrao in (("dados", "carinhas"), ("semente", "0")):
        if lida.get(opcao, padrao) != padrao:
            comando += f" --{opcao} {lida[opcao]}"
    return f"`{comando}`"

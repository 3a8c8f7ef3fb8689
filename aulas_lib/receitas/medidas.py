"""As tabelas medidas que acompanham o curso, em `data/medidas`: arquivos CSV, um número por célula."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from aulas_lib.ambiente import gravacao_inteira, pasta_projeto


def gravar_tabela(caminho: Path, campos: Iterable[str], linhas: Iterable[Mapping[str, float | str]]) -> None:
    """Grava um CSV, inteiro ou nada; os números, com seis algarismos.

    Raises:
        OSError: se a pasta não aceita o arquivo.
    """
    with gravacao_inteira(caminho) as provisorio, provisorio.open("w", newline="", encoding="utf-8") as arquivo:
        escritor = csv.DictWriter(arquivo, list(campos))
        escritor.writeheader()
        escritor.writerows({c: f"{v:.6g}" if isinstance(v, float) else v for c, v in um.items()} for um in linhas)


def ler_tabela(nome: str, pasta: Path | None = None) -> list[dict[str, float | str]]:
    """Lê um CSV de `data/medidas`; o que é número vira número, e o que está em branco some.

    Args:
        nome: sem a extensão.
        pasta: onde procurar; None é `data/medidas`.

    Raises:
        FileNotFoundError: se a tabela não está na pasta.
    """
    caminho = (pasta or pasta_medidas()) / f"{nome}.csv"
    if not caminho.is_file():
        raise FileNotFoundError(
            f"Não encontrei {caminho}. Recupere-o com git checkout -- data/medidas; data/README.md diz como medir de "
            "novo."
        )
    with caminho.open(newline="", encoding="utf-8") as arquivo:
        return [{c: _numero(v) for c, v in um.items() if v} for um in csv.DictReader(arquivo)]


def tabela_da_ablacao(linhas: Iterable[Mapping[str, float | str]]) -> str:
    """A ablação em texto: de cada variante, a média, o menor e o maior valor das sementes, na Fréchet e na KID.

    Args:
        linhas: as de uma família, de `ler_tabela("ablacoes")`.
    """
    por_nome: dict[str, list[Mapping[str, float | str]]] = {}
    for um in linhas:
        por_nome.setdefault(str(um["variante"]), []).append(um)
    texto = [f"{'':28s}{'Fréchet':>20s}{'KID / 1000':>24s}"]
    for nome, treinos in por_nome.items():
        frechet, kid = ([float(um[medida]) for um in treinos] for medida in ("frechet", "kid"))
        texto.append(f"{nome:28s}{_faixa(frechet):>20s}{_faixa([v / 1000 for v in kid]):>24s}")
    return "\n".join(texto)


def _faixa(valores: list[float]) -> str:
    return f"{sum(valores) / len(valores):.0f} ({min(valores):.0f} a {max(valores):.0f})"


def pasta_medidas() -> Path:
    """Onde ficam as medidas gravadas que acompanham o curso."""
    return pasta_projeto() / "data" / "medidas"


def _numero(texto: str) -> float | str:
    try:
        return float(texto)
    except ValueError:
        return texto

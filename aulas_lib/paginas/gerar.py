"""Escreve em disco o site e as apresentações: páginas que abrem com dois cliques e não pedem rede."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .celulas import com_teclas
from .licoes import Licao, ler_licoes
from .npm import MATHJAX, REVEAL, Pacote, baixar, copiar

if TYPE_CHECKING:
    from jinja2 import Environment

AQUI = Path(__file__).parent
SINAL = "estatico/base.css"  # por ele se reconhece uma pasta que estes comandos escreveram


def gerar_site(cadernos: Path, destino: Path) -> list[Path]:
    """Uma página por lição, o índice e a busca.

    Args:
        cadernos: pasta dos `.ipynb`.
        destino: pasta a criar; se já é de um site gerado antes, é refeita.

    Returns:
        As páginas escritas, com o índice na frente.

    Raises:
        OSError: se o MathJax não pôde ser baixado ou a pasta não aceita arquivos.
        ValueError: se o destino guarda outras coisas, ou se um pacote veio com a soma errada.
    """
    licoes = ler_licoes(cadernos)
    _abrir_pasta(destino, (MATHJAX,), ("base.css", "site.css", "site.js", "formulas.js"))
    _gravar_busca(licoes, destino / "estatico" / "busca.js")
    return _escrever("site", licoes, destino, lambda parte: parte)


def gerar_slides(cadernos: Path, destino: Path) -> list[Path]:
    """Uma apresentação por lição e o índice delas.

    Args:
        cadernos: pasta dos `.ipynb`.
        destino: pasta a criar; se já é de apresentações geradas antes, é refeita.

    Returns:
        As páginas escritas, com o índice na frente.

    Raises:
        OSError: se o reveal.js ou o MathJax não pôde ser baixado, ou a pasta não aceita arquivos.
        ValueError: se o destino guarda outras coisas, ou se um pacote veio com a soma errada.
    """
    licoes = ler_licoes(cadernos)
    _abrir_pasta(destino, (MATHJAX, REVEAL), ("base.css", "slides.css", "slides.js", "paginar.js", "formulas.js"))
    return _escrever("slides", licoes, destino, com_teclas)


def _abrir_pasta(destino: Path, pacotes: tuple[Pacote, ...], estaticos: tuple[str, ...]) -> None:
    """Baixa o que falta e só então esvazia e refaz a pasta."""
    if destino.exists() and (not destino.is_dir() or (any(destino.iterdir()) and not (destino / SINAL).is_file())):
        raise ValueError(
            f"{destino} já existe e não é uma pasta gerada por este comando: escolha outra, com --destino, ou apague-a."
        )
    for pacote in pacotes:
        baixar(pacote)
    shutil.rmtree(destino, ignore_errors=True)
    pasta = destino / "estatico"
    pasta.mkdir(parents=True)
    for nome in estaticos:
        shutil.copyfile(AQUI / "estatico" / nome, pasta / nome)
    for pacote in pacotes:
        copiar(pacote, pasta)


def _escrever(molde: str, licoes: list[Licao], destino: Path, ajustar: Callable[[str], str]) -> list[Path]:
    moldes = _moldes()
    indice = destino / "index.html"
    indice.write_text(moldes.get_template(f"{molde}_indice.html.j2").render(licoes=licoes), encoding="utf-8")
    paginas = [indice]
    for posicao, licao in enumerate(licoes):
        pagina = destino / f"{licao.nome}.html"
        texto = moldes.get_template(f"{molde}_licao.html.j2").render(
            licao=licao,
            anterior=licoes[posicao - 1] if posicao else None,
            seguinte=licoes[posicao + 1] if posicao + 1 < len(licoes) else None,
            ajustar=ajustar,
        )
        pagina.write_text(texto, encoding="utf-8")
        paginas.append(pagina)
    return paginas


def _moldes() -> "Environment":
    """Os moldes Jinja; o que não está marcado como HTML pronto é escapado."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(AQUI / "moldes"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _gravar_busca(licoes: list[Licao], arquivo: Path) -> None:
    """O índice é um programa que define uma lista: do disco, o navegador não lê arquivos de dados."""
    linhas = [
        {"pagina": f"{licao.nome}.html#{ancora}", "licao": licao.titulo, "titulo": titulo, "texto": texto}
        for licao in licoes
        for ancora, titulo, texto in licao.trechos
    ]
    arquivo.write_text(f"window.INDICE_DA_BUSCA = {json.dumps(linhas, ensure_ascii=False)};\n", encoding="utf-8")

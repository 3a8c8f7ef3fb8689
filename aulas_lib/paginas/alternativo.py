"""O texto alternativo das figuras, tirado do que o próprio caderno diz delas.

As figuras dos cadernos são o resultado de células de código. Quem escreveu a célula pode dizer o texto nos metadados
(`alt`); sem ele, o texto se compõe do título dado à figura, da seção e da frase que a comenta.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

FRASE_MAXIMA = 240  # caracteres; leitores de tela leem o texto alternativo de uma vez só
SIMBOLOS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "eta": "η", "theta": "θ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "varphi": "φ",
    "psi": "ψ", "chi": "χ", "omega": "ω", "Sigma": "Σ", "Delta": "Δ", "nabla": "∇", "partial": "∂", "sum": "Σ",
    "int": "∫", "infty": "∞", "ell": "ℓ",
    "sim": "~", "approx": "≈", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "times": "×", "cdot": "·", "to": "→",
    "mapsto": "→", "pm": "±", "in": "∈", "mid": "|", "Vert": "‖", "lVert": "‖", "rVert": "‖", "sqrt": "√",
    "tfrac12": "½", "dots": "…", "ldots": "…", "cdots": "…",
    "log": "log", "exp": "exp", "max": "max", "min": "min", "quad": " ",
}  # fmt: skip
_TITULO = re.compile(r"""titulo=(?:f?)(["'])(?P<titulo>[^"'{}]+)\1""")
_ESPERA = re.compile(r"^\*\*(?:Antes de rodar|Exercício)", re.IGNORECASE)


def sem_formulas(texto: str) -> str:
    """Troca fórmulas em LaTeX por texto corrido, para títulos, busca e leitores de tela.

    Args:
        texto: Markdown ou texto com fórmulas entre cifrões.

    Returns:
        O texto, com `$\\sigma^2$` como "σ^2".
    """

    def legivel(achado: re.Match[str]) -> str:
        formula = re.sub(r"\\(?:begin|end)\{[a-z*]+\}|\\(?:[,;:! ]|\\\\)|&", " ", achado[1])
        formula = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", formula)
        formula = re.sub(r"\\(?:bar|tilde|hat)(?:\s*\{(.+?)\}|\s*(\\?[a-zA-Z]+))", r"\1\2", formula)
        formula = re.sub(r"\\([a-zA-Z]+12|[a-zA-Z]+)", lambda nome: SIMBOLOS.get(nome[1], ""), formula)
        return re.sub(r"[{}\\]", "", formula)

    return " ".join(re.sub(r"\$\$?(.+?)\$\$?", legivel, texto, flags=re.DOTALL).split())


def corrido(markdown: str) -> str:
    """O texto de um trecho de Markdown, sem marcas, fórmulas, tabelas nem código em bloco.

    Args:
        markdown: o trecho.

    Returns:
        Uma linha só.
    """
    texto = re.sub(r"```.*?```|<!--.*?-->|\$\$.*?\$\$", " ", markdown, flags=re.DOTALL)
    texto = re.sub(r"^(?:#+ .*|\|.*)$", "", texto, flags=re.MULTILINE)
    texto = re.sub(r"<[^>]+>|^[-*] |^\d+\. ", "", texto, flags=re.MULTILINE)
    texto = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", texto)
    return sem_formulas(re.sub(r"\*\*|`|(?<!\w)\*|\*(?!\w)", "", texto))


def primeira_frase(markdown: str) -> str:
    """A primeira frase de um trecho de Markdown.

    Args:
        markdown: o trecho.

    Returns:
        A frase, cortada numa palavra se passa de 240 caracteres; vazia se o trecho não tem texto.
    """
    texto = corrido(markdown)
    frase = re.split(r"(?<=[.!?])\s+(?=[A-ZÀ-Ý“\"(])", texto, maxsplit=1)[0]
    if len(frase) > FRASE_MAXIMA:
        frase = frase[:FRASE_MAXIMA].rsplit(" ", 1)[0] + "…"
    return frase.strip()


def texto_alternativo(celulas: Sequence["NotebookNode"], posicao: int, secao: str) -> str:
    """O texto alternativo das figuras de uma célula.

    Args:
        celulas: as células do caderno.
        posicao: índice da célula de código que desenha a figura.
        secao: título da seção em que ela está.

    Returns:
        O `alt` dos metadados da célula; sem ele, título da figura, seção e a frase seguinte (ou a anterior).
    """
    celula = celulas[posicao]
    escrito = str(celula.metadata.get("alt", "")).strip()
    if escrito:
        return escrito
    titulos = [achado["titulo"].strip(" .") for achado in _TITULO.finditer(celula.source)]
    nome = "; ".join(titulos) or "Figura"
    frase = _depois(celulas, posicao) or _antes(celulas, posicao)
    return f"{nome} (seção “{secao}”). {frase}".strip() if secao else f"{nome}. {frase}".strip()


def _depois(celulas: Sequence["NotebookNode"], posicao: int) -> str:
    """A primeira frase do texto que comenta a figura, antes da próxima figura ou seção."""
    for celula in celulas[posicao + 1 :]:
        if celula.cell_type == "markdown":
            comenta = not celula.source.startswith("#") and not _ESPERA.match(celula.source)
            return primeira_frase(celula.source) if comenta else ""
        if any("image/png" in saida.get("data", {}) for saida in celula.get("outputs", [])):
            return ""
    return ""


def _antes(celulas: Sequence["NotebookNode"], posicao: int) -> str:
    """A primeira frase do texto que anuncia a figura."""
    for celula in reversed(celulas[:posicao]):
        if celula.cell_type == "markdown":
            frase = primeira_frase(celula.source)
            return f"O texto que a anuncia: {frase}" if frase else ""
    return ""

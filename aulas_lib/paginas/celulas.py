"""De células de caderno para pedaços de HTML, os mesmos para o site e para os slides."""

import base64
import html
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .alternativo import texto_alternativo
from .marcacao import Marcador

if TYPE_CHECKING:
    from nbformat import NotebookNode

CLASSE_DO_FILME = "aulas-filme"
FIGURA_PARADA = "No caderno, esta figura tem controles, que pedem um cálculo. Aqui ela está parada."
# Quem comanda por voz diz o que está escrito no botão: o nome dele precisa começar por aí.
NOMES_DOS_BOTOES = (("−1", "Um quadro para trás"), ("+1", "Um quadro para a frente"))
# No quadro de um filme só o controle deslizante usa as setas. Nos slides, fora dele elas voltam à apresentação, e Esc
# devolve o foco a ela (o quadro é isolado: só uma mensagem sai dele).
TECLAS_DO_FILME = """<script>
addEventListener("keydown", evento => {
  const noControle = document.activeElement && document.activeElement.type === "range";
  if (evento.key !== "Escape" && (noControle || !/^(Arrow|Page)/.test(evento.key))) return;
  if (evento.key === "Escape" && document.activeElement) document.activeElement.blur();
  evento.preventDefault();
  parent.postMessage({ teclaDoFilme: evento.key }, "*");
});
</script>"""


@dataclass(frozen=True)
class Celula:
    """Uma célula pronta para a página.

    Attributes:
        nome: o `id` da célula no caderno.
        tipo: "texto" ou "codigo".
        slide: "slide", "subslide", "fragment", "-" ou "skip".
        partes: HTML de cada parte: o texto; ou o código e, depois, cada saída.
        recolhida: se a página a mostra fechada (a preparação do caderno não é assunto da lição).
        secao: âncora do último título até ela, inclusive.
    """

    nome: str
    tipo: str
    slide: str
    partes: tuple[str, ...]
    recolhida: bool
    secao: str


def converter(caderno: "NotebookNode", marcador: Marcador) -> tuple[Celula, ...]:
    """Todas as células de um caderno, na ordem.

    Args:
        caderno: o caderno, executado.
        marcador: quem converte os textos; anota os títulos.

    Returns:
        Uma `Celula` por célula.
    """
    prontas = []
    for posicao, celula in enumerate(caderno.cells):
        if celula.cell_type == "markdown":
            tipo, partes = "texto", (marcador.texto(celula.source),)
        else:
            ultimo = marcador.titulos[-1].texto if marcador.titulos else ""
            alternativo = texto_alternativo(caderno.cells, posicao, ultimo)
            marcas = celula.metadata.get("tags", [])
            saidas = [_saida(saida, alternativo, "widget" in marcas, marcador) for saida in celula.outputs]
            tipo, partes = "codigo", (_codigo(celula.source), *filter(None, saidas))
        prontas.append(
            Celula(
                celula.id,
                tipo,
                celula.metadata.get("slideshow", {}).get("slide_type", "-"),
                partes,
                "preparacao" in celula.metadata.get("tags", []),
                marcador.titulos[-1].ancora if marcador.titulos else "",
            )
        )
    return tuple(prontas)


def _codigo(fonte: str) -> str:
    from nbconvert.filters.highlight import Highlight2HTML

    realcado = Highlight2HTML(pygments_lexer="ipython3")(fonte)
    return realcado.replace("<pre>", '<pre tabindex="0" role="group" aria-label="Código">', 1)


def _saida(saida: "NotebookNode", alternativo: str, controles: bool, marcador: Marcador) -> str:
    """HTML de uma saída; a forma mais rica que a página sabe mostrar."""
    if saida.output_type == "stream":
        return _texto(saida.text)
    if saida.output_type == "error":
        return _texto("\n".join(saida.traceback))
    dados = saida.data
    if "text/html" in dados:
        if CLASSE_DO_FILME in dados["text/html"]:
            return _filme(dados["text/html"])
        return f'<div class="rica">{marcador.saida(dados["text/html"])}</div>'
    if "image/png" in dados:
        return _figura(dados["image/png"], alternativo, controles)
    return _texto(dados.get("text/plain", ""))


def _filme(guardado: str) -> str:
    """O filme como foi guardado, com o que a biblioteca de hoje acrescentou aos nomes dos botões."""
    for sinal, nome in NOMES_DOS_BOTOES:
        guardado = guardado.replace(f"&quot;{nome}&quot;", f"&quot;{sinal}: {nome[0].lower()}{nome[1:]}&quot;")
    return guardado


def _texto(texto: str) -> str:
    from nbconvert.filters.ansi import ansi2html

    if not texto.strip():
        return ""
    limpo = ansi2html(texto.rstrip("\n"))
    return f'<pre class="impresso" tabindex="0" role="group" aria-label="Saída">{limpo}</pre>'


def _figura(png: str, alternativo: str, controles: bool) -> str:
    """A figura com largura e altura escritas: a página não pula quando ela termina de carregar."""
    dados = png.replace("\n", "")
    largura, altura = struct.unpack(">II", base64.b64decode(dados[:64])[16:24])  # cabeçalho IHDR do PNG
    legenda = f"<figcaption>{FIGURA_PARADA}</figcaption>" if controles else ""
    return (
        f'<figure><img src="data:image/png;base64,{dados}" alt="{html.escape(alternativo)}" width="{largura}" '
        f'height="{altura}">{legenda}</figure>'
    )


def com_teclas(parte: str) -> str:
    """Um filme cujas setas, fora do controle deslizante, voltam à apresentação.

    Args:
        parte: HTML de uma saída; só os filmes mudam.

    Returns:
        O mesmo HTML, com poucas linhas a mais na página de dentro do filme.
    """
    if CLASSE_DO_FILME not in parte:
        return parte
    return re.sub(r"&lt;/body&gt;", lambda fim: html.escape(TECLAS_DO_FILME) + fim[0], parte, count=1)

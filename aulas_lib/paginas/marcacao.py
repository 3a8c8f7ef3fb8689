"""De Markdown e HTML dos cadernos para o HTML das páginas: ligações, títulos com âncora e tabelas que cabem."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import unquote

from .alternativo import sem_formulas

ANCORA_DE_CELULA = "cell-id="  # a forma das ligações entre cadernos: 02_vae_elbo.ipynb#cell-id=s1


@dataclass(frozen=True)
class Titulo:
    """Um título de seção, para o sumário e a busca.

    Attributes:
        nivel: 1, 2 ou 3.
        ancora: o `id` do elemento.
        html: o conteúdo, com fórmulas entre cifrões.
        texto: o conteúdo em texto corrido.
    """

    nivel: int
    ancora: str
    html: str
    texto: str


def ancora(texto: str) -> str:
    """Um identificador curto para um título: letras minúsculas sem acento e hifens.

    Args:
        texto: o título, sem fórmulas.
    """
    plano = unicodedata.normalize("NFKD", texto).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plano).strip("-") or "secao"


@dataclass
class Marcador:
    """Converte os trechos de uma lição, na ordem, e anota os títulos que encontra.

    Attributes:
        licoes: nomes (sem `.ipynb`) dos cadernos que viram páginas.
        titulos: os títulos já encontrados.
    """

    licoes: Collection[str]
    titulos: list[Titulo] = field(default_factory=list)

    def texto(self, markdown: str) -> str:
        """HTML de uma célula de texto.

        Args:
            markdown: o conteúdo da célula.

        Returns:
            HTML, com as fórmulas ainda em LaTeX, entre cifrões.
        """
        from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

        desenhista = IPythonRenderer(escape=False, exclude_anchor_links=True)
        return self.saida(MarkdownWithMath(renderer=desenhista).render(markdown))

    def saida(self, html: str) -> str:
        """Acerta um HTML já pronto: o de um texto ou o que uma célula mostrou.

        Args:
            html: o trecho.

        Returns:
            O trecho com ligações para as páginas, títulos com âncora e tabelas em caixas que rolam.
        """
        from bs4 import BeautifulSoup

        arvore = BeautifulSoup(html, "html.parser")
        for titulo in arvore.find_all(["h1", "h2", "h3", "h4"]):
            self._anotar(titulo)
        for ligacao in arvore.find_all("a", href=True):
            self._ligar(ligacao)
        for codigo in arvore.find_all("code"):
            nome = codigo.get_text().removesuffix(".ipynb")
            if nome in self.licoes and codigo.get_text() != nome and codigo.find_parent(["a", "pre"]) is None:
                codigo.wrap(arvore.new_tag("a", href=f"{nome}.html"))
        for tabela in arvore.find_all("table"):
            _acertar_tabela(arvore, tabela)
        for bloco in arvore.find_all("pre"):
            bloco["tabindex"] = "0"  # quem usa o teclado também precisa rolar o código
        return str(arvore)

    def _anotar(self, titulo) -> None:
        texto = sem_formulas(titulo.get_text())
        usadas = {anterior.ancora for anterior in self.titulos}
        base = nome = ancora(texto)
        repeticao = 2
        while nome in usadas:
            nome, repeticao = f"{base}-{repeticao}", repeticao + 1
        titulo["id"] = nome
        self.titulos.append(Titulo(int(titulo.name[1]), nome, titulo.decode_contents(), texto))

    def _ligar(self, ligacao) -> None:
        """Caderno vira página; o README, o índice; o que não está no site perde a ligação e fica só o texto."""
        endereco, _, parte = ligacao["href"].partition("#")
        nome = endereco.rsplit("/", 1)[-1].removesuffix(".ipynb")
        if re.match(r"[a-z]+:", endereco):
            return
        if endereco.endswith(".ipynb") and nome in self.licoes:
            destino = f"{nome}.html"
        elif endereco.endswith("README.md") and "data/" not in endereco:
            destino = "index.html"
        elif not endereco and parte:
            destino = ""
        else:
            ligacao.unwrap()
            return
        if parte and not parte.startswith(ANCORA_DE_CELULA):
            parte = ancora(unquote(parte))
        ligacao["href"] = f"{destino}#{parte}" if parte else destino


def _acertar_tabela(arvore, tabela) -> None:
    """Tabela em caixa que rola; sem cabeçalho escrito, a primeira coluna é o cabeçalho das linhas."""
    cabecalho = tabela.find("thead")
    if cabecalho is not None and not cabecalho.get_text(strip=True):
        cabecalho.decompose()
        for linha in tabela.find_all("tr"):
            linha.td.name = "th"
            linha.th["scope"] = "row"
    caixa = {"class": "rola", "tabindex": "0", "role": "group", "aria-label": "Tabela"}
    tabela.wrap(arvore.new_tag("div", attrs=caixa))

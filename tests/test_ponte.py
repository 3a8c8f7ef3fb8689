"""A ponte entre a aula e os cadernos: páginas na ordem, links que chegam, minutos que fecham, termos que existem."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from nbformat import NotebookNode

RAIZ = Path(__file__).resolve().parents[1]
CADERNOS = RAIZ / "notebooks"
COMECE, GUIA = CADERNOS / "00_comece_aqui.ipynb", CADERNOS / "guia_de_quem_ensina.md"
LEIA_ME, CONTRIBUIR = RAIZ / "README.md", RAIZ / "CONTRIBUTING.md"
PAGINAS = (  # os títulos da aula, na ordem
    ["(7) Redes geradoras", "Agenda", "Agenda", "Geração de dados", "Interpretação: aprender a distribuição"]
    + ["Interpretação: aprender a gerar dados", "Tipos de métodos", "Autoencoders"]
    + ["Autoencoders variacionais (VAEs)"] * 2 + ["VAE: função de perda ELBO"] * 2
    + ["Redes adversárias geradoras (GANs)"] * 5
    + ["Aritmética no espaço latente", "Exemplos gerados por uma GAN de 2017", "2019 (SAGAN)", "2021 (StyleGAN)"]
    + ["2021 (Diffusion-based Model)", "Agenda", "Difusão", "Difusão: forward", "Difusão: forward"]
    + ["Difusão vs VAEs", "Perda: analogia com VAEs", "Difusão vs BigGAN"]
)  # fmt: skip
MINUTOS_DE_AULA = {"Quatro": 4 * 100, "Dois": 2 * 100}  # dos 120, 10 são de intervalo e 10 de perguntas
LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


class Link(NamedTuple):
    """Um link de Markdown: o que se lê e para onde leva."""

    texto: str
    endereco: str


@cache
def caderno(nome: str) -> NotebookNode:
    """Um caderno da pasta `notebooks/`, lido uma vez."""
    return nbformat.v4.reads((CADERNOS / nome).read_text(encoding="utf-8"))  # sem validar: test_cadernos já o faz


@cache
def texto_de(arquivo: Path) -> str:
    """Todo o Markdown de um arquivo `.md` ou de um caderno."""
    if arquivo.suffix == ".md":
        return arquivo.read_text(encoding="utf-8")
    return "\n\n".join(celula.source for celula in caderno(arquivo.name).cells if celula.cell_type == "markdown")


def linhas_da_tabela(texto: str) -> Iterator[list[str]]:
    """As células de cada linha de tabela, sem as de separação."""
    for linha in texto.splitlines():
        if linha.startswith("| ") and not linha.startswith("| ---"):
            yield [celula.strip() for celula in linha.strip().strip("|").split(" | ")]


def paginas_de(arquivo: Path) -> dict[int, list[str]]:
    """Linha da tabela de cada página da aula, pelo número."""
    paginas = {}
    for celulas in linhas_da_tabela(texto_de(arquivo)):
        junto = re.fullmatch(r"(\d+) · (.+)", celulas[0])
        if junto:
            paginas[int(junto[1])] = [junto[1], junto[2], *celulas[1:]]
        elif celulas[0].isdecimal() and len(celulas) == 3:
            paginas[int(celulas[0])] = celulas
    return paginas


def titulos(texto: str) -> list[str]:
    """Os títulos `##` e `###` de uma célula, sem a marca de nível (essencial, para ir além)."""
    achados = re.findall(r"^#{2,3} +(.+)$", texto, flags=re.MULTILINE)
    return [re.sub(r"\s*\*\((essencial|para ir além)\)\*", "", achado).strip() for achado in achados]


def problema_do_link(link: Link, destino: NotebookNode, celula: str) -> str | None:
    """O link para uma célula repete um título dela (ou da seção em que ela está), ou leva a um interativo."""
    secao = ""
    for uma in destino.cells:
        proprios = titulos(uma.source) if uma.cell_type == "markdown" else []
        if uma.id == celula and uma.cell_type == "code":
            return None if "interativos." in uma.source else f"{link.endereco}: a célula não mostra um interativo"
        if uma.id == celula:
            ok = link.texto in {secao, *proprios}
            return None if ok else f"{link.endereco}: {link.texto!r} não é um título; ali há {[secao, *proprios]}"
        secao = next((t for t in proprios if f"## {t}" in uma.source and f"### {t}" not in uma.source), secao)
    return f"{link.endereco}: a célula não existe"


def ancora(titulo: str) -> str:
    """A âncora que o GitHub dá a um título."""
    return re.sub(r"[^\w\- ]", "", titulo.lower()).replace(" ", "-")


def links_de(arquivo: Path) -> list[Link]:
    """Os links internos do arquivo."""
    achados = [Link(*par) for par in LINK.findall(texto_de(arquivo))]
    return [link for link in achados if not link.endereco.startswith(("http", "mailto:"))]


@pytest.mark.parametrize("arquivo", [COMECE, GUIA], ids=lambda arquivo: arquivo.stem)
def test_todas_as_paginas_da_aula_na_ordem(arquivo: Path) -> None:
    paginas = paginas_de(arquivo)
    assert [paginas[n][1] for n in sorted(paginas)] == PAGINAS
    assert list(paginas) == list(range(1, len(PAGINAS) + 1))


def test_toda_pagina_tem_secao_nota_e_reparo() -> None:
    for numero, (_, titulo, onde, interativo, _, nota, reparo) in paginas_de(GUIA).items():
        assert LINK.search(onde), f"página {numero}, {titulo}: sem link para uma seção"
        assert LINK.search(interativo) or interativo == "—", f"página {numero}: interativo {interativo!r}"
        assert len(nota) > 15 and nota.endswith((".", "?")), f"página {numero}: nota {nota!r}"
        certo = re.fullmatch(r"\*(No slide|Engano comum):\* .+ → .+\.", reparo)
        assert reparo == "—" or certo, f"página {numero}: {reparo!r}"


@pytest.mark.parametrize("posicao", [0, 1], ids=["Quatro", "Dois"])
def test_os_minutos_enchem_os_encontros(posicao: int) -> None:
    minutos = [int(linha[4].split(" / ")[posicao]) for linha in paginas_de(GUIA).values()]
    assert sum(minutos) == list(MINUTOS_DE_AULA.values())[posicao]


@pytest.mark.parametrize(("titulo", "posicao"), [("Quatro", 0), ("Dois", 1)])
def test_cada_encontro_tem_cem_minutos(titulo: str, posicao: int) -> None:
    plano = texto_de(GUIA).split(f"## {titulo} encontros de duas horas")[1].split("\n## ")[0]
    trechos = [re.fullmatch(r"(\d+) a (\d+)", celulas[1]) for celulas in linhas_da_tabela(plano)]
    trechos = [(int(trecho[1]), int(trecho[2])) for trecho in trechos if trecho]
    assert [pagina for a, b in trechos for pagina in range(a, b + 1)] == list(range(1, len(PAGINAS) + 1))
    paginas = paginas_de(GUIA)
    for a, b in trechos:
        assert sum(int(paginas[p][4].split(" / ")[posicao]) for p in range(a, b + 1)) == 100, f"páginas {a} a {b}"


@pytest.mark.parametrize("arquivo", [COMECE, GUIA, LEIA_ME, CONTRIBUIR], ids=lambda arquivo: arquivo.stem)
def test_todo_link_chega(arquivo: Path) -> None:
    problemas = []
    for link in links_de(arquivo):
        nome, _, fragmento = link.endereco.partition("#")
        destino = arquivo.parent / nome if nome else arquivo
        if not destino.exists():
            problemas.append(f"{link.endereco}: o arquivo não existe")
        elif fragmento.startswith("cell-id="):
            problemas.append(problema_do_link(link, caderno(destino.name), fragmento.removeprefix("cell-id=")))
        elif fragmento and fragmento not in map(ancora, titulos(texto_de(destino))):
            problemas.append(f"{link.endereco}: o título não existe")
    assert not list(filter(None, problemas))


def test_um_titulo_trocado_e_percebido() -> None:
    link = Link("2 · A formulação", "03_gan_minimax.ipynb#cell-id=formulacao")
    copia = nbformat.from_dict(caderno("03_gan_minimax.ipynb"))
    assert problema_do_link(link, copia, "formulacao") is None
    (celula,) = (c for c in copia.cells if c.id == "formulacao")
    celula.source = celula.source.replace("## 2 · A formulação", "## 2 · A fórmula")
    assert "não é um título" in problema_do_link(link, copia, "formulacao")
    celula.id = "formula"
    assert "não existe" in problema_do_link(link, copia, "formulacao")


def _minutos(texto: str) -> float:
    """Os primeiros minutos de uma frase do cabeçalho: "uma hora e quinze", "70 minutos", "2 minutos e meio"."""
    por_extenso = {"uma hora e meia": 90, "uma hora e quinze": 75, "uma hora": 60}
    achado = re.search("|".join([*por_extenso, r"\d+(?= min)( minutos e meio)?"]), texto)
    assert achado, f"sem minutos: {texto!r}"
    return por_extenso.get(achado[0]) or int(achado[0].split()[0]) + 0.5 * ("meio" in achado[0])


def tempos_do_cabecalho(nome: str) -> tuple[float, float, float]:
    """Minutos de leitura, de exercícios e de máquina que o caderno promete."""
    linhas = dict(linha[:2] for linha in linhas_da_tabela(caderno(nome).cells[0].source) if len(linha) == 2)
    seu, maquina = linhas["**Seu tempo**"], linhas["**Tempo de máquina**"]
    return _minutos(seu), float(re.search(r"exercícios pedem (?:mais )?uns (\d+)", seu)[1]), _minutos(maquina)


@pytest.mark.parametrize("arquivo", [COMECE, LEIA_ME], ids=lambda arquivo: arquivo.stem)
def test_os_tempos_sao_os_dos_cabecalhos(arquivo: Path) -> None:
    tabela = {}
    for celulas in linhas_da_tabela(texto_de(arquivo)):
        link = LINK.search(celulas[0])
        if link and len(celulas) == 5:
            tabela[Path(link[2]).name] = tuple(float(celula.replace(",", ".")) for celula in celulas[2:])
    licoes = sorted(p.name for p in CADERNOS.glob("*.ipynb") if p != COMECE)
    assert sorted(set(tabela) - {COMECE.name}) == licoes
    prometidos = {nome: tempos_do_cabecalho(nome) for nome in licoes}
    primeira, segunda = licoes[:2]  # o cabeçalho da lição 1 soma os dois cadernos
    prometidos[primeira] = tuple(a - b for a, b in zip(prometidos[primeira], prometidos[segunda], strict=True))
    assert {nome: tabela[nome] for nome in licoes} == prometidos


def _termos() -> Iterator[tuple[str, str, Link]]:
    glossario = texto_de(COMECE).split("· Glossário")[1]
    for celulas in linhas_da_tabela(glossario):
        if len(celulas) == 3 and LINK.search(celulas[2]):
            yield celulas[0], celulas[1].strip("*"), Link(*LINK.search(celulas[2]).groups())


def test_o_glossario_usa_os_termos_das_licoes() -> None:
    termos = list(_termos())
    assert len(termos) >= 50
    for termo, ingles, link in termos:
        nome, celula = link.endereco.split("#cell-id=")
        (texto,) = (c.source.lower() for c in caderno(nome).cells if c.id == celula)
        ausentes = [palavra for palavra in re.findall(r"[\w-]+", termo.lower()) if palavra not in texto]
        assert not ausentes, f"{termo}: {nome}, célula {celula}, não traz {ausentes}"
        assert ingles == "—" or ingles.lower() in texto, f"{termo}: {nome}, célula {celula}, não traz {ingles!r}"


def test_o_glossario_esta_em_ordem() -> None:
    def chave(termo: str) -> str:
        partes = unicodedata.normalize("NFD", termo.lower())
        return "".join(letra for letra in partes if not unicodedata.combining(letra))

    termos = [termo for termo, _, _ in _termos()]
    assert termos == sorted(termos, key=chave) and len(set(termos)) == len(termos)

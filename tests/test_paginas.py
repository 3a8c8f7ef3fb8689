"""Páginas e apresentações, sem navegador: textos alternativos, ligações e busca."""

import base64
import io
import json
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pacote_falso import pacote_falso
from PIL import Image

from aulas_lib.paginas import alternativo, celulas, gerar, licoes, npm
from aulas_lib.paginas.marcacao import Marcador, ancora

ABERTURA = """# Lição 9 · Nós e $\\sigma^2$

**Ao final, você vai saber**

- medir $\\sigma$ com *calma*;
- outra coisa.

| | |
| --- | --- |
| **Seu tempo** | cerca de uma hora; os exercícios pedem mais |"""


def _png(largura: int, altura: int) -> str:
    memoria = io.BytesIO()
    Image.new("RGB", (largura, altura)).save(memoria, "png")
    return base64.b64encode(memoria.getvalue()).decode("ascii")


def _com_figura(fonte: str = "figura()", **metadados: object) -> nbformat.NotebookNode:
    celula = new_code_cell(fonte, metadata=metadados)
    celula.outputs = [new_output("display_data", {"image/png": _png(30, 20), "text/plain": "<Figure>"})]
    return celula


def _exemplo() -> nbformat.NotebookNode:
    secao = "## Média & variância\n\nVeja a [outra](b.ipynb#cell-id=s1) e o `b.ipynb`."
    textos = [ABERTURA, secao, "A curva sobe. E desce."]
    lista = [new_markdown_cell(texto, metadata={"slideshow": {"slide_type": "slide"}}) for texto in textos]
    return new_notebook(cells=[*lista[:2], _com_figura('figura(titulo="Perda")'), lista[2]])


# --- texto alternativo ---


def test_alternativo_escrito_na_celula_vence():
    celulas_do_caderno = [_com_figura('f(titulo="Outro")', alt="O que se vê."), new_markdown_cell("Comentário.")]
    assert alternativo.texto_alternativo(celulas_do_caderno, 0, "Seção") == "O que se vê."


def test_alternativo_junta_titulo_secao_e_a_frase_que_comenta():
    comentario = new_markdown_cell("A **curva** de $\\mu$ cai. E só.")
    lista = [_com_figura('f(titulo="Perda")'), new_code_cell("assert x"), comentario]
    assert alternativo.texto_alternativo(lista, 0, "Treinar") == "Perda (seção “Treinar”). A curva de μ cai."


@pytest.mark.parametrize("seguinte", ["**Antes de rodar:** o que cai?", "## Outra seção\n\nNada a ver."])
def test_alternativo_nao_usa_o_texto_da_proxima_figura(seguinte):
    lista = [new_markdown_cell("Sorteamos dez pontos. Depois, vinte."), _com_figura(), new_markdown_cell(seguinte)]
    esperado = "Figura (seção “S”). O texto que a anuncia: Sorteamos dez pontos."
    assert alternativo.texto_alternativo(lista, 1, "S") == esperado


def test_alternativo_para_na_proxima_figura():
    lista = [new_markdown_cell("Um."), _com_figura(), _com_figura(), new_markdown_cell("Da segunda.")]
    assert "Da segunda" not in alternativo.texto_alternativo(lista, 1, "S")


@pytest.mark.parametrize(
    ("formula", "legivel"),
    [
        (r"$\mathcal{N}(0, \sigma^2)$", "N(0, σ^2)"),
        (r"$\bar\alpha_T$ e $x_t$", "α_T e x_t"),
        (r"$\frac{a}{b} \ge 0{,}5$", "a/b ≥ 0,5"),
        ("sem fórmula", "sem fórmula"),
    ],
)
def test_formulas_viram_texto(formula, legivel):
    assert alternativo.sem_formulas(formula) == legivel


# --- ligações, âncoras e tabelas ---


@pytest.mark.parametrize(
    ("markdown", "destino"),
    [
        ("[x](b.ipynb)", "b.html"),
        ("[x](b.ipynb#cell-id=s1)", "b.html#cell-id=s1"),
        ("[x](b.ipynb#Média-móvel)", "b.html#media-movel"),
        ("[x](../README.md)", "index.html"),
        ("`b.ipynb`", "b.html"),
        ("[x](https://example.org/b.ipynb)", "https://example.org/b.ipynb"),
        ("[x](../data/README.md)", None),
        ("[x](outro.ipynb)", None),
        ("`outro.ipynb`", None),
    ],
)
def test_ligacoes(markdown, destino):
    achado = re.search(r'href="([^"]*)"', Marcador(["a", "b"]).texto(markdown))
    assert (achado[1] if achado else None) == destino


def test_ancoras_sem_acento_e_sem_repeticao():
    marcador = Marcador([])
    html = marcador.texto("## Média & variância") + marcador.texto("## Média, variância!")
    assert re.findall(r'id="([^"]+)"', html) == ["media-variancia", "media-variancia-2"]
    assert ancora("★") == "secao"


def test_tabela_sem_cabecalho_ganha_cabecalhos_de_linha():
    html = Marcador([]).texto("| | |\n| --- | --- |\n| **Tempo** | uma hora |")
    assert "<thead" not in html and '<th scope="row">' in html and 'class="rola"' in html


# --- lição, busca e páginas ---


def test_licao_tem_frase_tempo_e_trechos():
    licao = licoes.montar("a", _exemplo(), ["a", "b"])
    assert licao.titulo == "Lição 9 · Nós e σ^2"
    assert licao.frase == r"Você vai saber medir $\sigma$ com calma."
    assert licao.tempo == "cerca de uma hora"
    assert [(nome, titulo) for nome, titulo, _ in licao.trechos][1] == ("media-variancia", "Média & variância")
    assert licao.trechos[1][2] == "Veja a outra e o b.ipynb. A curva sobe. E desce."


def test_figura_tem_texto_medidas_e_nenhum_tipo_de_arquivo_no_texto():
    html = "".join(parte for celula in licoes.montar("a", _exemplo(), ["a"]).celulas for parte in celula.partes)
    assert 'alt="Perda (seção “Média &amp; variância”). A curva sobe."' in html
    assert 'width="30" height="20"' in html


def test_controle_sem_kernel_diz_que_esta_parado():
    for marcas, diz in ((["widget"], True), ([], False)):
        prontas = celulas.converter(new_notebook(cells=[_com_figura(tags=marcas)]), Marcador([]))
        assert (celulas.FIGURA_PARADA in prontas[0].partes[1]) is diz


def test_teclas_entram_so_nos_filmes():
    filme = '<div class="aulas-filme"><iframe srcdoc="&lt;body&gt;&lt;/body&gt;"></iframe></div>'
    assert celulas.com_teclas(filme).count("teclaDoFilme") == 1
    assert "<script" not in celulas.com_teclas(filme)  # escapado, dentro do srcdoc
    assert celulas.com_teclas("<pre>&lt;/body&gt;</pre>") == "<pre>&lt;/body&gt;</pre>"


def test_botoes_do_filme_tem_no_nome_o_que_se_le_neles():
    guardado = '<div class="aulas-filme">[&quot;−1&quot;, &quot;Um quadro para trás&quot;, &quot;+1&quot;]</div>'
    celula = new_code_cell("filme()", outputs=[new_output("display_data", {"text/html": guardado})])
    pronta = celulas.converter(new_notebook(cells=[celula]), Marcador([]))[0].partes[1]
    assert "&quot;−1: um quadro para trás&quot;" in pronta


@pytest.fixture
def projeto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Dois cadernos e pacotes npm de mentira, com a soma certa, já guardados."""
    monkeypatch.setenv("AULAS_CACHE", str(tmp_path / "cache"))
    for nome in ("MATHJAX", "REVEAL"):
        pacote, dados = pacote_falso(getattr(npm, nome))
        monkeypatch.setattr(gerar, nome, pacote)
        guardado = tmp_path / "cache" / "npm" / f"{pacote.nome}-{pacote.versao}.tgz"
        guardado.parent.mkdir(parents=True, exist_ok=True)
        guardado.write_bytes(dados)
    (tmp_path / "cadernos").mkdir()
    for nome in "ab":
        nbformat.write(_exemplo(), tmp_path / "cadernos" / f"{nome}.ipynb")
    return tmp_path


@pytest.mark.parametrize("fazer", [gerar.gerar_site, gerar.gerar_slides])
def test_paginas_completas_e_sem_endereco_de_fora(projeto, fazer):
    paginas = fazer(projeto / "cadernos", projeto / "saida")
    assert [pagina.name for pagina in paginas] == ["index.html", "a.html", "b.html"]
    for pagina in paginas:
        texto = pagina.read_text(encoding="utf-8")
        usados = re.findall(r'(?:src|href)="(?!data:|#)([^"]*)"', texto)
        assert usados and all((projeto / "saida" / usado.split("#")[0]).is_file() for usado in usados)
        assert '<html lang="pt-BR">' in texto and "MARCA" not in texto


def test_indice_da_busca_leva_a_cada_secao(projeto):
    gerar.gerar_site(projeto / "cadernos", projeto / "saida")
    programa = (projeto / "saida" / "estatico" / "busca.js").read_text(encoding="utf-8")
    linhas = json.loads(programa.removeprefix("window.INDICE_DA_BUSCA = ").rstrip(";\n"))
    for linha in linhas:
        pagina, _, alvo = linha["pagina"].partition("#")
        assert f'id="{alvo}"' in (projeto / "saida" / pagina).read_text(encoding="utf-8")
    assert {linha["titulo"] for linha in linhas} == {"Lição 9 · Nós e σ^2", "Média & variância"}


def test_gerar_refaz_a_propria_pasta_e_recusa_a_dos_outros(projeto):
    gerar.gerar_site(projeto / "cadernos", projeto / "saida")
    (projeto / "saida" / "velha.html").write_text("x", encoding="utf-8")
    gerar.gerar_site(projeto / "cadernos", projeto / "saida")
    assert not (projeto / "saida" / "velha.html").exists()
    with pytest.raises(ValueError, match="não é uma pasta gerada"):
        gerar.gerar_site(projeto / "cadernos", projeto / "cadernos")
    assert (projeto / "cadernos" / "a.ipynb").is_file()

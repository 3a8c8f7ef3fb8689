"""Regras de higiene dos cadernos: cada uma recebe um caderno e devolve uma frase por problema encontrado."""

import ast
import builtins
import re
import symtable
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from aulas_lib.cadernos import celula_preparacao, conferir_espelhos, endereco_em_vigor
from aulas_lib.cadernos.arquivos import marcas
from aulas_lib.cadernos.execucao import caminhos_de_maquina

RAIZ = Path(__file__).resolve().parents[1]
LINHAS_POR_CELULA = 25
CELULAS_RECOMENDADAS, CELULAS_NO_MAXIMO = 60, 70
BYTES_POR_CADERNO, BYTES_DE_FILMES = 4_000_000, 2_500_000
TEXTO_POR_CODIGO = (0.7, 2.5)  # células de texto para cada célula de código
MARCAS = {"preparacao", "exercicio", "progresso", "widget", "base", "nbval-ignore-output"}
SLIDES = {"slide", "subslide", "fragment", "notes", "skip", "-"}
NIVEL = re.compile(r"\*\(?(essencial|para ir além)\)?\*")
SECOES_SEM_NIVEL = {"Preparação", "Exercícios", "Resumo", "Referências"}


def _codigo(caderno: NotebookNode) -> list[tuple[int, NotebookNode]]:
    return [(i, c) for i, c in enumerate(caderno.cells) if c.cell_type == "code" and c.source.strip()]


def _texto(caderno: NotebookNode) -> list[tuple[int, NotebookNode]]:
    return [(i, c) for i, c in enumerate(caderno.cells) if c.cell_type == "markdown"]


def _saidas(caderno: NotebookNode) -> list[tuple[int, NotebookNode]]:
    return [(i, saida) for i, celula in _codigo(caderno) for saida in celula.outputs]


def _arvore(celula: NotebookNode) -> ast.Module | None:
    try:
        return ast.parse(celula.source)
    except SyntaxError:  # comandos do IPython (%, !) têm a sua própria regra
        return None


def _sem_blocos_de_codigo(texto: str) -> str:
    return re.sub(r"^(```|~~~).*?^\1", "", texto, flags=re.DOTALL | re.MULTILINE)


def formato(caderno: NotebookNode) -> list[str]:
    """O arquivo segue o formato oficial do Jupyter."""
    try:
        nbformat.validate(caderno)
    except nbformat.ValidationError as erro:
        return [f"formato inválido: {erro}"]
    return []


def sem_estado_de_widgets(caderno: NotebookNode) -> list[str]:
    """`metadata.widgets` sem `state` impede o GitHub de mostrar o caderno."""
    return ["há metadata.widgets; rode o comando executar"] if "widgets" in caderno.metadata else []


def execucao_limpa(caderno: NotebookNode) -> list[str]:
    """As saídas são de uma única execução, de cima para baixo (o nbval não compara célula sem número)."""
    numeros = [celula.execution_count for _, celula in _codigo(caderno)]
    if numeros != list(range(1, len(numeros) + 1)):
        return [f"números de execução {numeros}; rode o comando executar"]
    return []


def sem_erros(caderno: NotebookNode) -> list[str]:
    """Nenhuma saída é um erro."""
    return [f"célula {i}: saída de erro {s.ename}" for i, s in _saidas(caderno) if s.output_type == "error"]


def sem_stderr(caderno: NotebookNode) -> list[str]:
    """Nada foi escrito no canal de erros."""
    return [f"célula {i}: saída em stderr" for i, s in _saidas(caderno) if s.get("name") == "stderr"]


def sem_avisos(caderno: NotebookNode) -> list[str]:
    """Nenhuma saída traz um aviso do Python."""
    problemas = []
    for i, saida in _saidas(caderno):
        texto = saida.get("text", "") + saida.get("data", {}).get("text/plain", "")
        if re.search(r"\b\w*Warning\b", texto):
            problemas.append(f"célula {i}: aviso na saída")
    return problemas


def celulas_curtas(caderno: NotebookNode) -> list[str]:
    """Uma célula de código é uma ideia, em poucas linhas."""
    tamanhos = [(i, len(celula.source.splitlines())) for i, celula in _codigo(caderno)]
    return [f"célula {i}: {linhas} linhas" for i, linhas in tamanhos if linhas > LINHAS_POR_CELULA]


def proporcao_de_texto(caderno: NotebookNode) -> list[str]:
    """Nem um livro sem código, nem um programa sem explicação."""
    razao = len(_texto(caderno)) / max(1, len(_codigo(caderno)))
    minimo, maximo = TEXTO_POR_CODIGO
    return [] if minimo <= razao <= maximo else [f"{razao:.2f} células de texto por célula de código"]


def tamanho(caderno: NotebookNode) -> list[str]:
    """O arquivo abre depressa e cabe na visualização do GitHub."""
    tamanho_em_bytes = len(nbformat.writes(caderno).encode())
    return [f"{tamanho_em_bytes / 1e6:.1f} MB"] if tamanho_em_bytes > BYTES_POR_CADERNO else []


def tamanho_dos_filmes(caderno: NotebookNode) -> list[str]:
    """Os filmes de um caderno, somados, não pesam demais."""
    html = [saida.get("data", {}).get("text/html", "") for _, saida in _saidas(caderno)]
    total = sum(len(texto.encode()) for texto in html if "srcdoc=" in texto)
    return [f"filmes: {total / 1e6:.1f} MB"] if total > BYTES_DE_FILMES else []


def sem_pastas_da_maquina(caderno: NotebookNode) -> list[str]:
    """As saídas não mostram pastas do computador de quem as gerou."""
    return caminhos_de_maquina(caderno)


def slides(caderno: NotebookNode) -> list[str]:
    """Toda célula diz como entra na apresentação; preparação, exercícios e progresso ficam de fora."""
    problemas = []
    for i, celula in enumerate(caderno.cells):
        tipo = celula.metadata.get("slideshow", {}).get("slide_type")
        if tipo not in SLIDES:
            problemas.append(f"célula {i}: slide_type {tipo!r}")
        elif {"preparacao", "exercicio", "progresso"} & set(marcas(celula)) and tipo != "skip":
            problemas.append(f"célula {i}: slide_type deveria ser 'skip'")
    return problemas


def preparacao(caderno: NotebookNode) -> list[str]:
    """A primeira célula de código é a de preparação, com o endereço em vigor, e não mostra nada."""
    codigo = _codigo(caderno)
    if not codigo or "preparacao" not in marcas(codigo[0][1]):
        return ["a primeira célula de código não tem a marca 'preparacao'"]
    problemas = []
    if codigo[0][1].source != celula_preparacao(endereco_em_vigor(RAIZ)):
        problemas.append("célula de preparação desatualizada; rode o comando endereco")
    if codigo[0][1].outputs:
        problemas.append("a célula de preparação mostra algo")
    return problemas


def texto_alternativo(caderno: NotebookNode) -> list[str]:
    """Toda imagem em Markdown tem uma descrição para quem não a vê."""
    problemas = []
    for i, celula in _texto(caderno):
        texto = _sem_blocos_de_codigo(celula.source)
        vazias = re.findall(r"!\[\s*\]", texto)
        mudas = [img for img in re.findall(r"<img\b[^>]*>", texto) if not re.search(r'\balt="[^"]+"', img)]
        if vazias or mudas:
            problemas.append(f"célula {i}: imagem sem texto alternativo")
    return problemas


def _compara(no: ast.AST) -> bool:
    """Se o nó é um `assert` com uma comparação dentro; `assert True` e `assert x` não verificam tolerância."""
    return isinstance(no, ast.Assert) and any(isinstance(parte, ast.Compare) for parte in ast.walk(no.test))


def ignoradas_com_assert(caderno: NotebookNode) -> list[str]:
    """Depois de uma saída que o nbval não compara, uma célula comum verifica a tolerância com `assert`."""
    codigo = _codigo(caderno)
    problemas = []
    for (i, celula), seguinte in zip(codigo, [*codigo[1:], None], strict=True):
        if "nbval-ignore-output" not in marcas(celula):
            continue
        arvore = _arvore(seguinte[1]) if seguinte else None
        afirma = arvore is not None and any(map(_compara, ast.walk(arvore)))
        if not afirma or "nbval-ignore-output" in marcas(seguinte[1]):
            problemas.append(f"célula {i}: nbval-ignore-output sem um assert que compare, logo depois")
    return problemas


def leitura_depois_da_figura(caderno: NotebookNode) -> list[str]:
    """Depois de uma figura ou de um filme, e antes do próximo título, um texto diz o que se vê."""
    problemas = []
    for i, celula in _codigo(caderno):
        if "progresso" in marcas(celula):  # uma tabela de frases: não há o que ler por fora dela
            continue
        if not any({"image/png", "text/html"} & set(saida.get("data", {})) for saida in celula.outputs):
            continue
        textos = [seguinte.source for posicao, seguinte in _texto(caderno) if posicao > i]
        if not textos or re.match(r"\s*#{1,3} ", textos[0]):
            problemas.append(f"célula {i} ({celula.get('id')}): nenhum texto lê a figura")
    return problemas


def marcas_conhecidas(caderno: NotebookNode) -> list[str]:
    """Só as marcas combinadas: nada de desligar a comparação por fora das regras."""
    problemas = []
    for i, celula in enumerate(caderno.cells):
        estranhas = {m for m in marcas(celula) if not m.startswith("fonte:")} - MARCAS
        if estranhas:
            problemas.append(f"célula {i}: marcas desconhecidas {sorted(estranhas)}")
        if celula.cell_type == "code" and re.search(r"#\s*(NBVAL_|PYTEST_VALIDATE_)", celula.source):
            problemas.append(f"célula {i}: comentário que desliga o nbval; use a marca nbval-ignore-output")
    return problemas


def _secoes(caderno: NotebookNode) -> list[tuple[int, str, str]]:
    """(célula, título, texto inteiro) de cada seção aberta por `## `."""
    secoes: list[tuple[int, str, str]] = []
    for i, celula in _texto(caderno):
        for linha in _sem_blocos_de_codigo(celula.source).splitlines():
            if linha.startswith("## "):
                secoes.append((i, linha[3:].strip(), ""))
            elif secoes:
                posicao, titulo, corpo = secoes[-1]
                secoes[-1] = (posicao, titulo, f"{corpo}\n{linha}")
    return secoes


def niveis_das_secoes(caderno: NotebookNode) -> list[str]:
    """Cada seção diz se é *essencial* ou *para ir além*; as essenciais dizem que slide acompanham."""
    problemas = []
    for i, titulo, corpo in _secoes(caderno):
        nome = re.sub(r"^[\d.·\s]+", "", titulo)
        nivel = NIVEL.search(titulo)
        if nome not in SECOES_SEM_NIVEL and nivel is None:
            problemas.append(f"célula {i}: a seção {titulo!r} não diz se é *essencial* ou *para ir além*")
        if nivel is not None and nivel[1] == "essencial" and "slide" not in corpo.lower():
            problemas.append(f"célula {i}: a seção {titulo!r} não diz que slide acompanha")
    return problemas


def quantidade_de_celulas(caderno: NotebookNode) -> list[str]:
    """Um assunto que pede mais células são dois cadernos."""
    quantas = len(caderno.cells)
    return [f"{quantas} células; divida o caderno"] if quantas > CELULAS_NO_MAXIMO else []


def sem_show(caderno: NotebookNode) -> list[str]:
    """O Jupyter mostra a figura sozinho."""
    return [f"célula {i}: .show()" for i, celula in _codigo(caderno) if re.search(r"\.show\(", celula.source)]


def sem_comandos_do_ipython(caderno: NotebookNode) -> list[str]:
    """Toda célula é Python puro: nada de `%magia`, `!pip` ou `%pip`."""
    return [f"célula {i}: não é Python puro" for i, celula in _codigo(caderno) if _arvore(celula) is None]


def espelhos(caderno: NotebookNode) -> list[str]:
    """As células `fonte:` são o código da biblioteca."""
    return conferir_espelhos(caderno)


def espelhos_sem_nomes_soltos(caderno: NotebookNode) -> list[str]:
    """Quem edita uma célula `fonte:` pode rodá-la: todo nome que ela usa foi definido até ali."""
    definidos, problemas = set(dir(builtins)), []
    for i, celula in _codigo(caderno):
        tabela = symtable.symtable(celula.source, "celula", "exec")
        definidos |= {s.get_name() for s in tabela.get_symbols() if s.is_assigned() or s.is_imported()}
        if any(m.startswith("fonte:") for m in marcas(celula)):
            soltos = _globais(tabela) - definidos
            problemas += [f"célula {i}: usa {nome}, que nenhuma célula até ali define" for nome in sorted(soltos)]
    return problemas


def _globais(tabela: symtable.SymbolTable) -> set[str]:
    nomes = {s.get_name() for s in tabela.get_symbols() if s.is_referenced() and s.is_global()}
    return nomes.union(*map(_globais, tabela.get_children()))


def titulo(caderno: NotebookNode) -> list[str]:
    """A primeira célula é o título, com os minutos em CPU e em GPU e os pré-requisitos."""
    primeira = caderno.cells[0].source if caderno.cells else ""
    exigencias = {
        "um título '# '": primeira.startswith("# "),
        "o que você saberá fazer": re.search(r"você (será|saberá|vai)|ao final|ao terminar", primeira, re.I),
        "os minutos em CPU": re.search(r"\bmin[^\n]*CPU|CPU[^\n]*\bmin", primeira),
        "os minutos em GPU": re.search(r"\bmin[^\n]*GPU|GPU[^\n]*\bmin", primeira),
        "os pré-requisitos": re.search(r"pré-requisitos?", primeira, re.I),
    }
    return [f"falta na primeira célula: {nome}" for nome, cumprida in exigencias.items() if not cumprida]


REGRAS: tuple[Callable[[NotebookNode], list[str]], ...] = (
    formato,
    sem_estado_de_widgets,
    execucao_limpa,
    sem_erros,
    sem_stderr,
    sem_avisos,
    celulas_curtas,
    proporcao_de_texto,
    tamanho,
    tamanho_dos_filmes,
    sem_pastas_da_maquina,
    slides,
    preparacao,
    texto_alternativo,
    ignoradas_com_assert,
    leitura_depois_da_figura,
    marcas_conhecidas,
    niveis_das_secoes,
    quantidade_de_celulas,
    sem_show,
    sem_comandos_do_ipython,
    espelhos,
    espelhos_sem_nomes_soltos,
    titulo,
)

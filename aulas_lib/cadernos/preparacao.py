"""A primeira célula dos cadernos e o endereço do repositório, escrito num lugar só: o `pyproject.toml`.

A célula precisa rodar onde a biblioteca ainda não existe (no Colab, por exemplo); por isso é um texto, e não
uma função importada.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import quote, urlparse

from .arquivos import gravar, ler, marcas

if TYPE_CHECKING:
    from nbformat import NotebookNode

_CELULA = Template('''\
# Preparação: encontra a biblioteca do curso (aulas_lib). Rode esta célula antes das outras.
import $modulos
from pathlib import Path

aqui, copia = Path.cwd(), Path.cwd() / "aulas-$etiqueta"
raiz = next((p for p in (aqui, *aqui.parents) if (p / "aulas_lib" / "__init__.py").is_file()), copia)
if not (raiz / "aulas_lib" / "__init__.py").is_file():
    Aviso = type("Aviso", (Exception,), {"_render_traceback_": lambda aviso: [str(aviso)]})
$obter
sys.path.insert(0, str(raiz))''')

_SEM_ENDERECO = (
    '    raise Aviso("Não achei a pasta aulas_lib: abra este caderno na pasta do projeto completo.")'
)

# Uma lista, e não um texto: nenhum shell interpreta o nome da pasta. As opções fazem o git falhar, em vez de
# perguntar uma senha que ninguém veria, quando o endereço não existe.
_COM_ENDERECO = Template('''\
    git = ["git", "-c", "credential.helper=", "-c", "core.askPass=true", "clone", "-q", "--depth=1", "-b", "$etiqueta"]
    if not shutil.which("git") or subprocess.run([*git, "$url", str(copia)], capture_output=True).returncode:
        raise Aviso(f"O projeto não foi baixado: confira a rede e o git, apague {copia.name} e repita.")''')

_SELOS = re.compile(r"(<!-- selos: *(\S+) *-->).*?(<!-- /selos -->)", re.DOTALL)


@dataclass(frozen=True)
class Endereco:
    """De onde o projeto pode ser baixado.

    Attributes:
        url: endereço do repositório git; vazio enquanto não há um.
        etiqueta: a versão fixa que os cadernos baixam, por exemplo `v0.1.0`.
    """

    url: str
    etiqueta: str


def endereco_em_vigor(raiz: Path) -> Endereco:
    """Lê o endereço (`[project.urls] Repository`) e a versão do `pyproject.toml`.

    Args:
        raiz: pasta do projeto.

    Returns:
        O endereço, com `url` vazia se o projeto ainda não tem um.

    Raises:
        FileNotFoundError: se a pasta não tem `pyproject.toml`.
        ValueError: se o endereço ou a versão tem aspas, espaços ou outro caractere que a célula não pode conter.
    """
    arquivo = raiz / "pyproject.toml"
    if not arquivo.is_file():
        raise FileNotFoundError(f"Não encontrei {arquivo}: a pasta do projeto é onde está o pyproject.toml.")
    projeto = tomllib.loads(arquivo.read_text(encoding="utf-8"))["project"]
    url = projeto.get("urls", {}).get("Repository", "").rstrip("/")
    if not re.fullmatch(r"[\w:/.@~+-]*", url):
        raise ValueError(f"O endereço {url!r}, em [project.urls], tem caracteres que não pode ter.")
    etiqueta = f"v{projeto['version']}"
    if not re.fullmatch(r"[\w.+-]+", etiqueta):
        raise ValueError(f"A versão {projeto['version']!r}, em [project], tem caracteres que não pode ter.")
    return Endereco(url=url, etiqueta=etiqueta)


def celula_preparacao(endereco: Endereco) -> str:
    """O texto da primeira célula de código de todos os cadernos.

    Args:
        endereco: o endereço em vigor; com `url` vazia, a célula pede que se abra o projeto completo.

    Returns:
        No máximo 12 linhas de Python, que não imprimem nada e não instalam nada.
    """
    obter, modulos = _SEM_ENDERECO, "sys"
    if endereco.url:
        obter = _COM_ENDERECO.substitute(url=endereco.url, etiqueta=endereco.etiqueta)
        modulos = "shutil, subprocess, sys"
    return _CELULA.substitute(etiqueta=endereco.etiqueta, obter=obter, modulos=modulos)


def selos(endereco: Endereco, caderno: str) -> str:
    """Os atalhos que abrem um caderno no Colab e no Binder.

    Args:
        endereco: o endereço em vigor.
        caderno: caminho do caderno dentro do repositório, por exemplo `notebooks/02_vae_elbo.ipynb`.

    Returns:
        Uma linha de Markdown; vazia se o repositório não está no GitHub.
    """
    partes = urlparse(endereco.url)
    if partes.netloc != "github.com":
        return ""
    dono_e_nome, arquivo = partes.path.strip("/").removesuffix(".git"), quote(caderno)
    colab = f"https://colab.research.google.com/github/{dono_e_nome}/blob/{endereco.etiqueta}/{arquivo}"
    binder = f"https://mybinder.org/v2/gh/{dono_e_nome}/{endereco.etiqueta}?labpath={quote(caderno, safe='')}"
    return f"[Abrir no Colab]({colab}) · [Abrir no Binder]({binder})"


def _trocar_selos(texto: str, endereco: Endereco) -> str:
    """Refaz o que está entre `<!-- selos: notebooks/x.ipynb -->` e `<!-- /selos -->`."""
    return _SELOS.sub(lambda achado: achado[1] + selos(endereco, achado[2]) + achado[3], texto)


def _preparar(caderno: "NotebookNode", endereco: Endereco) -> bool:
    """Escreve a célula de preparação e os selos no caderno; diz se algo mudou."""
    mudou = False
    for celula in caderno.cells:
        novo = _trocar_selos(celula.source, endereco) if celula.cell_type == "markdown" else celula.source
        if "preparacao" in marcas(celula):
            novo = celula_preparacao(endereco)
        mudou = mudou or novo != celula.source
        celula.source = novo
    return mudou


def escrever_endereco(raiz: Path, cadernos: list[Path] | None = None) -> list[Path]:
    """Escreve o endereço em vigor na primeira célula dos cadernos e nos selos dos cadernos e do README.

    Args:
        raiz: pasta do projeto.
        cadernos: arquivos a atualizar; sem eles, todos os de `notebooks/`.

    Returns:
        Os arquivos que mudaram.
    """
    endereco = endereco_em_vigor(raiz)
    mudados = []
    for caminho in sorted((raiz / "notebooks").glob("*.ipynb")) if cadernos is None else cadernos:
        caderno = ler(caminho)
        if _preparar(caderno, endereco):
            gravar(caderno, caminho)
            mudados.append(caminho)
    leia_me = raiz / "README.md"
    texto = leia_me.read_text(encoding="utf-8") if leia_me.is_file() else ""
    novo = _trocar_selos(texto, endereco)
    if novo != texto:
        leia_me.write_text(novo, encoding="utf-8")
        mudados.append(leia_me)
    return mudados

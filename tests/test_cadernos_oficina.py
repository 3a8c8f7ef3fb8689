"""A oficina dos cadernos: célula de preparação, células-espelho, execução e linha de comando."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from aulas_lib import cadernos
from aulas_lib.cadernos import (
    comandar,
    comandos,
    conferir_espelhos,
    escrever_endereco,
    espelhar,
    executar,
    preparacao,
)
from aulas_lib.cadernos.execucao import CadernoComErro, Execucao, caminhos_de_maquina

RAIZ = Path(__file__).resolve().parents[1]
KL = "modelos.vae.kl_gaussiana"


def _git(*argumentos: str, pasta: Path) -> None:
    quem = ["-c", "user.name=Teste", "-c", "user.email=teste@exemplo.org"]
    subprocess.run(["git", *quem, *argumentos], cwd=pasta, check=True, capture_output=True)


@pytest.fixture
def repositorio(tmp_path: Path) -> Path:
    """Um repositório sem pasta de trabalho, com a biblioteca (só o __init__) na etiqueta v9.9.9."""
    origem = tmp_path / "origem"
    (origem / "aulas_lib").mkdir(parents=True)
    shutil.copy(RAIZ / "aulas_lib" / "__init__.py", origem / "aulas_lib" / "__init__.py")
    _git("init", "--quiet", pasta=origem)
    _git("add", ".", pasta=origem)
    _git("commit", "--quiet", "-m", "biblioteca", pasta=origem)
    _git("tag", "v9.9.9", pasta=origem)
    _git("clone", "--quiet", "--bare", str(origem), str(tmp_path / "projeto.git"), pasta=tmp_path)
    return tmp_path / "projeto.git"


def _abrir_sozinho(celula: str, pasta: Path, monkeypatch: pytest.MonkeyPatch) -> NotebookNode:
    """Roda, numa pasta sem o projeto, a célula de preparação e outra que diz de onde veio a biblioteca."""
    pasta.mkdir(exist_ok=True)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    # O finder de uma instalação `-e .` também acharia a biblioteca; aqui ele precisa sair do caminho.
    isolar = "import sys\nsys.meta_path[:] = [f for f in sys.meta_path if '__editable__' not in repr(f)]"
    de_onde = "import aulas_lib\naulas_lib.__file__"
    caderno = new_notebook(cells=[new_code_cell(texto) for texto in (isolar, celula, de_onde)])
    local = {"metadata": {"path": str(pasta)}}
    NotebookClient(caderno, timeout=60, allow_errors=True, resources=local).execute()
    return caderno


def test_celula_baixa_o_projeto(repositorio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    celula = cadernos.celula_preparacao(cadernos.Endereco(str(repositorio), "v9.9.9"))
    caderno = _abrir_sozinho(celula, tmp_path / "sozinho", monkeypatch)
    assert caderno.cells[1].outputs == []
    esperado = tmp_path / "sozinho" / "aulas-v9.9.9" / "aulas_lib" / "__init__.py"
    assert caderno.cells[2].outputs[0].data["text/plain"] == repr(str(esperado))


def test_celula_em_pasta_de_nome_estranho(
    repositorio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Aspas, espaços e cifrões no nome da pasta não chegam a nenhum shell."""
    celula = cadernos.celula_preparacao(cadernos.Endereco(str(repositorio), "v9.9.9"))
    pasta = tmp_path / 'R$10 "x"'
    assert _rodar_aqui(celula, pasta, monkeypatch) == str(pasta / "aulas-v9.9.9")
    assert (pasta / "aulas-v9.9.9" / "aulas_lib" / "__init__.py").is_file()


def test_celula_nao_pede_senha(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Um git de mentira guarda o que recebeu: sem cofre de senhas e sem janela que pergunte."""
    (tmp_path / "git").write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$0.recebido"\nexit 1\n')
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    celula = cadernos.celula_preparacao(cadernos.Endereco("https://exemplo.org/nada", "v9.9.9"))
    with pytest.raises(Exception, match=r"apague aulas-v9\.9\.9"):
        _rodar_aqui(celula, tmp_path / "sozinho", monkeypatch)
    recebido = (tmp_path / "git.recebido").read_text().splitlines()
    assert recebido[:5] == ["-c", "credential.helper=", "-c", "core.askPass=true", "clone"]
    assert recebido[-2:] == ["https://exemplo.org/nada", str(tmp_path / "sozinho" / "aulas-v9.9.9")]


def test_celula_sem_endereco(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    celula = cadernos.celula_preparacao(cadernos.Endereco("", "v9.9.9"))
    (saida,) = _abrir_sozinho(celula, tmp_path / "sozinho", monkeypatch).cells[1].outputs
    assert "pasta do projeto" in saida.evalue
    # O que o estudante vê no Jupyter é só a frase: sem seta, sem número de linha.
    assert saida.traceback == [saida.evalue]


def _rodar_aqui(celula: str, pasta: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Roda a célula neste processo, com `pasta` como pasta atual; devolve o que ela pôs em `sys.path`."""
    pasta.mkdir(exist_ok=True, parents=True)
    monkeypatch.chdir(pasta)
    monkeypatch.setattr(sys, "path", list(sys.path))
    exec(compile(celula, "celula", "exec"), {})
    return sys.path[0]


@pytest.mark.parametrize("com_endereco", [False, True])
def test_celula_dentro_do_projeto(
    com_endereco: bool, repositorio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    celula = cadernos.celula_preparacao(cadernos.Endereco(str(repositorio) if com_endereco else "", "v9.9.9"))
    assert _rodar_aqui(celula, tmp_path / "origem" / "notebooks", monkeypatch) == str(tmp_path / "origem")


def test_celula_repetida_usa_a_copia(
    repositorio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    celula = cadernos.celula_preparacao(cadernos.Endereco(str(repositorio), "v9.9.9"))
    copia = _rodar_aqui(celula, tmp_path / "sozinho", monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path))  # sem git: a segunda vez não pode precisar dele
    assert _rodar_aqui(celula, tmp_path / "sozinho", monkeypatch) == copia


@pytest.mark.parametrize("problema", ["etiqueta", "endereco", "pela_metade", "sem_git"])
def test_celula_que_nao_consegue_baixar(
    problema: str, repositorio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endereco = str(repositorio) if problema != "endereco" else str(tmp_path / "nada.git")
    etiqueta = "v9.9.9" if problema != "etiqueta" else "v0.0.0"
    if problema == "sem_git":
        monkeypatch.setenv("PATH", str(tmp_path))
    if problema == "pela_metade":
        (tmp_path / "sozinho" / "aulas-v9.9.9" / ".git").mkdir(parents=True)
    celula = cadernos.celula_preparacao(cadernos.Endereco(endereco, etiqueta))
    with pytest.raises(Exception, match=f"apague aulas-{etiqueta}"):
        _rodar_aqui(celula, tmp_path / "sozinho", monkeypatch)


@pytest.mark.parametrize("url", ["", "https://github.com/universidade/curso-de-redes-generativas"])
def test_celula_cabe_em_doze_linhas(url: str) -> None:
    celula = cadernos.celula_preparacao(cadernos.Endereco(url, "v0.1.0"))
    assert len(celula.splitlines()) <= 12
    assert max(map(len, celula.splitlines())) <= 110 + len(url)
    assert "pip" not in celula
    compile(celula, "celula", "exec")


def _projeto(pasta: Path, url: str = "") -> Path:
    """Um projeto com README, um caderno e o endereço dado."""
    (pasta / "notebooks").mkdir()
    urls = f'[project.urls]\nRepository = "{url}"\n' if url else ""
    (pasta / "pyproject.toml").write_text(f'[project]\nversion = "1.2.0"\n{urls}', encoding="utf-8")
    selo = "<!-- selos: notebooks/01_a.ipynb --><!-- /selos -->"
    (pasta / "README.md").write_text(f"| Aula | {selo} |\n", encoding="utf-8")
    preparar = new_code_cell("velha", metadata={"tags": ["preparacao"]})
    caderno = new_notebook(cells=[new_markdown_cell(selo), preparar])
    nbformat.write(caderno, pasta / "notebooks" / "01_a.ipynb")
    return pasta


def test_escrever_endereco(tmp_path: Path) -> None:
    projeto = _projeto(tmp_path, "https://github.com/dono/curso")
    caminho = projeto / "notebooks" / "01_a.ipynb"
    assert escrever_endereco(projeto) == [caminho, projeto / "README.md"]
    caderno = nbformat.read(caminho, as_version=4)
    assert '"-b", "v1.2.0"' in caderno.cells[1].source
    assert "https://github.com/dono/curso" in caderno.cells[1].source
    for texto in (caderno.cells[0].source, (projeto / "README.md").read_text(encoding="utf-8")):
        assert "colab.research.google.com/github/dono/curso/blob/v1.2.0/notebooks/01_a.ipynb" in texto
        assert "mybinder.org/v2/gh/dono/curso/v1.2.0?labpath=notebooks%2F01_a.ipynb" in texto
    assert escrever_endereco(projeto) == []  # repetir não muda nada


def test_endereco_retirado_apaga_os_selos(tmp_path: Path) -> None:
    projeto = _projeto(tmp_path, "https://github.com/dono/curso")
    escrever_endereco(projeto)
    (projeto / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1.2.0"\n', encoding="utf-8")
    escrever_endereco(projeto)
    assert "colab" not in (projeto / "README.md").read_text(encoding="utf-8")
    celula = nbformat.read(projeto / "notebooks" / "01_a.ipynb", as_version=4).cells[1]
    assert "git" not in celula.source


@pytest.mark.parametrize("url", ['https://x.org/"; rm -rf', "https://x.org/a b", "https://x.org/$(ls)"])
def test_endereco_perigoso_e_recusado(url: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        f"[project]\nversion = '1.0'\n[project.urls]\nRepository = '{url}'\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match="caracteres"):
        preparacao.endereco_em_vigor(tmp_path)


@pytest.mark.parametrize("versao", ["1.0 beta", '1.0"', "1.0$(ls)", "1.0/x"])
def test_versao_perigosa_e_recusada(versao: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[project]\nversion = '{versao}'\n", encoding="utf-8")
    with pytest.raises(ValueError, match="caracteres"):
        preparacao.endereco_em_vigor(tmp_path)


def _espelho(*nomes: str) -> NotebookNode:
    tags = [f"fonte:{nome}" for nome in nomes]
    return new_notebook(cells=[new_code_cell("x = 1", metadata={"tags": tags})])


def test_espelhar_traz_o_codigo_da_biblioteca() -> None:
    caderno = _espelho(KL, "modelos.vae.reparametrizar")
    assert len(conferir_espelhos(caderno)) == 1
    assert espelhar(caderno) == 1
    assert conferir_espelhos(caderno) == []
    texto = caderno.cells[0].source
    assert texto.index("def kl_gaussiana") < texto.index("def reparametrizar")
    assert "Args:" not in texto  # a docstring é reduzida à primeira linha
    assert '"""' in texto
    assert espelhar(caderno) == 0


def test_espelho_ignora_docstring_e_comentario_mas_nao_a_conta() -> None:
    caderno = _espelho(KL)
    espelhar(caderno)
    texto = caderno.cells[0].source
    linhas = texto.splitlines()
    linhas[1:2] = ['    """Outra frase."""', "    # um comentário"]
    caderno.cells[0].source = "\n".join(linhas)
    assert conferir_espelhos(caderno) == []
    assert "0.5" in texto
    caderno.cells[0].source = texto.replace("0.5", "0.25")
    assert len(conferir_espelhos(caderno)) == 1
    caderno.cells[0].source = texto + "\nprint("
    assert "não é Python" in conferir_espelhos(caderno)[0]


@pytest.mark.parametrize("nome", ["modelos.vae.nao_existe", "modelos.nao_existe.kl"])
def test_espelho_de_nome_que_nao_existe(nome: str) -> None:
    with pytest.raises(ValueError, match="não"):
        espelhar(_espelho(nome))


def _gravar(pasta: Path, *fontes: str) -> Path:
    caderno = new_notebook(cells=[new_code_cell(fonte) for fonte in fontes], metadata={"widgets": {}})
    caminho = pasta / "pequeno.ipynb"
    nbformat.write(caderno, caminho)
    return caminho


def test_executar_guarda_uma_execucao_limpa(tmp_path: Path) -> None:
    (tmp_path / "dado.txt").write_text("7")
    mostra = "for i in range(3):\n    print(i, flush=True)\n"
    mostra += f"import sys\nsys.executable == {sys.executable!r}"
    caminho = _gravar(tmp_path, "open('dado.txt').read()", mostra)
    tempos = executar(caminho)
    caderno = nbformat.read(caminho, as_version=4)
    assert [celula.execution_count for celula in caderno.cells] == [1, 2]
    assert caderno.cells[0].outputs[0].data["text/plain"] == "'7'"  # rodou na pasta do caderno
    assert caderno.cells[1].outputs[0].text == "0\n1\n2\n"  # um só bloco de texto
    assert caderno.cells[1].outputs[1].data["text/plain"] == "True"  # com o Python deste ambiente
    assert "widgets" not in caderno.metadata
    assert all("execution" not in celula.metadata for celula in caderno.cells)
    assert set(tempos.celulas) == {0, 1}
    assert tempos.total >= sum(tempos.celulas.values())


def test_executar_guarda_a_figura_e_nao_o_widget(tmp_path: Path) -> None:
    """Sem kernel o JupyterLab diria "model not found" no lugar da figura parada."""
    fonte = """from IPython.display import display
tipo = "application/vnd.jupyter.widget-view+json"
display({tipo: {"model_id": "x"}, "text/plain": "parada"}, raw=True)"""
    caminho = _gravar(tmp_path, fonte)
    executar(caminho)
    assert dict(nbformat.read(caminho, as_version=4).cells[0].outputs[0].data) == {"text/plain": "parada"}


def test_executar_deixa_o_progresso_em_branco(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As saídas guardadas são as de quem ainda não resolveu nada, ainda que quem executa já tenha resolvido tudo."""
    meu = tmp_path / "progresso.jsonl"
    meu.write_text('{"exercicio": "difundir", "certo": true, "quando": "2026-01-01T00:00:00+00:00"}')
    monkeypatch.setenv("AULAS_PROGRESSO", str(meu))
    caminho = tmp_path / "a.ipynb"
    fonte = 'from aulas_lib.exercicios import mostrar_progresso\n\nmostrar_progresso("05")'
    nbformat.write(new_notebook(cells=[new_code_cell(fonte)]), caminho)
    executar(caminho)
    saida = nbformat.read(caminho, as_version=4).cells[0].outputs[0].data["text/plain"]
    assert "resolvidos: 0 de 3" in saida


@pytest.mark.parametrize(
    ("fonte", "trecho"),
    [("1 / 0", "ZeroDivisionError"), ("print('/root/x')", "pastas"), ("while True: pass", "2 s")],
)
def test_executar_que_falha_nao_toca_no_arquivo(fonte: str, trecho: str, tmp_path: Path) -> None:
    caminho = _gravar(tmp_path, fonte)
    antes = caminho.read_bytes()
    with pytest.raises(CadernoComErro, match=trecho):
        executar(caminho, segundos_por_celula=2)
    assert caminho.read_bytes() == antes
    assert [arquivo.name for arquivo in tmp_path.iterdir()] == ["pequeno.ipynb"]


def test_bytes_de_imagem_nao_parecem_uma_pasta() -> None:
    celula = new_code_cell("x", outputs=[nbformat.v4.new_output("display_data", {
        "image/png": "iVBOR/root/x", "text/html": '<img src="data:image/png;base64,AAA/home/xyz=">'
    })])
    assert caminhos_de_maquina(new_notebook(cells=[celula])) == []


@pytest.mark.parametrize("texto", ["https://exemplo.org/home/x", "razão a/work/b"])
def test_endereco_da_rede_nao_e_pasta(texto: str) -> None:
    celula = new_code_cell("x", outputs=[nbformat.v4.new_output("stream", text=texto)])
    assert caminhos_de_maquina(new_notebook(cells=[celula])) == []


def test_comandar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    projeto = _projeto(tmp_path)
    assert comandar("endereco", raiz=projeto) == 0
    assert "nenhum" in capsys.readouterr().out
    assert comandar("executar", [str(_gravar(tmp_path, "7"))], projeto) == 0
    assert "pequeno.ipynb: " in capsys.readouterr().out
    assert comandar("espelhar", [str(tmp_path / "falta.ipynb")], projeto) == 1
    assert "Não encontrei o caderno" in capsys.readouterr().out
    (tmp_path / "ruim.ipynb").write_text("isto não é json")
    assert comandar("espelhar", [str(tmp_path / "ruim.ipynb")], projeto) == 1
    assert "não é um caderno" in capsys.readouterr().out
    with pytest.raises(ValueError, match="desconhecida"):
        comandar("voar")


def test_executar_avisa_da_celula_lenta_demais(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comandos, "executar", lambda caminho: Execucao({0: 1.0, 4: 6.0, 7: 61.0}, 70.0))
    assert comandar("executar", ["a.ipynb"]) == 0
    avisos = [linha for linha in capsys.readouterr().out.splitlines() if "Aviso" in linha]
    assert len(avisos) == 1
    assert "célula 7 passou de 60 s" in avisos[0]


def test_sem_nbclient_a_mensagem_diz_o_que_digitar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nbclient", None)
    with pytest.raises(ModuleNotFoundError, match="pip install"):
        executar(_gravar(tmp_path, "1"))

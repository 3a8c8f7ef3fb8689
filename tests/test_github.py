"""O que cerca o projeto: a receita do GitHub Actions, o VS Code, a citação e a licença que ainda não há."""

import json
import re
import tomllib
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml")

RAIZ = Path(__file__).resolve().parents[1]
RECEITA = RAIZ / ".github" / "workflows" / "testes.yml"


@pytest.fixture(scope="module")
def receita() -> dict:
    return yaml.safe_load(RECEITA.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def projeto() -> dict:
    return tomllib.loads((RAIZ / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def comandos(receita: dict) -> list[str]:
    """Cada linha de `run:` de todos os trabalhos."""
    passos = [passo for trabalho in receita["jobs"].values() for passo in trabalho["steps"]]
    return [linha.strip() for passo in passos for linha in passo.get("run", "").splitlines()]


def prometidas(exigencia: str) -> list[str]:
    """`>=3.11,<3.14` → ["3.11", "3.12", "3.13"]."""
    minimo, maximo = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", exigencia).groups()
    return [f"3.{n}" for n in range(int(minimo), int(maximo))]


def test_todo_trabalho_usa_os_pythons_prometidos(receita: dict, projeto: dict) -> None:
    esperadas = prometidas(projeto["requires-python"])
    assert esperadas == ["3.11", "3.12", "3.13"]
    for nome, trabalho in receita["jobs"].items():
        assert trabalho["strategy"]["matrix"]["python"] == esperadas, nome


def test_tres_sistemas_a_cada_mudanca_e_toda_semana(receita: dict) -> None:
    gatilhos = receita[True]  # em YAML 1.1, `on` é um valor lógico
    assert {"push", "pull_request", "schedule", "workflow_dispatch"} <= set(gatilhos)
    (semanal,) = gatilhos["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", semanal["cron"]), "uma vez por semana"
    trabalhos = receita["jobs"]
    semana = {nome for nome, um in trabalhos.items() if "!= 'schedule'" not in um["if"]}
    assert semana == {"novidades"} and "== 'schedule'" in trabalhos["novidades"]["if"]
    sistemas = {"linux": [trabalhos["linux"]["runs-on"]]}
    sistemas |= {nome: um["strategy"]["matrix"]["sistema"] for nome, um in trabalhos.items() if nome != "linux"}
    todos = {"ubuntu-latest", "macos-latest", "windows-latest"}
    assert set(sistemas["novidades"]) == todos == {*sistemas["linux"], *sistemas["macos_e_windows"]}


def test_trabalhos_tem_limite_e_nao_param_no_primeiro_erro(receita: dict) -> None:
    assert receita["concurrency"]["group"] and receita["permissions"] == {"contents": "read"}
    for nome, trabalho in receita["jobs"].items():
        assert 0 < trabalho["timeout-minutes"] <= 120, nome
        assert trabalho["strategy"]["fail-fast"] is False, nome


def test_os_retratos_do_navegador_ficam_quando_algo_falha(receita: dict) -> None:
    (guardar,) = [p for p in receita["jobs"]["linux"]["steps"] if "upload-artifact" in p.get("uses", "")]
    assert guardar["if"] == "failure()"
    navegador = (RAIZ / "tests" / "navegador" / "conftest.py").read_text(encoding="utf-8")
    assert guardar["with"]["path"] == "tests/navegador/saida" and '"saida"' in navegador


def test_todo_comando_existe(receita: dict) -> None:
    makefile = (RAIZ / "Makefile").read_text(encoding="utf-8")
    alvos = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    chamados = {alvo for linha in comandos(receita) for alvo in re.findall(r"^make ([a-z-]+)", linha)}
    assert {"estilo", "teste"} <= chamados <= alvos
    for linha in comandos(receita):
        for lista in re.findall(r"-r (\S+)", linha):
            assert lista == "novidades.txt" or (RAIZ / lista).is_file(), linha
        for pasta in re.findall(r"-m pytest (\w+)", linha):
            assert (RAIZ / pasta).is_dir(), linha


@pytest.mark.parametrize("inicio", [r".venv\Scripts\python -m pip install -r", ".venv/bin/pip install -r"])
def test_instala_como_o_readme_manda(receita: dict, inicio: str) -> None:
    (linha,) = [linha for linha in comandos(receita) if linha == f"{inicio} requirements.txt"]
    assert linha in (RAIZ / "README.md").read_text(encoding="utf-8").splitlines()


def test_as_novidades_nao_tem_versao_fixa(receita: dict) -> None:
    (linha,) = [linha for linha in comandos(receita) if linha.startswith("sed")]
    expressao, *arquivos = re.fullmatch(r"sed -E 's/(.+)//' (\S+) (\S+) > novidades\.txt", linha).groups()
    texto = "\n".join((RAIZ / arquivo).read_text(encoding="utf-8") for arquivo in arquivos)
    sem_versao = [re.sub(expressao, "", linha) for linha in texto.splitlines() if not linha.startswith("#")]
    assert not [linha for linha in sem_versao if re.search(r"[=<>]", linha)]
    assert {"torch", "jupyterlab", "pytest", "-e ."} <= set(sem_versao)


def test_o_vscode_acha_o_ambiente() -> None:
    ajustes = json.loads((RAIZ / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    assert ajustes["python.defaultInterpreterPath"] == "${workspaceFolder}/.venv"
    assert re.search(r"^VENV +:= \.venv$", (RAIZ / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert all((RAIZ / pasta).is_dir() for pasta in ajustes["python.testing.pytestArgs"])
    recomendadas = json.loads((RAIZ / ".vscode" / "extensions.json").read_text(encoding="utf-8"))["recommendations"]
    assert {"ms-python.python", "ms-toolsai.jupyter"} <= set(recomendadas)


def test_nenhuma_licenca_foi_escolhida(projeto: dict) -> None:
    assert not {"license", "license-files"} & set(projeto) and not list(RAIZ.glob("LICEN[CS]*"))
    leia_me = (RAIZ / "README.md").read_text(encoding="utf-8").split("\n## Licença\n")[1]
    assert "ainda não escolheu uma licença" in leia_me and "](data/README.md)" in leia_me


def test_a_citacao_e_desta_versao_e_nao_inventa_licenca(projeto: dict) -> None:
    citacao = yaml.safe_load((RAIZ / "CITATION.cff").read_text(encoding="utf-8"))
    assert citacao["version"] == projeto["version"] and citacao["cff-version"] == "1.2.0"
    assert citacao["title"] and citacao["authors"] and not {"license", "license-url"} & set(citacao)
    (aula,) = citacao["references"]
    assert aula["title"] == "(7) Redes geradoras" and aula["authors"][0]["family-names"] == "Ponti"

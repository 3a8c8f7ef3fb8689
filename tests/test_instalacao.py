"""O que a instalação promete: importação imediata e listas de versões que combinam entre si."""

import re
import statistics
import subprocess
import sys
import tomllib

import pytest

from aulas_lib.conferencia import numeros

LIMITE_IMPORTACAO = 0.15  # segundos que `import aulas_lib` pode acrescentar a um Python vazio


def _linhas(arquivo):
    texto = arquivo.read_text(encoding="utf-8").splitlines()
    return [linha.strip() for linha in texto if linha.strip() and not linha.startswith("#")]


def _pinos(arquivo):
    pares = (linha.split("==") for linha in _linhas(arquivo) if "==" in linha)
    return {nome.lower(): versao for nome, versao in pares}


@pytest.fixture(scope="module")
def limites(raiz):
    projeto = tomllib.loads((raiz / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return dict(exigencia.lower().split(">=") for exigencia in projeto["dependencies"])


def test_importacao_imediata(raiz):
    codigo = "import time; t = time.perf_counter(); import aulas_lib; print(time.perf_counter() - t)"

    def medir():
        feito = subprocess.run(
            [sys.executable, "-c", codigo], cwd=raiz, capture_output=True, text=True, check=True
        )
        return float(feito.stdout)

    assert statistics.median(medir() for _ in range(5)) <= LIMITE_IMPORTACAO


def test_importar_a_biblioteca_nao_traz_pacotes_pesados(raiz):
    codigo = "import sys, aulas_lib; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    feito = subprocess.run(
        [sys.executable, "-c", codigo], cwd=raiz, capture_output=True, text=True, check=True
    )
    assert {"aulas_lib"} <= set(feito.stdout.split())
    assert not {"torch", "numpy", "matplotlib", "ipywidgets", "sklearn"} & set(feito.stdout.split())


@pytest.mark.parametrize("nome", ["requirements.txt", "requirements-colab.txt"])
def test_lista_de_versoes(raiz, limites, nome):
    assert _linhas(raiz / nome)[-1] == "-e ."
    pinos = _pinos(raiz / nome)
    assert set(limites) <= set(pinos), "todo pacote exigido tem uma versão testada"
    antigos = {pacote for pacote, minimo in limites.items() if numeros(pinos[pacote]) < numeros(minimo)}
    assert not antigos


def test_toda_linha_de_versao_e_exata(raiz):
    for arquivo in raiz.glob("requirements*.txt"):
        soltas = [linha for linha in _linhas(arquivo) if not re.fullmatch(r"[\w.-]+==[\w.]+|-e \.", linha)]
        assert not soltas, f"{arquivo.name}: {soltas}"


def test_colab_so_difere_na_interface(raiz):
    interface = {"ipywidgets", "ipython", "ipykernel"}
    padrao, colab = _pinos(raiz / "requirements.txt"), _pinos(raiz / "requirements-colab.txt")
    assert {nome for nome in padrao.keys() & colab.keys() if padrao[nome] != colab[nome]} == interface
    assert {nome: colab[nome] for nome in interface} == {
        "ipywidgets": "7.7.1",
        "ipython": "7.34.0",
        "ipykernel": "6.17.1",
    }


def test_limites_sao_os_que_o_colab_cumpre(limites):
    colab = {"torch": "2.11", "torchvision": "0.26", "numpy": "2.0", "matplotlib": "3.10"}
    colab |= {"ipywidgets": "7.7.1", "ipython": "7.34", "ipykernel": "6.17"}
    assert not {nome for nome, versao in colab.items() if numeros(limites[nome]) > numeros(versao)}


def test_conda_usa_a_mesma_lista(raiz):
    linhas = _linhas(raiz / "environment.yml")
    assert "- -r requirements.txt" in linhas
    (python,) = (linha for linha in linhas if linha.startswith("- python="))
    assert (3, 11) <= numeros(python.removeprefix("- python="))[:2] <= (3, 13)

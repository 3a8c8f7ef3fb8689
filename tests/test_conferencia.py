"""A conferência da instalação: o que está em ordem passa, o que falta vem com a linha a digitar."""

import subprocess
import sys
import tomllib

import pytest
import torch

from aulas_lib import conferencia, pesos
from aulas_lib.conferencia import Item, conferir, conferir_pacotes, conferir_pesos, conferir_python, numeros


@pytest.mark.parametrize(
    ("versao", "esperado"),
    [
        ("2.13.0+cpu", (2, 13, 0)),
        ("2.13", (2, 13, 0)),
        ("9.18.1rc1", (9, 18, 1)),
        ("4.70.1.post2", (4, 70, 1)),
    ],
)
def test_numeros(versao, esperado):
    assert numeros(versao) == esperado


def test_numeros_recusa_texto():
    with pytest.raises(ValueError, match="não começa por um número"):
        numeros("abc")


@pytest.mark.parametrize(
    ("versao", "problema"),
    [((3, 10, 13), True), ((3, 11, 0), False), ((3, 13, 9), False), ((3, 14, 0), True)],
)
def test_python(versao, problema):
    item = conferir_python(versao)
    assert item.problema is problema and (item.digite is not None) is problema


def test_limites_do_python_sao_os_do_pyproject(raiz):
    projeto = tomllib.loads((raiz / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (a, b), (c, d) = conferencia.PYTHON_MINIMO, conferencia.PYTHON_MAXIMO
    assert projeto["requires-python"] == f">={a}.{b},<{c}.{d + 1}"


def test_pacotes_compara_numeros_e_nao_letras():
    instaladas = {"novo": "2.13.0+cpu", "igual": "2.9.0", "velho": "2.9.1"}
    itens = conferir_pacotes(["novo>=2.9", "igual>=2.9", "velho>=2.10", "ausente>=1.0"], instaladas.get)
    assert [item.problema for item in itens] == [False, False, True, True]
    assert itens[2].digite == f'{conferencia._citar(sys.executable)} -m pip install --upgrade "velho>=2.10"'
    assert itens[3].digite == f'{conferencia._citar(sys.executable)} -m pip install --upgrade "ausente>=1.0"'


def test_torch_sem_gpu_vem_do_endereco_de_cpu(monkeypatch):
    monkeypatch.setattr(conferencia.sys, "platform", "linux")
    monkeypatch.setattr(conferencia.shutil, "which", lambda comando: None)
    (item,) = conferir_pacotes(["torch>=2.11"], lambda nome: None)
    assert item.digite.endswith(f'--extra-index-url {conferencia.INDICE_CPU} "torch>=2.11"')
    monkeypatch.setattr(conferencia.shutil, "which", lambda comando: f"/usr/bin/{comando}")
    (item,) = conferir_pacotes(["torch>=2.11"], lambda nome: None)
    assert "index" not in item.digite


def test_pesos_inteiro_truncado_e_ausente(tmp_path):
    modelo = torch.nn.Linear(3, 2)
    pesos.salvar(modelo, tmp_path / "bom.safetensors", {"receita": "vae"})
    inteiro = (tmp_path / "bom.safetensors").read_bytes()
    (tmp_path / "curto.safetensors").write_bytes(inteiro[:-4])
    itens = {item.nome: item for item in conferir_pesos(tmp_path, "| `vae` | `sumido.safetensors` | 1 MB |")}
    assert not itens["bom.safetensors"].problema and "receita: vae" in itens["bom.safetensors"].achado
    assert "truncado" in itens["curto.safetensors"].achado
    assert itens["sumido.safetensors"].achado == "ausente"
    assert itens["sumido.safetensors"].digite == "git checkout -- data/pesos/sumido.safetensors"


def test_nenhum_peso_e_problema(tmp_path):
    (item,) = conferir_pesos(tmp_path, "")
    assert item.problema


def test_formatar_mostra_a_linha_a_digitar():
    assert "digite:  pip install x" in conferencia.formatar(Item("x", "ausente", True, "pip install x"))
    assert "digite" not in conferencia.formatar(Item("x", "1.0"))


@pytest.mark.parametrize("achado", [None, "0.1"])
def test_conferir_com_pacote_ausente_ou_antigo(achado, monkeypatch, capsys):
    verdadeira = conferencia.versao_instalada
    monkeypatch.setattr(
        conferencia, "versao_instalada", lambda n: achado if n == "ipywidgets" else verdadeira(n)
    )
    assert conferir() == 1
    saida = capsys.readouterr().out
    assert '-m pip install --upgrade "ipywidgets>=7.7.1"' in saida and "1 item precisa" in saida


def test_conferir_em_ordem(monkeypatch, capsys):
    monkeypatch.setattr(
        conferencia, "conferir_pesos", lambda pasta, tabela: [Item("vae.safetensors", "1,0 MB")]
    )
    assert conferir() == 0
    saida = capsys.readouterr().out
    assert "Tudo em ordem" in saida and "precisão" in saida and "FALTA" not in saida


def test_os_pesos_do_repositorio_estao_todos_la():
    itens = dict(conferencia._secoes())["Pesos treinados"]
    assert len(itens) >= 12 and not [item for item in itens if item.problema]


def test_pasta_de_dados_protegida(monkeypatch):
    monkeypatch.setattr(conferencia.os, "access", lambda caminho, modo: False)
    (item,) = conferencia._dados()
    assert item.problema and item.digite.startswith(("export AULAS_DADOS", "$env:AULAS_DADOS"))


def test_torch_que_nao_abre(tmp_path, raiz):
    (tmp_path / "torch.py").write_text("raise OSError('biblioteca corrompida')", encoding="utf-8")
    codigo = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(raiz)!r}]\n"
    codigo += "from aulas_lib import conferencia\nprint(conferencia._imports())"
    saida = subprocess.run([sys.executable, "-c", codigo], capture_output=True, text=True, check=True).stdout
    assert "biblioteca corrompida" in saida and "--force-reinstall" in saida


def test_roda_em_python_sem_pacote_nenhum(raiz):
    """-S tira os pacotes instalados do caminho: só sobra a biblioteca padrão."""
    comando = [sys.executable, "-S", "-m", "aulas_lib", "conferir"]
    feito = subprocess.run(comando, cwd=raiz, capture_output=True, text=True, encoding="utf-8", check=False)
    assert feito.returncode == 1 and "Traceback" not in feito.stderr
    assert '"torch>=2.11"' in feito.stdout and '"numpy>=2.0"' in feito.stdout

"""Os rótulos dados a olho: a conta da concordância e os dois arquivos do projeto."""

import csv

import pytest
import torch
from safetensors.torch import load_file

from aulas_lib import receitas
from aulas_lib.ambiente import gerador, pasta_projeto
from aulas_lib.avaliacao import Sonda, concordancia_a_mao
from aulas_lib.dados.carinhas import ESQUEMA, carinhas

ROTULOS = pasta_projeto() / "data" / "rotulos"


@pytest.fixture
def tres(tmp_path):
    """A sonda do projeto, três carinhas e um arquivo em que a primeira discorda e a segunda fica em branco."""
    conjunto = carinhas(3, semente=9, cache=False)
    certos = [ESQUEMA["oculos"][i] for i in conjunto.atributos[:, list(ESQUEMA).index("oculos")]]
    trocado = "sem" if certos[0] == "com" else "com"
    arquivo = tmp_path / "rotulos.csv"
    arquivo.write_text(f"indice,oculos\n0,{trocado}\n1,\n2,{certos[2]}\n", encoding="utf-8")
    return receitas.carregar("sonda"), conjunto.imagens, arquivo


def test_concordancia_contada_a_mao(tres):
    assert concordancia_a_mao(*tres) == {"oculos": (1, 2)}


def test_arquivos_que_nao_servem(tres):
    sonda, imagens, arquivo = tres
    with pytest.raises(ValueError, match="3 linhas e chegaram 2"):
        concordancia_a_mao(sonda, imagens[:2], arquivo)
    arquivo.write_text("indice,oculos\n0,talvez\n1,\n2,com\n", encoding="utf-8")
    with pytest.raises(ValueError, match="oculos='talvez'"):
        concordancia_a_mao(sonda, imagens, arquivo)


@pytest.mark.parametrize(("nome", "linhas"), [("dcgan", 60), ("condicional", 50)])
def test_os_arquivos_do_projeto(nome, linhas):
    with (ROTULOS / f"{nome}_a_mao.csv").open(encoding="utf-8") as aberto:
        lidas = list(csv.DictReader(aberto))
    assert [int(linha["indice"]) for linha in lidas] == list(range(linhas))
    assert all(linha[a] in ("", *ESQUEMA[a]) for linha in lidas for a in list(lidas[0])[1:])
    if nome == "condicional":
        assert load_file(ROTULOS / "condicional_a_mao.safetensors")["z"].shape == (50, 64)


def test_o_olho_e_a_sonda_concordam_nos_rostos_gerados():
    sonda, dcgan = receitas.carregar("sonda"), receitas.carregar("dcgan")
    assert isinstance(sonda, Sonda)
    with torch.no_grad():
        imagens = dcgan(torch.randn(60, 64, generator=gerador(11)))
    contas = concordancia_a_mao(sonda, imagens, ROTULOS / "dcgan_a_mao.csv").values()
    assert sum(iguais for iguais, _ in contas) > 0.88 * sum(n for _, n in contas)

"""Pesos em disco: ida e volta, procedência e cada modo de estar errado."""

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from aulas_lib import pesos


def _estragar(arquivo, valor=None, procedencia="{}"):
    """Grava de novo os pesos da rede, com um deles trocado ou com outra procedência."""
    pesos.salvar(rede(), arquivo, {})
    lidos = load_file(arquivo)
    if valor is not None:
        lidos["2.bias"][1] = valor
    save_file(lidos, arquivo, metadata={"procedencia": procedencia})


def rede(saida=3):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, saida))


def test_ida_e_volta_com_procedencia(tmp_path):
    arquivo = tmp_path / "pesos" / "rede.safetensors"
    origem, destino = rede(), nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))
    pesos.salvar(origem, arquivo, {"receita": "teste", "métrica": "93,0 nats"})
    assert pesos.carregar(destino, arquivo) == {"receita": "teste", "métrica": "93,0 nats"}
    assert pesos.ler_procedencia(arquivo)["receita"] == "teste"
    for a, b in zip(origem.state_dict().values(), destino.state_dict().values(), strict=True):
        assert a.dtype == b.dtype
        torch.testing.assert_close(a, b, atol=1e-3, rtol=1e-3)
    x = torch.randn(5, 4)
    torch.testing.assert_close(origem.eval()(x), destino.eval()(x), atol=1e-2, rtol=0)
    assert arquivo.stat().st_size < 1200  # float16
    assert [p.name for p in arquivo.parent.iterdir()] == ["rede.safetensors"]


@pytest.mark.parametrize(
    ("preparar", "trecho"),
    [
        (lambda a: pesos.salvar(rede(5), a, {}), r"forma \(5,\); o modelo espera \(3,\)"),
        (lambda a: pesos.salvar(nn.Linear(4, 8), a, {}), "não combina com Sequential: faltam"),
        (lambda a: a.write_bytes(b"x" * 500), "não é um arquivo safetensors inteiro"),
        (lambda a: a.write_bytes(b""), "não é um arquivo safetensors inteiro"),
        (lambda a: a.mkdir(), "é uma pasta; esperava um arquivo"),
        (lambda a: _estragar(a, float("nan")), r"o peso '2\.bias' tem nan ou infinito"),
        (lambda a: _estragar(a, float("inf")), r"o peso '2\.bias' tem nan ou infinito"),
        (lambda a: _estragar(a, procedencia="{receita"), "procedência não é um dicionário"),
        (lambda a: _estragar(a, procedencia="[1]"), "procedência não é um dicionário"),
        (lambda a: _estragar(a, procedencia='{"passos": 3}'), "procedência não é um dicionário"),
    ],
)
def test_arquivo_errado_e_recusado_e_o_modelo_nao_muda(tmp_path, preparar, trecho):
    arquivo = tmp_path / "rede.safetensors"
    preparar(arquivo)
    modelo = rede()
    antes = [p.clone() for p in modelo.parameters()]
    with pytest.raises(ValueError, match=trecho):
        pesos.carregar(modelo, arquivo)
    assert all(torch.equal(a, b) for a, b in zip(antes, modelo.parameters(), strict=True))


def test_arquivo_truncado(tmp_path):
    arquivo = tmp_path / "rede.safetensors"
    pesos.salvar(rede(), arquivo, {})
    arquivo.write_bytes(arquivo.read_bytes()[:-40])
    with pytest.raises(ValueError, match="inteiro"):
        pesos.carregar(rede(), arquivo)


def test_arquivo_ausente(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Não encontrei os pesos vae\.safetensors"):
        pesos.carregar(rede(), tmp_path / "vae.safetensors")


def test_nan_nao_apaga_o_arquivo_bom(tmp_path):
    arquivo = tmp_path / "rede.safetensors"
    pesos.salvar(rede(), arquivo, {})
    bom = arquivo.read_bytes()
    ruim = rede()
    ruim[0].weight.data[0, 0] = float("nan")
    with pytest.raises(ValueError, match="nada foi gravado"):
        pesos.salvar(ruim, arquivo, {})
    assert arquivo.read_bytes() == bom


def test_pasta_que_nao_aceita(tmp_path):
    (tmp_path / "arquivo").write_text("")
    with pytest.raises(OSError, match="Escolha uma pasta"):
        pesos.salvar(rede(), tmp_path / "arquivo" / "rede.safetensors", {})


def test_ler_procedencia_estragada(tmp_path):
    _estragar(tmp_path / "rede.safetensors", procedencia="{receita")
    with pytest.raises(ValueError, match=r"rede\.safetensors: a procedência não é"):
        pesos.ler_procedencia(tmp_path / "rede.safetensors")

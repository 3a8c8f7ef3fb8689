"""Dispositivo, sementes, pastas e a escolha da precisão por medição."""

import json

import pytest
import torch

from aulas_lib import ambiente


def test_gerador_e_semear():
    assert torch.equal(
        torch.randn(3, generator=ambiente.gerador(7)), torch.randn(3, generator=ambiente.gerador(7))
    )
    ambiente.semear(7)
    assert torch.equal(torch.randn(3), torch.randn(3, generator=ambiente.gerador(7)))


@pytest.mark.parametrize("semente", [-1, 1.5, "0", True, 2**63])
def test_semente_ruim(semente):
    with pytest.raises(ValueError, match="semente"):
        ambiente.gerador(semente)


@pytest.mark.parametrize(("numero", "casas", "texto"), [(3.14159, 2, "3,14"), (-0.5, 1, "−0,5"), (2, 0, "2")])
def test_virgula(numero, casas, texto):
    assert ambiente.virgula(numero, casas) == texto


@pytest.mark.parametrize(
    ("tempos", "dtype", "canais"),
    [
        ({"float32": 1.0, "float32_cl": 0.9, "bfloat16_cl": 12.0}, torch.float32, False),  # notebook sem bf16
        ({"float32": 1.0, "float32_cl": 0.5, "bfloat16_cl": 0.1}, torch.bfloat16, True),  # CPU com AMX
        ({"float32": 1.0, "float32_cl": 0.5, "bfloat16_cl": 0.6}, torch.float32, True),
    ],
)
def test_escolher_precisao(tempos, dtype, canais):
    escolhida = ambiente.escolher(tempos)
    assert (escolhida.dtype, escolhida.channels_last) == (dtype, canais)
    assert escolhida.motivo


def test_precisao_mede_uma_vez_e_guarda(tmp_path, monkeypatch):
    monkeypatch.setenv("AULAS_CACHE", str(tmp_path))
    medidas = []

    def medir(device):
        medidas.append(device)
        return {"float32": 1.0, "float32_cl": 0.5, "bfloat16_cl": 0.1}

    monkeypatch.setattr(ambiente, "_medir", medir)
    primeira, segunda = ambiente.precisao("cpu"), ambiente.precisao("cpu")
    assert primeira == segunda and len(medidas) == 1
    ambiente.precisao("cpu", refazer=True)
    assert len(medidas) == 2
    (tmp_path / "precisao.json").write_text('{"lixo": [', encoding="utf-8")
    assert ambiente.precisao("cpu") == primeira
    guardado = json.loads((tmp_path / "precisao.json").read_text(encoding="utf-8"))
    guardado = dict.fromkeys(guardado, {"dtype": "inexistente"})
    (tmp_path / "precisao.json").write_text(json.dumps(guardado), encoding="utf-8")
    assert ambiente.precisao("cpu") == primeira


def test_precisao_com_pasta_protegida(tmp_path, monkeypatch):
    (tmp_path / "arquivo").write_text("")
    monkeypatch.setenv("AULAS_CACHE", str(tmp_path / "arquivo"))
    assert ambiente.precisao("cpu").dtype in (torch.float32, torch.bfloat16)


def test_pastas(tmp_path, monkeypatch):
    monkeypatch.setenv("AULAS_DADOS", str(tmp_path))
    assert ambiente.pasta_dados() == tmp_path
    monkeypatch.delenv("AULAS_DADOS")
    assert ambiente.pasta_dados() == ambiente.pasta_projeto() / "data"
    assert (ambiente.pasta_projeto() / "aulas_lib" / "ambiente.py").is_file()

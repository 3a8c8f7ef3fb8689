"""A escolha da precisão numérica, por medição guardada em cache."""

import json
import math

import pytest
import torch

from aulas_lib import precisao

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("tempos", "dtype", "canais"),
    [
        ({"float32": 1.0, "float32_cl": 0.9, "bfloat16_cl": 12.0}, torch.float32, False),  # notebook sem bf16
        ({"float32": 1.0, "float32_cl": 0.5, "bfloat16_cl": 0.1}, torch.bfloat16, True),  # CPU com AMX
        ({"float32": 1.0, "float32_cl": 0.5, "bfloat16_cl": 0.6}, torch.float32, True),
    ],
)
def test_escolher_precisao(tempos, dtype, canais):
    escolhida = precisao.escolher(tempos)
    assert (escolhida.dtype, escolhida.channels_last) == (dtype, canais)
    assert escolhida.motivo


def test_precisao_mede_uma_vez_e_guarda(tmp_path, monkeypatch):
    monkeypatch.setenv("AULAS_CACHE", str(tmp_path))
    medidas = []

    def medir(device):
        medidas.append(device)
        return {"float32": 1.0, "float32_cl": 0.5, "bfloat16_cl": 0.1}

    monkeypatch.setattr(precisao, "_medir", medir)
    primeira, segunda = precisao.precisao("cpu"), precisao.precisao("cpu")
    assert primeira == segunda and len(medidas) == 1
    precisao.precisao("cpu", refazer=True)
    assert len(medidas) == 2
    (tmp_path / "precisao.json").write_text('{"lixo": [', encoding="utf-8")
    assert precisao.precisao("cpu") == primeira
    guardado = json.loads((tmp_path / "precisao.json").read_text(encoding="utf-8"))
    guardado = dict.fromkeys(guardado, {"dtype": "inexistente"})
    (tmp_path / "precisao.json").write_text(json.dumps(guardado), encoding="utf-8")
    assert precisao.precisao("cpu") == primeira


def test_precisao_com_pasta_protegida(tmp_path, monkeypatch):
    (tmp_path / "arquivo").write_text("")
    monkeypatch.setenv("AULAS_CACHE", str(tmp_path / "arquivo"))
    assert precisao.precisao("cpu").dtype in (torch.float32, torch.bfloat16)


def test_medir_nao_mexe_no_acaso():
    torch.manual_seed(3)
    esperado = torch.rand(4)
    torch.manual_seed(3)
    assert set(precisao._medir(CPU)) == {"float32", "float32_cl", "bfloat16_cl"}
    assert torch.equal(torch.rand(4), esperado)


def test_o_que_falha_nao_e_escolhido():
    def falhar():
        raise TypeError("sem bfloat16 neste dispositivo")

    assert precisao._tempo(falhar, CPU) == math.inf
    tempos = {"float32": 1.0, "float32_cl": math.inf, "bfloat16_cl": math.inf}
    assert precisao.escolher(tempos).dtype == torch.float32


def test_chave_do_cache_muda_com_a_maquina_e_com_as_instrucoes(monkeypatch):
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    chaves = [precisao._chave(CPU)]
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    chaves.append(precisao._chave(CPU))
    monkeypatch.setattr(precisao.platform, "node", lambda: "outra máquina")
    chaves.append(precisao._chave(CPU))
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "nenhuma")
    chaves.append(precisao._chave(CPU))
    monkeypatch.setattr(torch, "__version__", "99.0")
    chaves.append(precisao._chave(CPU))
    assert len(set(chaves)) == 5

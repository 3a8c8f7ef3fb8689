"""O diário de um treino: o que se grava é o que se lê, e o treino retomado continua o mesmo diário."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn

from aulas_lib.ambiente import gerador
from aulas_lib.receitas.diario import MOMENTOS, Diario, em_bytes, ler_retratos
from aulas_lib.treino import Registro


class Rampa(nn.Module):
    """Um modelo que só tem um número."""

    def __init__(self) -> None:
        super().__init__()
        self.nivel = nn.Parameter(torch.zeros(()))


def retratar(modelo: Rampa) -> torch.Tensor:
    return modelo.nivel + torch.randn(3, 3, 8, 8, generator=gerador(0)).clamp(-0.1, 0.1)


def escrever(diario: Diario, modelo: Rampa, passos: range) -> None:
    for passo in passos:
        with torch.no_grad():
            modelo.nivel.fill_(passo / 1000)
        diario.anotar(Registro(passo, {"gerador": passo / 7}), lambda: modelo)


def test_o_que_se_grava_e_o_que_se_le(tmp_path: Path) -> None:
    diario, modelo = Diario(500, retratar), Rampa()
    escrever(diario, modelo, range(1, 501))
    diario.gravar(tmp_path / "rampa")
    retratos = ler_retratos("rampa", lado=8, pasta=tmp_path)
    assert list(retratos) == sorted(diario.momentos) and len(retratos) <= MOMENTOS + 1
    assert list(retratos)[:4] == [1, 3, 8, 14] and list(retratos)[-1] == 500  # cada vez mais espaçados
    for passo, imagens in retratos.items():
        with torch.no_grad():
            modelo.nivel.fill_(passo / 1000)
            torch.testing.assert_close(imagens, retratar(modelo), atol=1 / 255 + 1e-6, rtol=0)
    linhas = (tmp_path / "rampa.csv").read_text().splitlines()
    assert linhas[0] == "passo,gerador" and linhas[-1] == "500,71.4286" and len(linhas) == len(retratos) + 1


def test_retomado_continua_o_mesmo_diario(tmp_path: Path) -> None:
    inteiro, primeiro, segundo, modelo = Diario(100, retratar), Diario(100, retratar), Diario(100, retratar), Rampa()
    escrever(inteiro, modelo, range(1, 101))
    escrever(primeiro, modelo, range(1, 41))
    primeiro.salvar(tmp_path / "ponto.diario")
    segundo.carregar(tmp_path / "ponto.diario")
    escrever(segundo, modelo, range(41, 101))
    assert segundo.linhas == inteiro.linhas and all(map(torch.equal, segundo.fileiras, inteiro.fileiras))


def test_sem_retratos_so_ha_a_tabela(tmp_path: Path) -> None:
    diario = Diario(10)
    escrever(diario, Rampa(), range(1, 11))
    diario.gravar(tmp_path / "rampa")
    assert [a.name for a in tmp_path.iterdir()] == ["rampa.csv"]
    with pytest.raises(FileNotFoundError, match=r"rampa\.png. Recupere-o .* treine de novo"):
        ler_retratos("rampa", pasta=tmp_path)


def test_figura_de_outro_treino_e_recusada(tmp_path: Path) -> None:
    diario = Diario(10, retratar)
    escrever(diario, Rampa(), range(1, 11))
    diario.gravar(tmp_path / "rampa")
    Image.new("RGB", (24, 16)).save(tmp_path / "rampa.png")
    with pytest.raises(ValueError, match="16 × 24 pixels; esperava"):
        ler_retratos("rampa", lado=8, pasta=tmp_path)


def test_em_bytes_corta_o_excesso() -> None:
    assert em_bytes(torch.tensor([-3.0, -1.0, 0.0, 1.0, 2.0])).tolist() == [0, 0, 128, 255, 255]

"""As duas trocas: cada botão faz o que o nome diz, e o que se grava é o que se lê."""

from pathlib import Path

import pytest
import torch

from aulas_lib.avaliacao import prever
from aulas_lib.dados.carinhas import ESQUEMA
from aulas_lib.receitas import carregar, medidas_difusao, trocas
from aulas_lib.receitas.medidas import ler_tabela

N = 80


@pytest.fixture
def pequeno(monkeypatch: pytest.MonkeyPatch) -> None:
    sem_cache = lambda n, semente: trocas_carinhas(n, semente=semente, cache=False)  # noqa: E731
    trocas_carinhas = trocas.carinhas
    botoes = {"LIMITES": (0.05, 3.0), "ESCALAS": (1.0,)}
    for nome, valor in (botoes | {"N_TROCA": N, "SEMENTES": range(30, 32), "carinhas": sem_cache}).items():
        monkeypatch.setattr(trocas, nome, valor)
    monkeypatch.setattr(medidas_difusao, "CHAMADAS", 3)


def test_truncar_junta_os_rostos_e_nao_mexe_nos_rotulos(pequeno: None) -> None:
    rede, sonda = carregar("biggan"), carregar("sonda")
    tipicos, livres = (trocas.truncada(rede, limite, 30) for limite in (0.05, 3.0))
    assert torch.equal(tipicos[1], livres[1]), "os rótulos pedidos são os mesmos"
    colunas = trocas.colunas_de(rede.rotulos)
    for imagens, pedidos in (tipicos, livres):
        assert (prever(sonda, imagens)[:, colunas] == pedidos).double().mean() > 0.97
    inclinacao, reta = list(ESQUEMA).index("inclinacao"), ESQUEMA["inclinacao"].index("reta")
    retas = [(prever(sonda, x)[:, inclinacao] == reta).double().mean() for x, _ in (tipicos, livres)]
    assert retas[0] > 0.9 and retas[1] < 0.6


def test_orientar_atende_mais(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trocas, "N_TROCA", 24)
    rede, sonda = carregar("difusao"), carregar("sonda")
    acertos = []
    for escala in (0.0, 2.0):
        imagens, pedidos = trocas.orientada(rede, escala, 30)
        acertos.append((prever(sonda, imagens) == pedidos).double().mean())
    assert acertos[0] < 0.6 and acertos[1] > 0.9


def test_a_tabela_gravada_e_a_lida(pequeno: None, tmp_path: Path) -> None:
    gravadas = trocas.medir_trocas(tmp_path / "trocas.csv")
    lidas = ler_tabela("trocas", tmp_path)
    assert [(um["modelo"], um.get("botao")) for um in lidas] == [
        (trocas.TRUNCAGEM, 0.05), (trocas.TRUNCAGEM, 3.0), (trocas.ORIENTACAO, 1.0), ("piso: reais contra reais", None)
    ]  # fmt: skip
    for gravada, lida in zip(gravadas, lidas, strict=True):
        assert all(lida[c] == pytest.approx(v, rel=1e-5) for c, v in gravada.items() if not isinstance(v, str))
    assert lidas[0]["revocacao"] < lidas[1]["revocacao"] and "atendidos" not in lidas[-1]
    texto = trocas.tabela_das_trocas(lidas).splitlines()
    assert len(texto) == 5 and len({len(linha) for linha in texto}) == 1

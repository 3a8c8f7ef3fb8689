"""O filme das cadeias: os números da legenda são os da biblioteca, e o desenho muda com eles."""

import math

import numpy as np
import pytest
import torch

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao.diagnosticos import r_chapeu, tamanho_efetivo
from aulas_lib.dados.distribuicoes import anel_de_oito, duas_modas
from aulas_lib.interativos.cadeias import (
    ALGORITMOS,
    Corrida,
    correr,
    filme_cadeias,
    quadro_cadeias,
    segundo_momento,
)
from aulas_lib.modelos.cadeias import Cadeia, metropolis_hastings

ANEL = anel_de_oito(desvio=0.4)
HS = (0.1, 0.7, 2.0)


@pytest.fixture(scope="module")
def corridas() -> dict[tuple[str, float], Corrida]:
    return correr(ANEL, HS, passos=200)


def test_segundo_momento_exato() -> None:
    assert segundo_momento(ANEL) == pytest.approx(2.16)
    assert segundo_momento(duas_modas(4.0, 0.6)) == pytest.approx(4.36)


def test_os_numeros_sao_os_da_biblioteca(corridas) -> None:
    partidas = 2 * torch.randn(4, 2, generator=gerador(0))
    h = torch.tensor(HS).repeat_interleave(4)[:, None]
    sozinha = metropolis_hastings(ANEL.log_densidade, partidas.repeat(3, 1), 250, h, gerador(1)).depois_de(50)
    corrida = corridas["Metropolis", 0.7]
    torch.testing.assert_close(corrida.cadeia.estados, sozinha.estados[4:8])
    estados = corrida.cadeia.estados
    primeira, segunda = corrida.legenda()
    assert f"aceitação {100 * corrida.cadeia.aceitacao.mean():.0f} %" in primeira
    assert f"N_ef {tamanho_efetivo(estados).min():.0f} de 800" in primeira
    assert f"R̂ {r_chapeu(estados).max():.2f}".replace(".", ",") in primeira
    assert segunda == f"E[x₁²] medido {estados[..., 0].square().mean():.2f}; exato 2.16".replace(".", ",")


def test_aceitacao_cai_com_o_passo_e_ula_foge(corridas) -> None:
    assert set(corridas) == {(nome, h) for nome in ALGORITMOS for h in HS}
    for nome in ("Metropolis", "MALA"):
        taxas = [corridas[nome, h].cadeia.aceitacao.mean() for h in HS]
        assert taxas[0] > taxas[1] > taxas[2]
    assert corridas["ULA", 2.0].divergiu and not corridas["ULA", 0.1].divergiu
    assert corridas["ULA", 2.0].legenda()[0] == "sem aceitação · a cadeia divergiu"


def test_cadeia_parada_nao_mostra_nan() -> None:
    parada = Corrida("MALA", 9.0, Cadeia(torch.ones(4, 20, 2), torch.zeros(4, 20, dtype=torch.bool)), 2.16)
    assert parada.legenda()[0] == "aceitação 0 % · nenhuma cadeia anda"
    igual = torch.zeros(4, 20, 2) + torch.randn(4, 1, 2, generator=gerador(0))
    separadas = Corrida("MALA", 9.0, Cadeia(igual, torch.zeros(4, 20, dtype=torch.bool)), 2.16).legenda()[0]
    assert separadas == "aceitação 0 % · nenhuma cadeia anda"
    quadro_cadeias(ANEL, parada)


def test_o_quadro_mostra_o_caminho(corridas) -> None:
    cheio = np.asarray(quadro_cadeias(ANEL, corridas["Metropolis", 0.7]))
    fugiu = np.asarray(quadro_cadeias(ANEL, corridas["ULA", 2.0]))
    assert cheio.shape == fugiu.shape == (474, 380, 3)
    vermelho = (cheio[..., 0] > 190) & (cheio[..., 1] < 130) & (cheio[..., 2] < 60)
    assert vermelho.sum() > 100
    x, y = corridas["Metropolis", 0.7].cadeia.estados[0, 0].tolist()
    coluna, linha = round(46 + (x + 3.6) / 7.2 * 288), round(34 + (3.6 - y) / 7.2 * 288)
    assert vermelho[linha - 1 : linha + 2, coluna - 1 : coluna + 2].any()  # o primeiro estado está no seu lugar


def test_filme_cabe_e_anda() -> None:
    objeto = filme_cadeias(ANEL, passos=80)
    assert [eixo.nome for eixo in objeto.eixos] == ["algoritmo", "passo h"]
    assert objeto.eixos[0].rotulos == list(ALGORITMOS) and objeto.eixos[1].rotulos[-1] == "2,00"
    assert len(objeto.legendas) == len(objeto.quadros) == 24
    assert len({quadro.tobytes() for quadro in objeto.quadros}) == 24
    assert len(objeto.html.encode()) < 400_000
    assert objeto.legendas[0].startswith("Metropolis, h = 0,10: aceitação")


def test_o_que_o_texto_da_licao_diz_do_filme() -> None:
    """Só ULA com h = 0,90 passa em R̂ < 1,01, e com o valor errado; Metropolis aceita 90 % em 0,10 e 1/4 em 2,00."""
    completas = correr(ANEL)
    inteiras = {par: corrida for par, corrida in completas.items() if not corrida.divergiu}
    assert {par for par in completas if par not in inteiras} == {("ULA", 1.3), ("ULA", 2.0)}
    aprovadas = [par for par, c in inteiras.items() if r_chapeu(c.cadeia.estados).max() < 1.01]
    assert aprovadas == [("ULA", 0.9)]
    assert completas["ULA", 0.9].cadeia.estados[..., 0].square().mean().item() == pytest.approx(3.4, abs=0.1)
    taxas = [completas["Metropolis", h].cadeia.aceitacao.mean().item() for h in (0.1, 2.0)]
    assert taxas == pytest.approx([0.9, 0.25], abs=0.03)
    momentos = [completas["ULA", h].cadeia.estados[..., 0].square().mean().item() for h in (0.5, 0.7, 0.9)]
    assert momentos == sorted(momentos)
    assert tamanho_efetivo(completas["ULA", 0.35].cadeia.estados).min() < 15


def test_alvos_e_passos_que_nao_servem() -> None:
    with pytest.raises(ValueError, match="o filme mostra 2"):
        filme_cadeias(duas_modas())
    with pytest.raises(ValueError, match="número positivo"):
        filme_cadeias(ANEL, hs=(0.0, 1.0))
    assert math.isfinite(segundo_momento(ANEL))

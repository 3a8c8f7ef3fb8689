"""O filme da rejeição: os números escritos são os do sorteio, e o corte do envelope aparece."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from aulas_lib.dados.distribuicoes import duas_modas
from aulas_lib.interativos import filme_rejeicao
from aulas_lib.interativos import rejeicao as modulo
from aulas_lib.interativos.rejeicao import MS, SIGMAS, legenda_rejeicao, quadro_rejeicao, rodar_rejeicao


def acumulada(x):
    return (stats.norm.cdf(x, -2, 0.6) + stats.norm.cdf(x, 2, 0.6)) / 2


@pytest.mark.parametrize("M", MS)
@pytest.mark.parametrize("sigma", SIGMAS)
def test_a_fracao_medida_e_a_area_sob_o_menor_dos_dois(M, sigma):
    rodada = rodar_rejeicao(M, sigma)
    x = np.linspace(-15, 15, 30_001)
    p = (stats.norm.pdf(x, -2, 0.6) + stats.norm.pdf(x, 2, 0.6)) / 2
    q = stats.norm.pdf(x, 0, sigma)
    esperada = np.trapezoid(np.minimum(p / M, q), x)
    assert rodada.esperada == pytest.approx(esperada, abs=1e-4)
    assert rodada.medida == pytest.approx(esperada, abs=4 * math.sqrt(esperada / len(rodada.x)))
    assert rodada.menor_M == pytest.approx((p / q)[np.abs(x) < 6].max(), rel=1e-4)
    assert rodada.cobre == (rodada.menor_M <= M)


def test_amostras_certas_so_quando_o_envelope_cobre():
    certa, errada = rodar_rejeicao(3.0, 2.0), rodar_rejeicao(1.6, 2.0)
    assert certa.cobre and certa.esperada == pytest.approx(1 / 3, abs=1e-4)
    assert stats.kstest(certa.amostras, acumulada).pvalue > 0.01
    assert not errada.cobre and errada.esperada < 1 / 1.6 - 0.1
    assert stats.kstest(errada.amostras, acumulada).pvalue < 1e-6


def test_aceito_e_o_ponto_desenhado_embaixo_de_p():
    rodada = rodar_rejeicao(2.0, 1.5)
    p = duas_modas().to(torch.float64).log_densidade(torch.from_numpy(rodada.x)[:, None]).exp().numpy()
    np.testing.assert_array_equal(rodada.aceitas, rodada.altura < p)


def test_legenda_diz_as_taxas_e_o_veredito():
    assert "CORTA" in legenda_rejeicao(rodar_rejeicao(1.6, 2.0))
    boa = legenda_rejeicao(rodar_rejeicao(4.0, 2.0))
    assert boa == "aceitas: 24,8 %; 1/M = 25,0 %. O envelope cobre p (basta M = 2,9)"


def test_quadro_muda_com_os_dois_controles_e_pinta_o_corte():
    def laranjas(M, sigma):
        pixels = np.asarray(quadro_rejeicao(M, sigma)).reshape(-1, 3)
        return (pixels == (244, 190, 130)).all(axis=1).sum()

    assert laranjas(1.6, 2.0) > 500 and laranjas(3.0, 2.0) == 0
    assert quadro_rejeicao(1.6, 2.0).size == (modulo.LARGURA, modulo.ALTURA)
    assert quadro_rejeicao(1.6, 2.0).tobytes() != quadro_rejeicao(1.6, 3.0).tobytes()


def test_filme_cabe_no_caderno_e_comeca_no_envelope_que_corta():
    filme = filme_rejeicao()
    assert len(filme.html.encode()) < 400_000
    assert len(filme.quadros) == len(MS) * len(SIGMAS) == len(filme.legendas)
    m, s = (eixo.partida for eixo in filme.eixos)
    assert (MS[m], SIGMAS[s]) == (1.6, 2.0)
    inicial = np.asarray(quadro_rejeicao(1.6, 2.0))
    np.testing.assert_array_equal(np.asarray(filme.quadro()), inicial)
    assert "CORTA" in filme.legendas[m * len(SIGMAS) + s]


@pytest.mark.parametrize(("M", "sigma"), [(0.0, 1.0), (1.0, -1.0), (float("nan"), 1.0)])
def test_recusa_envelopes_impossiveis(M, sigma):
    with pytest.raises(ValueError, match="positivos"):
        rodar_rejeicao(M, sigma)

"""O filme do discriminador ótimo: os números são os do jogo, e o desenho é o deles."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from aulas_lib.interativos.otimo import estado_otimo, quadro_otimo


def test_filme_do_otimo_nos_casos_conhecidos():
    """Um gerador longe dos dados tem JSD perto de log 2; os números obedecem a C = −log 4 + 2 JSD."""
    longe, perto = estado_otimo(9.0, 0.3), estado_otimo(0.0, 2.1)
    assert longe.jsd == pytest.approx(math.log(2), abs=1e-3) and perto.jsd < 0.2
    assert perto.custo == pytest.approx(2 * perto.jsd - math.log(4))
    assert quadro_otimo(perto).size == (440, 440)


def test_p_g_e_a_normal_e_a_grade_recusa_o_que_nao_cabe():
    estado = estado_otimo(-1.0, 2.1)
    np.testing.assert_allclose(estado.p_g, norm(-1, 2.1).pdf(estado.x), rtol=1e-5)
    assert 0.99 < estado_otimo(3.0, 3.0).p_g.sum() / norm(3, 3).pdf(estado.x).sum() < 1.01
    for media, desvio in ((0.0, -1.0), (0.0, 1e-4), (100.0, 0.3)):
        with pytest.raises(ValueError, match="estado_otimo recebeu"):
            estado_otimo(media, desvio)


def test_d_alto_e_desenhado_em_cima():
    """Com p_g em −2, D* é quase 1 na outra moda: o preto da curva está na metade de cima do painel."""
    pixels = np.asarray(quadro_otimo(estado_otimo(-2.0, 0.3)).convert("L")).astype(int)
    coluna = 30 + round((2 + 6) / 12 * (440 - 60))
    altos, baixos = pixels[205:262, coluna].min(), pixels[276:335, coluna].min()  # painel: linhas 208 a 330
    assert altos < 60 < baixos

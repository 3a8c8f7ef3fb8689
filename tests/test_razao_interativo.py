"""O filme da razão e as figuras da seção: números contra a forma fechada, quadros e eixos."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from scipy import stats

from aulas_lib import figuras
from aulas_lib.avaliacao import curva_confiabilidade
from aulas_lib.interativos.razao import (
    ALTURA,
    DISTANCIAS,
    GRADE,
    LARGURA,
    SIGMAS,
    estado_razao,
    filme_razao,
    legenda_razao,
    quadro_razao,
)


@pytest.fixture(autouse=True)
def fechar_figuras():
    yield
    plt.close("all")


def test_log_razao_exata_e_a_das_gaussianas() -> None:
    estado = estado_razao(2.0, 0.75, repeticoes=2)
    esperada = stats.norm(1, 0.75).logpdf(GRADE) - stats.norm(-1, 1).logpdf(GRADE)
    np.testing.assert_allclose(estado.exata, esperada, atol=1e-10)
    muitas = estado_razao(2.0, 0.5, exemplos=20_000, repeticoes=1)
    assert [muitas.x_p.mean(), muitas.x_p.std()] == pytest.approx([1, 0.5], abs=0.02)
    assert [muitas.x_q.mean(), muitas.x_q.std()] == pytest.approx([-1, 1], abs=0.03)
    assert estado.estimativas.shape == (2, len(GRADE)) and estado.x_p.shape == estado.x_q.shape == (200,)


def test_estimativa_chega_a_exata_com_muitos_exemplos() -> None:
    """A família é a certa: o erro médio cai como 1/√n."""
    poucos, muitos = (estado_razao(2.0, 1.0, exemplos=n, repeticoes=1) for n in (200, 50_000))
    assert muitos.erro < 0.05 < poucos.erro < 1
    segundo_grau = np.polyfit(GRADE, muitos.estimativas[0], 2)
    np.testing.assert_allclose(np.polyval(segundo_grau, GRADE), muitos.estimativas[0], atol=1e-8)


@pytest.mark.parametrize(("distancia", "sigma"), [(0.0, 1.0), (1.0, 2.0), (2.0, 1.0)])
def test_erro_cresce_onde_nao_ha_amostras(distancia: float, sigma: float) -> None:
    estado = estado_razao(distancia, sigma)
    abertura = estado.estimativas.max(axis=0) - estado.estimativas.min(axis=0)
    meio = np.abs(GRADE) < 0.5
    pontas = np.abs(GRADE) > 4.5
    assert abertura[pontas].mean() > 3 * abertura[meio].mean()
    assert estado.pior > estado.erro


def test_amostras_que_nao_se_tocam_tornam_a_razao_impossivel() -> None:
    assert estado_razao(4.0, 0.5).erro > 5 * estado_razao(1.0, 0.5).erro


def test_filme_tem_um_quadro_por_posicao_e_legendas_com_os_numeros() -> None:
    filme = filme_razao((0.0, 2.0), (0.5, 1.0, 2.0))
    assert filme.quadros.shape == (6, ALTURA, LARGURA, 3)
    assert [eixo.partida for eixo in filme.eixos] == [1, 0]
    estado = estado_razao(2.0, 1.0)
    assert filme.legendas[4] == legenda_razao(2.0, 1.0, estado)
    np.testing.assert_array_equal(np.asarray(filme.quadro(1, 1)), np.asarray(quadro_razao(estado)))
    assert len({filme.quadros[i].tobytes() for i in range(6)}) == 6


def test_filme_inteiro_cabe_no_caderno() -> None:
    filme = filme_razao()
    assert len(filme.quadros) == len(DISTANCIAS) * len(SIGMAS)
    assert len(filme.html.encode()) < 400_000


def test_sigma_que_nao_serve() -> None:
    with pytest.raises(ValueError, match="maior que zero"):
        estado_razao(1.0, 0.0)


def test_figura_das_log_razoes_desenha_os_numeros_que_recebe() -> None:
    x = torch.linspace(-2, 2, 41)
    ax = figuras.log_razoes({"exata": x, "estimada": 2 * x}, x, torch.exp(-(x**2)))
    desenhadas = {linha.get_label(): linha.get_ydata() for linha in ax.get_lines()}
    np.testing.assert_allclose(desenhadas["estimada"], 2 * x.numpy())
    assert "onde há amostras" in ax.get_legend().get_texts()[0].get_text()
    with pytest.raises(ValueError, match="razoes"):
        figuras.log_razoes({"exata": x[:3]}, x)


def test_figura_da_confiabilidade() -> None:
    d = torch.rand(500, generator=torch.Generator().manual_seed(0))
    curva = curva_confiabilidade(d, (d > 0.5).long())
    linha = figuras.confiabilidade({"degrau": curva}).get_lines()[1]
    np.testing.assert_allclose(linha.get_ydata(), curva.frequencia)


def test_figura_da_cobertura_marca_quem_erra() -> None:
    intervalos = torch.tensor([[0.0, 2.0], [0.0, 2.0], [3.0, 4.0]])
    ax = figuras.cobertura(intervalos, torch.tensor([1.0, 3.0, 3.5]))
    certos, errados = ax.collections
    assert len(certos.get_segments()) == 2 and len(errados.get_segments()) == 1
    assert errados.get_segments()[0][0][0] == 3
    with pytest.raises(ValueError, match="cobertura"):
        figuras.cobertura(intervalos, torch.zeros(2))


def test_figuras_da_posteriori_e_das_setas() -> None:
    grade = torch.linspace(0, 1, 11)
    ax = figuras.posterioris({"exata": torch.ones(11).double()}, grade, 0.3, eixo_x="θ")
    assert any(linha.get_label() == "θ verdadeiro" for linha in ax.get_lines())
    q = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    ax = figuras.setas(q + 1, q, torch.ones(5, 2))
    (setas,) = ax.collections
    assert setas.U.tolist() == [1] * 5
    with pytest.raises(ValueError, match="gradientes"):
        figuras.setas(q, q, torch.ones(4, 2))

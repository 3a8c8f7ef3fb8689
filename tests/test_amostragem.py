"""Sortear de uma densidade conhecida, estimá-la dos dados e gerar sem ela, contra formas fechadas e o scipy."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.optimize import linear_sum_assignment
from sklearn.mixture import GaussianMixture
from torch.distributions import Exponential, Laplace, Normal

from aulas_lib.dados.distribuicoes import MisturaGaussiana, anel_de_oito, duas_modas
from aulas_lib.modelos import dimensao
from aulas_lib.modelos.amostragem import (
    acumulada,
    menor_envelope,
    perda_ordenada,
    quantil,
    rejeicao,
    transformada_inversa,
)
from aulas_lib.modelos.estimativas import Histograma, Nucleos, ajustar_mistura

GRADE = torch.linspace(-6, 6, 2401)


def g(semente: int) -> torch.Generator:
    return torch.Generator().manual_seed(semente)


# Transformada inversa


def test_acumulada_e_quantil_sao_os_da_normal():
    lei = Normal(0.5, 0.8)
    F = acumulada(lei.log_prob(GRADE) + 7, GRADE)  # a constante não importa
    torch.testing.assert_close(F.float(), lei.cdf(GRADE), atol=2e-6, rtol=0)
    assert F[0] == 0 and F[-1] == 1 and (F.diff() >= 0).all()
    u = torch.linspace(0.001, 0.999, 501).reshape(3, 167)
    torch.testing.assert_close(quantil(lei.log_prob(GRADE), GRADE, u), lei.icdf(u), atol=2e-4, rtol=0)


def test_quantil_pula_o_vao_e_para_nas_bordas():
    grade = torch.linspace(0.0, 3.0, 3001)
    log_p = torch.where((grade > 1) & (grade < 2), -math.inf, 0.0)  # uniforme em [0, 1] ∪ [2, 3]
    x = quantil(log_p, grade, torch.tensor([0.0, 0.25, 0.75, 1.0]))
    torch.testing.assert_close(x, torch.tensor([0.0, 0.5, 2.5, 3.0]), atol=2e-3, rtol=0)


def test_transformada_inversa_passa_no_teste_de_kolmogorov():
    grade = torch.linspace(0, 12, 6001)
    x = transformada_inversa(Exponential(1.5).log_prob(grade), grade, 5000, g(0))
    assert stats.kstest(x.numpy(), stats.expon(scale=1 / 1.5).cdf).pvalue > 0.01
    torch.testing.assert_close(x, transformada_inversa(Exponential(1.5).log_prob(grade), grade, 5000, g(0)))


@pytest.mark.parametrize(
    ("chamada", "trecho"),
    [
        (lambda: acumulada(torch.zeros(4), torch.zeros(4)), "crescente"),
        (lambda: acumulada(torch.zeros(3), GRADE), "mesma forma"),
        (lambda: acumulada(torch.full((4,), -math.inf), torch.arange(4.0)), "massa de p"),
        (lambda: quantil(torch.zeros(4), torch.arange(4.0), torch.tensor([1.2])), "fração"),
        (lambda: rejeicao(torch.zeros(3), torch.zeros(4), 1.0), "mesma forma"),
        (lambda: rejeicao(torch.zeros(3), torch.zeros(3), 0.0), "M=0"),
        (lambda: menor_envelope(torch.zeros(3), torch.zeros(4)), "mesma forma"),
        (lambda: perda_ordenada(torch.zeros(3, 2), torch.zeros(3, 2)), "uma dimensão"),
        (lambda: perda_ordenada(torch.zeros(3, 1), torch.zeros(4, 1)), "iguais"),
        (lambda: Histograma(torch.zeros(3), 4, 1.0), r"\(N, D\)"),
        (lambda: Histograma(torch.zeros(3, 1), 0, 1.0), "positivos"),
        (lambda: Histograma(torch.zeros(3, 64), 17, 1.0), "64 bits"),
        (lambda: Histograma(torch.zeros(3, 2), 4, 1.0).log_densidade(torch.zeros(3, 1)), r"\(N, 2\)"),
        (lambda: Nucleos(torch.zeros(3, 1), 0.0), "desvio-padrão"),
        (lambda: ajustar_mistura(torch.zeros(3, 1), 4), "de 1 a 3"),
        (lambda: dimensao.taxa_gaussiana(3, 0.9), "largura"),
    ],
)
def test_erros_ensinam(chamada, trecho):
    with pytest.raises(ValueError, match=trecho):
        chamada()


# Rejeição


def test_rejeicao_com_envelope_que_cobre_da_p_e_aceita_1_em_M():
    p, q, n = Normal(0.0, 1.0), Laplace(0.0, 1.0), 40_000
    x = q.icdf(torch.rand(n, generator=g(1)))
    M = menor_envelope(p.log_prob(GRADE), q.log_prob(GRADE))
    assert pytest.approx(math.sqrt(2 * math.e / math.pi), rel=1e-4) == M  # em |x| = 1
    aceitas = rejeicao(p.log_prob(x), q.log_prob(x), M, g(2))
    erro = math.sqrt((1 / M) * (1 - 1 / M) / n)
    assert abs(aceitas.double().mean().item() - 1 / M) < 4 * erro
    assert stats.kstest(x[aceitas].numpy(), "norm").pvalue > 0.01


def test_rejeicao_com_envelope_que_corta_da_o_minimo_entre_os_dois():
    """O que sai segue min(p, M q): a fração é ∫ min(p/M, q) dx, menor que 1/M, e p é reprovada."""
    p, q, M, n = Normal(0.0, 1.0), Normal(0.0, 2.0), 1.2, 40_000
    x = 2 * torch.randn(n, generator=g(3))
    aceitas = rejeicao(p.log_prob(x), q.log_prob(x), M, g(4))
    grade = torch.linspace(-12, 12, 4801)
    minimo = p.log_prob(grade).minimum(q.log_prob(grade) + math.log(M))
    esperada = (torch.trapezoid(minimo.exp(), grade) / M).item()
    assert abs(aceitas.double().mean().item() - esperada) < 4 * math.sqrt(esperada / n)
    assert esperada < 1 / M - 0.05
    F = acumulada(minimo, grade)
    uniformes = np.interp(x[aceitas].numpy(), grade.numpy(), F.numpy())
    assert stats.kstest(uniformes, "uniform").pvalue > 0.01
    assert stats.kstest(x[aceitas].numpy(), "norm").pvalue < 1e-6


def test_rejeicao_nunca_aceita_onde_p_e_zero():
    log_p = torch.tensor([-math.inf, 0.0]).repeat(1000)
    aceitas = rejeicao(log_p, torch.zeros(2000), 1.0, g(0))
    assert not aceitas[::2].any() and aceitas[1::2].all()


# Gerar sem densidade


def test_perda_ordenada_e_a_distancia_de_wasserstein():
    a, b = torch.randn(257, 1, generator=g(0)), 2 + 3 * torch.randn(257, 1, generator=g(1))
    # Em uma dimensão o emparelhamento ótimo é o ordenado; a atribuição ótima o acha sem ordenar.
    custo = (a - b.T).square().numpy()
    i, j = linear_sum_assignment(custo)
    assert perda_ordenada(a, b).mean().item() == pytest.approx(custo[i, j].mean(), rel=1e-5)
    assert perda_ordenada(a, b).shape == (257,)


def test_perda_ordenada_de_uma_translacao_e_o_seu_quadrado_e_a_ordem_do_lote_nao_importa():
    x = torch.randn(64, 1, generator=g(0))
    embaralhado = x[torch.randperm(64, generator=g(1))]
    torch.testing.assert_close(perda_ordenada(embaralhado + 0.7, x), torch.full((64,), 0.49))


def test_gradiente_da_perda_ordenada_puxa_cada_gerado_ao_seu_par():
    gerados = torch.tensor([[2.0], [-1.0]], requires_grad=True)
    perda_ordenada(gerados, torch.tensor([[0.0], [1.0]])).mean().backward()
    torch.testing.assert_close(gerados.grad, torch.tensor([[1.0], [-1.0]]))  # 2 (x̃ − x) / B, com pares (2, 1), (−1, 0)


# Estimar dos dados


def test_histograma_e_o_do_numpy_e_integra_um():
    x = anel_de_oito().amostrar(500, g(0)).double()
    alturas, bordas, _ = np.histogram2d(*x.T.numpy(), bins=30, range=[(-3, 3)] * 2, density=True)
    h = Histograma(x, 30, 3.0)
    centros = torch.from_numpy((bordas[1:] + bordas[:-1]) / 2)
    obtido = h.log_densidade(torch.cartesian_prod(centros, centros)).exp().reshape(30, 30)
    np.testing.assert_allclose(obtido.numpy(), alturas, rtol=1e-5)
    assert h.log_densidade(torch.tensor([[3.5, 0.0]])).isneginf().all()


def test_histograma_alisado_da_massa_a_caixa_vazia():
    h = Histograma(torch.tensor([[0.1], [0.2], [0.3], [-0.9]]), 4, 1.0, alisamento=1)  # contagens 1 0 3 0
    esperado = torch.tensor([2.0, 1.0, 4.0, 1.0]) / (8 * 0.5)
    centros = torch.tensor([[-0.75], [-0.25], [0.25], [0.75]])
    torch.testing.assert_close(h.log_densidade(centros).exp(), esperado)
    assert h.log_densidade(torch.tensor([[1.0]])).exp().item() == pytest.approx(0.25)  # a borda é de dentro
    assert h.log_densidade(torch.tensor([[-1.5], [1.5]])).isneginf().all()  # fora do cubo não há massa nenhuma


def test_histograma_sem_nenhum_dado_dentro():
    assert Histograma(torch.full((3, 1), 9.0), 4, 1.0).log_densidade(torch.zeros(2, 1)).isneginf().all()


def test_nucleos_sao_a_mistura_com_uma_gaussiana_em_cada_dado():
    x, novos = torch.randn(40, 2, generator=g(0)), torch.randn(25, 2, generator=g(1))
    mistura = MisturaGaussiana(torch.full((40,), 1 / 40), x, torch.tensor(0.3**2))
    torch.testing.assert_close(Nucleos(x, 0.3).log_densidade(novos), mistura.log_densidade(novos), atol=1e-4, rtol=1e-4)


def test_mistura_ajustada_e_a_do_scikit_e_acha_as_modas():
    x = duas_modas().amostrar(3000, g(0))
    m = ajustar_mistura(x, 2)
    torch.testing.assert_close(m.medias.sort(dim=0).values, torch.tensor([[-2.0], [2.0]]), atol=0.06, rtol=0)
    esperado = GaussianMixture(2, random_state=0).fit(x.numpy()).score_samples(x[:9].numpy())
    torch.testing.assert_close(m.log_densidade(x[:9]), torch.from_numpy(esperado).float(), atol=1e-4, rtol=1e-4)


# Dimensão


@pytest.mark.parametrize("d", [1, 2, 5, 9])
def test_taxas_medidas_batem_com_as_exatas(d):
    n = 50_000
    for medida, exata in (
        (dimensao.medir_gaussiana(d, 1.5, n, g(d)), dimensao.taxa_gaussiana(d, 1.5)),
        (dimensao.medir_bola(d, n, g(d)), dimensao.taxa_bola(d)),
    ):
        assert abs(medida - exata) <= 4 * math.sqrt(exata * (1 - min(exata, 1)) / n) + 1e-12


def test_taxa_da_bola_nos_casos_conhecidos():
    assert dimensao.taxa_bola(1) == pytest.approx(1)
    assert dimensao.taxa_bola(2) == pytest.approx(math.pi / 4)
    assert dimensao.taxa_bola(3) == pytest.approx(math.pi / 6)
    assert math.log10(dimensao.taxa_bola(64)) == pytest.approx(-38.8, abs=0.05)


def test_em_uma_dimensao_a_fracao_em_caixa_vazia_e_a_soma_exata():
    """P(caixa vazia) = Σ_c p_c (1 − p_c)^n; com poucos pontos ela é grande e dá para medir."""
    bordas = torch.linspace(-4, 4, 11, dtype=torch.float64)
    p = torch.special.ndtr(bordas).diff()
    exata = (p * (1 - p) ** 5).sum() + 1 - p.sum()
    medidas = [dimensao.fracao_em_caixa_vazia(1, 5, gerador=g(s)) for s in range(2000)]
    assert sum(medidas) / 2000 == pytest.approx(exata.item(), abs=0.02)
    assert dimensao.fracao_em_caixa_vazia(12, 1000, gerador=g(0)) > 0.99


def test_taxas_sem_propostas() -> None:
    with pytest.raises(ValueError, match="pelo menos uma proposta"):
        dimensao.medir_bola(3, 0)
    with pytest.raises(ValueError, match="pelo menos uma proposta"):
        dimensao.medir_gaussiana(3, 1.5, 0)

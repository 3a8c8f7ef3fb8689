"""O jogo minimax: o que o artigo afirma, conferido por quadratura contra formas fechadas."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.spatial.distance import jensenshannon
from torch import nn
from torch.distributions import Normal

from aulas_lib.ambiente import gerador
from aulas_lib.dados.distribuicoes import duas_modas
from aulas_lib.modelos.jogo import custo_do_gerador, densidade_gerada, jsd, logit_otimo, valor

GRADE = torch.linspace(-12, 12, 4001, dtype=torch.float64)
MENOS_INF = -math.inf
LEI = duas_modas(separacao=3.0, peso=0.3).to(torch.float64)


def normal(media, desvio, grade=GRADE):
    return Normal(torch.tensor(media, dtype=torch.float64), desvio).log_prob(grade)


LOG_P, LOG_PG = LEI.log_densidade(GRADE[:, None]), normal(0.5, 1.2)


def uniforme(inicio, fim):
    return torch.where((inicio <= GRADE) & (fim >= GRADE), -math.log(fim - inicio), MENOS_INF).double()


class Formula(nn.Module):
    """Um gerador sem pesos: x = funcao(z)."""

    def __init__(self, funcao):
        super().__init__()
        self.funcao = funcao

    def forward(self, z):
        return self.funcao(z)


# O discriminador ótimo -----------------------------------------------------------------------------


def test_d_otimo_e_p_sobre_p_mais_pg():
    p, pg = LOG_P.exp(), LOG_PG.exp()
    meio = slice(1500, 2500)  # nas caudas a soma direta arredonda para 0/0
    torch.testing.assert_close(torch.sigmoid(logit_otimo(LOG_P, LOG_PG))[meio], (p / (p + pg))[meio])
    torch.testing.assert_close(logit_otimo(LOG_P, LOG_P), torch.zeros_like(LOG_P))


def test_d_otimo_onde_falta_massa():
    log_p, log_pg = torch.tensor([0.0, MENOS_INF, MENOS_INF]), torch.tensor([MENOS_INF, 0.0, MENOS_INF])
    assert torch.sigmoid(logit_otimo(log_p, log_pg)).tolist() == [1.0, 0.0, 0.5]
    assert logit_otimo(log_p.double(), log_pg.double()).dtype == torch.float64


def test_o_valor_e_maximo_no_logit_otimo():
    """Um logit livre em cada ponto: ∂V/∂a é zero em a*, e qualquer desvio, grande ou pequeno, diminui V."""
    a = logit_otimo(LOG_P, LOG_PG).requires_grad_()
    maximo = valor(a, LOG_P, LOG_PG, GRADE)
    (inclinacao,) = torch.autograd.grad(maximo, a)
    torch.testing.assert_close(inclinacao, torch.zeros_like(a), atol=1e-12, rtol=0)
    sorte = gerador(0)
    for tamanho in (1e-2, 0.1, 1.0, 10.0):
        desvio = tamanho * torch.randn(len(GRADE), generator=sorte, dtype=torch.float64)
        assert valor(a + desvio, LOG_P, LOG_PG, GRADE) < maximo


def test_valor_no_otimo_e_menos_log_4_mais_duas_jsd():
    casos = [(LOG_P, LOG_PG), (LOG_PG, LOG_P), (LOG_P, normal(-8.0, 0.3)), (uniforme(-1, 1), uniforme(0, 3))]
    for log_p, log_pg in casos:
        maximo, c = valor(logit_otimo(log_p, log_pg), log_p, log_pg, GRADE), custo_do_gerador(log_p, log_pg, GRADE)
        massas = torch.trapezoid(log_p.exp() + log_pg.exp(), GRADE) / 2  # 1; nas uniformes, quase: a borda é um salto
        torch.testing.assert_close(maximo, 2 * jsd(log_p, log_pg, GRADE) - massas * math.log(4), atol=1e-9, rtol=0)
        torch.testing.assert_close(c, maximo + (massas - 1) * math.log(4), atol=1e-9, rtol=0)


@pytest.mark.parametrize("log_pg", [LOG_P, LOG_PG, normal(-9.0, 0.3)])
def test_d_constante_em_meio_vale_menos_log_4_para_qualquer_gerador(log_pg):
    """Por isso a perda não mede a qualidade: o bom gerador e o péssimo dão o mesmo número."""
    assert valor(torch.zeros_like(GRADE), LOG_P, log_pg, GRADE).item() == pytest.approx(-math.log(4), abs=1e-6)


def test_valor_por_monte_carlo():
    a = torch.sin(GRADE) - 0.3 * GRADE
    n = 200_000
    x, x_til = LEI.amostrar(n, gerador(1))[:, 0], 0.5 + 1.2 * torch.randn(n, generator=gerador(2))
    termos = torch.sigmoid(x.sin() - 0.3 * x).log() + (1 - torch.sigmoid(x_til.sin() - 0.3 * x_til)).log()
    erro = termos.std().item() / n**0.5
    assert valor(a, LOG_P, LOG_PG, GRADE).item() == pytest.approx(termos.mean().item(), abs=4 * erro)


# Jensen-Shannon ------------------------------------------------------------------------------------


def test_jsd_nos_limites():
    assert jsd(LOG_P, LOG_P, GRADE).item() == pytest.approx(0, abs=1e-12)
    longe = jsd(normal(-6.0, 0.3), normal(6.0, 0.3), GRADE)
    assert longe.item() == pytest.approx(math.log(2), abs=1e-9)
    # onde uma das densidades é exatamente zero; as duas uniformes se tocam em metade da massa de cada uma
    metade = jsd(uniforme(-2, 2), uniforme(0, 4), GRADE)
    assert metade.item() == pytest.approx(math.log(2) / 2, abs=1e-2)  # o passo da grade na borda do salto
    assert custo_do_gerador(LOG_P, LOG_P, GRADE).item() == pytest.approx(-math.log(4), abs=1e-6)


def test_jsd_contra_o_scipy():
    for log_p, log_q in ((LOG_P, LOG_PG), (LOG_P, normal(3.0, 0.4))):
        juiz = jensenshannon(log_p.exp().numpy(), log_q.exp().numpy()) ** 2  # o scipy normaliza e tira a raiz
        assert jsd(log_p, log_q, GRADE).item() == pytest.approx(juiz, rel=1e-5)
        torch.testing.assert_close(jsd(log_p, log_q, GRADE), jsd(log_q, log_p, GRADE))


# A densidade do que G gera --------------------------------------------------------------------------

FINA = torch.linspace(-10, 10, 2001, dtype=torch.float64)


def massa(log_pg, grade=FINA):
    return (log_pg.exp().sum() * (grade[1] - grade[0])).item()


def test_gerador_afim_gera_a_normal():
    g = nn.Linear(1, 1).double()
    with torch.no_grad():
        g.weight.fill_(-1.5), g.bias.fill_(0.7)  # também serve decrescente
    log_pg = densidade_gerada(g, FINA)
    esperado = normal(0.7, 1.5, FINA)
    perto = (FINA - 0.7).abs() < 5 * 1.5
    torch.testing.assert_close(log_pg[perto], esperado[perto], atol=2e-3, rtol=0)  # média da célula, não o ponto
    assert massa(log_pg) == pytest.approx(1, abs=1e-8)
    assert (log_pg[(FINA - 0.7).abs() > 6 * 1.5 + 0.02] == MENOS_INF).all()


def test_gerador_com_pesos_em_float32():
    g = nn.Linear(1, 1)
    with torch.no_grad():
        g.weight.fill_(1.5), g.bias.fill_(0.7)
    log_pg = densidade_gerada(g, FINA.float())
    assert log_pg.dtype == torch.float64 and massa(log_pg) == pytest.approx(1, abs=1e-6)
    torch.testing.assert_close(log_pg.exp(), normal(0.7, 1.5, FINA).exp(), atol=1e-4, rtol=0)


def test_gerador_monotono_seno_hiperbolico():
    """x = senh(z): p_g(x) = φ(arcsenh x) / √(1 + x²), com caudas mais pesadas que as da normal."""
    log_pg = densidade_gerada(Formula(torch.sinh), FINA)
    esperado = normal(0.0, 1.0, FINA.asinh()) - 0.5 * torch.log1p(FINA**2)
    torch.testing.assert_close(log_pg, esperado, atol=1e-3, rtol=0)
    fora = 2 * stats.norm.sf(np.arcsinh(10.005))  # o que a grade não cobre não entra
    assert massa(log_pg) == pytest.approx(1 - fora, abs=1e-8)


def test_gerador_que_dobra_o_qui_quadrado():
    """x = z² dá o qui-quadrado de um grau, que vai ao infinito em zero: confere-se a massa de cada célula."""
    grade = torch.linspace(-1, 40, 4101, dtype=torch.float64)
    passo = (grade[1] - grade[0]).item()
    log_pg = densidade_gerada(Formula(torch.square), grade)
    bordas = np.append(grade.numpy() - passo / 2, grade[-1].item() + passo / 2)
    celulas = np.diff(stats.chi2(1).cdf(bordas))
    np.testing.assert_allclose(log_pg.exp().numpy() * passo, celulas, atol=1e-6)
    assert massa(log_pg, grade) == pytest.approx(1, abs=1e-8)
    assert (log_pg[grade < -passo] == MENOS_INF).all()


def test_gerador_constante_poe_tudo_em_uma_celula():
    log_pg = densidade_gerada(Formula(lambda z: 0 * z + 1.003), FINA)
    assert massa(log_pg) == pytest.approx(1, abs=1e-8)
    assert FINA[log_pg.argmax()].item() == pytest.approx(1.0) and log_pg.isfinite().sum() == 1


def test_gerador_de_rede_contra_amostras():
    torch.manual_seed(3)
    rede = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
    with torch.no_grad():
        rede[0].weight.mul_(3), rede[2].weight.mul_(3)
        x = rede(torch.randn(400_000, 1, generator=gerador(4)))[:, 0].numpy()
    log_pg = densidade_gerada(rede, FINA)
    assert massa(log_pg) == pytest.approx(1, abs=1e-6)
    acumulada = np.cumsum(log_pg.exp().numpy()) * 0.01
    empirica = np.searchsorted(np.sort(x), FINA.numpy() + 0.005) / len(x)
    assert np.abs(acumulada - empirica).max() < 1.63 / len(x) ** 0.5  # Kolmogorov-Smirnov, 1 %


def test_o_jogo_inteiro_com_um_gerador_afim():
    """p = N(0, 1) e G(z) = z + m: o custo é mínimo em m = 0 e cresce para os dois lados."""
    log_p = normal(0.0, 1.0, FINA)
    log_pgs = [densidade_gerada(Formula(lambda z, m=m: z + m), FINA) for m in (-2, -1, 0, 1, 2)]
    custos = [custo_do_gerador(log_p, log_pg, FINA).item() for log_pg in log_pgs]
    assert custos[2] == pytest.approx(-math.log(4), abs=1e-5)
    assert custos[0] > custos[1] > custos[2] < custos[3] < custos[4]
    assert custos[0] == pytest.approx(custos[4], abs=1e-6)


# Entradas ruins ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "chamada",
    [
        lambda: valor(GRADE[:5], LOG_P, LOG_PG, GRADE),
        lambda: valor(GRADE, LOG_P, LOG_PG[:5], GRADE),
        lambda: jsd(LOG_P[:5], LOG_PG, GRADE),
        lambda: jsd(LOG_P[:1], LOG_PG[:1], GRADE),
        lambda: custo_do_gerador(LOG_P[None], LOG_PG[None], GRADE[None]),
    ],
)
def test_formas_que_nao_combinam(chamada):
    with pytest.raises(ValueError, match=r"esperava \(G,\)"):
        chamada()


def test_grade_decrescente():
    with pytest.raises(ValueError, match="crescente"):
        jsd(LOG_P, LOG_PG, GRADE.flip(0))


@pytest.mark.parametrize("grade", [FINA.flip(0), FINA**3, FINA[:1], torch.zeros(5)])
def test_grade_que_nao_serve(grade):
    with pytest.raises(ValueError, match="igualmente espaçada"):
        densidade_gerada(nn.Linear(1, 1), grade)


def test_gerador_de_mais_de_um_numero():
    with pytest.raises(ValueError, match=r"G devolveu \(200001, 2\)"):
        densidade_gerada(nn.Linear(1, 2), FINA)

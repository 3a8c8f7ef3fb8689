"""As misturas das aulas, conferidas contra torch.distributions e scikit-learn, e a KL por quadratura."""

import math

import pytest
import torch
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal, Normal, kl_divergence

from aulas_lib.ambiente import gerador
from aulas_lib.dados import distribuicoes
from aulas_lib.dados.distribuicoes import MisturaGaussiana, kl_quadratura

FABRICAS = ["duas_modas", "anel_de_oito", "grade_5x5", "espiral", "luas"]


def _juiz(m: MisturaGaussiana) -> MixtureSameFamily:
    return MixtureSameFamily(Categorical(m.pesos), MultivariateNormal(m.medias, m.covariancias))


def _momentos(m: MisturaGaussiana) -> tuple[torch.Tensor, torch.Tensor]:
    media = m.pesos @ m.medias
    segundo = torch.einsum("k,kij->ij", m.pesos, m.covariancias + m.medias[:, :, None] * m.medias[:, None, :])
    return media, segundo - media[:, None] * media[None, :]


@pytest.mark.parametrize("nome", FABRICAS)
def test_fabricas_contra_torch_distributions(nome):
    m = getattr(distribuicoes, nome)()
    x = m.amostrar(200, gerador(0))
    torch.testing.assert_close(m.log_densidade(x), _juiz(m).log_prob(x), rtol=1e-4, atol=1e-4)
    assert m.log_densidade(x).dtype == torch.float32


@pytest.mark.parametrize("nome", FABRICAS)
def test_amostras_tem_os_momentos_da_mistura(nome):
    m = getattr(distribuicoes, nome)()
    x = m.amostrar(100_000, gerador(0))
    media, covariancia = _momentos(m)
    torch.testing.assert_close(x.mean(0), media, atol=0.02, rtol=0)
    torch.testing.assert_close(torch.cov(x.mT).view_as(covariancia), covariancia, atol=0.03, rtol=0)
    frequencias = m.responsabilidades(x).mean(0)
    torch.testing.assert_close(frequencias, m.pesos, atol=0.005, rtol=0)


def test_densidade_das_fabricas_integra_um():
    eixo = torch.linspace(-4, 4, 201)
    plano = torch.cartesian_prod(eixo, eixo)
    for nome in FABRICAS[1:]:
        p = getattr(distribuicoes, nome)().log_densidade(plano).exp().view(201, 201)
        torch.testing.assert_close(
            torch.trapezoid(torch.trapezoid(p, eixo), eixo).item(), 1.0, atol=1e-3, rtol=0
        )


def test_luas_estao_onde_o_scikit_learn_as_poe():
    from sklearn.datasets import make_moons

    pontos = torch.tensor(make_moons(400, noise=0.0)[0], dtype=torch.float32) - torch.tensor([0.5, 0.25])
    m = distribuicoes.luas(componentes=400, espessura=0.05)
    assert torch.cdist(pontos, m.medias).min(dim=1).values.max() < 0.01


@pytest.mark.parametrize("nome", ["espiral", "luas"])
def test_a_curva_e_continua(nome):
    """Entre duas componentes vizinhas a densidade não cai: a curva não é um colar de contas."""
    m = getattr(distribuicoes, nome)()
    metade = len(m.medias) // 2
    entre = (m.medias[3 : metade - 4] + m.medias[4 : metade - 3]) / 2
    queda = m.log_densidade(m.medias[3 : metade - 4]) - m.log_densidade(entre)
    assert queda.abs().max() < 0.2


def test_kl_contra_a_forma_fechada_nos_dois_sentidos():
    grade = torch.linspace(-12, 12, 2001).double()
    p, q = Normal(torch.tensor(0.5).double(), 0.8), Normal(torch.tensor(-1.0).double(), 1.7)
    log_p, log_q = p.log_prob(grade), q.log_prob(grade)
    torch.testing.assert_close(kl_quadratura(log_p, log_q, grade), kl_divergence(p, q))
    torch.testing.assert_close(kl_quadratura(log_q, log_p, grade), kl_divergence(q, p))
    assert kl_quadratura(log_p, log_p, grade) == 0


def test_kl_em_lote_com_gradiente():
    grade = torch.linspace(-12, 12, 2001).double()
    mu = torch.tensor([-1.0, 0.0, 2.0]).double().requires_grad_()
    kl = kl_quadratura(Normal(mu[:, None], 1.0).log_prob(grade), Normal(0.0, 1.0).log_prob(grade), grade)
    torch.testing.assert_close(kl, mu**2 / 2)
    torch.testing.assert_close(torch.autograd.grad(kl.sum(), mu)[0], mu.detach())  # d(μ²/2)/dμ


def test_kl_com_suportes_diferentes():
    grade, infinito = torch.linspace(0, 2, 201), torch.tensor(-math.inf)
    inteira = torch.full_like(grade, -math.log(2))
    metade = torch.where(grade <= 1, 0.0, infinito)
    torch.testing.assert_close(kl_quadratura(metade, inteira, grade).item(), math.log(2), atol=0.01, rtol=0)
    assert kl_quadratura(inteira, metade, grade) == math.inf


def test_argumentos_errados():
    with pytest.raises(ValueError, match="par, metade"):
        distribuicoes.luas(componentes=7)
    grade = torch.linspace(0, 1, 5)
    with pytest.raises(ValueError, match="valores crescentes"):
        kl_quadratura(grade, grade, grade.flip(0))
    with pytest.raises(ValueError, match="5 valores na última dimensão"):
        kl_quadratura(grade, grade[:4], grade)

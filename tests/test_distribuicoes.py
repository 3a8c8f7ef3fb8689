"""Distribuições exatas, conferidas contra torch.distributions, autograd e a identidade de Bayes."""

import math

import pytest
import torch
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal, Normal, kl_divergence

from aulas_lib.ambiente import gerador
from aulas_lib.dados import distribuicoes
from aulas_lib.dados.distribuicoes import LinearGaussiano, MisturaGaussiana, kl_quadratura

FABRICAS = ["duas_modas", "anel_de_oito", "grade_5x5", "espiral", "luas"]


def _aleatoria(componentes=3, dimensao=2, tipo=torch.float64) -> MisturaGaussiana:
    g = gerador(7)
    a = torch.randn(componentes, dimensao, dimensao, generator=g, dtype=tipo)
    pesos = torch.rand(componentes, generator=g, dtype=tipo) + 0.1
    medias = torch.randn(componentes, dimensao, generator=g, dtype=tipo)
    return MisturaGaussiana(pesos / pesos.sum(), medias, a @ a.mT + 0.1 * torch.eye(dimensao, dtype=tipo))


def _juiz(m: MisturaGaussiana) -> MixtureSameFamily:
    return MixtureSameFamily(Categorical(m.pesos), MultivariateNormal(m.medias, m.covariancias))


def _pontos(n, dimensao):
    return 2 * torch.randn(n, dimensao, generator=gerador(1), dtype=torch.float64)


def _momentos(m: MisturaGaussiana) -> tuple[torch.Tensor, torch.Tensor]:
    media = m.pesos @ m.medias
    segundo = torch.einsum("k,kij->ij", m.pesos, m.covariancias + m.medias[:, :, None] * m.medias[:, None, :])
    return media, segundo - media[:, None] * media[None, :]


@pytest.mark.parametrize("dimensao", [1, 2, 5])
def test_log_densidade_contra_torch_distributions(dimensao):
    m, x = _aleatoria(dimensao=dimensao), _pontos(50, dimensao)
    torch.testing.assert_close(m.log_densidade(x), _juiz(m).log_prob(x))


@pytest.mark.parametrize("nome", FABRICAS)
def test_fabricas_contra_torch_distributions(nome):
    m = getattr(distribuicoes, nome)()
    x = m.amostrar(200, gerador(0))
    torch.testing.assert_close(m.log_densidade(x), _juiz(m).log_prob(x), rtol=1e-4, atol=1e-4)
    assert m.log_densidade(x).dtype == torch.float32


@pytest.mark.parametrize("dimensao", [1, 2, 5])
def test_escore_contra_a_derivada_automatica(dimensao):
    m, x = _aleatoria(dimensao=dimensao), _pontos(50, dimensao).requires_grad_()
    (derivada,) = torch.autograd.grad(_juiz(m).log_prob(x).sum(), x)
    torch.testing.assert_close(m.escore(x), derivada)


def test_longe_das_modas_nada_estoura():
    m, x = distribuicoes.anel_de_oito(), torch.tensor([[300.0, -500.0]])
    assert m.log_densidade(x).isfinite().all() and m.escore(x).isfinite().all()


def test_responsabilidades_sao_a_regra_de_bayes():
    m, x = _aleatoria(), _pontos(20, 2)
    conjunta = m.pesos * MultivariateNormal(m.medias, m.covariancias).log_prob(x[:, None]).exp()
    torch.testing.assert_close(m.responsabilidades(x), conjunta / conjunta.sum(1, keepdim=True))


def test_variancias_valem_como_covariancias():
    pesos, medias, x = torch.tensor([0.3, 0.7]).double(), torch.randn(2, 3).double(), _pontos(9, 3)
    por_eixo = torch.tensor([[0.5, 1.0, 2.0], [0.1, 0.2, 0.3]]).double()
    for variancias in (por_eixo, por_eixo[:, 0], por_eixo[0, 0]):
        cheias = variancias[..., None].expand(2, 3) if variancias.ndim < 2 else variancias
        referencia = MisturaGaussiana(pesos, medias, torch.diag_embed(cheias))
        torch.testing.assert_close(
            MisturaGaussiana(pesos, medias, variancias).log_densidade(x), referencia.log_densidade(x)
        )


@pytest.mark.parametrize("nome", FABRICAS)
def test_amostras_tem_os_momentos_da_mistura(nome):
    m = getattr(distribuicoes, nome)()
    x = m.amostrar(200_000, gerador(0))
    media, covariancia = _momentos(m)
    torch.testing.assert_close(x.mean(0), media, atol=0.02, rtol=0)
    torch.testing.assert_close(torch.cov(x.mT).view_as(covariancia), covariancia, atol=0.03, rtol=0)
    frequencias = m.responsabilidades(x).mean(0)
    torch.testing.assert_close(frequencias, m.pesos, atol=0.005, rtol=0)


def test_amostras_seguem_pesos_e_covariancias_desiguais():
    m = _aleatoria()
    x = m.amostrar(400_000, gerador(0))
    media, covariancia = _momentos(m)
    torch.testing.assert_close(x.mean(0), media, atol=0.01, rtol=0)
    torch.testing.assert_close(torch.cov(x.mT), covariancia, atol=0.02, rtol=0.01)


def test_mesma_semente_mesmas_amostras():
    m = distribuicoes.luas()
    assert torch.equal(m.amostrar(9, gerador(3)), m.amostrar(9, gerador(3)))
    assert not torch.equal(m.amostrar(9, gerador(3)), m.amostrar(9, gerador(4)))


@pytest.mark.parametrize("alfa_barra", [0.0, 0.3, 0.9, 1.0])
def test_difundida_e_a_lei_das_amostras_com_ruido(alfa_barra):
    m, g = _aleatoria(), gerador(0)
    x_0 = m.amostrar(400_000, g)
    eps = torch.randn(x_0.shape, generator=g, dtype=x_0.dtype)
    x_t = math.sqrt(alfa_barra) * x_0 + math.sqrt(1 - alfa_barra) * eps
    com_ruido = m.difundida(alfa_barra)
    media, covariancia = _momentos(com_ruido)
    torch.testing.assert_close(x_t.mean(0), media, atol=0.01, rtol=0)
    torch.testing.assert_close(torch.cov(x_t.mT), covariancia, atol=0.02, rtol=0.01)
    entropia_cruzada = com_ruido.log_densidade(
        com_ruido.amostrar(400_000, g)
    ).mean()  # além dos dois momentos
    torch.testing.assert_close(com_ruido.log_densidade(x_t).mean(), entropia_cruzada, atol=0.01, rtol=0)


def test_difundida_contra_a_convolucao_por_quadratura():
    m, ab = distribuicoes.duas_modas(peso=0.3).to(torch.float64), 0.4
    x_0, x_t = torch.linspace(-8, 8, 4001).double(), torch.linspace(-4, 4, 33).double()
    nucleo = Normal(math.sqrt(ab) * x_0, math.sqrt(1 - ab)).log_prob(x_t[:, None]).exp()
    integral = torch.trapezoid(nucleo * m.log_densidade(x_0[:, None]).exp(), x_0, dim=1)
    torch.testing.assert_close(m.difundida(ab).log_densidade(x_t[:, None]).exp(), integral)


def test_alfa_barra_nao_perde_casas():
    m = _aleatoria()
    esperadas = 0.4 * m.covariancias + 0.6 * torch.eye(2, dtype=torch.float64)
    torch.testing.assert_close(m.difundida(0.4).covariancias, esperadas, rtol=1e-14, atol=0)


def test_limites_da_difusao():
    m, x = _aleatoria(), _pontos(20, 2)
    torch.testing.assert_close(m.difundida(1).log_densidade(x), m.log_densidade(x))
    torch.testing.assert_close(m.difundida(0).escore(x), -x)


def test_densidade_das_fabricas_integra_um():
    eixo = torch.linspace(-4, 4, 401)
    plano = torch.cartesian_prod(eixo, eixo)
    for nome in FABRICAS[1:]:
        p = getattr(distribuicoes, nome)().log_densidade(plano).exp().view(401, 401)
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


# --- o VAE linear ---


def _linear() -> LinearGaussiano:
    g = gerador(2)
    W, b = (torch.randn(forma, generator=g, dtype=torch.float64) for forma in ((4, 2), (4,)))
    return LinearGaussiano(W, b, 0.3)


def test_posterior_pela_identidade_de_bayes():
    """log p(x|z) + log p(z) − log p(z|x) = log p(x), para todo z."""
    modelo = _linear()
    x, _ = modelo.amostrar(6, gerador(0))
    media, covariancia = modelo.posterior(x)
    for semente in range(4):
        z = 2 * torch.randn(6, 2, generator=gerador(semente), dtype=torch.float64)
        log_x_dado_z = Normal(z @ modelo.W.T + modelo.b, math.sqrt(0.3)).log_prob(x).sum(1)
        log_z = Normal(0.0, 1.0).log_prob(z).sum(1)
        log_z_dado_x = MultivariateNormal(media, covariancia).log_prob(z)
        torch.testing.assert_close(log_x_dado_z + log_z - log_z_dado_x, modelo.log_densidade(x))


def test_marginal_e_amostras_do_vae_linear():
    modelo = _linear()
    covariancia = modelo.W @ modelo.W.T + 0.3 * torch.eye(4, dtype=torch.float64)
    x, z = modelo.amostrar(400_000, gerador(0))
    juiz = MultivariateNormal(modelo.b, covariancia)
    torch.testing.assert_close(modelo.log_densidade(x[:50]), juiz.log_prob(x[:50]))
    torch.testing.assert_close(x.mean(0), modelo.b, atol=0.02, rtol=0)
    torch.testing.assert_close(torch.cov(x.mT), covariancia, atol=0.03, rtol=0.01)
    torch.testing.assert_close((x - modelo.b).mT @ z / len(z), modelo.W, atol=0.02, rtol=0)


# --- KL ---


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


# --- tipos, dispositivos, gradientes e erros ---


def test_float64_continua_float64_e_entra_em_mistura_float32():
    m, x = distribuicoes.anel_de_oito(), _pontos(3, 2)
    assert m.log_densidade(x).dtype == m.escore(x).dtype == m.responsabilidades(x).dtype == torch.float64
    m = m.to(torch.float64)
    assert (
        m.amostrar(2).dtype
        == m.difundida(0.5).medias.dtype
        == m.log_densidade(x.float()).dtype
        == torch.float64
    )
    assert all(
        t.dtype == torch.float64 for t in (*_linear().amostrar(2), *_linear().posterior(_pontos(2, 4)))
    )


def test_gradiente_chega_aos_parametros_e_ao_nivel_de_ruido():
    logitos, medias, logvar = (
        t.double().requires_grad_() for t in (torch.zeros(2), torch.eye(2), torch.zeros(2))
    )
    ab, x = torch.tensor(0.5).double().requires_grad_(), _pontos(5, 2)

    def perda(logitos, medias, logvar, ab):
        return (
            -MisturaGaussiana(logitos.softmax(0), medias, logvar.exp()).difundida(ab).log_densidade(x).mean()
        )

    assert torch.autograd.gradcheck(perda, (logitos, medias, logvar, ab))


def test_roda_em_meta():
    vazio = {"device": "meta"}
    m = MisturaGaussiana(torch.ones(3, **vazio), torch.ones(3, 2, **vazio), torch.ones(3, 2, 2, **vazio))
    x = m.difundida(0.5).amostrar(7)
    assert x.is_meta and m.escore(x).shape == (7, 2) and m.log_densidade(x).shape == (7,)
    linear = LinearGaussiano(torch.ones(4, 2, **vazio), torch.ones(4, **vazio), 0.5)
    x, z = linear.amostrar(7)
    assert x.shape == (7, 4) and z.shape == (7, 2) and linear.log_densidade(x).shape == (7,)
    assert [t.shape for t in linear.posterior(x)] == [(7, 2), (2, 2)]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="só onde há GPU")
def test_roda_na_gpu_e_recusa_gerador_da_cpu():
    m = distribuicoes.anel_de_oito().to("cuda")
    assert m.escore(m.amostrar(5, gerador(0, "cuda"))).is_cuda
    with pytest.raises(ValueError, match="o gerador está em cpu"):
        m.amostrar(5, gerador(0))


def test_gerador_em_outro_dispositivo(monkeypatch):
    class GeradorDaGpu:
        device = torch.device("cuda")

    for sorteavel in (distribuicoes.luas(), _linear()):
        with pytest.raises(ValueError, match=r"o gerador está em cuda e a distribuição em cpu"):
            sorteavel.amostrar(5, GeradorDaGpu())


@pytest.mark.parametrize(
    ("pesos", "medias", "covariancias", "trecho"),
    [
        ([0.5, 0.6], [[0.0], [1.0]], 1.0, "somar 1, e somam 1.1"),
        ([1.5, -0.5], [[0.0], [1.0]], 1.0, "positivos"),
        ([0.5, math.nan], [[0.0], [1.0]], 1.0, "positivos"),
        ([0.5, 0.5], [0.0, 1.0], 1.0, r"\(K,\) e \(K, D\); chegou \(2,\) e \(2,\)"),
        ([1.0], [[0.0], [1.0]], 1.0, r"chegou \(1,\) e \(2, 1\)"),
        ([0.5, 0.5], [[0.0], [1.0]], [1.0, 1.0, 1.0], r"chegou \(3,\)"),
        ([0.5, 0.5], [[0.0], [1.0]], 0.0, "positiva definida"),
        ([1.0], [[0.0, 0.0]], [[[1.0, 2.0], [2.0, 1.0]]], "positiva definida"),
        ([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.0, 1.0]]], "simétrica"),
        ([1.0], [[0.0]], math.nan, "positiva definida"),
    ],
)
def test_mistura_mal_definida(pesos, medias, covariancias, trecho):
    with pytest.raises(ValueError, match=trecho):
        MisturaGaussiana(torch.tensor(pesos), torch.tensor(medias), torch.tensor(covariancias))


@pytest.mark.parametrize("alfa_barra", [-0.1, 1.1, math.nan, torch.tensor([0.5, 0.6])])
def test_alfa_barra_fora_de_zero_a_um(alfa_barra):
    with pytest.raises(ValueError, match="alfa_barra deve ser um número entre 0 e 1"):
        distribuicoes.luas().difundida(alfa_barra)


def test_pontos_na_forma_errada():
    m = distribuicoes.duas_modas()
    for funcao in (m.log_densidade, m.escore, m.responsabilidades):
        with pytest.raises(ValueError, match=r"\(N, 1\); chegou \(5,\); em uma dimensão, use x\[:, None\]"):
            funcao(torch.zeros(5))
    with pytest.raises(ValueError, match=r"\(N, 4\); chegou \(5, 3\)"):
        _linear().posterior(torch.zeros(5, 3))


def test_outros_argumentos_errados():
    with pytest.raises(ValueError, match=r"\(D, Z\) e \(D,\)"):
        LinearGaussiano(torch.zeros(4, 2), torch.zeros(2), 1.0)
    for variancia in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="variancia deve ser um número positivo"):
            LinearGaussiano(torch.zeros(4, 2), torch.zeros(4), variancia)
    with pytest.raises(ValueError, match="par, metade"):
        distribuicoes.luas(componentes=7)
    grade = torch.linspace(0, 1, 5)
    with pytest.raises(ValueError, match="valores crescentes"):
        kl_quadratura(grade, grade, grade.flip(0))
    with pytest.raises(ValueError, match="5 valores na última dimensão"):
        kl_quadratura(grade, grade[:4], grade)

"""Mistura de gaussianas e VAE linear contra torch.distributions, autograd e a identidade de Bayes."""

import math

import pytest
import torch
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal, Normal

from aulas_lib.ambiente import gerador
from aulas_lib.dados import distribuicoes
from aulas_lib.dados.distribuicoes import LinearGaussiano, MisturaGaussiana


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


def test_amostras_seguem_pesos_e_covariancias_desiguais():
    m = _aleatoria()
    x = m.amostrar(200_000, gerador(0))
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
    x_0 = m.amostrar(200_000, g)
    eps = torch.randn(x_0.shape, generator=g, dtype=x_0.dtype)
    x_t = math.sqrt(alfa_barra) * x_0 + math.sqrt(1 - alfa_barra) * eps
    com_ruido = m.difundida(alfa_barra)
    media, covariancia = _momentos(com_ruido)
    torch.testing.assert_close(x_t.mean(0), media, atol=0.01, rtol=0)
    torch.testing.assert_close(torch.cov(x_t.mT), covariancia, atol=0.02, rtol=0.01)
    entropia_cruzada = com_ruido.log_densidade(
        com_ruido.amostrar(200_000, g)
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
    x, z = modelo.amostrar(200_000, gerador(0))
    juiz = MultivariateNormal(modelo.b, covariancia)
    torch.testing.assert_close(modelo.log_densidade(x[:50]), juiz.log_prob(x[:50]))
    torch.testing.assert_close(x.mean(0), modelo.b, atol=0.02, rtol=0)
    torch.testing.assert_close(torch.cov(x.mT), covariancia, atol=0.03, rtol=0.01)
    torch.testing.assert_close((x - modelo.b).mT @ z / len(z), modelo.W, atol=0.02, rtol=0)


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
        ([0.5, 0.5], [0.0, 1.0], 1.0, r"\(K,\) e \(K, D\); chegaram \(2,\) e \(2,\)"),
        ([1.0], [[0.0], [1.0]], 1.0, r"chegaram \(1,\) e \(2, 1\)"),
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


def test_vae_linear_mal_definido():
    with pytest.raises(ValueError, match=r"\(D, Z\) e \(D,\)"):
        LinearGaussiano(torch.zeros(4, 2), torch.zeros(2), 1.0)
    for variancia in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="variancia deve ser um número positivo"):
            LinearGaussiano(torch.zeros(4, 2), torch.zeros(4), variancia)

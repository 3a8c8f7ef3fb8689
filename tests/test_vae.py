"""A matemática do VAE contra `torch.distributions` e contra um modelo linear-gaussiano, em que tudo é exato."""

import math
from functools import partial

import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, Categorical, Normal, kl_divergence

from aulas_lib.ambiente import gerador
from aulas_lib.modelos.autoencoder import Autoencoder, perda_autoencoder
from aulas_lib.modelos.gradientes import gradiente_escore, gradiente_reparametrizacao
from aulas_lib.modelos.quadratura import log_p_por_quadratura
from aulas_lib.modelos.reconstrucao import (
    amostra_bernoulli,
    amostra_categorica,
    amostra_gaussiana,
    media_bernoulli,
    media_categorica,
    reconstrucao_bernoulli,
    reconstrucao_categorica,
    reconstrucao_gaussiana,
)
from aulas_lib.modelos.vae import (
    VAE,
    amostrar_priori,
    beta_efetivo,
    kl_gaussiana,
    limite_importancia,
    perda_elbo,
    reparametrizar,
)
from aulas_lib.redes import MLP, DecoderConv, EncoderConv

fechar = torch.testing.assert_close


class LinearExato(nn.Module):
    """VAE linear com a posteriori exata: p(x|z) = N(Wz, s² I), D = 3, Z = 2, como VAE de verdade."""

    def __init__(self, variancia: float = 0.3) -> None:
        super().__init__()
        self.W = nn.Parameter(torch.tensor([[1.0, 0.2], [-0.5, 0.8], [0.3, -1.0]], dtype=torch.float64))
        self.variancia = variancia
        # Σ = (I + WᵀW/s²)⁻¹ é diagonal só se WᵀW é; por isso as colunas de W são ortogonalizadas.
        q, _ = torch.linalg.qr(self.W.detach())
        self.W.data = q * torch.tensor([1.5, 0.7], dtype=torch.float64)
        self.latentes = 2

    def codificar(self, x):
        precisao = 1 + self.W.square().sum(0) / self.variancia
        mu = x.flatten(1) @ self.W / self.variancia / precisao
        return mu, (-precisao.log()).expand_as(mu)

    def decodificar(self, z):
        return (z @ self.W.T).view(-1, 1, 1, 3)

    def log_p(self, x):
        cov = self.W @ self.W.T + self.variancia * torch.eye(3, dtype=torch.float64)
        return torch.distributions.MultivariateNormal(torch.zeros(3, dtype=torch.float64), cov).log_prob(
            x.flatten(1)
        )


@pytest.fixture
def linear():
    modelo = LinearExato()
    x = torch.randn(50, 1, 1, 3, generator=gerador(0), dtype=torch.float64)
    return modelo, x, partial(reconstrucao_gaussiana, variancia=modelo.variancia)


def test_kl_gaussiana_valores_e_gradientes():
    g = gerador(0)
    mu = torch.randn(7, 5, generator=g, dtype=torch.float64, requires_grad=True)
    logvar = torch.randn(7, 5, generator=g, dtype=torch.float64, requires_grad=True)
    nossa = kl_gaussiana(mu, logvar)
    verdade = kl_divergence(Normal(mu, (logvar / 2).exp()), Normal(0.0, 1.0)).sum(1)
    fechar(nossa, verdade)
    for a, b in zip(
        torch.autograd.grad(nossa.sum(), (mu, logvar)),
        torch.autograd.grad(verdade.sum(), (mu, logvar)),
        strict=True,
    ):
        fechar(a, b)
    assert kl_gaussiana(torch.zeros(2, 3), torch.zeros(2, 3)).tolist() == [0.0, 0.0]


def test_kl_gaussiana_recusa_formas_diferentes():
    with pytest.raises(ValueError, match=r"\(2, 3\).*\(2, 4\)"):
        kl_gaussiana(torch.zeros(2, 3), torch.zeros(2, 4))


def test_reparametrizar_tem_os_momentos_certos_e_e_derivavel():
    mu = torch.tensor([[1.0, -2.0]], requires_grad=True)
    logvar = torch.tensor([[math.log(4.0), math.log(0.25)]], requires_grad=True)
    z = reparametrizar(mu.expand(200_000, -1), logvar.expand(200_000, -1), gerador(1))
    fechar(z.mean(0), torch.tensor([1.0, -2.0]), atol=0.02, rtol=0)
    fechar(z.std(0), torch.tensor([2.0, 0.5]), atol=0.02, rtol=0)
    z[:1].sum().backward()
    fechar(mu.grad, torch.ones(1, 2))
    fechar(logvar.grad, ((z[:1] - mu) / 2).detach())


def test_reconstrucao_contra_torch_distributions():
    g = gerador(2)
    x = torch.randn(4, 1, 2, 3, generator=g)
    x_til = torch.randn(4, 1, 2, 3, generator=g)
    for variancia in (0.5, 0.05, 2.0):
        verdade = -Normal(x_til, math.sqrt(variancia)).log_prob(x).flatten(1).sum(1)
        fechar(reconstrucao_gaussiana(x_til, x, variancia), verdade)
    y = torch.randint(0, 2, (4, 1, 2, 3), generator=g).float()
    fechar(reconstrucao_bernoulli(x_til, 2 * y - 1), -Bernoulli(logits=x_til).log_prob(y).flatten(1).sum(1))
    niveis = torch.randint(0, 17, (4, 1, 2, 3), generator=g)
    logits = torch.randn(4, 17, 1, 2, 3, generator=g)
    verdade = -Categorical(logits=logits.movedim(1, -1)).log_prob(niveis).flatten(1).sum(1)
    fechar(reconstrucao_categorica(logits, niveis / 16 * 2 - 1), verdade)


def test_variancia_meia_e_o_mse_do_slide():
    x, x_til = torch.rand(3, 1, 4, 4), torch.rand(3, 1, 4, 4)
    diferenca = reconstrucao_gaussiana(x_til, x, 0.5) - (x - x_til).square().flatten(1).sum(1)
    fechar(diferenca, torch.full((3,), 16 / 2 * math.log(math.pi)))


def test_medias_sao_as_das_amostras():
    g = gerador(3)
    um = torch.randn(1, 1, 2, 2, generator=g)
    muitos = um.expand(40_000, -1, -1, -1)
    fechar(amostra_gaussiana(muitos, 0.5, g).mean(0), um[0], atol=0.03, rtol=0)
    fechar(amostra_gaussiana(muitos, 0.5, g).var(0), torch.full((1, 2, 2), 0.5), atol=0.02, rtol=0)
    fechar(amostra_bernoulli(muitos, g).mean(0), media_bernoulli(um)[0], atol=0.03, rtol=0)
    logits = torch.randn(1, 17, 1, 2, 2, generator=g)
    amostras = amostra_categorica(logits.expand(40_000, -1, -1, -1, -1), g)
    fechar(amostras.mean(0), media_categorica(logits)[0], atol=0.03, rtol=0)
    assert set(((amostras + 1) * 8).flatten().unique().tolist()) <= set(range(17))


def test_elbo_com_a_posteriori_exata_e_log_p(linear):
    modelo, x, reconstrucao = linear
    muitos = x.repeat(4000, 1, 1, 1)
    perda = perda_elbo(modelo, muitos, reconstrucao, gerador(4))["perda"].view(4000, -1).mean(0)
    fechar(-perda, modelo.log_p(x), atol=0.1, rtol=0)


def test_elbo_com_outra_posteriori_fica_abaixo_pela_kl(linear):
    modelo, x, reconstrucao = linear
    mu, logvar = modelo.codificar(x)
    deslocada = mu + 0.8
    modelo.codificar = lambda x: (
        (x.flatten(1) @ modelo.W / modelo.variancia) * logvar[:1].exp() + 0.8,
        logvar[:1].expand(len(x), -1),
    )
    muitos = x.repeat(4000, 1, 1, 1)
    elbo = -perda_elbo(modelo, muitos, reconstrucao, gerador(4))["perda"].view(4000, -1).mean(0)
    folga = kl_divergence(Normal(deslocada, (logvar / 2).exp()), Normal(mu, (logvar / 2).exp())).sum(1)
    fechar(elbo, modelo.log_p(x) - folga, atol=0.15, rtol=0)


def test_limite_por_importancia(linear):
    modelo, x, reconstrucao = linear
    fechar(
        limite_importancia(modelo, x, reconstrucao, 3, gerador(5)), modelo.log_p(x)
    )  # pesos constantes: exato
    exato = modelo.codificar
    modelo.codificar = lambda x: (exato(x)[0] + 0.5, exato(x)[1] + 0.5)
    erros = []
    for k in (1, 10, 1000):
        limite = (
            limite_importancia(modelo, x.repeat(30, 1, 1, 1), reconstrucao, k, gerador(6))
            .view(30, -1)
            .mean(0)
        )
        erros.append((modelo.log_p(x) - limite).mean().item())
    assert erros[0] > erros[1] > erros[2] > -0.01
    assert erros[2] < 0.01
    with pytest.raises(ValueError, match="amostras=0"):
        limite_importancia(modelo, x, reconstrucao, 0)


def test_perda_elbo_soma_os_termos_com_beta(linear):
    modelo, x, reconstrucao = linear
    termos = perda_elbo(modelo, x, reconstrucao, gerador(0), beta=4.0)
    fechar(termos["perda"], termos["reconstrucao"] + 4 * termos["kl"])
    fechar(termos["kl"], kl_gaussiana(*modelo.codificar(x)))
    assert all(v.shape == (50,) for v in termos.values())


@pytest.mark.parametrize(
    ("esperado", "argumentos"),
    [
        (1.0, ("soma", "soma", 784, 20)),
        (784 / 200, ("media", "media", 784, 200)),
        (1024 / 500, ("media", "soma", 1024, 2, 500.0)),
        (784 / 50, ("media", "media", 784, 50)),
        (0.05, ("soma", "media", 784, 20)),
        (4.0, ("soma", "soma", 784, 20, 1.0, 4.0)),
    ],
)
def test_beta_efetivo(esperado, argumentos):
    assert beta_efetivo(*argumentos) == pytest.approx(esperado)


def test_beta_efetivo_pelo_gradiente():
    """O β devolvido é mesmo o que iguala as direções dos gradientes, com tensores de verdade."""
    g = gerador(0)
    mu = torch.randn(6, 20, generator=g, requires_grad=True)
    erro = (mu @ torch.randn(20, 784, generator=g)).square()
    kl = 0.5 * mu.square()
    publicada = 3.0 * erro.mean(1) + 0.7 * kl.mean(1)
    nossa = erro.sum(1) + beta_efetivo("media", "media", 784, 20, 3.0, 0.7) * kl.sum(1)
    a, b = (torch.autograd.grad(v.sum(), mu, retain_graph=True)[0] for v in (publicada, nossa))
    fechar(a / a.norm(), b / b.norm())


@pytest.mark.parametrize(
    "errado", [("mean", "soma", 784, 2), ("soma", "soma", 0, 2), ("soma", "soma", 784, 2, -1.0)]
)
def test_beta_efetivo_recusa(errado):
    with pytest.raises(ValueError, match="beta_efetivo"):
        beta_efetivo(*errado)


def test_os_dois_gradientes_tem_a_mesma_media_e_variancias_diferentes():
    mu, logvar = torch.tensor([0.5, -1.0]), torch.tensor([0.0, -1.0])

    def f(z):
        return (z**2).sum(1)  # ∇_μ E[f] = 2μ

    por_z = gradiente_reparametrizacao(f, mu, logvar, 100_000, gerador(0))
    por_escore = gradiente_escore(f, mu, logvar, 100_000, gerador(0))
    fechar(por_z.mean(0), 2 * mu, atol=0.05, rtol=0)
    fechar(por_escore.mean(0), 2 * mu, atol=0.1, rtol=0)
    assert (por_escore.var(0) > 2 * por_z.var(0)).all()


def test_autoencoder_soma_os_pixels():
    ae = Autoencoder(MLP(64, (16,), 2), MLP(2, (16,), (1, 8, 8)))
    x = torch.rand(5, 1, 8, 8) * 2 - 1
    fechar(perda_autoencoder(ae, x), (x - ae(x)).square().sum((1, 2, 3)))


def test_encoder_de_tamanho_errado_explica():
    vae = VAE(MLP(64, (8,), 5), MLP(2, (8,), (1, 8, 8)), latentes=2)
    with pytest.raises(ValueError, match="esperava 4"):
        vae.codificar(torch.zeros(1, 1, 8, 8))


def test_gerador_de_outro_dispositivo_explica():
    with pytest.raises(ValueError, match="gerador é do dispositivo 'cpu' e os tensores estão em 'meta'"):
        reparametrizar(torch.zeros(2, 2, device="meta"), torch.zeros(2, 2, device="meta"), gerador(0))


def _modelos(aparelho):
    with torch.device(aparelho):
        digitos = VAE(MLP(64, (32,), 8), MLP(4, (32,), (17, 1, 8, 8)), 4)
        yield digitos, torch.zeros(3, 1, 8, 8), reconstrucao_categorica
        for reconstrucao in (reconstrucao_gaussiana, reconstrucao_bernoulli):
            rostos = VAE(EncoderConv(3, 32, (8, 16), 24, 8), DecoderConv(4, 32, (16, 8), 24, 3), 4)
            yield rostos, torch.zeros(3, 3, 32, 32), reconstrucao


def _percorrer(aparelho, g):
    for modelo, x, reconstrucao in _modelos(aparelho):
        saida = modelo(x, g)
        termos = perda_elbo(modelo, x, reconstrucao, g)
        assert {v.shape for v in termos.values()} == {(3,)}
        assert limite_importancia(modelo, x, reconstrucao, 2, g).shape == (3,)
        assert amostrar_priori(modelo, 5, g).shape == (5, *saida.params.shape[1:])
        assert saida.z.device.type == aparelho


def test_tudo_roda_no_dispositivo_meta():
    _percorrer("meta", None)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="sem GPU NVIDIA")
def test_tudo_roda_na_gpu():
    _percorrer("cuda", gerador(0, "cuda"))


def test_rede_convolucional_recusa_tamanho_que_nao_divide():
    with pytest.raises(ValueError, match="múltiplo de 4"):
        EncoderConv(1, 30, (8, 8), 16, 4)


def test_quadratura_contra_o_limite_por_importancia():
    """Com a priori no lugar de q o limite é a média simples de p(x|z), que a grade tem de reproduzir."""
    torch.manual_seed(0)
    vae = VAE(MLP(64, (8,), 4), MLP(2, (32,), (17, 1, 8, 8)), 2)
    vae.codificar = lambda x: (torch.zeros(len(x), 2), torch.zeros(len(x), 2))
    x = torch.randint(0, 17, (3, 1, 8, 8), generator=gerador(0)) / 8 - 1
    with torch.no_grad():
        vae.decoder.camadas[-1].weight *= 4  # para que p(x|z) dependa mesmo de z
        limite = limite_importancia(vae, x, reconstrucao_categorica, 20_000, gerador(1))
    exato = log_p_por_quadratura(vae, x)
    fechar(limite, exato, atol=0.1, rtol=0)
    fechar(log_p_por_quadratura(vae, x, lado=101), exato, atol=1e-3, rtol=0)
    with pytest.raises(ValueError, match="tem 3 latentes"):
        log_p_por_quadratura(VAE(vae.encoder, vae.decoder, 3), x)

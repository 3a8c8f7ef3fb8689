"""O que os enunciados dos exercícios de VAE afirmam, conferido à parte das conferências."""

import math

import pytest
import torch
from torch.distributions import Normal

from aulas_lib.dados.imagens import digitos
from aulas_lib.modelos.reconstrucao import reconstrucao_gaussiana
from aulas_lib.modelos.vae import beta_efetivo, kl_gaussiana


def test_variancia_meio_da_o_quadrado_com_peso_um():
    g = torch.Generator().manual_seed(0)
    x, x_til = torch.randn(2, 5, 1, 4, 4, generator=g)
    diferenca = reconstrucao_gaussiana(x_til, x, variancia=0.5) - (x - x_til).pow(2).sum(dim=(1, 2, 3))
    torch.testing.assert_close(diferenca, diferenca[:1].expand(5))


def test_beta_do_enunciado():
    assert beta_efetivo("media", "soma", 784, 16, peso_kl=0.005) == pytest.approx(3.92)


def test_kl_lida_como_log_variancia_faz_o_elbo_passar_de_log_p():
    """No modelo linear-gaussiano de uma dimensão, com q igual à posterior exata, o ELBO certo é log p(x)."""
    variancia, n = 0.1, 200_000
    x = torch.tensor(0.8)
    media, sigma2 = x / (1 + variancia), variancia / (1 + variancia)
    mu, s = media.reshape(1, 1), torch.tensor([[0.5 * math.log(sigma2)]])
    eps = torch.randn(n, 1, generator=torch.Generator().manual_seed(0))
    z = mu + s.exp() * eps
    log_px_z = Normal(z, variancia**0.5).log_prob(x).mean()
    log_px = Normal(0.0, (1 + variancia) ** 0.5).log_prob(x)
    torch.testing.assert_close(log_px_z - kl_gaussiana(mu, 2 * s)[0], log_px, atol=0.01, rtol=0)
    assert log_px_z - kl_gaussiana(mu, s)[0] > log_px + 0.3


def test_media_sobre_os_pixels_apaga_a_kl():
    """Com β = 64, a KL ótima do VAE linear nos dígitos é zero: nenhuma variância passa de β/2."""
    x = digitos().treino.imagens.flatten(1)
    variancias = torch.linalg.eigvalsh(torch.cov(x.T))
    assert variancias.max() < 64 / 2
    assert variancias.max() > 1 / 2  # com β = 1 há unidades ativas

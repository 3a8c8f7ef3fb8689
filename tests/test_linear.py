"""O oráculo linear-gaussiano: o ELBO do VAE diagonal ótimo difere de log p(x) exatamente pela folga prevista."""

from functools import partial

import pytest
import torch

from aulas_lib.ambiente import gerador
from aulas_lib.dados.distribuicoes import LinearGaussiano
from aulas_lib.modelos.linear import folga_diagonal, vae_otimo
from aulas_lib.modelos.reconstrucao import reconstrucao_gaussiana
from aulas_lib.modelos.vae import kl_gaussiana, limite_importancia


@pytest.fixture
def lei():
    W = torch.tensor([[1.0, 0.9], [0.5, 0.8], [-0.7, 0.1], [0.2, 0.6]], dtype=torch.float64)
    return LinearGaussiano(W, torch.tensor([0.1, -0.2, 0.3, 0.0], dtype=torch.float64), 0.2)


def elbo_exato(lei, vae, x):
    """E_q[log p(x|z)] em forma fechada, menos a KL."""
    mu, logvar = vae.codificar(x)
    erro = reconstrucao_gaussiana(vae.decodificar(mu), x, lei.variancia)
    traco = (lei.W.square().sum(0) * logvar.exp()).sum(1) / (2 * lei.variancia)
    return -(erro + traco + kl_gaussiana(mu, logvar))


def test_elbo_do_otimo_difere_de_log_p_pela_folga(lei):
    x, _ = lei.amostrar(20, gerador(0))
    vae = vae_otimo(lei)
    folga = lei.log_densidade(x) - elbo_exato(lei, vae, x)
    torch.testing.assert_close(folga, torch.full_like(folga, folga_diagonal(lei)))
    assert folga_diagonal(lei) > 0.2


def test_e_mesmo_o_otimo(lei):
    """Qualquer mexida em μ ou em log σ² diminui o ELBO."""
    x, _ = lei.amostrar(20, gerador(0))
    melhor = elbo_exato(lei, vae_otimo(lei), x).mean()
    for nome in ("A", "c", "logvar"):
        for sinal in (1, -1):
            vae = vae_otimo(lei)
            getattr(vae.encoder, nome).data += sinal * 0.05
            assert elbo_exato(lei, vae, x).mean() < melhor


def test_media_do_encoder_e_a_da_posteriori(lei):
    x, _ = lei.amostrar(20, gerador(0))
    torch.testing.assert_close(vae_otimo(lei).codificar(x)[0], lei.posterior(x)[0])


def test_sem_correlacao_nao_ha_folga():
    W = torch.diag(torch.tensor([2.0, 0.5], dtype=torch.float64))
    assert folga_diagonal(LinearGaussiano(W, torch.zeros(2, dtype=torch.float64), 0.3)) == pytest.approx(0, abs=1e-9)


def test_o_limite_por_importancia_recupera_log_p(lei):
    x, _ = lei.amostrar(50, gerador(0))
    reconstrucao = partial(reconstrucao_gaussiana, variancia=lei.variancia)
    limite = limite_importancia(vae_otimo(lei), x, reconstrucao, 20_000, gerador(1))
    torch.testing.assert_close(limite.mean(), lei.log_densidade(x).mean(), atol=0.02, rtol=0)

"""Os termos do ELBO da difusão contra torch.distributions, os pesos do artigo e a verossimilhança exata."""

import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from aulas_lib.ambiente import gerador
from aulas_lib.dados.distribuicoes import MisturaGaussiana, duas_modas
from aulas_lib.modelos.difusao import (
    agenda_cosseno,
    agenda_linear,
    difundir,
    posteriori,
    ruido_do_x0,
    x0_do_ruido,
)
from aulas_lib.modelos.elbo_difusao import (
    elbo_por_passo,
    peso_do_ruido,
    pesos_por_alvo,
    termo_do_passo,
    termo_final,
)
from aulas_lib.modelos.propagacao import ruido_exato
from aulas_lib.modelos.velocidade import velocidade


def sorteio(*forma: int, semente: int = 0) -> Tensor:
    return torch.randn(forma, generator=gerador(semente)).double()


def palpite(x: Tensor, t: Tensor) -> Tensor:
    return (0.7 * x + 0.01 * t[:, None].to(x.dtype)).sin()


def test_termos_sao_as_divergencias_do_torch() -> None:
    agenda, x_0, eps = agenda_linear(30), sorteio(29, 4), sorteio(29, 4, semente=1)
    ab = agenda.alfa_barra[-1]
    final = kl_divergence(Normal(ab.sqrt() * x_0, (1 - ab).sqrt()), Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(termo_final(x_0, agenda), final)
    t = torch.arange(2, 31)
    x_t = difundir(x_0, t, eps, agenda)
    media, variancia = posteriori(x_0, x_t, t, agenda)
    prevista, _ = posteriori(x0_do_ruido(x_t, palpite(x_t, t), t, agenda), x_t, t, agenda)
    for variancias in (agenda.betas, agenda.variancia_posterior):
        p = Normal(prevista, variancias[t, None].sqrt())
        esperado = kl_divergence(Normal(media, variancia.sqrt()), p).sum(1)
        torch.testing.assert_close(termo_do_passo(palpite, x_0, t, eps, agenda, variancias), esperado)
    um = torch.ones(29, dtype=torch.long)
    x_1 = difundir(x_0, um, eps, agenda)
    p = Normal(x0_do_ruido(x_1, palpite(x_1, um), um, agenda), agenda.betas[1].sqrt())  # em t = 1 a média é x̂_0
    torch.testing.assert_close(termo_do_passo(palpite, x_0, um, eps, agenda, agenda.betas), -p.log_prob(x_0).sum(1))


def test_o_termo_e_o_erro_vezes_o_peso() -> None:
    """Com σ² = β̃ a KL é só a distância entre as médias, e vale ½ (SNR_{t−1} − SNR_t) ‖x_0 − x̂_0‖²."""
    agenda, x_0, eps, t = agenda_cosseno(40), sorteio(39, 3), sorteio(39, 3, semente=1), torch.arange(2, 41)
    variancias = agenda.variancia_posterior
    obtido = termo_do_passo(palpite, x_0, t, eps, agenda, variancias)
    x_t = difundir(x_0, t, eps, agenda)
    erro = (eps - palpite(x_t, t)).square().sum(1)
    torch.testing.assert_close(obtido, peso_do_ruido(agenda, variancias)[t] * erro)
    x_0_previsto = x0_do_ruido(x_t, palpite(x_t, t), t, agenda)
    queda = (agenda.snr[t - 1] - agenda.snr[t]) / 2
    torch.testing.assert_close(obtido, queda * (x_0 - x_0_previsto).square().sum(1))
    v = velocidade(x_0, eps, t, agenda), velocidade(x_0_previsto, ruido_do_x0(x_t, x_0_previsto, t, agenda), t, agenda)
    pesos = pesos_por_alvo(agenda)
    torch.testing.assert_close((v[0] - v[1]).square().sum(1), pesos["v"][t] * erro)
    torch.testing.assert_close((x_0 - x_0_previsto).square().sum(1), pesos["x_0"][t] * erro)


def test_o_elbo_do_ruido_exato_fica_abaixo_da_verossimilhanca_e_perto_dela() -> None:
    modas = duas_modas()
    lei = MisturaGaussiana(modas.pesos, modas.medias / 2, torch.tensor(0.09)).to(torch.float64)
    x_0 = lei.amostrar(4000, gerador(0))
    exata = lei.log_densidade(x_0).mean().item()
    folgas = []
    for T in (20, 200):
        agenda = agenda_cosseno(T)
        elbo = -elbo_por_passo(ruido_exato(lei, agenda), x_0, agenda, agenda.betas, gerador(1)).sum().item()
        folgas.append(exata - elbo)
    assert folgas[0] > 0.05 and abs(folgas[1]) < 0.03  # 0,03: o acaso de um sorteio de x_t por termo


def test_a_variancia_da_posteriori_nao_serve_no_ultimo_passo() -> None:
    agenda, x_0 = agenda_linear(10), sorteio(2, 1)
    with pytest.raises(ValueError, match="em t = 1 chegou 0"):
        termo_do_passo(palpite, x_0, torch.tensor([5, 1]), x_0, agenda, agenda.variancia_posterior)

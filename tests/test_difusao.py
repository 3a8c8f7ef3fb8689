"""A ida da difusão e a posteriori, contra a cadeia passo a passo, a regra de Bayes e o pacote `diffusers`."""

import math

import pytest
import torch
from diffusers import DDPMScheduler
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.dados.distribuicoes import duas_modas
from aulas_lib.modelos.difusao import (
    Agenda,
    agenda_cosseno,
    agenda_de_betas,
    agenda_linear,
    dar_um_passo,
    difundir,
    no_instante,
    perda_simples,
    posteriori,
    ruido_do_x0,
    x0_do_ruido,
)
from aulas_lib.modelos.velocidade import velocidade

AGENDAS = [agenda(T) for T in (7, 50, 200, 1000) for agenda in (agenda_linear, agenda_cosseno)]
NOMES = [f"{nome}, T={T}" for T in (7, 50, 200, 1000) for nome in ("linear", "cosseno")]


def do_diffusers(agenda: Agenda) -> DDPMScheduler:
    """O agendador do `diffusers` com os mesmos β, e ᾱ também em float64 (em float32 ele perde algarismos)."""
    deles = DDPMScheduler(num_train_timesteps=agenda.T, trained_betas=agenda.betas[1:].tolist(), clip_sample=False)
    deles.betas, deles.alphas = agenda.betas[1:], 1 - agenda.betas[1:]
    deles.alphas_cumprod = deles.alphas.cumprod(0)
    return deles


def sorteio(*forma: int, semente: int = 0) -> Tensor:
    return torch.randn(forma, generator=gerador(semente))


@pytest.mark.parametrize("T", [7, 50, 200, 1000])
def test_agendas_sao_as_do_diffusers(T: int) -> None:
    linear = DDPMScheduler(num_train_timesteps=T, beta_start=1e-4, beta_end=0.02, beta_schedule="linear")
    cosseno = DDPMScheduler(num_train_timesteps=T, beta_schedule="squaredcos_cap_v2")
    for nossa, deles in ((agenda_linear(T), linear), (agenda_cosseno(T), cosseno)):
        assert nossa.T == T and nossa.betas[0] == 0 and nossa.alfa_barra[0] == 1
        torch.testing.assert_close(nossa.betas[1:].float(), deles.betas, atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(nossa.alfa_barra[1:].float(), deles.alphas_cumprod, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("agenda", AGENDAS, ids=NOMES)
def test_difundir_e_posteriori_sao_os_do_diffusers(agenda: Agenda) -> None:
    deles, x_0, eps = do_diffusers(agenda), sorteio(agenda.T, 3), sorteio(agenda.T, 3, semente=1)
    t = torch.arange(1, agenda.T + 1)
    x_t = difundir(x_0, t, eps, agenda)
    torch.testing.assert_close(x_t, deles.add_noise(x_0, eps, t - 1), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(velocidade(x_0, eps, t, agenda), deles.get_velocity(x_0, eps, t - 1), atol=1e-5, rtol=0)
    media, variancia = posteriori(x_0, x_t, t, agenda)
    assert variancia[0] == 0
    deles.register_to_config(prediction_type="sample")
    for i in range(0, agenda.T, max(1, agenda.T // 20)):
        assert variancia[i].item() == pytest.approx(deles._get_variance(i).item(), rel=1e-5, abs=1e-19)
        passo = deles.step(x_0[i : i + 1], i, x_t[i : i + 1], generator=gerador(i)).prev_sample
        ruido = torch.randn(1, 3, generator=gerador(i)) if i else torch.zeros(1, 3)
        esperado = media[i : i + 1] + variancia[i].sqrt() * ruido
        torch.testing.assert_close(passo.float(), esperado, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("agenda", AGENDAS[2:6], ids=NOMES[2:6])
def test_muitos_passos_sao_um_so(agenda: Agenda) -> None:
    """t passos de q(x_t | x_{t−1}) dão a média e a variância da forma fechada (variância não é desvio-padrão)."""
    n, x_0 = 40_000, 1.5
    x, g = torch.full((n, 1), x_0, dtype=torch.float64), gerador(0)
    for passo in range(1, agenda.T + 1):
        x = dar_um_passo(x, torch.full((n,), passo), torch.randn(x.shape, generator=g, dtype=x.dtype), agenda)
        if passo in (1, 10, agenda.T):
            ab = agenda.alfa_barra[passo].item()
            desvio = math.sqrt(1 - ab)
            assert x.mean().item() == pytest.approx(math.sqrt(ab) * x_0, abs=5 * desvio / math.sqrt(n))
            assert x.std().item() == pytest.approx(desvio, rel=5 / math.sqrt(2 * n))


def test_posteriori_e_a_regra_de_bayes() -> None:
    """q(x_{t−1} | x_t, x_0) ∝ q(x_t | x_{t−1}) q(x_{t−1} | x_0), por quadratura."""
    agenda, x_0, x_t = agenda_linear(50), 0.7, -0.3
    grade = torch.linspace(-8, 8, 40_001, dtype=torch.float64)
    for t in (2, 10, 50):
        beta, anterior = agenda.betas[t], agenda.alfa_barra[t - 1]
        log = -((x_t - (1 - beta).sqrt() * grade) ** 2) / (2 * beta)
        log = log - (grade - anterior.sqrt() * x_0) ** 2 / (2 * (1 - anterior))
        pesos = log.softmax(0)
        media, variancia = posteriori(
            torch.full((1,), x_0).double(), torch.full((1,), x_t).double(), torch.tensor([t]), agenda
        )
        assert media.item() == pytest.approx((pesos * grade).sum().item(), abs=1e-6)
        assert variancia.item() == pytest.approx((pesos * (grade - media) ** 2).sum().item(), rel=1e-5)


def test_as_trocas_de_variavel_se_desfazem() -> None:
    agenda, t = agenda_cosseno(100), torch.tensor([1, 50, 90])
    x_0, eps = sorteio(3, 2, 4, 4), sorteio(3, 2, 4, 4, semente=1)
    x_t = difundir(x_0, t, eps, agenda)
    torch.testing.assert_close(x0_do_ruido(x_t, eps, t, agenda), x_0, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(ruido_do_x0(x_t, x_0, t, agenda), eps, atol=1e-4, rtol=1e-4)
    v, ab = velocidade(x_0, eps, t, agenda), no_instante(agenda.alfa_barra, t, x_0)
    torch.testing.assert_close(ab.sqrt() * x_t - (1 - ab).sqrt() * v, x_0, atol=1e-5, rtol=1e-5)


def test_o_minimo_da_perda_e_o_escore() -> None:
    """Numa mistura, nenhum preditor ganha de eps* = −√(1 − ᾱ_t) ∇log q(x_t)."""
    agenda, mistura, n, t = agenda_linear(200), duas_modas(), 200_000, 60
    x_0, eps, instantes = mistura.amostrar(n, gerador(0)), sorteio(n, 1, semente=1), torch.full((n,), t)
    ab = agenda.alfa_barra[t].item()
    difundida = mistura.difundida(ab)

    def otimo(x: Tensor, t: Tensor) -> Tensor:
        return -math.sqrt(1 - ab) * difundida.escore(x).to(x.dtype)

    menor = perda_simples(otimo, x_0, instantes, eps, agenda)
    assert menor.shape == (n,)
    for desvio in (lambda x: 0.1 + 0 * x, lambda x: 0.1 * x, lambda x: 0.1 * x.sin()):
        pior = perda_simples(lambda x, t, d=desvio: otimo(x, t) + d(x), x_0, instantes, eps, agenda)
        x_t = difundir(x_0, instantes, eps, agenda)
        diferenca = (pior - menor).mean() - desvio(x_t).square().mean()  # só a parte ao quadrado sobra
        assert abs(diferenca) < 0.002


@pytest.mark.parametrize(
    ("chamar", "diz"),
    [
        (lambda: agenda_linear(0), "passos: chegou 0"),
        (lambda: agenda_cosseno(2.5), "passos: chegou 2.5"),
        (lambda: agenda_de_betas(torch.tensor([0.1, 1.0, 0.2])), "β_2 = 1"),
        (lambda: agenda_de_betas(torch.zeros(2, 2)), r"chegou a forma \(2, 2\)"),
        (lambda: difundir(torch.zeros(3, 2), torch.tensor([1]), torch.zeros(3, 2), agenda_linear(9)), r"\(3,\)"),
    ],
)
def test_erros_ensinam(chamar: object, diz: str) -> None:
    with pytest.raises(ValueError, match=diz):
        chamar()

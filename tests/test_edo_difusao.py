"""A difusão em tempo contínuo contra a agenda discreta, contra gaussianas de conta fechada e contra a DDIM."""

import math

import pytest
import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.dados.distribuicoes import MisturaGaussiana, duas_modas
from aulas_lib.modelos.amostradores import chegar, instantes_igualados, percorrer_ddim
from aulas_lib.modelos.difusao import agenda_linear
from aulas_lib.modelos.edo_difusao import (
    AgendaContinua,
    campo_da_edo,
    escore_exato,
    massa_pela_ede,
    massa_pela_edo,
    passo_da_ede,
    percorrer_ede,
    perda_escore,
)
from aulas_lib.modelos.integracao import (
    chegar_ao_fim,
    instantes_iguais,
    log_densidade_pela_edo,
    passo_euler,
    passo_heun,
    percorrer,
)
from aulas_lib.modelos.propagacao import Fatias, massa_da_mistura, ruido_exato, variacao_total

AGENDA, FATIAS = AgendaContinua(), Fatias(-8, 8, 400)
MODAS = duas_modas()
LEI = MisturaGaussiana(MODAS.pesos, MODAS.medias / math.sqrt(4.36), torch.tensor(0.36 / 4.36))
ESCORE = escore_exato(LEI, AGENDA)
CAMPO = campo_da_edo(ESCORE, AGENDA)


def dupla(x: list[float]) -> Tensor:
    return torch.tensor(x, dtype=torch.float64)


def gaussiana(media: float, desvio: float) -> MisturaGaussiana:
    return MisturaGaussiana(torch.ones(1), torch.tensor([[media]]), torch.tensor(desvio**2))


def test_a_agenda_e_o_limite_da_linear() -> None:
    tau = torch.linspace(0, 1, 11, dtype=torch.float64)
    for T, folga in ((1000, 0.01), (100_000, 1e-4)):
        discreta = agenda_linear(T, 0.1 / T, 20 / T)
        torch.testing.assert_close(AGENDA.alfa_barra(tau), discreta.alfa_barra[(tau * T).round().long()],
                                   atol=folga, rtol=0)
    beta = -torch.func.vmap(torch.func.grad(lambda t: AGENDA.alfa_barra(t).log()))(tau)
    torch.testing.assert_close(AGENDA.beta(tau), beta)


@pytest.mark.parametrize("tau", [0.0, 0.2, 1.0])
def test_o_campo_de_uma_gaussiana_e_o_da_conta(tau: float) -> None:
    """Com dados N(m, s²), q_τ = N(√ᾱ m, ᾱ s² + 1 − ᾱ), e o escore é linear."""
    m, s, x, t = 0.8, 0.3, dupla([[-1.0], [0.5], [2.0]]), torch.full((3,), tau)
    ab, beta = AGENDA.alfa_barra(t[0]).item(), AGENDA.beta(t[0]).item()
    escore = -(x - math.sqrt(ab) * m) / (ab * s**2 + 1 - ab)
    obtido = campo_da_edo(escore_exato(gaussiana(m, s), AGENDA), AGENDA)(x, t)
    torch.testing.assert_close(obtido, -beta / 2 * (x + escore), rtol=1e-5, atol=1e-5)


def test_a_edo_leva_uma_gaussiana_a_outra_em_linha_reta() -> None:
    """Em gaussianas, o mapa da EDO é afim: (x_0 − m)/s = (x_1 − √ᾱ m)/√(ᾱ s² + 1 − ᾱ)."""
    m, s, x_1 = 0.8, 0.3, dupla([[-1.0], [0.5], [2.0]])
    ab = AGENDA.alfa_barra(torch.tensor(1.0, dtype=torch.float64)).item()
    esperado = m + s * (x_1 - math.sqrt(ab) * m) / math.sqrt(ab * s**2 + 1 - ab)
    campo = campo_da_edo(escore_exato(gaussiana(m, s), AGENDA), AGENDA)
    obtido = chegar_ao_fim(campo, x_1, instantes_iguais(400), passo_heun)
    torch.testing.assert_close(obtido, esperado, atol=1e-3, rtol=0)
    torch.testing.assert_close(
        chegar_ao_fim(campo, obtido, instantes_iguais(400, 0.0, 1.0), passo_heun), x_1, atol=2e-3, rtol=0
    )


def test_edo_e_ede_tem_as_marginais_da_mistura() -> None:
    """A massa em τ = 0,2 e em τ = 0 é a da mistura difundida, pelos dois caminhos."""
    instantes = instantes_iguais(200)
    da_ede = dict(massa_pela_ede(ESCORE, instantes, FATIAS, AGENDA))
    for fim, passos in ((0.2, instantes[:161]), (0.0, instantes)):
        certa = massa_da_mistura(LEI.difundida(AGENDA.alfa_barra(torch.tensor(passos[-1])).item()), FATIAS)
        assert passos[-1] == pytest.approx(fim)
        assert variacao_total(massa_pela_edo(CAMPO, passos, FATIAS), certa) < 0.004
        assert variacao_total(da_ede[passos[-1]], certa) < 0.008


def test_um_campo_que_junta_tudo_num_ponto_nao_perde_massa() -> None:
    """Um passo de Euler de f = x leva todo ponto a zero: a massa toda fica na fatia que começa ali."""
    massa = massa_pela_edo(lambda x, tau: x, [1.0, 0.0], FATIAS, passo_euler)
    assert massa.sum().item() == pytest.approx(1, abs=1e-9)
    assert massa[199:201].sum().item() == pytest.approx(1, abs=1e-9)


def test_caminhos_da_edo_nao_se_cruzam_e_os_da_ede_sim() -> None:
    x = torch.linspace(-2, 2, 9, dtype=torch.float64)[:, None]
    instantes = instantes_iguais(200)
    edo = torch.cat([x for _, x in percorrer(CAMPO, x, instantes)], dim=1)
    ede = torch.cat([x for _, x in percorrer_ede(ESCORE, x, instantes, AGENDA, gerador(0))], dim=1)
    assert (edo.diff(dim=0) > 0).all() and (ede.diff(dim=0) < 0).any()


def test_o_ultimo_passo_da_ede_nao_tem_ruido_e_os_outros_tem() -> None:
    x = dupla([[0.3], [0.3]])
    (_, meio), (_, fim) = percorrer_ede(ESCORE, x, [0.2, 0.1, 0.0], AGENDA, gerador(0))
    assert meio[0] != meio[1]
    um = torch.full((2,), 0.1, dtype=torch.float64)
    torch.testing.assert_close(fim, passo_da_ede(ESCORE, meio, um, 0 * um, torch.zeros_like(x), AGENDA))
    with pytest.raises(ValueError, match="cada um menor"):
        list(percorrer_ede(ESCORE, x, [0.0, 1.0], AGENDA))


def test_a_variancia_do_passo_da_ede_e_h_beta() -> None:
    x, tau = torch.zeros(200_000, 1, dtype=torch.float64), torch.full((200_000,), 0.5, dtype=torch.float64)
    z = torch.randn(200_000, 1, generator=gerador(0), dtype=torch.float64)
    y = passo_da_ede(lambda x, t: 0 * x, x, tau, tau - 0.01, z, AGENDA)
    assert y.var().item() == pytest.approx(0.01 * AGENDA.beta(tau[0]).item(), rel=0.01)


def test_log_densidade_e_a_da_mistura() -> None:
    x = dupla([[-1.5], [0.0], [0.9], [2.0]])
    obtida, _ = log_densidade_pela_edo(CAMPO, x, 400)
    torch.testing.assert_close(obtida, LEI.log_densidade(x), atol=2e-3, rtol=0)


def test_as_duas_perdas_do_escore_diferem_de_uma_constante() -> None:
    """Por quadratura: E ‖s − ∇ log q(x_t|x_0)‖² − E ‖s − ∇ log q(x_t)‖² = 1/(1 − ᾱ) − E ‖∇ log q(x_t)‖²."""
    tau, n = 0.3, 401
    nos, pesos = _normal_em_grade(n)
    m, desvio = LEI.medias[:, 0].double(), math.sqrt(0.36 / 4.36)
    # x_0 = m_k + desvio·u e x_τ = √ᾱ x_0 + √(1 − ᾱ) ε, com u e ε em uma grade
    u, eps = (v.flatten() for v in torch.meshgrid(nos, nos, indexing="ij"))
    peso = torch.outer(pesos, pesos).flatten()
    ab = AGENDA.alfa_barra(torch.tensor(tau, dtype=torch.float64))
    totais = []
    for escore in (ESCORE, lambda x, t: -x, lambda x, t: ESCORE(x, t) + x.sin()):
        total = torch.zeros(2, dtype=torch.float64)
        for media in m:
            x_0, t = (media + desvio * u)[:, None], torch.full((len(u),), tau, dtype=torch.float64)
            x_tau = ab.sqrt() * x_0 + (1 - ab).sqrt() * eps[:, None]
            diferenca = (escore(x_tau, t) - ESCORE(x_tau, t)).square()[:, 0]
            total += 0.5 * torch.stack([(peso * perda_escore(escore, x_0, t, eps[:, None], AGENDA)).sum(),
                                        (peso * diferenca).sum()])
        totais.append((total[0] - total[1]).item())
    marginal = LEI.to(torch.float64).difundida(ab)
    grade = torch.linspace(-8, 8, 4001, dtype=torch.float64)[:, None]
    fisher = torch.trapezoid((marginal.log_densidade(grade).exp() * marginal.escore(grade)[:, 0] ** 2), grade[:, 0])
    assert totais == pytest.approx([(1 / (1 - ab) - fisher).item()] * 3, abs=1e-4)


def _normal_em_grade(n: int) -> tuple[Tensor, Tensor]:
    """Pontos e pesos para E[f(u)], u ~ N(0, 1), pela regra do trapézio."""
    u = torch.linspace(-7, 7, n, dtype=torch.float64)
    pesos = torch.exp(-u.square() / 2)
    return u, pesos / pesos.sum()


def test_a_ddim_sem_acaso_tende_a_edo() -> None:
    """Com os mesmos x_T e o ruído exato, a DDIM se aproxima da solução fina da EDO, e o erro cai pela metade."""
    x_T = torch.linspace(-2, 2, 9, dtype=torch.float64)[:, None]
    fina = chegar_ao_fim(CAMPO, x_T, instantes_iguais(2000), passo_heun)
    agenda = agenda_linear(20_000, 0.1 / 20_000, 20 / 20_000)
    erros = []
    for chamadas in (50, 100, 200):
        x = chegar(percorrer_ddim(ruido_exato(LEI, agenda), x_T, agenda, instantes_igualados(agenda, chamadas)))
        erros.append((x - fina).abs().mean().item())
    assert erros[2] < 0.02 and erros[0] / erros[1] == pytest.approx(2, abs=0.4)
    assert erros[1] / erros[2] == pytest.approx(2, abs=0.4)
    euler = chegar_ao_fim(CAMPO, x_T, instantes_iguais(200), passo_euler)
    assert (euler - fina).abs().mean() < 0.05

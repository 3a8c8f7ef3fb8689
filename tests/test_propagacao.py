"""A densidade propagada por quadratura, contra gaussianas em forma fechada e a tabela que a lição mostra."""

import math

import pytest
import torch
from torch import Tensor

from aulas_lib.dados.distribuicoes import MisturaGaussiana, duas_modas
from aulas_lib.modelos.difusao import agenda_linear
from aulas_lib.modelos.propagacao import (
    Fatias,
    empurrar,
    massa_da_mistura,
    massa_normal,
    propagar,
    ruido_exato,
    variacao_total,
)

FATIAS = Fatias(-8, 8, 800)


def normal(media: float, desvio: float, fatias: Fatias = FATIAS) -> Tensor:
    return torch.special.ndtr((fatias.bordas - media) / desvio).diff()


@pytest.mark.parametrize(("a", "b", "sigma"), [(1.0, 0.0, 0.0), (1.0, 0.0, 0.5), (0.3, 1.0, 0.01), (0.9, -1.0, 0.2)])
def test_empurrar_uma_gaussiana_da_a_gaussiana_da_conta(a: float, b: float, sigma: float) -> None:
    massa = empurrar(massa_normal(FATIAS), a * FATIAS.bordas + b, sigma, FATIAS)
    assert massa.sum().item() == pytest.approx(1, abs=1e-10) and massa.min() > -1e-15
    assert variacao_total(massa, normal(b, math.hypot(a, sigma))) < 1e-4


def test_o_que_passa_da_ponta_fica_na_ultima_fatia() -> None:
    massa = empurrar(massa_normal(FATIAS), FATIAS.bordas + 100, 0.1, FATIAS)
    assert massa[-1].item() == pytest.approx(1) and massa[:-1].abs().sum() < 1e-12


@pytest.mark.parametrize("grande", [False, True])
def test_dados_gaussianos_seguem_a_recorrencia_das_variancias(grande: bool) -> None:
    """Com dados N(0, s²) a média de x_{t−1} é linear em x_t: var_{t−1} = a_t² var_t + σ_t², e no fim sem ruído."""
    agenda, s2 = agenda_linear(60), 0.3
    mistura = MisturaGaussiana(torch.ones(1), torch.zeros(1, 1), torch.tensor(s2))
    variancias, variancia = agenda.betas if grande else agenda.variancia_posterior, 1.0
    for t in range(60, 0, -1):
        ab, anterior, beta = (v.item() for v in (agenda.alfa_barra[t], agenda.alfa_barra[t - 1], agenda.betas[t]))
        x_0 = math.sqrt(ab) * s2 / (ab * s2 + 1 - ab)  # E[x_0 | x_t] = x_0 · x_t
        inclinacao = (math.sqrt(anterior) * beta * x_0 + math.sqrt(1 - beta) * (1 - anterior)) / (1 - ab)
        variancia = inclinacao**2 * variancia + (variancias[t].item() if t > 1 else 0)
    finas = Fatias(-8, 8, 1600)
    *_, (t, massa) = propagar(ruido_exato(mistura, agenda), agenda, finas, variancias)
    assert t == 0 and variacao_total(massa, normal(0, math.sqrt(variancia), finas)) < 1e-3


@pytest.mark.parametrize(("passos", "padrao", "deslocado"), [(200, 0.01, 0.12), (50, 0.02, 0.43)])
def test_poucos_passos_e_dados_deslocados(passos: int, padrao: float, deslocado: float) -> None:
    agenda, modas = agenda_linear(passos), duas_modas()
    for centro, esperado in ((0.0, padrao), (2.0, deslocado)):
        desvio = math.sqrt(4.36)  # o da mistura
        dados = MisturaGaussiana(modas.pesos, modas.medias / desvio + centro, torch.tensor(0.36 / 4.36))
        *_, (_, massa) = propagar(ruido_exato(dados, agenda), agenda, FATIAS)
        certa = massa_da_mistura(dados, FATIAS)
        pontual = dados.log_densidade(FATIAS.centros[:, None]).exp() * FATIAS.passo
        torch.testing.assert_close(certa, pontual.double(), atol=1e-5, rtol=0)
        assert variacao_total(massa, certa) == pytest.approx(esperado, abs=0.006)

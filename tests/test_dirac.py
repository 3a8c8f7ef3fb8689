"""A Dirac-GAN: o passo alternado, conferido à mão, e o que a penalidade faz à órbita."""

import math

import pytest
import torch

from aulas_lib.modelos.dirac import passo_dirac, trajetoria_dirac


def test_um_passo_feito_a_mao():
    theta, psi = passo_dirac(torch.tensor(1.0), torch.tensor(0.5), 0.1, 0.3)
    novo_psi = 0.5 + 0.1 * (-1 / (1 + math.exp(-0.5)) - 0.3 * 0.5)  # primeiro D, com o θ antigo
    novo_theta = 1 + 0.1 * novo_psi / (1 + math.exp(-novo_psi))  # depois G, com o ψ novo
    assert (theta.item(), psi.item()) == pytest.approx((novo_theta, novo_psi), abs=1e-6)


def test_gira_sem_penalidade_e_para_com_ela():
    solta, presa = (trajetoria_dirac(1.0, 0.0, 0.1, 500, gama).norm(dim=1) for gama in (0.0, 0.3))
    assert ((solta > 0.9) & (solta < 1.1)).all() and presa[-1] < 0.01
    with pytest.raises(ValueError, match="passos: chegou 0"):
        trajetoria_dirac(1.0, 0.0, 0.1, 0)

"""O arco entre dois códigos e a gaussiana ajustada, contra propriedades conhecidas."""

import pytest
import torch

from aulas_lib.ambiente import gerador
from aulas_lib.modelos.latente import amostrar_gaussiana_ajustada, slerp


def test_slerp_anda_pelo_arco():
    a, b = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    meio = torch.tensor([2.0, 2.0]).sqrt() / 2
    torch.testing.assert_close(slerp(a, b, 0.5), meio)
    torch.testing.assert_close(slerp(a, b, 0.0), a)
    torch.testing.assert_close(slerp(a, b, 1.0), b)
    terco = slerp(a, b, 1 / 3)
    torch.testing.assert_close(torch.atan2(terco[1], terco[0]), torch.tensor(torch.pi / 6))


def test_slerp_de_paralelos_e_a_reta_e_de_iguais_nao_muda():
    a = torch.randn(5, 8, generator=gerador(0))
    torch.testing.assert_close(slerp(a, a, 0.3), a, atol=1e-4, rtol=1e-4)
    reto = slerp(a.double(), 2 * a.double(), 0.5)
    torch.testing.assert_close(reto, 1.5 * a.double(), atol=1e-4, rtol=1e-4)
    assert torch.isfinite(slerp(a, -a, 0.5)).all()


def test_slerp_em_muitas_dimensoes_conserva_a_norma():
    a, b = torch.randn(2, 500, 64, generator=gerador(1))
    norma = slerp(a, b, 0.5).norm(dim=1).mean()
    torch.testing.assert_close(norma, torch.tensor(8.0), atol=0.1, rtol=0)
    assert torch.lerp(a, b, 0.5).norm(dim=1).mean() < 6


def test_gaussiana_ajustada_tem_os_momentos_dos_codigos():
    base = torch.randn(3, 3, generator=gerador(2))
    z = torch.randn(5000, 3, generator=gerador(3)) @ base + torch.tensor([1.0, -2.0, 3.0])
    sorteados = amostrar_gaussiana_ajustada(z, 50_000, gerador(4))
    torch.testing.assert_close(sorteados.mean(0), z.mean(0), atol=0.05, rtol=0)
    torch.testing.assert_close(torch.cov(sorteados.T), torch.cov(z.T), atol=0.1, rtol=0.05)
    with pytest.raises(ValueError, match="mais códigos que dimensões"):
        amostrar_gaussiana_ajustada(z[:3], 5)

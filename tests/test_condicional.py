"""A GAN condicional: onde ficam os rótulos em z, e a nota do discriminador por projeção."""

import pytest
import torch

from aulas_lib.ambiente import gerador
from aulas_lib.modelos.condicional import DiscriminadorProjecao, RotulosEmZ, juntar


def test_rotulos_em_z_e_discriminador_condicional():
    esquema = {"oculos": ("sem", "com"), "boca": ("s", "n", "t"), "cor": ("nenhuma", "a", "b")}
    rotulos = RotulosEmZ(esquema, {"cor": "oculos"})
    z = torch.tensor([[1.0, 0.0, 2.0, 1.0, 0.3, 0.7], [-1.0, 5.0, 2.0, 1.0, 0.9, 0.7]])
    assert rotulos.ler(z).tolist() == [[1, 1, 2], [0, 0, 0]]
    assert rotulos.indicadores(rotulos.ler(z)).tolist()[0] == [0, 1, 0, 1, 0, 0, 0, 1]
    eps = torch.randn(500, 9, generator=gerador(1))
    codigos = rotulos.separar(eps)
    assert torch.equal(codigos[:, 6:], eps[:, 6:]) and (codigos[:, :6].abs() - 1).abs().mean() < 0.3
    assert (rotulos.ler(codigos) == rotulos.ler(eps)).double().mean() > 0.98
    with pytest.raises(ValueError, match="os rótulos usam 6"):
        rotulos.ler(z[:, :4])
    rede_d = DiscriminadorProjecao(1, 8, 8, (4, 4), dimensao=6)
    x, y = torch.randn(2, 1, 8, 8), rotulos.indicadores(rotulos.ler(z))
    h = rede_d.phi(x)
    esperado = rede_d.nota(h) + (h * (y @ rede_d.v.weight.T)).sum(1, keepdim=True)
    torch.testing.assert_close(rede_d(juntar(x, y)), esperado)

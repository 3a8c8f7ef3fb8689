"""Projeção: acha o z de uma imagem gerada, e cada parcela da perda age."""

import math

import pytest
import torch
from torch import nn

from aulas_lib.ambiente import gerador
from aulas_lib.modelos.projecao import projetar


def test_projecao_acha_o_z_de_uma_imagem_gerada():
    torch.manual_seed(0)
    rede = nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Unflatten(1, (3, 2, 2))).requires_grad_(False)
    z = torch.randn(3, 4, generator=gerador(2))
    candidatos = torch.randn(200, 4, generator=gerador(3))
    antes = torch.cdist(rede(z).flatten(1), rede(candidatos).flatten(1)).square().min(dim=1).values / 12
    for caracteristicas in (lambda x: x.flatten(1), None):
        _, erro = projetar(rede, rede(z), caracteristicas, candidatos)
        assert (erro < antes).all() and erro.max() < 0.01
    with pytest.raises(ValueError, match="G produz"):
        projetar(rede, torch.zeros(1, 3, 4, 4), lambda x: x.flatten(1), candidatos)


def test_a_casca_e_as_caracteristicas_contam():
    """Com peso grande, ‖z‖ vai a √Z; e, com G constante nos pixels, z segue só as características."""
    cego = nn.Sequential(nn.Linear(6, 12), nn.Unflatten(1, (3, 2, 2))).requires_grad_(False)
    cego[0].weight.zero_()
    x, candidatos = cego(torch.zeros(2, 6)), 0.2 * torch.randn(50, 6, generator=gerador(3))
    z, _ = projetar(cego, x, lambda imagens: imagens.flatten(1), candidatos, peso=10.0)
    torch.testing.assert_close(z.norm(dim=1), torch.full((2,), math.sqrt(6)), atol=0.05, rtol=0)

    class Guarda(nn.Module):
        """Imagem sempre igual, que lembra de que z veio."""

        def forward(self, z):
            self.z = z
            return torch.zeros(len(z), 3, 2, 2) + 0 * z.sum()

    rede, alvo = Guarda(), torch.ones(2, 6)
    rede(torch.zeros(1, 6))
    chamadas = []

    def caracteristicas(imagens):
        chamadas.append(len(imagens))
        return alvo if len(chamadas) == 1 else rede.z

    z, _ = projetar(rede, torch.zeros(2, 3, 2, 2), caracteristicas, candidatos, peso=1.0)
    torch.testing.assert_close(z, alvo, atol=0.1, rtol=0)  # ‖1‖ = √6: a casca concorda


def test_projecao_parte_do_mais_parecido():
    rede = nn.Sequential(nn.Linear(4, 12), nn.Unflatten(1, (3, 2, 2))).requires_grad_(False)
    candidatos = torch.randn(50, 4, generator=gerador(3))
    x = rede(candidatos[[7, 31]]) + 0.03
    z, erro = projetar(rede, x, lambda i: i.flatten(1), candidatos, passos=1, lr=1e-6)
    torch.testing.assert_close(z, candidatos[[7, 31]], atol=1e-4, rtol=0)
    torch.testing.assert_close(erro, (rede(z) - x).square().flatten(1).mean(dim=1), atol=0, rtol=1e-4)

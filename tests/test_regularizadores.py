"""As penalidades contra discriminadores de gradiente conhecido, a norma espectral e os pacotes."""

import pytest
import torch
from torch import nn

from aulas_lib.ambiente import gerador, semear
from aulas_lib.modelos.regularizadores import (
    Empacotado,
    com_norma_espectral,
    penalidade_gradiente,
    penalidade_r1,
)


def normal(*forma, semente=0):
    return torch.randn(*forma, generator=gerador(semente), dtype=torch.float64)


class Quadratico(nn.Module):
    """a(x) = c ‖x‖² / 2, com gradiente c x."""

    def __init__(self, c):
        super().__init__()
        self.c = nn.Parameter(torch.tensor(c, dtype=torch.float64))

    def forward(self, x):
        return self.c * x.flatten(1).square().sum(1) / 2


X, Y = normal(6, 3), normal(6, 3, semente=1)


def linear():
    rede = nn.Linear(3, 1).double()
    with torch.no_grad():
        rede.weight.copy_(torch.tensor([[1.0, -2.0, 2.0]])), rede.bias.fill_(5.0)  # norma 3
    return rede


def test_r1_em_forma_fechada():
    torch.testing.assert_close(penalidade_r1(0.5)(linear(), X, Y), torch.full((6,), 0.25 * 9, dtype=torch.float64))
    torch.testing.assert_close(penalidade_r1(0.5)(Quadratico(2.0), X, Y).detach(), 0.25 * 4 * X.square().sum(1))


def test_r1_em_imagens_soma_todos_os_pixels():
    x = normal(4, 3, 5, 5)
    torch.testing.assert_close(penalidade_r1(2.0)(Quadratico(1.0), x, x).detach(), x.square().sum((1, 2, 3)))


def test_penalidade_gradiente_em_forma_fechada():
    """Com D linear, ‖∇a‖ = 3 em qualquer ponto: 10 (3 − 1)² = 40."""
    torch.testing.assert_close(penalidade_gradiente(10.0)(linear(), X, Y), torch.full((6,), 40.0, dtype=torch.float64))
    unitario = linear()
    with torch.no_grad():
        unitario.weight.div_(3)
    assert penalidade_gradiente(10.0)(unitario, X, Y).abs().max() < 1e-12


@pytest.mark.parametrize("forma", [(50, 3), (50, 2, 3, 3)])
def test_penalidade_gradiente_entre_os_reais_e_os_gerados(forma):
    """Com a = ‖x‖²/2, ∇a = x̂: a penalidade diz onde o ponto caiu, no segmento, um u por exemplo."""
    x, y = normal(*forma), normal(*forma, semente=1)
    achada = penalidade_gradiente(2.0, gerador(7))(Quadratico(1.0), x, y).detach()
    u = torch.rand(len(x), *[1] * (x.ndim - 1), generator=gerador(7), dtype=torch.float64)
    torch.testing.assert_close(achada, 2 * ((u * x + (1 - u) * y).flatten(1).norm(dim=1) - 1) ** 2)


@pytest.mark.parametrize("penalidade", [penalidade_r1(1.0), penalidade_gradiente(1.0)])
def test_o_gradiente_da_penalidade_chega_aos_pesos(penalidade):
    rede = linear()
    (inclinacao,) = torch.autograd.grad(penalidade(rede, X, Y).mean(), rede.weight)
    w, norma = rede.weight.detach(), 3.0
    e_r1 = penalidade(rede, X, Y)[0].item() == pytest.approx(4.5)
    esperada = w if e_r1 else 2 * (norma - 1) * w / norma
    torch.testing.assert_close(inclinacao, esperada)


def test_a_penalidade_desce_ate_a_norma_um():
    rede = linear()
    otimizador = torch.optim.SGD([rede.weight], lr=0.2)
    for _ in range(60):
        otimizador.zero_grad()
        penalidade_gradiente(1.0)(rede, X, Y).mean().backward()
        otimizador.step()
    assert rede.weight.norm().item() == pytest.approx(1, abs=1e-6)


def test_gradiente_zero_nao_vira_nan():
    rede = linear()
    nn.init.zeros_(rede.weight)
    perda = penalidade_gradiente(1.0)(rede, X, Y).mean()
    assert perda.item() == 1 and torch.isfinite(torch.autograd.grad(perda, rede.weight)[0]).all()


def test_as_entradas_nao_mudam_e_funcionam_sem_grafo():
    x = X.clone()
    penalidade_r1(1.0)(linear(), x, Y)
    assert not x.requires_grad and x.grad is None and torch.equal(x, X)


@pytest.mark.parametrize(("fabrica", "nome"), [(penalidade_r1, "gama"), (penalidade_gradiente, "peso")])
@pytest.mark.parametrize("valor", [0, -1.0, float("nan")])
def test_peso_que_nao_e_positivo(fabrica, nome, valor):
    with pytest.raises(ValueError, match=f"{nome}: chegou .*; esperava um número positivo"):
        fabrica(valor)


# Norma espectral -----------------------------------------------------------------------------------


def test_norma_espectral_e_o_maior_valor_singular():
    semear(0)
    rede = nn.Sequential(nn.Linear(7, 9), nn.ReLU(), nn.Unflatten(1, (1, 3, 3)), nn.Conv2d(1, 4, 3, padding=1),
                         nn.ConvTranspose2d(4, 2, 2), nn.Flatten(), nn.Linear(32, 1))  # fmt: skip
    originais = {i: rede[i].weight.detach().clone() for i in (0, 3, 4, 6)}
    assert com_norma_espectral(rede) is rede
    for _ in range(200):
        rede(torch.zeros(1, 7))  # cada passagem no modo de treino dá um passo do método das potências
    rede.eval()
    for i, w in originais.items():
        matriz = (w.transpose(0, 1) if i == 4 else w).flatten(1)  # na transposta, a saída é a segunda dimensão
        sigma = torch.linalg.svdvals(matriz)[0]
        torch.testing.assert_close(rede[i].weight.detach(), w / sigma, atol=1e-4, rtol=1e-3)


def test_rede_linear_normalizada_nao_estica():
    semear(1)
    rede = com_norma_espectral(nn.Sequential(nn.Linear(5, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1)))
    with torch.no_grad():
        rede[0].parametrizations.weight.original.mul_(50)
    for _ in range(200):
        rede(torch.zeros(1, 5))
    rede.eval()
    x, y = torch.randn(500, 5, generator=gerador(2)), torch.randn(500, 5, generator=gerador(3))
    assert ((rede(x) - rede(y))[:, 0].abs() <= 1.001 * (x - y).norm(dim=1)).all()


def test_o_gradiente_passa_pela_norma_espectral():
    rede = com_norma_espectral(nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1)))
    rede(torch.ones(2, 3)).sum().backward()
    assert all(p.grad is not None for p in rede.parameters())


# Pacotes -------------------------------------------------------------------------------------------


class Soma(nn.Module):
    """A nota é a soma de tudo o que o pacote tem; conta quantos pacotes chegaram."""

    def forward(self, x):
        self.forma = tuple(x.shape)
        return x.sum(dim=1, keepdim=True)


def test_pacote_junta_exemplos_seguidos_e_repete_a_nota():
    rede = Soma()
    x = torch.arange(12.0).reshape(6, 2)
    notas = Empacotado(rede, 3)(x)
    assert rede.forma == (2, 6) and notas.shape == (6, 1)
    assert notas[:, 0].tolist() == [15.0] * 3 + [51.0] * 3  # 0 + ... + 5 e 6 + ... + 11
    assert notas.mean().item() == rede(x.reshape(2, 6)).mean().item()  # a média do lote é a dos pacotes


def test_pacote_de_um_e_a_propria_rede_e_imagens_sao_achatadas():
    rede = nn.Linear(12, 1)
    x = torch.randn(4, 3, 2, 2, generator=gerador(0))
    torch.testing.assert_close(Empacotado(rede, 1)(x), rede(x.flatten(1)))


def test_pacote_ruim():
    with pytest.raises(ValueError, match="lote de 5 exemplos para pacotes de 2; esperava um múltiplo de 2"):
        Empacotado(nn.Linear(4, 1), 2)(torch.zeros(5, 2))
    for m in (0, -1, 1.5):
        with pytest.raises(ValueError, match="m: chegou"):
            Empacotado(nn.Linear(4, 1), m)

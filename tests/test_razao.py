"""Razão por classificação: as formas fechadas das gaussianas, e o treino contra elas."""

import math

import pytest
import torch
from torch import nn
from torch.distributions import Normal
from torch.nn.functional import binary_cross_entropy

from aulas_lib.ambiente import gerador, semear
from aulas_lib.dados.distribuicoes import MisturaGaussiana
from aulas_lib.modelos.razao import (
    discriminador_otimo,
    gradiente_log_razao,
    juntar,
    log_razao,
    logit,
    perda_classificador,
)
from aulas_lib.redes import MLP
from aulas_lib.treino import Treino, cosseno

P, Q = Normal(1.0, 0.8), Normal(-0.5, 1.2)


class Exato(nn.Module):
    """O logit ótimo do par P, Q com a proporção dada: nenhum treino, só a fórmula."""

    def __init__(self, n_p: float = 1, n_q: float = 1) -> None:
        super().__init__()
        self.desconto = math.log(n_p / n_q)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return P.log_prob(x) - Q.log_prob(x) + self.desconto


def amostras(n_p: int, n_q: int, semente: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    g = gerador(semente)
    return 1 + 0.8 * torch.randn(n_p, 1, generator=g), -0.5 + 1.2 * torch.randn(n_q, 1, generator=g)


def erro_sob_a_mistura(modelo: nn.Module, n_p: int, n_q: int) -> float:
    x = torch.linspace(-6, 6, 2401)
    peso = P.log_prob(x).exp() + Q.log_prob(x).exp()
    with torch.no_grad():
        erro = (log_razao(modelo, x[:, None], n_p, n_q) - (P.log_prob(x) - Q.log_prob(x))).abs()
    return float((erro * peso).sum() / peso.sum())


def treinar(n_p: int, n_q: int, semente: int = 0) -> nn.Module:
    semear(semente)
    rede = MLP(1, (32, 32), 1)
    dados = juntar(*amostras(n_p, n_q, semente + 1))
    for _ in Treino(rede, perda_classificador, dados, passos=600, lote=1000, lr=1e-2, agenda=cosseno):
        pass
    return rede


def test_perda_igual_a_do_torch_e_finita_em_logits_grandes() -> None:
    x = torch.linspace(-4, 4, 9, dtype=torch.float64)[:, None]
    rotulo = torch.tensor([0.0, 1, 1, 0, 1, 0, 0, 1, 1], dtype=torch.float64)
    d = Exato()(x).sigmoid()[:, 0]
    esperada = binary_cross_entropy(d, rotulo, reduction="none")
    torch.testing.assert_close(perda_classificador(Exato(), x, rotulo), esperada)
    grandes = perda_classificador(nn.Identity(), torch.tensor([[300.0], [-300.0]]), torch.tensor([0.0, 1.0]))
    torch.testing.assert_close(grandes, torch.tensor([300.0, 300.0]))


def test_gradiente_da_perda_no_logit_e_d_menos_r() -> None:
    a = torch.randn(7, 1, generator=gerador(0), dtype=torch.float64, requires_grad=True)
    rotulo = torch.tensor([0.0, 1, 0, 1, 1, 0, 1], dtype=torch.float64)
    perda_classificador(nn.Identity(), a, rotulo).sum().backward()
    torch.testing.assert_close(a.grad[:, 0], a.detach().sigmoid()[:, 0] - rotulo)


@pytest.mark.parametrize(("n_p", "n_q"), [(1, 1), (4, 1), (300, 900)])
def test_discriminador_otimo_e_a_fracao_das_duas_densidades(n_p: int, n_q: int) -> None:
    x = torch.linspace(-3, 3, 61, dtype=torch.float64)
    p, q = P.log_prob(x).exp(), Q.log_prob(x).exp()
    torch.testing.assert_close(discriminador_otimo(p.log(), q.log(), n_p, n_q), n_p * p / (n_p * p + n_q * q))
    razao = log_razao(Exato(n_p, n_q), x[:, None], n_p, n_q)
    torch.testing.assert_close(razao, (p / q).log())
    if n_p != n_q:  # sem o desconto, a curva inteira se desloca
        desvio = log_razao(Exato(n_p, n_q), x[:, None]) - razao
        torch.testing.assert_close(desvio, torch.full_like(x, math.log(n_p / n_q)))


def test_o_otimo_minimiza_a_entropia_cruzada() -> None:
    """Perturbar D* em qualquer direção só piora a perda média, com amostras desiguais."""
    x_p, x_q = amostras(40_000, 10_000)
    x, rotulo = juntar(x_p, x_q)
    certo = Exato(4, 1)

    def media(desvio: float, inclinacao: float) -> float:
        return float(perda_classificador(lambda z: certo(z) + desvio + inclinacao * z, x, rotulo).mean())

    for desvio, inclinacao in ((0.3, 0), (-0.3, 0), (0, 0.3), (0, -0.3), (-math.log(4), 0)):
        assert media(desvio, inclinacao) > media(0, 0)


def test_gradiente_da_log_razao_das_gaussianas() -> None:
    x = torch.linspace(-3, 3, 13, dtype=torch.float64)[:, None]
    esperado = -(x - 1) / 0.8**2 + (x + 0.5) / 1.2**2
    torch.testing.assert_close(gradiente_log_razao(Exato(5, 1), x), esperado)
    p = MisturaGaussiana(torch.ones(1), torch.tensor([[1.0, 0.0]]), torch.tensor(0.5))
    q = MisturaGaussiana(torch.ones(1), torch.tensor([[-1.0, 0.0]]), torch.tensor(0.5))
    z = torch.randn(6, 2, generator=gerador(2))
    com_grade = gradiente_log_razao(lambda v: p.log_densidade(v) - q.log_densidade(v), z)
    torch.testing.assert_close(com_grade, p.escore(z) - q.escore(z))
    assert (com_grade[:, 0] > 0).all()  # de q, à esquerda, para p, à direita
    with torch.no_grad():
        torch.testing.assert_close(gradiente_log_razao(Exato(), x), esperado)


@pytest.mark.parametrize("semente", [0, 1])
def test_rede_treinada_erra_menos_de_um_decimo_de_nat(semente: int) -> None:
    assert erro_sob_a_mistura(treinar(40_000, 40_000, semente), 1, 1) <= 0.1


def test_tamanhos_desiguais_precisam_do_desconto() -> None:
    rede = treinar(40_000, 10_000)
    assert erro_sob_a_mistura(rede, 40_000, 10_000) <= 0.1
    assert abs(erro_sob_a_mistura(rede, 1, 1) - math.log(4)) < 0.1  # esquecer o desconto
    assert erro_sob_a_mistura(rede, 10_000, 40_000) > 2  # aplicá-lo ao contrário


def test_juntar_rotula_p_com_um() -> None:
    x, rotulo = juntar(torch.ones(3, 2), torch.zeros(2, 2))
    assert rotulo.tolist() == [1, 1, 1, 0, 0] and x[:, 0].tolist() == rotulo.tolist()


@pytest.mark.parametrize(("chamada", "parte"), [
    (lambda: perda_classificador(nn.Identity(), torch.zeros(3, 1), torch.zeros(3, 1)), "rótulo por exemplo"),
    (lambda: perda_classificador(nn.Identity(), torch.zeros(3, 2), torch.zeros(3)), "um logit por exemplo"),
    (lambda: logit(MLP(2, (), 5), torch.zeros(3, 2)), "saida=1"),
    (lambda: log_razao(Exato(), torch.zeros(3, 1), 0, 10), "números positivos"),
    (lambda: discriminador_otimo(torch.zeros(3), torch.zeros(2)), "mesmos pontos"),
    (lambda: juntar(torch.zeros(3, 2), torch.zeros(3, 1)), "mesma nas duas"),
])
def test_erros_ensinam(chamada, parte: str) -> None:
    with pytest.raises(ValueError, match=parte):
        chamada()

"""O simulador da chuva contra outras contas, e a inferência por classificação contra a exata."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats

from aulas_lib.ambiente import gerador, semear
from aulas_lib.modelos import simulador
from aulas_lib.modelos.razao import perda_classificador
from aulas_lib.redes import MLP
from aulas_lib.treino import Treino, cosseno

S = simulador.DESVIO_LEITURA
GRADE = torch.linspace(0.5, 6, 221)
REPETICOES = 100


def densidade_por_bessel(x: float, theta: float) -> float:
    """A soma em K tem forma fechada, √(θ/y) I₁(2√(θy)) e^(−θ−y); a integral é do QUADPACK."""
    def integrando(y: float) -> float:
        z = 2 * math.sqrt(theta * y)
        return math.sqrt(theta / y) * special.ive(1, z) * math.exp(z - theta - y) * stats.norm.pdf(x, y, S)

    perto = [c for c in (x - 2 * S, x, x + 2 * S) if 0 < c < x + 12 * S]
    integral = integrate.quad(integrando, 1e-14, max(x, 0) + 12 * S, points=perto or None, epsabs=1e-13, limit=200)[0]
    return math.exp(-theta) * stats.norm.pdf(x, 0, S) + integral


def test_verossimilhanca_contra_a_forma_de_bessel() -> None:
    x, theta = torch.tensor([-0.4, 0.0, 0.15, 0.9, 3.0, 11.0]), torch.tensor([0.5, 2.0, 6.0])
    obtida = simulador.log_verossimilhanca_chuva(x, theta)
    esperada = torch.tensor([[math.log(densidade_por_bessel(a, t)) for t in theta.tolist()] for a in x.tolist()])
    torch.testing.assert_close(obtida, esperada.double(), atol=2e-3, rtol=0)


@pytest.mark.parametrize("theta", [0.5, 3.0, 6.0])
def test_verossimilhanca_integra_a_um_e_tem_os_momentos_certos(theta: float) -> None:
    x = torch.linspace(-2, 45, 9401)
    p = simulador.log_verossimilhanca_chuva(x, torch.tensor([theta]))[:, 0].exp()
    x = x.double()
    massa, media = torch.trapezoid(p, x), torch.trapezoid(p * x, x)
    variancia = torch.trapezoid(p * (x - media) ** 2, x)
    momentos = [massa.item(), media.item(), variancia.item()]
    assert momentos == pytest.approx([1, theta, 2 * theta + S**2], abs=2e-3)  # da Poisson composta


def test_simulador_segue_a_densidade() -> None:
    """Kolmogorov-Smirnov entre 20 000 dias simulados e a densidade integrada."""
    dias = simulador.simular_chuva(torch.full((20_000,), 2.0), gerador(0))
    x = torch.linspace(-2, 30, 6401)
    p = simulador.log_verossimilhanca_chuva(x, torch.tensor([2.0]))[:, 0].exp()
    acumulada = np.r_[0, torch.cumulative_trapezoid(p, x.double()).numpy()]
    assert stats.kstest(dias.numpy(), lambda v: np.interp(v, x.numpy(), acumulada)).pvalue > 0.01


def test_simulador_repete_com_a_mesma_semente_e_aceita_zero() -> None:
    theta = torch.full((3, 4), 2.0)
    primeira, segunda = (simulador.simular_chuva(theta, gerador(7)) for _ in range(2))
    assert primeira.shape == (3, 4) and torch.equal(primeira, segunda)
    seco = simulador.simular_chuva(torch.zeros(2000), gerador(1))
    assert abs(seco.mean()) < 0.02 and abs(seco.std() - S) < 0.01


def test_pares_separam_a_conjunta_da_marginal() -> None:
    theta = simulador.sortear_priori(5000, gerador(0))
    x = simulador.simular_chuva(theta, gerador(1))
    entradas, rotulos = simulador.pares(theta, x, gerador(2))
    juntos, soltos = entradas[rotulos == 1], entradas[rotulos == 0]
    torch.testing.assert_close(juntos, simulador.entrada(x, theta))
    torch.testing.assert_close(soltos[:, 0], juntos[:, 0])  # o mesmo x; só θ muda de par
    torch.testing.assert_close(soltos[:, 1].sort().values, juntos[:, 1].sort().values)
    correlacao = [np.corrcoef(c.T.numpy())[0, 1] for c in (juntos, soltos)]
    assert correlacao[0] > 0.5 and abs(correlacao[1]) < 0.05


def test_intervalo_de_uma_beta_conhecida() -> None:
    grade = torch.linspace(0, 1, 2001)
    log_p = torch.tensor(stats.beta(3, 5).logpdf(grade.numpy().clip(1e-9, 1 - 1e-9)))[None]
    for massa in (0.5, 0.95):
        obtido = simulador.intervalo(simulador.posteriori(log_p, grade), grade, massa)[0]
        esperado = torch.tensor(stats.beta(3, 5).interval(massa), dtype=torch.float64)
        torch.testing.assert_close(obtido, esperado, atol=1e-4, rtol=0)


def test_posteriori_nao_muda_com_uma_constante_nem_estoura() -> None:
    log_p = -((GRADE - 3) ** 2)[None]
    a, b = simulador.posteriori(log_p, GRADE), simulador.posteriori(log_p - 5000, GRADE)
    torch.testing.assert_close(a, b, atol=1e-3, rtol=1e-3)
    assert torch.trapezoid(a, GRADE.double()).item() == pytest.approx(1)


def observacoes(n: int, semente: int) -> tuple[torch.Tensor, torch.Tensor]:
    theta = simulador.sortear_priori(n, gerador(semente))
    return theta, simulador.simular_chuva(theta[:, None].expand(-1, 20), gerador(semente + 1))


def intervalos_exatos(dias: torch.Tensor) -> torch.Tensor:
    log_l = simulador.log_verossimilhanca_chuva(dias.flatten(), GRADE).reshape(*dias.shape, -1).sum(dim=1)
    return simulador.intervalo(simulador.posteriori(log_l, GRADE), GRADE)


def dentro(theta: torch.Tensor, intervalos: torch.Tensor) -> float:
    return ((intervalos[:, 0] <= theta) & (theta <= intervalos[:, 1])).double().mean().item()


def test_cobertura_do_proprio_gabarito() -> None:
    """Em 1000 repetições o intervalo exato contém θ em 95 %, a menos de três desvios do sorteio (2,1 %)."""
    theta, dias = observacoes(1000, 40)
    assert dentro(theta, intervalos_exatos(dias)) == pytest.approx(0.95, abs=0.021)


class RazaoExata(torch.nn.Module):
    """Um "classificador" que devolve log p(x|θ), a menos de uma parcela que só depende de x."""

    def forward(self, entradas: torch.Tensor) -> torch.Tensor:
        x, theta = 3 * entradas[:, 0].reshape(-1, len(GRADE))[:, 0], GRADE
        return simulador.log_verossimilhanca_chuva(x, theta).reshape(-1)


def test_somar_os_dias_com_a_razao_exata_da_o_gabarito() -> None:
    _, dias = observacoes(5, 60)
    razoes = simulador.log_razao_dos_dias(RazaoExata(), dias, GRADE)
    obtidos = simulador.intervalo(simulador.posteriori(razoes, GRADE), GRADE)
    torch.testing.assert_close(obtidos, intervalos_exatos(dias), atol=1e-3, rtol=0)


def test_inferencia_por_classificacao_cobre_e_nao_exagera() -> None:
    """100 repetições, como no caderno, e menos treino: ≥ 90 acertos e largura média ≤ 1,3 da exata."""
    theta = simulador.sortear_priori(50_000, gerador(1))
    dados = simulador.pares(theta, simulador.simular_chuva(theta, gerador(2)), gerador(3))
    semear(0)
    rede = MLP(2, (32, 32), 1)
    for _ in Treino(rede, perda_classificador, dados, passos=1000, lote=1000, lr=1e-2, agenda=cosseno):
        pass
    verdadeiros, dias = observacoes(REPETICOES, 5)
    razoes = simulador.log_razao_dos_dias(rede, dias, GRADE)
    obtidos, exatos = simulador.intervalo(simulador.posteriori(razoes, GRADE), GRADE), intervalos_exatos(dias)
    larguras = (obtidos.diff(dim=1) / exatos.diff(dim=1)).mean().item()
    assert dentro(verdadeiros, obtidos) >= 0.9
    assert 0.85 <= larguras <= 1.3
    uma_so = simulador.intervalo(simulador.posteriori(razoes / 20, GRADE), GRADE)  # média dos dias em vez de soma
    assert (uma_so.diff(dim=1) / exatos.diff(dim=1)).mean() > 1.3


@pytest.mark.parametrize(("chamada", "parte"), [
    (lambda: simulador.simular_chuva(torch.tensor([-1.0])), "é ≥ 0"),
    (lambda: simulador.log_verossimilhanca_chuva(torch.zeros(2, 2), GRADE), "dois vetores"),
    (lambda: simulador.log_verossimilhanca_chuva(torch.zeros(2), torch.zeros(2)), "todo θ positivo"),
    (lambda: simulador.pares(torch.zeros(3), torch.zeros(2)), "para cada θ"),
    (lambda: simulador.log_razao_dos_dias(MLP(2, (), 1), torch.zeros(20), GRADE), r"x\[None\]"),
    (lambda: simulador.posteriori(torch.zeros(2, 3), GRADE), r"\(R, G\)"),
    (lambda: simulador.intervalo(torch.ones(1, 221), GRADE, 95), "entre 0 e 1"),
])
def test_erros_ensinam(chamada, parte: str) -> None:
    with pytest.raises(ValueError, match=parte):
        chamada()


def test_grade_decrescente() -> None:
    grade = torch.linspace(6, 0.5, 12)
    with pytest.raises(ValueError, match="grade crescente"):
        simulador.intervalo(torch.ones(1, 12), grade)

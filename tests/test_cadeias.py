"""Cadeias contra a verdade: balanço detalhado enumerado, momentos exatos e a variância de ULA em forma fechada."""

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import Normal

from aulas_lib.ambiente import gerador
from aulas_lib.dados.distribuicoes import MisturaGaussiana, anel_de_oito, duas_modas
from aulas_lib.figuras.cadeias import caminhos, instantes, queda_do_erro
from aulas_lib.modelos.cadeias import (
    Cadeia,
    langevin,
    mala,
    metropolis_hastings,
    passeio,
    passo_metropolis,
    ula,
    variancia_ula,
)


def log_normal(x: Tensor) -> Tensor:
    """N(0, I), a menos da constante."""
    return -x.square().sum(dim=1) / 2


# --- o passo de Metropolis-Hastings
def proposta_discreta(matriz: Tensor):
    """Proposta q(j|i) = matriz[i, j] entre os estados 0, 1, ..., K − 1."""

    def propor(x: Tensor, g: torch.Generator | None) -> tuple[Tensor, Tensor]:
        i = x[:, 0].long()
        j = torch.multinomial(matriz[i], 1, generator=g)[:, 0]
        return j[:, None].to(x), matriz[j, i].log() - matriz[i, j].log()

    return propor


def test_matriz_de_transicao_enumerada() -> None:
    """Quatro estados, proposta assimétrica: as frequências das transições são q(j|i) a(i→j), e o resto fica em i."""
    p = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)
    q = torch.tensor([[0.1, 0.4, 0.3, 0.2], [0.3, 0.1, 0.5, 0.1], [0.25] * 4, [0.6, 0.2, 0.1, 0.1]]).double()
    exata = q * torch.minimum(torch.tensor(1.0), p * q.T / (p[:, None] * q))
    exata += torch.diag(1 - exata.sum(dim=1))
    torch.testing.assert_close(p @ exata, p)  # p é estacionária
    torch.testing.assert_close(p[:, None] * exata, (p[:, None] * exata).T)  # balanço detalhado
    n = 60_000
    partida = torch.arange(4).repeat_interleave(n)[:, None].double()
    chegada, aceita = passo_metropolis(partida, lambda x: p[x[:, 0].long()].log() + 7, proposta_discreta(q), gerador(0))
    contagem = torch.zeros(4, 4).index_put((partida[:, 0].long(), chegada[:, 0].long()), torch.ones(4 * n), True)
    torch.testing.assert_close(contagem.double() / n, exata, atol=0.008, rtol=0)
    assert torch.equal(chegada[~aceita], partida[~aceita])  # quem recusa fica


def test_quem_recusa_repete_o_estado() -> None:
    cadeia = metropolis_hastings(log_normal, torch.zeros(3, 2), 200, 3.0, gerador(0))
    mudou = (cadeia.estados.diff(dim=1) != 0).any(dim=2)
    assert torch.equal(mudou, cadeia.aceitos[:, 1:])
    assert 0.05 < cadeia.aceitacao.mean() < 0.6


def test_ponto_impossivel_e_sempre_recusado() -> None:
    def metade(x: Tensor) -> Tensor:
        return torch.where(x[:, 0] > 0, -x[:, 0], -torch.inf)

    cadeia = metropolis_hastings(metade, torch.ones(50, 1), 400, 1.0, gerador(1))
    assert (cadeia.estados > 0).all()
    assert cadeia.depois_de(50).estados.mean().item() == pytest.approx(1, abs=0.06)  # exponencial de média 1


def test_aceitacao_do_passeio_na_gaussiana() -> None:
    """Em N(0, 1), com passo h, a aceitação média é (2/π) arctg(2/h)."""
    x0 = torch.randn(2000, 1, generator=gerador(2))
    for h in (0.5, 2.0, 6.0):
        aceitacao = metropolis_hastings(log_normal, x0, 50, h, gerador(3)).aceitacao.mean().item()
        assert aceitacao == pytest.approx(2 / math.pi * math.atan(2 / h), abs=0.008)


# --- a proposta de Langevin
def test_correcao_de_hastings_de_langevin() -> None:
    lei = duas_modas().to(torch.float64)
    x = torch.randn(20, 1, generator=gerador(4), dtype=torch.float64)
    h = 0.7
    x_novo, log_q = langevin(lei.escore, h)(x, gerador(5))

    def log_ida(a: Tensor, b: Tensor) -> Tensor:
        return Normal(a + h**2 / 2 * lei.escore(a), h).log_prob(b).sum(dim=1)

    torch.testing.assert_close(log_q, log_ida(x_novo, x) - log_ida(x, x_novo))
    ruidos = (x_novo - x - h**2 / 2 * lei.escore(x)) / h
    torch.testing.assert_close(ruidos, torch.randn(20, 1, generator=gerador(5), dtype=torch.float64))


def test_um_passo_por_cadeia() -> None:
    h = torch.tensor([[0.1], [1.0]])
    x = torch.zeros(2, 3)
    x_novo, log_q = passeio(h)(x, gerador(0))
    torch.testing.assert_close(x_novo, h * torch.randn(2, 3, generator=gerador(0)))
    assert torch.equal(log_q, torch.zeros(2))


# --- ULA, MALA e Metropolis contra momentos exatos
@pytest.mark.parametrize(("h", "desvio"), [(0.5, 1.0), (1.0, 1.0), (1.6, 1.0), (0.6, 0.5)])
def test_variancia_de_ula_na_gaussiana(h: float, desvio: float) -> None:
    x0 = desvio * torch.randn(4000, 1, generator=gerador(6))
    x = ula(lambda x: -x / desvio**2, x0, 150, h, gerador(7)).depois_de(50).estados
    assert x.square().mean().item() == pytest.approx(variancia_ula(h, desvio**2), rel=0.02)


def test_variancia_ula_e_o_ponto_fixo_da_recorrencia() -> None:
    v, h, s2 = 0.3, 0.9, 0.7
    for _ in range(500):
        v = (1 - h**2 / (2 * s2)) ** 2 * v + h**2
    assert variancia_ula(h, s2) == pytest.approx(v)
    assert variancia_ula(1e-3) == pytest.approx(1)
    assert variancia_ula(2.0) == math.inf
    with pytest.raises(ValueError, match="números positivos"):
        variancia_ula(0.0)


@pytest.mark.parametrize("h", [0.4, 1.0, 1.6])
def test_mala_e_metropolis_nao_tem_vies(h: float) -> None:
    lei = duas_modas(separacao=2.0, desvio=0.8, peso=0.3)  # m = 0,4; E[x²] = 1 + 0,64
    x0 = lei.amostrar(3000, gerador(8))
    for cadeia in (
        mala(lei.log_densidade, lei.escore, x0, 60, h, gerador(9)),
        metropolis_hastings(lei.log_densidade, x0, 60, h, gerador(9)),
    ):
        x = cadeia.depois_de(20).estados
        assert x.mean().item() == pytest.approx(0.4, abs=0.05)
        assert x.square().mean().item() == pytest.approx(1.64, abs=0.06)


def test_mala_chega_ao_anel_vindo_de_fora() -> None:
    lei = anel_de_oito(desvio=0.4)
    x = mala(lei.log_densidade, lei.escore, 3 * torch.randn(400, 2, generator=gerador(10)), 250, 0.5, gerador(11))
    assert x.depois_de(150).estados.square().sum(dim=2).mean().item() == pytest.approx(4.32, abs=0.15)


def test_mala_com_passo_pequeno_e_ula() -> None:
    """Quando h → 0 a aceitação vai a 1, e os dois andam igual se o acaso é o mesmo."""
    lei = anel_de_oito(desvio=0.4)
    x0 = lei.amostrar(300, gerador(12))
    corridas = [mala(lei.log_densidade, lei.escore, x0, 10, h, gerador(13)) for h in (0.6, 0.2, 0.02)]
    aceitacoes = [corrida.aceitacao.mean() for corrida in corridas]
    assert aceitacoes[0] < 0.8 < aceitacoes[1] < 0.999 < aceitacoes[2]
    um = mala(lei.log_densidade, lei.escore, x0[:1], 1, 0.02, gerador(14)).estados
    torch.testing.assert_close(um, ula(lei.escore, x0[:1], 1, 0.02, gerador(14)).estados)


def test_ula_com_passo_grande_diverge_sem_erro() -> None:
    x = ula(torch.neg, torch.ones(2, 1), 400, 3.0, gerador(0)).estados
    assert not (x.abs() < 1e6).all()


# --- a casca
def test_cadeia_guarda_formas_e_tipos() -> None:
    x0 = torch.randn(3, 5, dtype=torch.float64, generator=gerador(0))
    cadeia = metropolis_hastings(log_normal, x0, 7, 0.5, gerador(1))
    assert cadeia.estados.shape == (3, 7, 5) and cadeia.estados.dtype == torch.float64
    assert cadeia.aceitos.shape == (3, 7) and cadeia.aceitacao.shape == (3,)
    assert cadeia.depois_de(4).estados.shape == (3, 3, 5)
    assert ula(torch.neg, x0, 2, 0.5).aceitacao is None
    with pytest.raises(ValueError, match="algum tem de sobrar"):
        cadeia.depois_de(7)


def test_a_mesma_semente_repete_a_cadeia() -> None:
    x0 = torch.zeros(2, 2)
    a, b = (mala(log_normal, torch.neg, x0, 20, 0.8, gerador(3)).estados for _ in range(2))
    assert torch.equal(a, b)


def test_o_passo_do_leitor_e_o_que_roda() -> None:
    def sempre_fica(x, log_p, propor, gerador=None):
        return x, torch.zeros(len(x), dtype=torch.bool)

    cadeia = metropolis_hastings(log_normal, torch.ones(2, 2), 3, 0.5, gerador(0), sempre_fica)
    assert (cadeia.estados == 1).all() and not cadeia.aceitos.any()


@pytest.mark.parametrize(
    ("x0", "passos", "h", "mensagem"),
    [
        (torch.zeros(2), 5, 0.5, "x0\\[None\\]"),
        (torch.zeros(2, 2).long(), 5, 0.5, "números reais"),
        (torch.zeros(2, 2), 0, 0.5, "passos=0"),
        (torch.zeros(2, 2), 5, 0.0, "número positivo"),
        (torch.zeros(2, 2), 5, torch.ones(2), "número positivo"),
    ],
)
def test_argumentos_que_nao_servem(x0: Tensor, passos: int, h: float | Tensor, mensagem: str) -> None:
    with pytest.raises(ValueError, match=mensagem):
        metropolis_hastings(log_normal, x0, passos, h)
    with pytest.raises(ValueError, match=mensagem):
        ula(torch.neg, x0, passos, h)


def test_partida_impossivel() -> None:
    with pytest.raises(ValueError, match="Comece onde a densidade é positiva"):
        metropolis_hastings(lambda x: x[:, 0].log(), -torch.ones(1, 1), 5, 0.5)


def test_log_p_com_uma_dimensao_a_mais() -> None:
    """Com (C, 1) no lugar de (C,), a razão viraria (C, C) sem um erro."""
    with pytest.raises(ValueError, match=r"forma \(3, 1\); esperava \(3,\)"):
        metropolis_hastings(lambda x: -(x**2) / 2, torch.zeros(3, 1), 5, 0.5)


# --- figuras
def test_figuras_recebem_tensores_e_devolvem_eixos() -> None:
    lei = MisturaGaussiana(torch.ones(1), torch.zeros(1, 2), torch.tensor(1.0))
    ax = queda_do_erro(torch.tensor([10, 100]), torch.tensor([0.3, 0.1]), torch.tensor([0.3, 0.095]))
    assert ax.get_xscale() == ax.get_yscale() == "log"
    estados = torch.randn(3, 6, 2, generator=gerador(0))
    ax = caminhos(lei.log_densidade, estados)
    assert [linha.get_label() for linha in ax.lines] == ["cadeia 1", "cadeia 2", "cadeia 3"]
    assert len({linha.get_marker() for linha in ax.lines}) == 3
    eixos = instantes(estados, [0, 5])
    assert [eixo.get_title(loc="left") for eixo in eixos] == ["passo 0", "passo 5"]
    torch.testing.assert_close(torch.tensor(eixos[1].lines[0].get_xdata()), estados[:, 5, 0])
    for chamada in (lambda: caminhos(lei.log_densidade, estados[0]), lambda: instantes(estados[0], [0])):
        with pytest.raises(ValueError, match="estados: chegou a forma"):
            chamada()
    with pytest.raises(ValueError, match="valores de 0 a 5"):
        instantes(estados, [6])
    with pytest.raises(ValueError, match="medido"):
        queda_do_erro(torch.ones(2), torch.ones(3), torch.ones(2))


def test_cadeia_sem_aceitos() -> None:
    assert Cadeia(torch.zeros(1, 4, 2)).depois_de(2).aceitos is None

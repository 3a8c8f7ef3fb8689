"""A JSD numa grade e o seu piso, contra a conta direta, os casos-limite e a quadratura."""

import math
import re

import pytest
import torch

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao.divergencias import jsd_na_grade, piso_da_jsd
from aulas_lib.dados.distribuicoes import MisturaGaussiana, anel_de_oito

LOG2 = math.log(2)


def normal(media: float, desvio: float = 1.0) -> MisturaGaussiana:
    return MisturaGaussiana(torch.ones(1), torch.tensor([[media, 0.0]]), torch.tensor(desvio**2))


def test_a_mesma_amostra_da_zero_e_sem_celula_em_comum_da_log_2() -> None:
    pontos = anel_de_oito().amostrar(500, gerador(0))
    assert jsd_na_grade(pontos, pontos) == 0
    assert jsd_na_grade(pontos, pontos[torch.randperm(500, generator=gerador(1))]) == pytest.approx(0, abs=1e-12)
    esquerda = torch.rand(300, 2, generator=gerador(2)) - 2
    assert jsd_na_grade(esquerda, -esquerda) == pytest.approx(LOG2, abs=1e-12)


def test_e_a_conta_feita_a_mao() -> None:
    # grade 2 × 2 em [−1, 1]²: p = (3/4, 1/4, 0, 0) e q = (1/4, 1/4, 1/2, 0)
    a, b, c = [-0.5, -0.5], [0.5, -0.5], [-0.5, 0.5]
    p, q = torch.tensor([a, a, a, b]), torch.tensor([a, b, c, c])
    kl_p = 0.75 * math.log(3 / 2)  # m = (1/2, 1/4, 1/4, 0)
    kl_q = 0.25 * math.log(1 / 2) + 0.5 * math.log(2)
    certa = (kl_p + kl_q) / 2
    assert jsd_na_grade(p, q, lado=2, extensao=1.0) == pytest.approx(certa, abs=1e-12)
    assert jsd_na_grade(q, p, lado=2, extensao=1.0) == pytest.approx(certa, abs=1e-12)


def test_o_que_cai_fora_conta_e_nao_some() -> None:
    dentro, fora = torch.zeros(10, 2), torch.full((10, 2), 50.0)
    assert jsd_na_grade(dentro, fora) == pytest.approx(LOG2, abs=1e-12)
    metade = torch.cat([dentro[:5], fora[:5]])  # p = (1, 0), q = (½, ½)
    certa = 0.5 * math.log(4 / 3) + 0.25 * math.log(2 / 3) + 0.25 * math.log(2)
    assert jsd_na_grade(dentro, metade) == pytest.approx(certa, abs=1e-12)
    borda = torch.tensor([[3.0, 0.0]])  # a borda direita já é fora; a esquerda é dentro
    assert jsd_na_grade(borda, fora) == pytest.approx(0, abs=1e-12)
    assert jsd_na_grade(-borda, fora) == pytest.approx(LOG2, abs=1e-12)


def test_com_muitos_pontos_chega_a_jsd_das_densidades_e_com_poucos_fica_acima() -> None:
    p, q = normal(-0.7), normal(0.7)
    eixo = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    um, outro = (torch.exp(-((eixo - m) ** 2) / 2) / math.sqrt(2 * math.pi) for m in (-0.7, 0.7))
    meio = (um + outro) / 2
    exata = torch.trapezoid(0.5 * um * (um / meio).log() + 0.5 * outro * (outro / meio).log(), eixo).item()
    muitos = jsd_na_grade(p.amostrar(400_000, gerador(0)), q.amostrar(400_000, gerador(1)), lado=40, extensao=5.0)
    assert muitos == pytest.approx(exata, abs=0.01)
    poucos = [
        jsd_na_grade(p.amostrar(300, gerador(2 + s)), q.amostrar(300, gerador(50 + s)), lado=40, extensao=5.0)
        for s in range(5)
    ]
    assert min(poucos) > exata + 0.05


def test_o_piso_desce_com_n_e_e_a_media_de_pares_da_mesma_lei() -> None:
    lei = anel_de_oito(desvio=0.15)
    pisos = [piso_da_jsd(lei, n) for n in (200, 2000, 20_000)]
    assert pisos[0] > 2 * pisos[1] > 4 * pisos[2] > 0
    acaso = gerador(5)
    certo = [jsd_na_grade(lei.amostrar(400, acaso), lei.amostrar(400, acaso)) for _ in range(3)]
    assert piso_da_jsd(lei, 400, repeticoes=3, semente=5) == pytest.approx(sum(certo) / 3, abs=1e-12)


@pytest.mark.parametrize(
    ("argumentos", "pedaco"),
    [
        ((torch.zeros(3), torch.zeros(3, 2)), "forma (3,)"),
        ((torch.zeros(3, 2), torch.zeros(0, 2)), "forma (0, 2)"),
        ((torch.full((3, 2), torch.nan), torch.zeros(3, 2)), "finitos"),
        ((torch.zeros(3, 2), torch.zeros(3, 2), 0), "lado=0"),
        ((torch.zeros(3, 2), torch.zeros(3, 2), 4, -1.0), "extensao=-1.0"),
    ],
)
def test_recusa_com_explicacao(argumentos: tuple, pedaco: str) -> None:
    with pytest.raises(ValueError, match=re.escape(pedaco)):
        jsd_na_grade(*argumentos)
    with pytest.raises(ValueError, match="repeticoes=0"):
        piso_da_jsd(anel_de_oito(), 10, repeticoes=0)

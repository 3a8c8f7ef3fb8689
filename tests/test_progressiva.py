"""Crescimento progressivo: as duas pontas da entrada gradual, e a norma por posição."""

import pytest
import torch
import torch.nn.functional as F

from aulas_lib.ambiente import gerador, semear
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.modelos.progressiva import DiscriminadorProgressivo, GeradorProgressivo, momento
from aulas_lib.modelos.taxa_igualada import NormaDoPixel
from aulas_lib.receitas import progressiva as receita


def sorteio(*forma: int) -> torch.Tensor:
    return torch.randn(forma, generator=gerador(1))


def redes() -> tuple[GeradorProgressivo, DiscriminadorProgressivo]:
    semear(0)
    return GeradorProgressivo(3, (8, 6, 4), latentes=5), DiscriminadorProgressivo(3, (8, 6, 4))


@pytest.mark.parametrize("estagio", [1, 2])
def test_as_duas_pontas_da_entrada_gradual(estagio: int) -> None:
    """Com alfa 0, as duas redes são as do estágio anterior; com alfa 1, a camada antiga não conta; no meio, a média."""
    rede_g, rede_d = redes()
    z, x = sorteio(4, 5), sorteio(4, 3, 32, 32)
    saidas, casos = {}, {"zero": (estagio, 0), "um": (estagio, 1), "meio": (estagio, 0.5), "antes": (estagio - 1, 1)}
    for nome, (e, alfa) in casos.items():
        rede_g.crescer(e, alfa)
        rede_d.crescer(e, alfa)
        saidas[nome] = rede_g(z), rede_d(x)
    for zero, antes in zip(saidas["zero"], saidas["antes"], strict=True):
        torch.testing.assert_close(zero, antes, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(saidas["meio"][0], (saidas["zero"][0] + saidas["um"][0]) / 2, atol=1e-5, rtol=1e-4)
    assert (saidas["um"][0] - saidas["zero"][0]).abs().max() > 0.01
    assert (saidas["um"][1] - saidas["zero"][1]).abs().max() > 0.001


def test_a_imagem_e_a_do_estagio_repetida() -> None:
    rede_g, rede_d = redes()
    rede_g.crescer(0)
    x = rede_g(sorteio(4, 5))
    assert x.shape == (4, 3, 32, 32)
    torch.testing.assert_close(F.interpolate(F.avg_pool2d(x, 4), scale_factor=4), x)
    assert rede_d(x).shape == (4, 1)
    with pytest.raises(ValueError, match="estágio 3"):
        rede_g.crescer(3)
    with pytest.raises(ValueError, match=r"alfa 1\.5"):
        rede_g.crescer(1, 1.5)


def test_norma_do_pixel() -> None:
    y = NormaDoPixel()(sorteio(2, 6, 3, 3))
    torch.testing.assert_close(y.square().mean(dim=1), torch.ones(2, 3, 3), atol=1e-4, rtol=0)


def test_momento_alterna_entrada_e_estabilidade() -> None:
    esperado = {0: (0, 1.0), 9: (0, 1.0), 10: (1, 0.0), 12: (1, 0.5), 14: (1, 1.0), 23: (1, 1.0), 24: (2, 0.0),
                27: (2, 0.75), 28: (2, 1.0), 999: (2, 1.0)}  # fmt: skip
    assert {v: momento(v, estavel=10, entrada=4, estagios=3) for v in esperado} == esperado


@pytest.mark.parametrize(("estagio", "alfa"), [(0, 1.0), (1, 0.5), (1, 1.0), (2, 0.25), (2, 1.0)])
def test_em_uso_sao_as_camadas_que_tem_gradiente(estagio: int, alfa: float) -> None:
    rede_g, rede_d = redes()
    for rede in (rede_g, rede_d):
        rede.crescer(estagio, alfa)
    rede_d(rede_g(sorteio(4, 5))).sum().backward()
    for rede in (rede_g, rede_d):
        usadas = {p for camada in rede.em_uso() for p in camada.parameters()}
        assert usadas == {p for p in rede.parameters() if p.grad is not None}


def test_o_treino_cresce_e_so_anda_o_que_esta_em_uso() -> None:
    """Em cada volta, exatamente os pesos do estágio mudam; a média dos pesos acompanha o estágio."""
    semear(0)
    conjunto = carinhas(64, cache=False)
    treino = receita.treinar_progressiva(receita.criar_progressiva(conjunto), conjunto, 0)
    treino.passos, estagios = 8, []
    for _ in range(8):
        antes = {n: p.clone() for n, p in treino.modelo.named_parameters()}
        next(iter(treino))
        rede_g, rede_d = treino.modelo.values()
        usadas = {p for rede in (rede_g, rede_d) for camada in rede.em_uso() for p in camada.parameters()}
        mudou = {p for n, p in treino.modelo.named_parameters() if not torch.equal(p, antes[n])}
        assert mudou <= usadas and (rede_g.alfa == 0 or len(mudou) > 0.8 * len(usadas))  # com alfa = 0 a nova não conta
        estagios.append((rede_g.estagio, rede_g.alfa))
        assert treino.media.module.estagio == rede_d.estagio == rede_g.estagio
    assert estagios == [momento(v, 1, 1, 3) for v in range(8)] and estagios[-1] == (2, 1.0)
    treino.fase = 0.0
    rede_g.crescer(0)
    treino.crescer()
    assert rede_g.estagio == 0  # sem fases o treino não mexe no estágio


def test_deriva_soma_um_milesimo_do_quadrado_da_nota_real() -> None:
    real, falso = sorteio(5), sorteio(10)[5:]
    torch.testing.assert_close(receita.perda_com_deriva(real, falso), falso - real + 0.001 * real**2)

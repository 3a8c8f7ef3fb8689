"""Z contra formas fechadas, as duas enumerações e a estimativa por AIS."""

import math

import pytest
import torch
from test_boltzmann import conjunta, frequencias, maquina, todos

from aulas_lib.ambiente import gerador
from aulas_lib.modelos.boltzmann import Parametros, energia_livre, vies_da_frequencia
from aulas_lib.modelos.particao import (
    amostrar_exato,
    gradiente_exato,
    log_pesos_ais,
    log_z_ais,
    log_z_exato,
    perda_exata,
    todos_os_estados,
)


@pytest.mark.parametrize("forma", [(4, 6), (6, 4), (5, 5)])
def test_enumerar_as_visiveis_ou_as_ocultas_da_o_mesmo(forma):
    rbm = maquina(*forma)
    trocada = Parametros(rbm.c, rbm.b, rbm.W.T)
    pelas_visiveis = (-energia_livre(rbm, todos(forma[0]))).logsumexp(0)
    torch.testing.assert_close(log_z_exato(rbm), pelas_visiveis)
    torch.testing.assert_close(log_z_exato(trocada), pelas_visiveis)


def test_enumera_o_lado_menor():
    assert log_z_exato(maquina(300, 3)).isfinite() and log_z_exato(maquina(3, 300)).isfinite()


@pytest.mark.parametrize("forma", [(12, 3), (3, 12), (30, 15)])
def test_sem_pesos_z_e_um_produto(forma):
    """W = 0: cada unidade é uma moeda, e Z é o produto dos (1 + e^viés); 15 ocultas são dois blocos."""
    b, c = (torch.randn(n, generator=gerador(n), dtype=torch.float64) for n in forma)
    fechada = torch.log1p(b.exp()).sum() + torch.log1p(c.exp()).sum()
    torch.testing.assert_close(log_z_exato(Parametros(b, c, torch.zeros(forma, dtype=torch.float64))), fechada)


def test_estados_em_ordem():
    assert todos_os_estados(2).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    torch.testing.assert_close(todos_os_estados(5, torch.zeros(1).double()), todos(5))


def test_grande_demais_para_enumerar():
    with pytest.raises(ValueError, match=r"21 unidades são 2\^21 estados.*log_z_ais"):
        log_z_exato(maquina(40, 21))


def test_gradiente_de_log_z_e_a_esperanca_do_modelo():
    rbm, vs = maquina(4, 3), todos(4)
    log_z_exato(rbm).backward()
    p = conjunta(rbm)
    torch.testing.assert_close(rbm.b.grad, p.sum(1) @ vs)
    torch.testing.assert_close(rbm.c.grad, p.sum(0) @ todos(3))
    torch.testing.assert_close(rbm.W.grad, vs.T @ p @ todos(3))


def test_gradiente_exato_contra_diferenca_finita():
    rbm, v = maquina(5, 3), todos(5)[[2, 11, 29]]
    exato, numerico, passo = gradiente_exato(rbm, v), [], 1e-5
    with torch.no_grad():
        for parametro in (rbm.b, rbm.c, rbm.W):
            plano = parametro.view(-1)
            for i in range(len(plano)):
                plano[i] += passo
                acima = perda_exata(rbm, v).mean()
                plano[i] -= 2 * passo
                abaixo = perda_exata(rbm, v).mean()
                plano[i] += passo
                numerico.append((acima - abaixo) / (2 * passo))
    torch.testing.assert_close(exato, torch.stack(numerico), atol=1e-8, rtol=1e-6)


@pytest.mark.parametrize("forma", [(3, 5), (5, 3)])
def test_amostras_exatas_dos_dois_lados(forma):
    rbm = maquina(*forma)
    v = amostrar_exato(rbm, 100_000, gerador(1))
    assert (frequencias(v) - conjunta(rbm).sum(1)).abs().max() < 0.006


def ais_em_grupos(rbm, temperaturas: int, cadeias: int, grupos: int, **opcoes) -> torch.Tensor:
    """log Ẑ de vários grupos independentes de cadeias, menos o valor exato."""
    log_w = log_pesos_ais(rbm, cadeias * grupos, temperaturas, gerador=gerador(4), **opcoes)
    return (log_w.view(grupos, cadeias).logsumexp(1) - math.log(cadeias) - log_z_exato(rbm)).detach()


def test_ais_acerta_log_z_e_os_pesos_nao_tem_vies():
    rbm = maquina(20, 6, escala=0.8)
    assert ais_em_grupos(rbm, 300, cadeias=100, grupos=10).abs().max() < 0.1
    poucas = log_pesos_ais(rbm, 20_000, 20, gerador=gerador(5)) - log_z_exato(rbm)
    razoes = poucas.exp().detach()  # E[w Z_base / Z] = 1, com qualquer número de temperaturas
    assert abs(razoes.mean() - 1) < 4 * razoes.std() / math.sqrt(20_000)


def test_ais_subestima_em_media_e_menos_com_mais_temperaturas():
    rbm = maquina(20, 6, escala=0.8)
    erros = [ais_em_grupos(rbm, t, cadeias=1, grupos=1000).mean().item() for t in (3, 30, 300)]
    assert erros[0] < erros[1] < erros[2] < 0.02
    assert erros[0] < -1.0


def test_ais_da_propria_base_e_exata():
    b = torch.randn(7, generator=gerador(1), dtype=torch.float64)
    rbm = Parametros(b, torch.zeros(4).double(), torch.zeros(7, 4).double())
    log_w = log_pesos_ais(rbm, 5, 3, vies_base=b, gerador=gerador(2))
    torch.testing.assert_close(log_w, log_z_exato(rbm).expand(5))


def test_base_nos_dados_e_media_dos_pesos():
    rbm = maquina(12, 4)
    base = vies_da_frequencia(amostrar_exato(rbm, 500, gerador(1)))
    assert ais_em_grupos(rbm, 300, 100, 5, vies_base=base).abs().max() < 0.1
    log_w = log_pesos_ais(rbm, 50, 10, base, gerador(3))
    torch.testing.assert_close(log_z_ais(rbm, 50, 10, base, gerador(3)), log_w.exp().mean().log())


def test_ais_recusa_o_que_nao_serve():
    rbm = maquina(4, 3)
    with pytest.raises(ValueError, match="esperava 1 ou mais"):
        log_z_ais(rbm, cadeias=0)
    with pytest.raises(ValueError, match="vies_base"):
        log_z_ais(rbm, vies_base=torch.zeros(3))

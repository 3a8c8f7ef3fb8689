"""A máquina de Boltzmann contra contas de força bruta: energia livre, condicionais, cadeia e gradientes."""

import itertools
import math
from functools import partial

import pytest
import torch
from torch import Tensor

from aulas_lib.ambiente import gerador, semear
from aulas_lib.modelos import boltzmann
from aulas_lib.modelos.boltzmann import (
    RBM,
    CadeiasPersistentes,
    Parametros,
    amostrar,
    energia,
    energia_livre,
    log_prob,
    passo_gibbs,
    perda_cd,
    prob_ocultas,
    prob_visiveis,
    vies_da_frequencia,
)
from aulas_lib.modelos.particao import amostrar_exato, gradiente_exato, gradientes_cd, log_z_exato
from aulas_lib.treino import Treino, cosseno


def caminhada(rbm, v, passos, g):
    """v e os `passos` estados seguintes, forma (passos + 1, B, D)."""
    estados = [v]
    for _ in range(passos):
        estados.append(passo_gibbs(rbm, estados[-1], g))
    return torch.stack(estados)


def maquina(visiveis: int, ocultas: int, escala: float = 1.0, semente: int = 3) -> RBM:
    rbm, g = RBM(visiveis, ocultas).double(), gerador(semente)
    with torch.no_grad():
        for parametro in rbm.parameters():
            parametro.copy_(escala * torch.randn(parametro.shape, generator=g, dtype=torch.float64))
    return rbm


def todos(n: int) -> Tensor:
    return torch.tensor(list(itertools.product((0.0, 1.0), repeat=n)), dtype=torch.float64)


def conjunta(rbm: RBM) -> Tensor:
    """p(v, h) de todos os pares, por força bruta: forma (2^D, 2^H)."""
    vs, hs = todos(len(rbm.b)), todos(len(rbm.c))
    expoentes = torch.stack([-energia(rbm, vs, h.expand(len(vs), -1)) for h in hs], 1)
    return expoentes.flatten().softmax(0).view(len(vs), len(hs)).detach()


def frequencias(v: Tensor) -> Tensor:
    """Frequência de cada um dos 2^D estados."""
    potencias = 2.0 ** torch.arange(v.shape[-1] - 1, -1, -1, dtype=v.dtype)
    numeros = (v.reshape(-1, v.shape[-1]) @ potencias).long()
    return torch.bincount(numeros, minlength=2 ** v.shape[-1]) / len(numeros)


def test_energia_escrita_termo_a_termo():
    rbm = maquina(3, 2)
    v, h = torch.tensor([[1.0, 0, 1]]).double(), torch.tensor([[0.0, 1]]).double()
    esperada = -rbm.b[0] - rbm.b[2] - rbm.c[1] - rbm.W[0, 1] - rbm.W[2, 1]
    torch.testing.assert_close(energia(rbm, v, h), esperada[None])


@pytest.mark.parametrize("forma", [(1, 1), (4, 3), (3, 5)])
def test_energia_livre_e_a_soma_bruta_sobre_as_ocultas(forma):
    rbm = maquina(*forma)
    v = todos(forma[0])
    bruta = -torch.stack([-energia(rbm, v, h.expand(len(v), -1)) for h in todos(forma[1])]).logsumexp(0)
    torch.testing.assert_close(energia_livre(rbm, v), bruta)


def test_energia_livre_com_pesos_grandes_nao_estoura():
    rbm = Parametros(torch.zeros(2), torch.tensor([500.0]), torch.tensor([[300.0], [-1000.0]]))
    torch.testing.assert_close(energia_livre(rbm, torch.tensor([[1.0, 0], [0, 1]])), torch.tensor([-800.0, 0.0]))


def test_condicionais_de_gibbs_contra_a_conjunta():
    rbm = maquina(4, 3)
    p, vs, hs = conjunta(rbm), todos(4), todos(3)
    torch.testing.assert_close(prob_ocultas(rbm, vs), (p @ hs) / p.sum(1, keepdim=True))
    torch.testing.assert_close(prob_visiveis(rbm, hs), (p.T @ vs) / p.sum(0)[:, None])


def test_p_de_v_soma_um_e_e_a_marginal():
    rbm = maquina(5, 3)
    p = log_prob(rbm, todos(5), log_z_exato(rbm)).exp()
    torch.testing.assert_close(p.sum().item(), 1.0)
    torch.testing.assert_close(p, conjunta(rbm).sum(1))


def test_a_cadeia_longa_visita_os_estados_na_frequencia_certa():
    rbm = maquina(4, 3, escala=0.8)
    inicio = torch.zeros(500, 4, dtype=torch.float64)
    visitados = caminhada(rbm, inicio, 300, gerador(1))[50:]  # 125 500 estados
    exata = conjunta(rbm).sum(1).float()
    assert (frequencias(visitados) - exata).abs().max() < 0.01
    assert (frequencias(inicio) - exata).abs().max() > 0.3  # o começo é outra lei


def test_um_passo_de_gibbs_deixa_p_como_esta():
    rbm = maquina(4, 3)
    v = amostrar_exato(rbm, 100_000, gerador(2))
    exata = conjunta(rbm).sum(1).float()
    assert (frequencias(v) - exata).abs().max() < 0.006
    assert (frequencias(passo_gibbs(rbm, v, gerador(3))) - exata).abs().max() < 0.006


def test_amostrar_e_o_fim_da_caminhada_e_repete_com_a_semente():
    rbm, inicio = maquina(6, 3), torch.ones(4, 6, dtype=torch.float64)
    fim = amostrar(rbm, 4, 7, gerador(5), inicio)
    torch.testing.assert_close(fim, caminhada(rbm, inicio, 7, gerador(5))[-1])
    moedas = amostrar(rbm, 20_000, 0, gerador(5))
    assert moedas.shape == (20_000, 6) and (moedas.mean(0) - 0.5).abs().max() < 0.015
    assert set(moedas.unique().tolist()) == {0.0, 1.0}


def test_gradiente_da_perda_cd_e_diferenca_de_energias_livres():
    """O estado da cadeia entra como constante: o gradiente é o de F nos dois pontos, e nada mais."""
    rbm, v = maquina(5, 4), todos(5)[::3]
    perda_cd(rbm, v, gerador(4), k=3).mean().backward()
    v_k = caminhada(rbm, v, 3, gerador(4))[-1]
    do_dado, do_modelo = prob_ocultas(rbm, v), prob_ocultas(rbm, v_k)
    torch.testing.assert_close(rbm.b.grad, v_k.mean(0) - v.mean(0))
    torch.testing.assert_close(rbm.c.grad, (do_modelo.mean(0) - do_dado.mean(0)).detach())
    torch.testing.assert_close(rbm.W.grad, ((v_k.T @ do_modelo - v.T @ do_dado) / len(v)).detach())


def test_cd_com_muitos_passos_chega_ao_gradiente_exato_e_com_um_nao():
    rbm = maquina(5, 3, escala=2.0)
    v = todos(5)[[0, 3, 9, 9, 21, 30]]
    exato = gradiente_exato(rbm, v)

    def erro(k: int) -> float:
        media = gradientes_cd(rbm, v, k, repeticoes=60, cadeias=2000, gerador=gerador(6)).mean(0)
        return ((media - exato).norm() / exato.norm()).item()

    assert erro(60) < 0.03
    assert erro(1) > 0.12


def test_gradientes_cd_tem_a_media_da_perda_cd():
    rbm, v = maquina(4, 3), todos(4)[[1, 6, 6, 13]]
    rapido = gradientes_cd(rbm, v, 2, repeticoes=500, cadeias=100, gerador=gerador(7))
    assert rapido.shape == (500, 4 + 3 + 12)
    muitas = v.repeat(12_500, 1)
    perda_cd(rbm, muitas, gerador(8), k=2).mean().backward()
    lento = torch.cat([p.grad.flatten() for p in (rbm.b, rbm.c, rbm.W)])
    torch.testing.assert_close(rapido.mean(0), lento, atol=0.01, rtol=0)


def test_cadeias_persistentes_continuam_de_onde_pararam():
    rbm, inicio = maquina(4, 3), torch.zeros(8, 4, dtype=torch.float64)
    perda, g = CadeiasPersistentes(inicio, k=2), gerador(9)
    v = todos(4)[:3]
    valores = [perda(rbm, v, gerador=g) for _ in range(3)]
    esperadas = caminhada(rbm, inicio, 6, gerador(9))
    torch.testing.assert_close(perda.v, esperadas[-1])
    torch.testing.assert_close(valores[0], energia_livre(rbm, v) - energia_livre(rbm, esperadas[2]).mean())


@pytest.mark.parametrize("nome", ["cd", "pcd"])
def test_treinar_aproxima_os_dados(nome):
    """Dois padrões opostos com 10 % dos bits trocados: só as ocultas explicam que os bits combinam."""
    padroes = torch.tensor([[1.0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]]).repeat(500, 1)
    v = (padroes - (torch.rand(1000, 6, generator=gerador(1)) < 0.1).float()).abs()
    entropia = math.log(2) - 6 * (0.1 * math.log(0.1) + 0.9 * math.log(0.9))  # 2,64 nats
    semear(0)
    rbm = RBM(6, 4, vies_da_frequencia(v))
    perda = partial(perda_cd, k=2) if nome == "cd" else CadeiasPersistentes(v[:200].clone(), k=2)
    antes = -log_prob(rbm, v, log_z_exato(rbm)).mean().item()
    for _ in Treino(rbm, perda, v, passos=600, lote=200, lr=0.02, agenda=cosseno):
        pass
    depois = -log_prob(rbm, v, log_z_exato(rbm)).mean().item()
    assert antes > entropia + 1.4 and depois < entropia + 0.12


def test_vies_da_frequencia_da_a_cada_bit_a_sua_media():
    v = (torch.rand(4000, 3, generator=gerador(1)) < torch.tensor([0.1, 0.5, 0.9])).float()
    v = torch.cat([v, torch.ones(4000, 1)], 1)
    p = torch.sigmoid(vies_da_frequencia(v))
    torch.testing.assert_close(p[:3], v.mean(0)[:3], atol=1e-3, rtol=0)
    assert p[3] < 1  # um bit que nunca muda não dá infinito


def test_erros_ensinam():
    with pytest.raises(ValueError, match="esperava 1 ou mais"):
        RBM(0, 3)
    with pytest.raises(ValueError, match=r"esperava \(4,\)"):
        RBM(4, 3, torch.zeros(3))
    with pytest.raises(ValueError, match="um estado por cadeia"):
        amostrar(RBM(4, 3), 2, 1, inicio=torch.zeros(3, 4))


def test_argumentos_absurdos() -> None:
    rbm, v = boltzmann.RBM(4, 2), torch.ones(3, 4)
    with pytest.raises(ValueError, match="valores de -1 a 1; esperava zeros e uns"):
        boltzmann.perda_cd(rbm, torch.tensor([[-1.0, 1.0, 1.0, -1.0]]))
    with pytest.raises(ValueError, match="pelo menos 1 passo"):
        boltzmann.CadeiasPersistentes(v, k=0)
    with pytest.raises(ValueError, match="passos a partir de 0"):
        boltzmann.amostrar(rbm, 3, passos=-1)

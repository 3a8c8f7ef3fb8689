"""Exercícios da máquina de Boltzmann: respostas certas em várias formas, cada engano e respostas absurdas."""

import itertools
import math

import numpy as np
import pytest
import torch
from inacabadas_vae import RASCUNHOS, SEM_RETURN

from aulas_lib.exercicios import ExercicioNaoResolvido, rigor
from aulas_lib.exercicios import geradores_boltzmann as ex

CERTO = 64 * math.log(4) + 10 * math.log(2)


def com_softplus(v, b, c, W):
    return -(v @ b) - torch.nn.functional.softplus(c + v @ W).sum(dim=1)


def com_laco(v, b, c, W):
    """Uma oculta e um exemplo de cada vez, com logaddexp."""
    saida = []
    for exemplo in v:
        f = -sum(exemplo[i] * b[i] for i in range(len(b)))
        for j in range(len(c)):
            f = f - torch.logaddexp(torch.tensor(0.0), c[j] + exemplo @ W[:, j])
        saida.append(f)
    return torch.stack(saida)


def com_einsum(v, b, c, W):
    a = torch.einsum("bd,dh->bh", v, W) + c
    return -torch.einsum("bd,d->b", v, b) - torch.stack([a, torch.zeros_like(a)]).logsumexp(0).sum(-1)


@pytest.mark.parametrize("funcao", [com_softplus, com_laco, com_einsum])
def test_energia_livre_certa(veredito, funcao):
    assert veredito(ex.conferir_energia_livre, funcao).startswith("certo!")
    with rigor():
        ex.conferir_energia_livre(funcao)


def test_a_soma_bruta_sobre_h_tambem_serve_de_gabarito(veredito):
    """O gabarito da conferência concorda com a definição, sem passar pela biblioteca."""
    g = torch.Generator().manual_seed(0)
    v, b, c, W = (torch.randn(s, generator=g) for s in ((5, 3), (3,), (4,), (3, 4)))
    hs = torch.tensor(list(itertools.product((0.0, 1.0), repeat=4)))
    bruta = -torch.stack([v @ b + h @ c + v @ W @ h for h in hs]).logsumexp(0)
    torch.testing.assert_close(com_softplus(v, b, c, W), bruta)


def test_formula_que_estoura_recebe_a_dica_de_softplus(veredito):
    texto = veredito(ex.conferir_energia_livre, lambda v, b, c, W: -v @ b - (1 + (c + v @ W).exp()).log().sum(1))
    assert "a fórmula está certa, mas estoura" in texto


@pytest.mark.parametrize("engano", ex.ENGANOS_ENERGIA_LIVRE)
def test_todo_engano_da_energia_livre_recebe_a_sua_dica(veredito, engano):
    assert veredito(ex.conferir_energia_livre, engano.formula) == f"ainda não: {' '.join(engano.dica.split())}"


@pytest.mark.parametrize("resposta", [CERTO, 95.65, np.float64(CERTO), torch.tensor(CERTO), 69 * math.log(4)])
def test_log_z_certo(veredito, resposta):
    assert veredito(ex.conferir_log_z_sem_pesos, resposta).startswith("certo!")


@pytest.mark.parametrize(("valor", "dica"), ex.enganos_log_z())
def test_todo_engano_de_log_z_recebe_a_sua_dica(veredito, valor, dica):
    assert veredito(ex.conferir_log_z_sem_pesos, valor) == f"ainda não: {' '.join(dica.split())}"


def test_log_z_zero_e_outro_numero(veredito):
    assert "Z = 1" in veredito(ex.conferir_log_z_sem_pesos, 0)
    assert "produto de 74 fatores" in veredito(ex.conferir_log_z_sem_pesos, 12.3)


@pytest.mark.parametrize("rascunho", [None, ..., *RASCUNHOS])
def test_por_fazer(veredito, rascunho):
    assert veredito(ex.conferir_energia_livre, rascunho).startswith("ainda não resolvido: ")
    with rigor(), pytest.raises(ExercicioNaoResolvido, match="ainda não resolvido"):
        ex.conferir_energia_livre(rascunho)


@pytest.mark.parametrize("rascunho", [None, ...])
def test_numero_por_fazer(veredito, rascunho):
    assert veredito(ex.conferir_log_z_sem_pesos, rascunho).startswith("ainda não resolvido: ")


def test_sem_return(veredito):
    assert "falta o `return`" in veredito(ex.conferir_energia_livre, SEM_RETURN[0])


@pytest.mark.parametrize("absurdo", ["texto", [], {}, math.nan, torch.zeros(0), torch.zeros(2, 2, 2), np.zeros(3)])
def test_absurdos_nao_dao_traceback(veredito, absurdo):
    assert veredito(ex.conferir_energia_livre, lambda *a: absurdo).startswith("ainda não: ")
    assert veredito(ex.conferir_energia_livre, absurdo).startswith("ainda não: ")
    assert veredito(ex.conferir_log_z_sem_pesos, absurdo).startswith("ainda não: ")


def test_erro_dentro_da_funcao(veredito):
    texto = veredito(ex.conferir_energia_livre, lambda v, b, c, W: v @ c)
    assert "sua função parou com um erro" in texto and "Traceback" not in texto

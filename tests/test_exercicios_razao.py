"""As conferências da razão: respostas certas, rascunhos, cada engano com a sua dica, respostas absurdas."""

import math

import numpy as np
import pytest
import torch
from inacabadas_vae import RASCUNHOS, SEM_RETURN
from torch.distributions import Bernoulli
from torch.nn.functional import binary_cross_entropy, binary_cross_entropy_with_logits, logsigmoid

from aulas_lib.exercicios import ExercicioNaoResolvido, geradores_razao, rigor
from aulas_lib.exercicios.geradores_razao import conferir_caca_sigmoide, conferir_razao_de_d


def perda_do_caderno(a, r):
    d = torch.sigmoid(a)
    return binary_cross_entropy_with_logits(d, r, reduction="none")


def por_casos(a, r):
    return torch.where(r == 1, -logsigmoid(a), -logsigmoid(-a))


CERTAS = [
    (conferir_razao_de_d, (lambda d, n_p, n_q: n_q / n_p * d / (1 - d),)),
    (conferir_razao_de_d, (lambda d, n_p, n_q: torch.exp(torch.logit(d) - math.log(n_p / n_q)),)),
    (conferir_razao_de_d, (lambda d, n_p, n_q: (d / n_p) / ((1 - d) / n_q),)),
    (conferir_caca_sigmoide, ("b", lambda a, r: binary_cross_entropy_with_logits(a, r, reduction="none"))),
    (conferir_caca_sigmoide, ("B)", por_casos)),
    (conferir_caca_sigmoide, ("b", lambda a, r: -Bernoulli(logits=a).log_prob(r))),
]
TABELAS = [
    *[(conferir_razao_de_d, (), e) for e in geradores_razao.ENGANOS_RAZAO],
    *[(conferir_caca_sigmoide, ("b",), e) for e in geradores_razao.ENGANOS_SIGMOIDE],
]
FUNCOES = [(conferir_razao_de_d, ()), (conferir_caca_sigmoide, ("b",))]


@pytest.mark.parametrize(("conferir", "resposta"), CERTAS)
def test_resposta_certa(veredito, conferir, resposta) -> None:
    assert veredito(conferir, *resposta).startswith("certo!")
    with rigor():
        conferir(*resposta)


def test_toda_conferencia_tem_resposta_certa() -> None:
    assert {conferir.__name__ for conferir, _ in CERTAS} == set(geradores_razao.__all__)


@pytest.mark.parametrize(("conferir", "antes", "engano"), TABELAS)
def test_todo_engano_da_tabela_recebe_a_sua_dica(veredito, conferir, antes, engano) -> None:
    assert veredito(conferir, *antes, engano.formula) == f"ainda não: {' '.join(engano.dica.split())}"
    with rigor(), pytest.raises(ExercicioNaoResolvido, match="ainda não"):
        conferir(*antes, engano.formula)


def test_a_celula_do_caderno_tem_mesmo_o_defeito(veredito) -> None:
    assert "o defeito continua" in veredito(conferir_caca_sigmoide, "b", perda_do_caderno)
    piso = perda_do_caderno(torch.tensor([60.0]), torch.tensor([1.0])).item()
    assert piso == pytest.approx(math.log(1 + math.exp(-1)), abs=1e-6) and round(piso, 2) == 0.31


@pytest.mark.parametrize("letra", ["a", "c", "d"])
def test_diagnostico_errado(veredito, letra: str) -> None:
    assert f"o diagnóstico não é ({letra})" in veredito(conferir_caca_sigmoide, letra, por_casos)


def test_formula_que_nao_aguenta_logits_grandes(veredito) -> None:
    ingenua = veredito(
        conferir_caca_sigmoide, "b",
        lambda a, r: -(r * a.sigmoid().log() + (1 - r) * (1 - a.sigmoid()).log()),
    )
    assert "log(0) dá infinito" in ingenua
    cortada = veredito(
        conferir_caca_sigmoide, "b", lambda a, r: binary_cross_entropy(a.sigmoid(), r, reduction="none")
    )
    assert "a perda para em 100 nats" in cortada


@pytest.mark.parametrize("rascunho", [None, ..., *RASCUNHOS])
@pytest.mark.parametrize(("conferir", "antes"), FUNCOES)
def test_por_fazer(veredito, conferir, antes, rascunho) -> None:
    assert veredito(conferir, *antes, rascunho).startswith("ainda não resolvido: ")
    assert "falta o `return`" in veredito(conferir, *antes, SEM_RETURN[0])


def test_sem_diagnostico_a_funcao_nao_e_julgada(veredito) -> None:
    assert veredito(conferir_caca_sigmoide, ..., perda_do_caderno).startswith("ainda não resolvido: escolha a letra")


@pytest.mark.parametrize("devolve", [
    "texto", [], {}, math.nan, np.zeros(3), torch.zeros(0), torch.zeros(2, 2), torch.zeros(3) + 1j, 3.0,
    torch.full((4,), math.inf), object(),
])
@pytest.mark.parametrize(("conferir", "antes"), FUNCOES)
def test_respostas_absurdas(veredito, conferir, antes, devolve) -> None:
    assert veredito(conferir, *antes, lambda *a: devolve).startswith("ainda não: ")
    assert "era esperada uma função" in veredito(conferir, *antes, 3.0)
    for letra in ("e", "", 3, ["b"]):
        assert veredito(conferir_caca_sigmoide, letra, por_casos).startswith("ainda não: o diagnóstico")

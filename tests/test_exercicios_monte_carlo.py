"""Cada conferência recebe respostas certas de várias formas, cada engano da tabela, rascunhos e absurdos."""

import math

import numpy as np
import pytest
import torch
from inacabadas_vae import RASCUNHOS, SEM_RETURN

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios import ExercicioNaoResolvido, rigor
from aulas_lib.exercicios import geradores_monte_carlo as exercicios
from aulas_lib.exercicios.geradores_monte_carlo import ENGANOS_ACEITACAO, ENGANOS_CADEIA


# --- respostas certas, escritas de vários modos
def com_minimum(log_p, log_p_novo, log_ida, log_volta):
    return torch.minimum(torch.ones_like(log_p), torch.exp(log_p_novo - log_p + log_volta - log_ida))


def com_where(log_p, log_p_novo, log_ida, log_volta):
    razao = (log_p_novo + log_volta) - (log_p + log_ida)
    return torch.where(razao > 0, 1.0, razao.exp())


def em_laco(log_p, log_p_novo, log_ida, log_volta):
    quatro = zip(log_p.tolist(), log_p_novo.tolist(), log_ida.tolist(), log_volta.tolist(), strict=True)
    return torch.tensor([math.exp(min(0.0, n - p + v - i)) for p, n, i, v in quatro])


def cadeia_da_colega(x0, ruidos, u):
    """A do enunciado, com o defeito."""
    x, estados = x0, []
    for eps, u_t in zip(ruidos, u, strict=True):
        x_novo = x + eps
        razao = torch.exp((x**2 - x_novo**2) / 2)
        if u_t < razao:
            x = x_novo
            estados.append(x)
    return torch.stack(estados)


def consertada(x0, ruidos, u):
    x, estados = x0, []
    for eps, u_t in zip(ruidos, u, strict=True):
        x_novo = x + eps
        razao = torch.exp((x**2 - x_novo**2) / 2)
        if u_t < razao:
            x = x_novo
        estados.append(x)
    return torch.stack(estados)


def com_else(x0, ruidos, u):
    x, estados = x0.clone(), torch.zeros(len(ruidos))
    for t in range(len(ruidos)):
        x_novo = x + ruidos[t]
        aceita = u[t].log() < torch.distributions.Normal(0, 1).log_prob(x_novo) - torch.distributions.Normal(
            0, 1
        ).log_prob(x)
        x = x_novo if aceita else x
        estados[t] = x
    return estados


CERTAS = [
    *[(exercicios.conferir_aceitacao, (f,)) for f in (com_minimum, com_where, em_laco)],
    *[(exercicios.conferir_caca_cadeia, (letra, f)) for letra, f in (("b", consertada), (" B) ", com_else))],
]
TABELAS = [
    *[(exercicios.conferir_aceitacao, (), engano) for engano in ENGANOS_ACEITACAO],
    *[(exercicios.conferir_caca_cadeia, ("b",), engano) for engano in ENGANOS_CADEIA],
]
FUNCOES = [(exercicios.conferir_aceitacao, ()), (exercicios.conferir_caca_cadeia, ("b",))]


@pytest.mark.parametrize(("conferir", "resposta"), CERTAS)
def test_resposta_certa(veredito, conferir, resposta) -> None:
    assert veredito(conferir, *resposta).startswith("certo!")
    with rigor():
        conferir(*resposta)


@pytest.mark.parametrize(("conferir", "antes", "engano"), TABELAS)
def test_todo_engano_da_tabela_recebe_a_sua_dica(veredito, conferir, antes, engano) -> None:
    assert veredito(conferir, *antes, engano.formula) == f"ainda não: {' '.join(engano.dica.split())}"
    with rigor(), pytest.raises(ExercicioNaoResolvido, match="ainda não"):
        conferir(*antes, engano.formula)


def test_exponenciar_antes_da_hora(veredito) -> None:
    def cedo(p, n, i, v):
        return (n.exp() * v.exp() / (p.exp() * i.exp())).clamp(max=1)

    def cedo_sem_nan(p, n, i, v):
        return cedo(p, n, i, v).nan_to_num(1.0)

    for funcao in (cedo, cedo_sem_nan):
        assert "não aguenta números grandes" in veredito(exercicios.conferir_aceitacao, funcao)


def test_listas_e_o_min_do_python(veredito) -> None:
    copiada = veredito(exercicios.conferir_aceitacao, lambda p, n, i, v: min(1, (n - p + v - i).exp()))
    assert "pedem um só valor" in copiada
    sem_stack = veredito(exercicios.conferir_caca_cadeia, "b", lambda x0, ruidos, u: [x0] * len(u))
    assert "uma lista de 12 tensores" in sem_stack
    assert "chegou uma lista vazia" in veredito(exercicios.conferir_aceitacao, lambda *a: [])


def test_a_funcao_do_enunciado_e_o_defeito(veredito) -> None:
    texto = veredito(exercicios.conferir_caca_cadeia, "b", cadeia_da_colega)
    assert "o defeito continua no código" in texto


def test_o_numero_do_enunciado() -> None:
    """A variância dos estados aceitos é 1,13: quadratura da lei p(x) A(x), em que A é a aceitação média em x."""
    x, h = torch.linspace(-9, 9, 2001, dtype=torch.float64), 2.4
    q = torch.exp(-((x[:, None] - x) ** 2) / (2 * h**2))
    aceitacao = (q * ((x[:, None] ** 2 - x**2) / 2).exp().clamp(max=1)).sum(dim=1)
    lei = torch.exp(-(x**2) / 2) * aceitacao
    assert (lei @ x**2 / lei.sum()).item() == pytest.approx(1.13, abs=0.005)
    g = gerador(0)
    estados = cadeia_da_colega(torch.tensor(0.0), h * torch.randn(20_000, generator=g), torch.rand(20_000, generator=g))
    assert estados.var().item() == pytest.approx(1.13, abs=0.05)


@pytest.mark.parametrize("letra", ["a", "c", "d"])
def test_diagnostico_errado_tem_a_sua_razao(veredito, letra) -> None:
    assert f"o diagnóstico não é ({letra})" in veredito(exercicios.conferir_caca_cadeia, letra, consertada)


@pytest.mark.parametrize("rascunho", [None, ..., *RASCUNHOS])
@pytest.mark.parametrize(("conferir", "antes"), FUNCOES)
def test_por_fazer(veredito, conferir, antes, rascunho) -> None:
    assert veredito(conferir, *antes, rascunho).startswith("ainda não resolvido: ")


def test_sem_diagnostico_a_funcao_nao_e_julgada(veredito) -> None:
    assert veredito(exercicios.conferir_caca_cadeia, ..., consertada).startswith("ainda não resolvido")


@pytest.mark.parametrize(
    "absurdo",
    [
        "texto", 3, 0.5, [1, 2], {}, torch.zeros(3), lambda: 1, lambda *a: "texto", lambda *a: {},
        lambda *a: torch.tensor(2.0), lambda *a: torch.zeros(0), lambda *a: torch.zeros(2, 2),
        lambda *a: a[0] + 1j, lambda *a: np.zeros(3),
        lambda *a: 1 / 0, lambda *a: [], lambda *a: a[0].add_(1), lambda *a: torch.full((12,), torch.nan),
        torch.nn.Linear, *SEM_RETURN,
    ],
)  # fmt: skip
@pytest.mark.parametrize(("conferir", "antes"), FUNCOES)
def test_absurdos_recebem_uma_frase(veredito, conferir, antes, absurdo) -> None:
    assert veredito(conferir, *antes, absurdo).startswith("ainda não: ")
    if antes:
        assert veredito(conferir, absurdo, consertada).startswith("ainda não: ")

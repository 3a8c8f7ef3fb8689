"""Exercícios da abertura da lição 1: respostas certas, enganos com dica própria, rascunhos e absurdos."""


import numpy as np
import pytest
import torch

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios import ExercicioNaoResolvido, rigor
from aulas_lib.exercicios import geradores_abertura as abertura
from aulas_lib.modelos.amostragem import menor_envelope, quantil

INVERSA, TAXA = abertura.conferir_inversa_triangular, abertura.conferir_taxa_do_envelope


CERTAS = [
    (INVERSA, lambda u, a: a * u.sqrt()),
    (INVERSA, lambda u, a: a * u**0.5),
    (INVERSA, lambda u, a: torch.sqrt(a**2 * u)),
    (INVERSA, lambda u, a: torch.exp(u.log() / 2) * a),
    (TAXA, 0.5),
    (TAXA, 1 / 2),
    (TAXA, torch.tensor(0.5)),
    (TAXA, np.float32(0.5)),
]
ERRADAS = [
    (INVERSA, lambda u, a: u**2 / a**2, "acumulada F"),
    (INVERSA, lambda u, a: 2 * u / a**2, "essa é a densidade p."),
    (INVERSA, lambda u, a: u.sqrt(), "falta a escala"),
    (INVERSA, lambda u, a: a * u, "lei uniforme em"),
    (INVERSA, lambda u, a: a * u**2, "inversa do quadrado"),
    (INVERSA, lambda u, a: (a * u).sqrt(), "dentro da raiz"),
    (INVERSA, lambda u, a: a * a * u.sqrt(), "multiplicou por a²"),
    (INVERSA, lambda u, a: u.sqrt() / a, "sai um produto"),
    (INVERSA, lambda u, a: a * (1 - u).sqrt(), "decresce com u"),
    (INVERSA, lambda u, a: a - a * (1 - u).sqrt(), "espelhada"),
    (INVERSA, lambda u, a: a**2 * u, "isso é x²"),
    (TAXA, 2, "1/M"),
    (TAXA, 50, "porcentagem"),
    (TAXA, 1.0, "p = q"),
    (TAXA, 0.25, "uma vez só"),
    (TAXA, 2 / 3, "vêm de q"),
    (TAXA, 1 / 3, "sem o quadrado"),
    (TAXA, 0.7071, "divide p ao meio"),
    (TAXA, -0.5, "não é negativa"),
    (TAXA, 0.123, "área sob p"),
]


@pytest.mark.parametrize(("conferir", "resposta"), CERTAS)
def test_resposta_certa(veredito, conferir, resposta):
    assert veredito(conferir, resposta).startswith("certo!")
    with rigor():
        conferir(resposta)


@pytest.mark.parametrize(("conferir", "resposta", "dica"), ERRADAS)
def test_engano_tipico(veredito, conferir, resposta, dica):
    texto = veredito(conferir, resposta)
    assert texto.startswith("ainda não:") and dica in texto
    with rigor(), pytest.raises(ExercicioNaoResolvido, match="ainda não"):
        conferir(resposta)


def test_cada_engano_da_tabela_tem_teste(veredito):
    dicas = [engano.dica for engano in abertura.ENGANOS_INVERSA]
    for engano in abertura.ENGANOS_INVERSA:
        assert " ".join(engano.dica.split()) in veredito(INVERSA, engano.formula)
    cobertas = [d for c, _, trecho in ERRADAS if c is INVERSA for d in dicas if trecho in d]
    assert sorted(cobertas) == sorted(dicas)


def test_toda_conferencia_tem_resposta_certa():
    assert {conferir.__name__ for conferir, _ in CERTAS} == set(abertura.__all__)


def rascunho(u, a):
    """O da célula."""
    ...


@pytest.mark.parametrize(("conferir", "resposta"), [(INVERSA, ...), (INVERSA, None), (INVERSA, rascunho), (TAXA, ...)])
def test_rascunho(veredito, conferir, resposta):
    assert veredito(conferir, resposta).startswith("ainda não resolvido")


@pytest.mark.parametrize("conferir", [INVERSA, TAXA])
@pytest.mark.parametrize(
    "resposta",
    ["a raiz de u", "", [], {}, True, object(), (0, 5), float("nan"), float("inf"), torch.zeros(3), int,
     lambda: 0, lambda u, a: "x", lambda u, a: u[:1], lambda u, a: 1 / 0, lambda u, a: u.sqrt_() * a],
)  # fmt: skip
def test_absurdos_tem_resposta_em_portugues(veredito, conferir, resposta):
    texto = veredito(conferir, resposta)
    assert texto.startswith("ainda não") and "Traceback" not in texto


# O que os enunciados afirmam


def test_enunciados():
    a = 3.0
    grade = torch.linspace(1e-6, a, 30_001, dtype=torch.float64)
    log_p = (2 * grade / a**2).log()
    u = torch.rand(100, generator=gerador(0), dtype=torch.float64)
    torch.testing.assert_close(quantil(log_p, grade, u), a * u.sqrt(), atol=1e-4, rtol=0)
    M = menor_envelope(log_p, torch.full_like(grade, 1 / a).log())
    assert pytest.approx(2.0) == M

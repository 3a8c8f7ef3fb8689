"""As cinco versões do jogo: valores e inclinações, em forma fechada, e o ótimo que cada uma promete."""

import math

import pytest
import torch

from aulas_lib.modelos.gan import perda_discriminador
from aulas_lib.modelos.perdas_gan import JOGOS, perda_d_suavizada, perda_gerador_minimax

A = torch.linspace(-6, 6, 25, dtype=torch.float64)
B = A.flip(0) / 3 + 0.1  # outras notas, para os gerados
D, D_B = torch.sigmoid(A), torch.sigmoid(B)
UM = torch.ones_like(A)

# nome: (valor, inclinação) da perda do gerador em função da nota, e a conta de cada uma
DO_GERADOR = {
    "minimax": (torch.log(1 - D), -D),
    "não saturante": (-torch.log(D), -(1 - D)),
    "mínimos quadrados": ((A - 1) ** 2 / 2, A - 1),
    "hinge": (-A, -UM),
    "Wasserstein": (-A, -UM),
}
# nome: (valor em (A, B), inclinação na nota do real, inclinação na do gerado)
LOGARITMICA = (-torch.log(D) - torch.log(1 - D_B), -(1 - D), D_B)
DO_DISCRIMINADOR = {
    "minimax": LOGARITMICA,
    "não saturante": LOGARITMICA,
    "mínimos quadrados": ((A - 1) ** 2 / 2 + B**2 / 2, A - 1, B),
    "hinge": ((1 - A).clamp_min(0) + (1 + B).clamp_min(0), -(A < 1).to(A), (B > -1).to(B)),
    "Wasserstein": (B - A, -UM, UM),
}


def folha(a):
    return a.clone().requires_grad_()


def test_os_dois_dicionarios_cobrem_todos_os_jogos():
    assert list(JOGOS) == list(DO_GERADOR) == list(DO_DISCRIMINADOR)


@pytest.mark.parametrize("nome", JOGOS)
def test_perda_do_gerador(nome):
    valor, inclinacao = DO_GERADOR[nome]
    a = folha(A)
    perda = JOGOS[nome].perda_g(a)
    torch.testing.assert_close(perda.detach(), valor)
    torch.testing.assert_close(torch.autograd.grad(perda.sum(), a)[0], inclinacao)
    torch.testing.assert_close(JOGOS[nome].perda_g(A[:, None]), valor)  # (B, 1) também serve


@pytest.mark.parametrize("nome", JOGOS)
def test_perda_do_discriminador(nome):
    valor, no_real, no_falso = DO_DISCRIMINADOR[nome]
    a, b = folha(A), folha(B)
    perda = JOGOS[nome].perda_d(a, b)
    torch.testing.assert_close(perda.detach(), valor)
    achadas = torch.autograd.grad(perda.sum(), (a, b))
    torch.testing.assert_close(achadas, (no_real, no_falso))
    torch.testing.assert_close(JOGOS[nome].perda_d(A[:, None], B[:, None]), valor)


def test_so_a_minimax_para_de_empurrar_quando_d_reconhece_a_falsificacao():
    """Com D(G(z)) = 0,0025, a inclinação da minimax é 0,0025 e a da não saturante, 0,9975."""
    a = folha(torch.tensor([-6.0], dtype=torch.float64))
    inclinacao = {nome: torch.autograd.grad(jogo.perda_g(a).sum(), a)[0].item() for nome, jogo in JOGOS.items()}
    d = torch.sigmoid(a).item()
    assert d == pytest.approx(0.0025, abs=1e-4)
    assert inclinacao.pop("minimax") == pytest.approx(-d, rel=1e-6)
    assert all(valor < -0.99 for valor in inclinacao.values())


def test_logits_enormes_nao_perdem_digitos():
    a = folha(torch.tensor([-200.0, 200.0]))  # float32: log(1 − σ(200)) direto daria −infinito
    perda = perda_gerador_minimax(a)
    assert perda.tolist() == pytest.approx([0.0, -200.0], abs=1e-12)
    assert torch.autograd.grad(perda.sum(), a)[0].tolist() == pytest.approx([0.0, -1.0], abs=1e-12)
    pequeno = perda_gerador_minimax(torch.tensor([-50.0], dtype=torch.float64)).item()
    assert pequeno == pytest.approx(-math.exp(-50), rel=1e-12)  # 1 − σ(−50) arredondaria para 1
    for jogo in JOGOS.values():
        assert torch.isfinite(jogo.perda_d(a, a.flip(0))).all() and torch.isfinite(jogo.perda_g(a)).all()


def otimo(perda_d, p, pg, passos=400):
    """As notas que minimizam Σ_i Σ_j p_i pg_j perda(a_i, a_j), a esperança exata no espaço de três pontos."""
    a = torch.zeros(len(p), dtype=torch.float64, requires_grad=True)
    otimizador = torch.optim.LBFGS([a], max_iter=passos, tolerance_grad=1e-12, tolerance_change=1e-14,
                                   line_search_fn="strong_wolfe")  # fmt: skip
    i, j = torch.cartesian_prod(torch.arange(len(p)), torch.arange(len(p))).T

    def esperanca():
        otimizador.zero_grad()
        total = (p[i] * pg[j] * perda_d(a[i], a[j])).sum()
        total.backward()
        return total

    otimizador.step(esperanca)
    return a.detach()


P = torch.tensor([0.7, 0.2, 0.1], dtype=torch.float64)
PG = torch.tensor([0.1, 0.3, 0.6], dtype=torch.float64)


@pytest.mark.parametrize("s", [0.0, 0.1, 0.3])
def test_otimo_com_rotulo_suavizado(s):
    d = torch.sigmoid(otimo(perda_d_suavizada(s), P, PG))
    torch.testing.assert_close(d, (1 - s) * P / (P + PG), atol=1e-6, rtol=0)
    d_igual = torch.sigmoid(otimo(perda_d_suavizada(s), P, P))
    torch.testing.assert_close(d_igual, torch.full_like(P, (1 - s) / 2), atol=1e-6, rtol=0)


def test_otimo_dos_minimos_quadrados_e_da_logaritmica_e_o_mesmo_d():
    """Nos mínimos quadrados com alvos 1 e 0, a nota ótima é p/(p + p_g): o D* do jogo original."""
    d = P / (P + PG)
    torch.testing.assert_close(otimo(JOGOS["mínimos quadrados"].perda_d, P, PG), d, atol=1e-6, rtol=0)
    torch.testing.assert_close(torch.sigmoid(otimo(perda_discriminador, P, PG)), d, atol=1e-6, rtol=0)


def test_sem_suavizar_e_a_perda_comum():
    torch.testing.assert_close(perda_d_suavizada(0.0)(A, B), perda_discriminador(A, B))


@pytest.mark.parametrize("s", [-0.1, 1.0, math.nan])
def test_suavidade_ruim(s):
    with pytest.raises(ValueError, match="suavidade: chegou"):
        perda_d_suavizada(s)


PERDAS_D = {nome: jogo.perda_d for nome, jogo in JOGOS.items()} | {"suavizada": perda_d_suavizada(0.1)}


@pytest.mark.parametrize("nome", PERDAS_D)
def test_formas_ruins_no_discriminador(nome):
    with pytest.raises(ValueError, match="mesmo tamanho"):
        PERDAS_D[nome](torch.zeros(3), torch.zeros(4))
    with pytest.raises(ValueError, match=r"\(3, 2\); esperava \(B,\)"):
        PERDAS_D[nome](torch.zeros(3, 2), torch.zeros(3, 2))


@pytest.mark.parametrize("nome", JOGOS)
def test_formas_ruins_no_gerador(nome):
    with pytest.raises(ValueError, match=r"\(3, 2\); esperava \(B,\)"):
        JOGOS[nome].perda_g(torch.zeros(3, 2))

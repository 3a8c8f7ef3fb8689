"""Exercícios das FVBN: respostas certas em várias formas, cada engano com a sua dica, e absurdos sem traceback."""


import pytest
import torch
from torch import Tensor

from aulas_lib.exercicios import ExercicioNaoResolvido, rigor
from aulas_lib.exercicios import geradores_fvbn as fvbn

MADE, CACA = fvbn.conferir_mascaras_made, fvbn.conferir_caca_mascara


def com_booleanos(vez: Tensor, grau: Tensor) -> tuple[Tensor, Tensor]:
    return vez[None] <= grau[:, None], grau[None] < vez[:, None]


def com_lacos(vez, grau):
    entrada, saida = torch.zeros(len(grau), len(vez)), torch.zeros(len(vez), len(grau))
    for h in range(len(grau)):
        for j in range(len(vez)):
            entrada[h, j] = 1 if vez[j] <= grau[h] else 0
            saida[j, h] = 1 if vez[j] >= grau[h] + 1 else 0
    return entrada, saida


def com_inteiros(vez, grau):
    return [torch.ge(grau.unsqueeze(1), vez).int(), torch.gt(vez.unsqueeze(1), grau).long()]


def mascara_com_lacos(altura, largura):
    mascara = torch.zeros(altura, largura)
    for i in range(altura):
        for j in range(largura):
            if i < altura - 1 or j < largura // 2:
                mascara[i, j] = 1
    return mascara


def mascara_achatada(altura, largura):
    meio = (altura - 1) * largura + largura // 2
    return (torch.arange(altura * largura) < meio).view(altura, largura)


@pytest.mark.parametrize(
    ("conferir", "resposta"),
    [
        (MADE, (com_booleanos,)), (MADE, (com_lacos,)), (MADE, (com_inteiros,)),
        (CACA, ("c", mascara_com_lacos)), (CACA, ("C)", mascara_achatada)),
    ],
)  # fmt: skip
def test_resposta_certa(veredito, conferir, resposta):
    assert veredito(conferir, *resposta).startswith("certo!")
    with rigor():
        conferir(*resposta)


def par(entrada, saida):
    return lambda v, g: (entrada(v[None], g[:, None]).float(), saida(v[:, None], g[None]).float())


ERRADAS_MADE = [
    (par(torch.le, torch.ge), "o pixel vê a si mesmo"),
    (par(torch.lt, torch.gt), "deixa também de ver o anterior"),
    (par(torch.lt, torch.ge), "trocou o ≤ e o <"),
    (par(torch.ge, torch.lt), "vê o futuro"),
    (par(torch.le, torch.lt), "a máscara de saída está ao contrário"),
    (par(torch.ge, torch.gt), "a máscara de entrada está ao contrário"),
    (lambda v, g: tuple(m.T for m in com_booleanos(v, g)), "transpostas"),
    (lambda v, g: com_booleanos(v, g)[::-1], "em ordem trocada"),
    (lambda v, g: com_booleanos(torch.arange(len(v)), g), "use `vez`"),
    (lambda v, g: com_booleanos(v.argsort(), g), "você inverteu `vez`"),
    (lambda v, g: com_booleanos(v, g)[0], "duas máscaras"),
]


def zerada(linha, inicio):
    def mascara(altura, largura):
        m = torch.ones(altura, largura)
        m[linha, inicio(largura // 2) :] = 0
        return m

    return mascara


def so_o_proprio_pixel(altura, largura):
    m = torch.ones(altura, largura)
    m[-1, largura // 2] = 0
    return m


ERRADAS_CACA = [
    (("c", zerada(-1, lambda m: m + 1)), "o defeito continua"),
    (("c", zerada(-1, lambda m: m + 2)), "e também o seguinte"),
    (("c", so_o_proprio_pixel), "são o futuro"),
    (("c", zerada(-1, lambda m: m - 1)), "deixa de ver o vizinho da esquerda"),
    (("c", zerada(-1, lambda m: 0)), "a última linha inteira"),
    (("c", zerada(slice(None), lambda m: m)), "em todas as linhas"),
    (("c", zerada(0, lambda m: m)), "A do pixel é a última"),
    (("c", lambda a, b: 1 - mascara_com_lacos(a, b)), "trocados"),
    (("a", mascara_com_lacos), "não é (a)"),
    (("b", mascara_com_lacos), "não é (b)"),
    (("d", mascara_com_lacos), "não é (d)"),
]


@pytest.mark.parametrize(
    ("conferir", "resposta", "dica"),
    [(MADE, (f,), d) for f, d in ERRADAS_MADE] + [(CACA, r, d) for r, d in ERRADAS_CACA],
)
def test_engano_tipico(veredito, conferir, resposta, dica):
    texto = veredito(conferir, *resposta)
    assert texto.startswith("ainda não:") and dica in texto
    assert "o valor está errado" not in texto
    with rigor(), pytest.raises(ExercicioNaoResolvido, match="ainda não"):
        conferir(*resposta)


def test_toda_dica_das_tabelas_tem_um_teste():
    dicas = [engano.dica for engano in (*fvbn.ENGANOS_MASCARAS, *fvbn.ENGANOS_CACA)]
    provadas = [d for _, d in ERRADAS_MADE + ERRADAS_CACA]
    assert [d for d in dicas if not any(p in d for p in provadas)] == []


def rascunho(vez: Tensor, grau: Tensor) -> tuple[Tensor, Tensor]:
    """Máscaras (H, D) da entrada e (D, H) da saída."""
    ...


@pytest.mark.parametrize(
    ("conferir", "resposta"),
    [(MADE, (rascunho,)), (MADE, (...,)), (CACA, (..., zerada(-1, lambda m: m + 1))), (CACA, ("c", None))],
)
def test_rascunho_nao_e_erro(veredito, conferir, resposta):
    assert veredito(conferir, *resposta).startswith("ainda não resolvido:")


ABSURDAS = ["texto", 3, [1], {}, torch.zeros(2), lambda: None, lambda *a: "x", lambda *a: torch.zeros(7), int]
ABSURDAS += [lambda *a: (1, "x"), lambda *a: (torch.zeros(2),) * 3, lambda *a: 1 / 0, lambda *a: object()]
ABSURDAS += [lambda *a: (torch.zeros(2), torch.zeros(3)), lambda *a: (None, None), lambda *a: [[1, 2], [3, 4]]]


@pytest.mark.parametrize("absurda", ABSURDAS, ids=range(len(ABSURDAS)))
def test_absurdos_nunca_dao_traceback(veredito, absurda):
    assert veredito(MADE, absurda).startswith("ainda não")
    assert veredito(CACA, "c", absurda).startswith("ainda não")
    assert veredito(CACA, absurda, mascara_com_lacos).startswith("ainda não")

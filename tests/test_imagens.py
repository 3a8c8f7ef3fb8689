"""Conjuntos de imagens: a convenção de pixels, as partes com os seus atributos e os dígitos reais."""

import pytest
import torch

from aulas_lib.dados.imagens import ConjuntoImagens, digitos

IMAGENS, ROTULOS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
N = 12


def _conjunto(n=6):
    niveis = torch.arange(n * 2 * 2, dtype=torch.uint8).view(n, 1, 2, 2)
    atributos = torch.stack([torch.arange(n) % 3, torch.arange(n) % 2], dim=1)
    return ConjuntoImagens(
        niveis, atributos, {"boca": ("sorriso", "neutra", "triste"), "óculos": ("não", "sim")}
    )


# --- ConjuntoImagens ---


def test_imagens_em_menos_um_a_um_e_niveis_de_volta():
    for nivel_max in (1, 16, 255):
        niveis = torch.arange(nivel_max + 1).to(torch.uint8).view(-1, 1, 1, 1)
        conjunto = ConjuntoImagens(niveis, torch.zeros(nivel_max + 1, 0, dtype=torch.int64), {}, nivel_max)
        x = conjunto.imagens
        assert (x.dtype, x.min().item(), x.max().item()) == (torch.float32, -1.0, 1.0)
        torch.testing.assert_close(((x + 1) / 2 * nivel_max).round().to(torch.uint8), niveis)


def test_atributo_pelo_nome():
    assert _conjunto().atributo("óculos").tolist() == [0, 1, 0, 1, 0, 1]
    with pytest.raises(ValueError, match=r"'chapéu' não existe.*boca, óculos"):
        _conjunto().atributo("chapéu")


@pytest.mark.parametrize(
    ("indice", "esperados"),
    [
        (slice(1, 4), [1, 2, 3]),
        (torch.tensor([5, 0, -1]), [5, 0, 5]),
        (torch.tensor([True, False, False, True, False, False]), [0, 3]),
        ([2, 1], [2, 1]),
        ([], []),
        (4, [4]),
    ],
)
def test_parte_do_conjunto_leva_os_atributos_junto(indice, esperados):
    inteiro, parte = _conjunto(), _conjunto()[indice]
    assert torch.equal(parte.niveis, inteiro.niveis[esperados])
    assert torch.equal(parte.atributos, inteiro.atributos[esperados])
    assert (len(parte), parte.esquema, parte.nivel_max) == (len(esperados), inteiro.esquema, 255)


@pytest.mark.parametrize(
    ("indice", "trecho"),
    [
        (torch.tensor([True, False]), "máscara"),
        (torch.tensor([6]), "fora do conjunto"),
        (-7, "fora do conjunto"),
        (torch.tensor([0.5]), "devem ser inteiros"),
        (torch.zeros(2, 2, dtype=torch.long), "devem ser inteiros"),
    ],
)
def test_indice_errado(indice, trecho):
    with pytest.raises(IndexError, match=trecho):
        _conjunto()[indice]


def test_percorrer_termina():
    assert [int(um.niveis[0, 0, 0, 0]) for um in _conjunto()] == [0, 4, 8, 12, 16, 20]


@pytest.mark.parametrize(
    ("troca", "trecho"),
    [
        ({"niveis": torch.zeros(2, 1, 2, 2)}, "uint8"),
        ({"niveis": torch.zeros(2, 2, 2, dtype=torch.uint8)}, r"\(N, C, H, W\)"),
        ({"niveis": torch.full((2, 1, 2, 2), 17, dtype=torch.uint8)}, "acima de nivel_max = 16"),
        ({"nivel_max": 0}, "entre 1 e 255"),
        ({"atributos": torch.zeros(2, 2, dtype=torch.int64)}, r"forma \(2, 1\)"),
        ({"atributos": torch.zeros(2, 1)}, "int64"),
        ({"atributos": torch.full((2, 1), 3)}, "'cor' deve ir de 0 a 1; chegou de 3 a 3"),
    ],
)
def test_conjunto_incoerente(troca, trecho):
    certo = {
        "niveis": torch.zeros(2, 1, 2, 2, dtype=torch.uint8),
        "atributos": torch.zeros(2, 1, dtype=torch.int64),
        "esquema": {"cor": ("azul", "verde")},
        "nivel_max": 16,
    }
    with pytest.raises(ValueError, match=trecho):
        ConjuntoImagens(**(certo | troca))


def test_conjunto_em_meta():
    vazio = ConjuntoImagens(
        torch.empty(5, 3, 32, 32, dtype=torch.uint8, device="meta"),
        torch.empty(5, 1, dtype=torch.int64, device="meta"),
        {"cor": ("azul",)},
    )
    assert vazio.imagens.shape == (5, 3, 32, 32) and vazio[1:3].imagens.is_meta


# --- dígitos ---


def test_digitos_sao_os_do_scikit_learn_na_divisao_publicada():
    from sklearn.datasets import load_digits

    dados, partes = load_digits(), digitos()
    assert [len(p) for p in partes] == [1000, 350, 447]
    for parte, inicio in zip(partes, (0, 1000, 1350), strict=True):
        esperadas = torch.tensor(dados.images[inicio : inicio + len(parte)], dtype=torch.float32) / 8 - 1
        torch.testing.assert_close(parte.imagens, esperadas.unsqueeze(1))
        assert parte.atributo("classe").tolist() == dados.target[inicio : inicio + len(parte)].tolist()
        assert parte.nivel_max == 16 and parte.esquema == {"classe": tuple("0123456789")}

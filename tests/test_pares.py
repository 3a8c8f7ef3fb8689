"""A cobertura de pares, em tabelas que se contam à mão."""

import pytest
import torch

from aulas_lib.avaliacao import cobertura_de_pares

REAIS = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]]).repeat(10, 1)


def test_quem_e_igual_aos_reais_cobre_tudo_e_quem_esquece_um_par_nao() -> None:
    assert cobertura_de_pares(REAIS, REAIS) == 1
    assert cobertura_de_pares(REAIS[REAIS.sum(dim=1) < 2], REAIS) == 0.75
    assert cobertura_de_pares(REAIS[:1], REAIS) == 0.25


def test_o_par_raro_demais_nao_conta() -> None:
    raro = torch.cat([REAIS[REAIS.sum(dim=1) < 2], REAIS[:4]])  # 1 em 34, e nos reais, 1 em 4
    assert cobertura_de_pares(raro, REAIS, minimo=0.5) == 0.75
    assert cobertura_de_pares(raro, REAIS, minimo=0.1) == 1


def test_o_par_que_nao_existe_nos_reais_nao_entra_na_conta() -> None:
    reais = REAIS[REAIS.sum(dim=1) < 2]
    assert cobertura_de_pares(REAIS, reais) == 1


def test_tres_atributos_de_valores_diferentes() -> None:
    reais = torch.cartesian_prod(torch.arange(2), torch.arange(3), torch.arange(2))
    assert cobertura_de_pares(reais, reais) == 1
    sem_o_dois = reais[reais[:, 1] < 2]  # dos 6 + 4 + 6 pares, somem 2 + 2
    assert cobertura_de_pares(sem_o_dois, reais) == pytest.approx(12 / 16)


@pytest.mark.parametrize(
    ("gerados", "trecho"),
    [(torch.zeros(3, 1, dtype=torch.long), "K ≥ 2"), (torch.zeros(0, 2, dtype=torch.long), "falta um exemplo")],
)
def test_recusa_tabelas_que_nao_servem(gerados: torch.Tensor, trecho: str) -> None:
    with pytest.raises(ValueError, match=trecho):
        cobertura_de_pares(gerados, REAIS)

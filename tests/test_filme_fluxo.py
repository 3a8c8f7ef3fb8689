"""O filme do ruído aos dados mostra os pontos onde eles estão, em todos os controles."""

import numpy as np
import pytest
import torch

from aulas_lib.interativos import filme_fluxo
from aulas_lib.interativos.fluxo import ALCANCE, LADO, MARGEM, ate


def lugar(objeto, *posicao: int) -> tuple[float, float]:
    """O centro do azul de um quadro, em unidades dos dados."""
    cores = np.asarray(objeto.quadro(*posicao)).astype(int)[: LADO + 2 * MARGEM]
    linhas, colunas = ((cores[..., 2] - cores[..., 0] > 100) & (cores[..., 0] < 60)).nonzero()
    return tuple((v.mean() - MARGEM) / LADO * 2 * ALCANCE - ALCANCE for v in (colunas, -linhas + LADO + 2 * MARGEM))


def caminho(passos: int, fim: float) -> torch.Tensor:
    """Um ponto que anda de (−2, −1) a (fim, 2) em passos iguais."""
    return torch.linspace(0, 1, passos + 1)[:, None, None] * torch.tensor([fim + 2, 3.0]) + torch.tensor([-2.0, -1.0])


def test_cada_controle_move_o_ponto_para_onde_diz() -> None:
    caminhos = {(m, n): caminho(n, fim) for m, n, fim in (("a", 1, 1), ("a", 4, 0), ("b", 1, 2), ("b", 4, -1))}
    objeto = filme_fluxo(caminhos, ["a", "b"], [1, 4], [0, 0.5, 1])
    assert [len(e.valores) for e in objeto.eixos] == [2, 2, 3]
    for i, m in enumerate("ab"):
        for j, n in enumerate((1, 4)):
            for k, f in enumerate((0, 0.5, 1)):
                fim = caminhos[m, n][-1, 0, 0].item()
                assert lugar(objeto, i, j, k) == pytest.approx((-2 + f * (fim + 2), -1 + 3 * f), abs=0.05)
    assert objeto.legendas[1] == "a, 1 passo: 50 % do passo"
    assert objeto.legendas[4] == "a, 4 passos: 50 % dos passos" and "meias-luas" in objeto.descricao


def test_da_partida_cada_controle_muda_a_figura() -> None:
    caminhos = {(m, n): caminho(n, i + j) for i, m in enumerate("ab") for j, n in enumerate((1, 2, 4))}
    objeto = filme_fluxo(caminhos, ["a", "b"], [1, 2, 4])
    partida = [e.partida for e in objeto.eixos]
    assert partida == [0, 2, 4]
    for eixo, outra in ((0, 1), (1, 1), (2, 3)):
        posicao = [*partida]
        posicao[eixo] = outra
        assert (np.asarray(objeto.quadro(*posicao)) != np.asarray(objeto.quadro())).any()


def test_entre_duas_paradas_o_ponto_anda_em_linha_reta() -> None:
    x = torch.tensor([0.0, 1.0, 5.0])[:, None, None].expand(3, 1, 2)
    assert [ate(x, f)[-1, 0, 0].item() for f in (0, 0.25, 0.5, 0.75, 1)] == [0, 0.5, 1, 3, 5]
    assert [len(ate(x, f)) for f in (0, 0.25, 0.5, 0.75, 1)] == [1, 2, 2, 3, 3]


def test_recusa_o_que_falta() -> None:
    with pytest.raises(ValueError, match=r"faltam 1 combinações no que chegou; a primeira é \('a', 2\)"):
        filme_fluxo({("a", 1): caminho(1, 0)}, ["a"], [1, 2])
    with pytest.raises(ValueError, match=r"esperava \(3, P, 2\)"):
        filme_fluxo({("a", 2): caminho(1, 0)}, ["a"], [2])

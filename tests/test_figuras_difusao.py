"""As figuras da difusão põem os pontos onde os dados dizem."""

import numpy as np
import pytest
import torch

from aulas_lib import figuras


@pytest.mark.parametrize(("opcoes", "fim", "nome"), [({}, 4, "$x_t$"), ({"fim": 1.0, "tempo": "τ"}, 1.0, "$x_τ$")])
def test_o_tempo_dos_caminhos_vai_ate_o_fim(opcoes: dict, fim: float, nome: str) -> None:
    grade = torch.linspace(-2, 2, 9)
    ax = figuras.densidade_no_tempo(torch.ones(5, 9), grade, torch.rand(3, 5), **opcoes)
    np.testing.assert_allclose(ax.lines[0].get_xdata(), np.linspace(0, fim, 5))
    assert ax.get_xlim() == (0, fim) and ax.get_ylabel() == nome
    assert ax.images[0].get_extent() == [0, fim, -2, 2]


def test_trajetorias_vao_do_primeiro_estado_ao_ultimo() -> None:
    estados = torch.rand(4, 6, 2)
    ax = figuras.trajetorias(lambda x: torch.zeros(len(x)), estados)
    *caminhos, inicio, fim = ax.lines
    assert len(caminhos) == 4
    np.testing.assert_allclose(caminhos[2].get_xydata(), estados[2].numpy())
    np.testing.assert_allclose(inicio.get_xydata(), estados[:, 0].numpy())
    np.testing.assert_allclose(fim.get_xydata(), estados[:, -1].numpy())
    with pytest.raises(ValueError, match=r"chegou a forma \(4, 2\); esperava \(n, T, 2\)"):
        figuras.trajetorias(lambda x: x, estados[:, 0])

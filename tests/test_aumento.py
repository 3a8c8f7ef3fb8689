"""O aumento dos dígitos: a contagem se desfaz e se refaz sem erro, e os níveis continuam sendo 17."""

import pytest
import torch
import torch.nn.functional as F

from aulas_lib.ambiente import gerador
from aulas_lib.dados.aumento import aumentar, desfazer_contagem
from aulas_lib.dados.imagens import digitos


@pytest.fixture(scope="module")
def x():
    return digitos().treino.imagens


def test_contar_de_novo_devolve_a_imagem(x):
    bitmap = desfazer_contagem(x)
    assert bitmap.shape == (1000, 1, 32, 32)
    assert set(bitmap.unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(2 * F.avg_pool2d(bitmap, 4) - 1, x)


def test_aumentar_mantem_os_17_niveis_e_a_tinta(x):
    y = aumentar(x, 1, gerador(0))
    niveis = (y + 1) * 8
    torch.testing.assert_close(niveis, niveis.round())
    assert niveis.min() >= 0 and niveis.max() <= 16
    torch.testing.assert_close(y.mean(), x.mean(), atol=0.03, rtol=0)
    mudou = (y != x).flatten(1).any(1).float().mean()
    assert 0.75 < mudou < 0.85
    assert (y - x).abs().mean() < 0.5 * (y - x.roll(1, 0)).abs().mean()  # é o mesmo dígito, um pouco mexido


def test_proporcao_zero_nao_muda_e_semente_repete(x):
    assert torch.equal(aumentar(x, 2, gerador(0), proporcao=0.0), torch.cat([x, x]))
    assert torch.equal(aumentar(x, 1, gerador(3)), aumentar(x, 1, gerador(3)))
    assert not torch.equal(aumentar(x, 1, gerador(3)), aumentar(x, 1, gerador(4)))


def test_recusa_outra_forma():
    with pytest.raises(ValueError, match=r"\(2, 1, 28, 28\)"):
        aumentar(torch.zeros(2, 1, 28, 28), 1)
    with pytest.raises(ValueError, match="copias=0"):
        aumentar(torch.zeros(2, 1, 8, 8), 0)

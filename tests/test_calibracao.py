"""Calibração contra classificadores de que se sabe a resposta."""

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao import ajustar_temperatura, curva_confiabilidade, erro_calibracao


def calibrado(n: int = 100_000, semente: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits quaisquer e rótulos sorteados com exatamente a probabilidade que eles dizem."""
    g = gerador(semente)
    a = 2 * torch.randn(n, generator=g, dtype=torch.float64)
    return a, (torch.rand(n, generator=g, dtype=torch.float64) < a.sigmoid()).double()


def test_classificador_perfeitamente_calibrado() -> None:
    a, rotulo = calibrado()
    curva = curva_confiabilidade(a.sigmoid(), rotulo)
    assert erro_calibracao(curva) < 0.006  # o acaso de 100 000 rótulos em dez faixas
    assert (curva.frequencia - curva.previsto).abs().max() < 0.02
    assert curva.contagem.sum() == len(a)
    assert ajustar_temperatura(a, rotulo) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("fator", [0.5, 3.0, 10.0])
def test_temperatura_desfaz_um_exagero_conhecido(fator: float) -> None:
    a, rotulo = calibrado()
    exagerado = fator * a
    temperatura = ajustar_temperatura(exagerado, rotulo)
    assert temperatura == pytest.approx(fator, rel=0.02)
    antes = erro_calibracao(curva_confiabilidade(exagerado.sigmoid(), rotulo))
    depois = erro_calibracao(curva_confiabilidade((exagerado / temperatura).sigmoid(), rotulo))
    assert antes > 0.05 > 0.006 > depois


def test_temperatura_e_o_minimo_da_entropia_cruzada() -> None:
    a, rotulo = calibrado(2000, 3)
    T = ajustar_temperatura(4 * a, rotulo)
    perdas = [binary_cross_entropy_with_logits(4 * a / (T * f), rotulo).item() for f in (0.97, 1.0, 1.03)]
    assert perdas[1] == min(perdas)


def test_temperatura_nao_conserta_um_deslocamento() -> None:
    """Esquecer log(n_p/n_q) desloca o logit: a temperatura, que só encolhe, deixa o erro de calibração lá."""
    a, rotulo = calibrado()
    deslocado = a + 1.386
    T = ajustar_temperatura(deslocado, rotulo)
    assert erro_calibracao(curva_confiabilidade((deslocado / T).sigmoid(), rotulo)) > 0.05


def test_curva_feita_a_mao_com_faixas_vazias() -> None:
    d = torch.tensor([0.1, 0.1, 0.3, 0.9, 0.9, 0.9])
    rotulo = torch.tensor([0, 1, 0, 1, 1, 0])
    curva = curva_confiabilidade(d, rotulo, faixas=4)
    torch.testing.assert_close(curva.previsto, torch.tensor([0.1, 0.3, 0.9], dtype=torch.float64))
    torch.testing.assert_close(curva.frequencia, torch.tensor([0.5, 0.0, 2 / 3], dtype=torch.float64))
    assert curva.contagem.tolist() == [2, 1, 3]
    assert erro_calibracao(curva) == pytest.approx((2 * 0.4 + 0.3 + 3 * (0.9 - 2 / 3)) / 6)


def test_contagem_concorda_com_as_faixas_nas_bordas() -> None:
    d = torch.linspace(0, 1, 21)  # cai nas bordas de propósito
    curva = curva_confiabilidade(d, (d > 0.5).long())
    assert curva.previsto.shape == curva.frequencia.shape == curva.contagem.shape
    assert (curva.previsto * curva.contagem).sum().item() == pytest.approx(d.sum().item())


@pytest.mark.parametrize(("chamada", "parte"), [
    (lambda: curva_confiabilidade(torch.tensor([2.0, 0.1]), torch.tensor([1, 0])), r"\[0, 1\]"),
    (lambda: curva_confiabilidade(torch.tensor([0.2]), torch.tensor([1, 0])), "um rótulo por exemplo"),
    (lambda: curva_confiabilidade(torch.tensor([0.2, 0.3]), torch.tensor([-1, 1])), "rótulos 0 e 1"),
    (lambda: ajustar_temperatura(*[v if i else -v for i, v in enumerate(calibrado(500))]), "trocados"),
])
def test_erros_ensinam(chamada, parte: str) -> None:
    with pytest.raises(ValueError, match=parte):
        chamada()


def test_temperatura_com_um_rotulo_so() -> None:
    with pytest.raises(ValueError, match="todos os rótulos são iguais"):
        ajustar_temperatura(torch.randn(5), torch.ones(5))

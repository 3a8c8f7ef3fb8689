"""O viés da distância de Fréchet: a forma fechada para normais, a reta e os argumentos que não servem."""

import pytest
import torch

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao import distancia_frechet, frechet_por_n


def normal(n, f, semente):
    return torch.randn(n, f, generator=gerador(semente), dtype=torch.float64)


def test_o_vies_entre_normais_tem_forma_fechada():
    """Covariância I: as médias dão 2F/n e as covariâncias, ¼ E‖A − B‖² = F(F + 1)/2n; o limite é zero."""
    f = 4
    vies = frechet_por_n(normal(40_000, f, 0), normal(40_000, f, 1), [100, 150, 250, 500, 1000], 60, gerador(2))
    constante = 2 * f + f * (f + 1) / 2
    torch.testing.assert_close(vies.medias, constante * vies.inversos, rtol=0.12, atol=0)
    assert vies.inclinacao == pytest.approx(constante, rel=0.06)
    assert abs(vies.limite) < 0.004  # a distância com n = 1000 é 0,018
    assert (vies.medias.diff() < 0).all() and (vies.desvios.diff() < 0).all()


def test_o_limite_e_a_distancia_entre_as_leis():
    """Médias afastadas de 1 e desvios 1 e 2, em duas dimensões: 1 + 2 · (2 − 1)² = 3; com n = 30 dá mais."""
    a, b = normal(20_000, 2, 3), 2 * normal(20_000, 2, 4) + torch.tensor([1.0, 0.0])
    vies = frechet_por_n(a, b, [30, 60, 120, 300], 300, gerador(5))
    assert vies.limite == pytest.approx(3, abs=0.06)
    assert vies.medias[0].item() > 3.2


def test_media_desvio_e_reta_sao_os_das_repeticoes():
    a, b = normal(60, 2, 0), normal(50, 2, 1)
    vies = frechet_por_n(a, b, [10, 40], 3, gerador(7))
    sorte = gerador(7)
    valores = []
    for n in (10, 40):
        for _ in range(3):
            i, j = torch.randperm(60, generator=sorte)[:n], torch.randperm(50, generator=sorte)[:n]
            valores.append(distancia_frechet(a[i], b[j], n))
    esperados = torch.tensor(valores, dtype=torch.float64).reshape(2, 3)
    torch.testing.assert_close(vies.medias, esperados.mean(1))
    torch.testing.assert_close(vies.desvios, esperados.std(1))
    assert vies.tamanhos.tolist() == [10, 40] and vies.inversos.tolist() == [0.1, 0.025]
    torch.testing.assert_close(vies.limite + vies.inclinacao * vies.inversos, vies.medias)  # dois pontos


@pytest.mark.parametrize("tamanhos", [[4, 20], [10, 10], [10], [], [10, 101], [10, 20.0]])
def test_tamanhos_que_nao_servem(tamanhos):
    with pytest.raises(ValueError, match=r"tamanhos: chegaram .*maiores que F = 4.*até 100"):
        frechet_por_n(normal(100, 4, 0), normal(200, 4, 1), tamanhos, 2)


def test_outros_argumentos_ruins():
    a = normal(50, 3, 0)
    with pytest.raises(ValueError, match="repeticoes: chegou 1"):
        frechet_por_n(a, a, [10, 20], 1)
    with pytest.raises(ValueError, match=r"esperava \(N, F\) e \(M, F\)"):
        frechet_por_n(a, a[:, :2], [10, 20], 2)
    with pytest.raises(ValueError, match="infinitos ou NaN"):
        frechet_por_n(a, a / 0 * 0, [10, 20], 2)

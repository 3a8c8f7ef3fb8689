"""O filme do sorteio: as probabilidades somam log p(x), cada quadro mostra o seu pixel, e o tamanho cabe."""

import numpy as np
import pytest
import torch

from aulas_lib.ambiente import gerador
from aulas_lib.interativos import filme_pixel_a_pixel
from aulas_lib.interativos import pixel_a_pixel as filme
from aulas_lib.modelos import autorregressivo as fvbn


@pytest.fixture(scope="module")
def modelo() -> fvbn.MADE:
    rede, g = fvbn.MADE((1, 8, 8), 17, (64,)), gerador(0)
    with torch.no_grad():
        for w in rede.parameters():
            w.copy_(0.5 * torch.randn(w.shape, generator=g))
    return rede.eval()


@pytest.fixture(scope="module")
def passos(modelo) -> list[fvbn.Passo]:
    nada = torch.zeros(1, 8, 8, dtype=torch.bool)
    return list(fvbn.pixel_a_pixel(modelo, torch.zeros(6, 1, 8, 8), nada, gerador(1)))


def test_o_log_p_acumulado_termina_em_log_p(modelo, passos):
    log_p = fvbn.log_prob(modelo, passos[-1].x)
    for imagem in (0, 5):
        acumulado = filme.log_p_acumulado(passos, imagem)
        assert len(acumulado) == 65 and acumulado[0] == 0
        assert acumulado[-1] == pytest.approx(log_p[imagem].item(), abs=1e-3)
        assert np.all(np.diff(acumulado) <= 0)


def test_quadro_so_mostra_os_pixels_sorteados(passos):
    """Depois de t pixels, os t primeiros têm o tom da amostra e os outros, o bege."""
    t, passo = 20, filme.LADO // 8
    quadro = np.asarray(filme.quadro_pixel(passos, t))
    final = passos[-1].x[0, 0]
    for i in (0, 7, 19, 20, 21, 40, 63):  # o contorno do 20 não chega ao centro
        linha, coluna = divmod(i, 8)
        centro = quadro[filme.MARGEM + linha * passo + passo // 2, filme.MARGEM + coluna * passo + passo // 2]
        tom = round((final[linha, coluna].item() + 1) * 127.5)
        esperado = (tom,) * 3 if i < t else filme.CELULA_VAZIA
        assert tuple(centro) == pytest.approx(esperado, abs=1), i


def test_altura_da_barra_e_a_probabilidade(passos):
    certo = torch.zeros(1, 17)
    certo[0, 4] = 1.0
    x = passos[0].x.clone()
    x[0, 0, 0, 0] = -0.5  # nível 4
    quadro = np.asarray(filme.quadro_pixel([fvbn.Passo(0, certo, x), *passos[1:]], 0))
    esquerda, alto, direita, baixo = filme.BARRAS
    fatia = (direita - esquerda) / 17
    azul = np.array(filme.desenho.AZUL)

    def pintados(nivel: int) -> int:
        coluna = quadro[alto : baixo - 2, int(esquerda + (nivel + 0.5) * fatia)]
        return int((np.abs(coluna.astype(int) - azul).sum(1) < 10).sum())

    assert pintados(4) >= baixo - alto - 6 and pintados(5) == 0


def test_legendas_contam_o_que_sai(passos):
    frase = filme.legenda_pixel(passos, 9)
    valor = passos[9].x[0, 0, 1, 1].item()
    assert "linha 2, coluna 2" in frase and f"nível {round((valor + 1) * 8)}," in frase
    assert filme.legenda_pixel(passos, 64).startswith("imagem completa: log p(x) = −")


def test_filme_tem_um_quadro_a_mais_que_pixels_e_cabe(passos):
    pronto = filme_pixel_a_pixel(passos)
    assert len(pronto.quadros) == 65 and pronto.eixos[0].partida == 32
    assert len(pronto.html) <= 400_000
    diferentes = [not np.array_equal(a, b) for a, b in zip(pronto.quadros, pronto.quadros[1:], strict=False)]
    assert all(diferentes)


def test_recusas_ensinam(passos):
    with pytest.raises(ValueError, match="nenhum passo"):
        filme_pixel_a_pixel([])
    colorido = fvbn.Passo(0, passos[0].p, torch.zeros(6, 3, 8, 8))
    with pytest.raises(ValueError, match="pixel_a_pixel"):
        filme_pixel_a_pixel([colorido])

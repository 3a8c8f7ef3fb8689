"""Os filmes da lição 5: a ida sobre uma imagem e o laboratório de ᾱ_T mostram o que dizem mostrar."""

import numpy as np
import pytest
import torch

from aulas_lib.ambiente import gerador
from aulas_lib.interativos import filme_alfa_barra, filme_ida, filme_orientacao, filme_volta
from aulas_lib.interativos.alfa_barra import CAIXA
from aulas_lib.interativos.ida import LADO, MARGEM
from aulas_lib.modelos.amostradores import Parada
from aulas_lib.modelos.difusao import agenda_cosseno, agenda_linear, difundir
from aulas_lib.modelos.propagacao import Fatias

FATIAS = Fatias(-8, 8, 400)


def normal(media: float) -> torch.Tensor:
    return torch.special.ndtr(FATIAS.bordas - media).diff()


def test_a_ida_mostra_x_t() -> None:
    x_0 = torch.linspace(-1, 1, 3 * 64).reshape(3, 8, 8)
    agendas = {"um": agenda_linear(100), "dois": agenda_cosseno(50)}
    obtido = filme_ida(x_0, agendas, [0, 0.5, 1], semente=3)
    eps = torch.randn(x_0.shape, generator=gerador(3))
    for i, agenda in enumerate(agendas.values()):
        for j, t in enumerate((0, agenda.T // 2, agenda.T)):
            x_t = difundir(x_0[None], torch.tensor([t]), eps[None], agenda)[0]
            esperado = ((x_t.clamp(-1, 1) + 1) * 127.5).round().permute(1, 2, 0).numpy()
            passo = LADO // 8
            quadro = np.asarray(obtido.quadro(i, j))[MARGEM + passo // 2 :: passo, MARGEM + passo // 2 :: passo][:8, :8]
            assert abs(quadro - esperado).max() <= 1
    assert obtido.legendas[0] == "t = 0: ᾱ = 1,0000   sinal/ruído: infinita (não há ruído)"
    assert obtido.legendas[5].startswith("t = 50: ᾱ < 0,0001")
    assert obtido.eixos[0].rotulos == ["um", "dois"]


@pytest.mark.parametrize("x", [torch.zeros(8, 8), torch.full((1, 8, 8), 2.0), torch.full((1, 8, 8), torch.nan)])
def test_a_ida_recusa_o_que_nao_e_imagem(x: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"esperava uma imagem \(C, H, W\)"):
        filme_ida(x, {"um": agenda_linear(10)})


def test_alfa_barra_desenha_a_gerada_no_lugar_e_diz_a_distancia() -> None:
    casos = (("a", 5, 0), ("a", 9, 3), ("b", 5, 0), ("b", 9, 1))
    geradas = {("d", a, t): (normal(media), normal(0), 0.0001) for a, t, media in casos}
    obtido = filme_alfa_barra(geradas, ["d"], ["a", "b"], [5, 9], FATIAS)
    assert [len(e.valores) for e in obtido.eixos] == [1, 2, 2]
    assert obtido.legendas[0] == "ᾱ_T = 0,00010, variação total = 0,000"
    assert obtido.legendas[1].endswith("0,866")  # 2 Φ(1,5) − 1
    azul = np.asarray(obtido.quadro(0, 0, 1)).astype(int)[CAIXA[1] : CAIXA[3] - 8]  # sem a linha de base
    colunas = ((azul[..., 2] - azul[..., 0]) > 60).nonzero()[1]
    x = -4 + 10 * (colunas.mean() - CAIXA[0]) / (CAIXA[2] - CAIXA[0])
    assert x == pytest.approx(3, abs=0.2)
    with pytest.raises(ValueError, match=r"faltam 1 combinações no que chegou; a primeira é \('d', 'b', 9\)"):
        filme_alfa_barra({c: v for c, v in geradas.items() if c != ("d", "b", 9)}, ["d"], ["a", "b"], [5, 9], FATIAS)


def test_a_volta_mostra_a_amostra_e_o_instante_pedidos() -> None:
    def lisa(valor: float) -> torch.Tensor:
        return torch.tensor([valor, -valor])[:, None, None, None].expand(2, 1, 8, 8)

    # a previsão que parte de x_9 é a da chamada que leva a x_4; em t = 0, a imagem pronta dos dois lados
    caminho = [Parada(9, lisa(0.2), lisa(0.3)), Parada(4, lisa(0.5), lisa(0.6)), Parada(0, lisa(0.8), lisa(0.9))]
    obtido = filme_volta(caminho, amostras=2)
    for amostra, sinal in ((0, 1), (1, -1)):
        for passo, (x_t, x_0) in enumerate(((0.2, 0.6), (0.5, 0.9), (0.8, 0.8))):
            quadro = np.asarray(obtido.quadro(amostra, passo))[150, :, 0].astype(int)
            esperado = [round((sinal * v + 1) * 127.5) for v in (x_t, x_0)]
            assert quadro[100] == pytest.approx(esperado[0], abs=1) and quadro[360] == pytest.approx(esperado[1], abs=1)
    assert obtido.eixos[1].rotulos == ["9", "4", "0"] and obtido.legendas[5] == "amostra 2, t = 0"
    with pytest.raises(ValueError, match="zero paradas"):
        filme_volta([])
    with pytest.raises(ValueError, match="com 2 amostras cada"):
        filme_volta([Parada(0, lisa(0), lisa(0))], amostras=3)


def test_a_orientacao_mostra_as_imagens_do_pedido_do_modo_e_da_escala() -> None:
    chaves = [(p, m, s) for p in ("óculos", "barba") for m in ("com", "sem") for s in (0.0, 1.5, 4.0)]
    cores = torch.linspace(-1, 1, len(chaves))
    geradas = {c: torch.full((8, 3, 8, 8), v.item()) for c, v in zip(chaves, cores, strict=True)}
    obtido = filme_orientacao(geradas, ["óculos", "barba"], ["com", "sem"], [0.0, 1.5, 4.0])
    assert [len(e.valores) for e in obtido.eixos] == [2, 2, 3] and obtido.eixos[2].rotulos == ["0,0", "1,5", "4,0"]
    assert obtido.legendas[4] == "óculos, sem, s = 1,5"
    for i in range(2):
        for j in range(2):
            for k in range(3):
                cinza = np.asarray(obtido.quadro(i, j, k).convert("L"))[50, 50]
                assert cinza == pytest.approx(255 * (6 * i + 3 * j + k) / 11, abs=1.5)
    del geradas["barba", "sem", 4.0]
    with pytest.raises(ValueError, match=r"faltam 1 combinações no que chegou; a primeira é \('barba', 'sem', 4.0\)"):
        filme_orientacao(geradas, ["óculos", "barba"], ["com", "sem"], [0.0, 1.5, 4.0])

"""Os filmes da lição 4: atenção, truncagem, mistura e retratos do treino mostram o que dizem mostrar."""

import json
import re

import numpy as np
import pytest
import torch

from aulas_lib.ambiente import gerador, semear
from aulas_lib.avaliacao import PrecisaoRevocacao
from aulas_lib.interativos import filme_atencao, filme_mistura, filme_retratos, filme_truncagem
from aulas_lib.interativos.atencao import AMPLIAR, CAIXA, FOLGA, LADO
from aulas_lib.interativos.filme import Eixo, Filme, filme
from aulas_lib.modelos.sagan import GeradorSAGAN, mapas_de_atencao
from aulas_lib.receitas.condicional import rotulos_das_carinhas


def cores(*forma: int) -> torch.Tensor:
    """Imagens de uma cor só, cada uma a sua."""
    n = torch.Size(forma).numel()
    return torch.linspace(-1, 1, n).reshape(*forma, 1, 1, 1).expand(*forma, 3, 8, 8).contiguous()


def dados(objeto: Filme) -> dict:
    achado = re.search(r'<script type="application/json" id="dados">(.*?)</script>', objeto.pagina, re.DOTALL)
    return json.loads(achado[1])


def pixel(quadro, x: int, y: int) -> int:
    return int(np.asarray(quadro.convert("L"))[y, x])


def test_atencao_apaga_tudo_menos_o_que_se_olha() -> None:
    pesos = torch.full((64, 16), 0.01)
    pesos[8 * 2 + 5, 4 * 1 + 3] = 0.85  # a posição (2, 5) olha a casa (1, 3)
    rosto = -torch.ones(3, 32, 32)  # preto
    obtido = filme_atencao(rosto, pesos)
    quadro = obtido.quadro(2, 5)
    direita = AMPLIAR * (LADO + FOLGA)
    onde = direita + AMPLIAR * LADO * 7 // 8, AMPLIAR * LADO * 3 // 8
    assert pixel(quadro, *onde) < 20  # inteiro onde o peso é o maior
    assert pixel(quadro, direita + AMPLIAR * LADO // 8, AMPLIAR * LADO // 8) > 180  # apagado no resto
    assert obtido.legendas[2 * 8 + 5] == "olha mais para a linha 2 e a coluna 4 da grade de 4, com peso 85 %"
    assert dados(obtido)["clicavel"] == list(CAIXA) and "pointerdown" in obtido.pagina
    with pytest.raises(ValueError, match="esperava"):
        filme_atencao(rosto, torch.rand(63, 16))


def test_truncagem_poe_o_ponto_na_curva() -> None:
    medidas = [PrecisaoRevocacao(0.9, 0.2), PrecisaoRevocacao(0.7, 0.8)]
    obtido = filme_truncagem("limite", [0.5, 2.0], cores(2, 25), medidas)
    quadros = [np.asarray(obtido.quadro(i)).astype(int) for i in (0, 1)]
    vermelhos = [((q[..., 0] > 180) & (q[..., 1] < 120) & (q[..., 2] < 60)).nonzero() for q in quadros]
    (y0, x0), (y1, x1) = ([v.mean() for v in onde] for onde in vermelhos)
    assert x0 < x1 and y0 < y1  # menos revocação e mais precisão com o corte menor
    assert obtido.legendas == ("precisão 90 %, revocação 20 %", "precisão 70 %, revocação 80 %")
    with pytest.raises(ValueError, match="recebeu 1 cortes"):
        filme_truncagem("limite", [0.5], cores(2, 25), medidas)


def test_mistura_tem_linhas_colunas_e_cortes_no_lugar() -> None:
    misturas = cores(2, 3, 4)
    obtido = filme_mistura(cores(3), cores(4), misturas, ["na primeira", "em nenhuma"])
    for corte in (0, 1):
        quadro = obtido.quadro(corte)
        for i in range(3):
            for j in range(4):
                esperado = (misturas[corte, i, j, 0, 0, 0].item() + 1) * 127.5
                assert pixel(quadro, 98 + 88 * j + 42, 28 + 98 + 88 * i + 42) == pytest.approx(esperado, abs=2)
    with pytest.raises(ValueError, match="um corte por nome"):
        filme_mistura(cores(3), cores(4), misturas, ["um"])


def test_retratos_comecam_no_fim_e_dizem_a_volta() -> None:
    retratos = {1: cores(2)[:1].expand(10, -1, -1, -1), 50: cores(2)[1:].expand(10, -1, -1, -1)}
    obtido = filme_retratos(retratos, "Crescer", "Dez rostos", lambda volta: f"volta {volta}: lado 8")
    assert obtido.eixos[0].rotulos == ["1", "50"] and obtido.legendas[1] == "volta 50: lado 8"
    assert pixel(obtido.quadro(), 60, 80) > 240 and pixel(obtido.quadro(0), 60, 80) < 15
    with pytest.raises(ValueError, match="dicionário vazio"):
        filme_retratos({}, "a", "b")


def test_so_o_filme_clicavel_leva_o_programa_do_clique() -> None:
    """Os outros filmes continuam byte a byte os mesmos: são saídas guardadas dos cadernos."""
    quadros = np.zeros((2, 3, 8, 8, 3), dtype=np.uint8)
    eixos = [Eixo("a", [0.0, 1.0]), Eixo("b", [0.0, 1.0, 2.0])]
    comum, clicavel = (filme(quadros, eixos, "t", "d", clicavel=c) for c in (None, (0, 0, 8, 8)))
    assert "pointerdown" not in comum.pagina and "clicavel" not in dados(comum)
    assert "pointerdown" in clicavel.pagina
    with pytest.raises(ValueError, match="recebeu clicavel"):
        filme(quadros[0], eixos[1:], "t", "d", clicavel=(0, 0, 8, 8))


def test_pesos_da_atencao_de_um_gerador() -> None:
    semear(0)
    rotulos = rotulos_das_carinhas()
    rede = GeradorSAGAN(3, 32, rotulos, (8, 8, 8)).eval()
    z = rotulos.sortear(3, 64, gerador(1))
    imagens, pesos = mapas_de_atencao(rede, z)
    assert torch.equal(imagens, rede(z)) and pesos.shape == (3, 256, 64)
    torch.testing.assert_close(pesos.sum(dim=2), torch.ones(3, 256))
    with pytest.raises(ValueError, match="não tem autoatenção"):
        mapas_de_atencao(GeradorSAGAN(3, 32, rotulos, (8, 8, 8), atencao=False), z)

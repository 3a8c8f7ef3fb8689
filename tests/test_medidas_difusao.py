"""As medidas da lição 5: o que se grava, o que se imprime, e que cada caminho faz o que o nome diz."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao import extrair
from aulas_lib.dados.carinhas import ESQUEMA, carinhas
from aulas_lib.modelos.orientacao import pedir
from aulas_lib.receitas import medidas_difusao as medidas
from aulas_lib.receitas.difusao import AGENDA
from aulas_lib.receitas.medidas import ler_tabela
from aulas_lib.receitas.sonda import carregar_sonda


@pytest.mark.parametrize("nome", list(medidas.AMOSTRADORES))
def test_cada_caminho_chama_a_rede_uma_vez_por_instante(nome: str) -> None:
    vistos: list[int] = []

    def rede(x: Tensor, t: Tensor) -> Tensor:
        vistos.append(int(t[0]))
        return torch.zeros_like(x)

    imagens = medidas.gerar_em_meia(rede, medidas.AMOSTRADORES[nome], 3, 4, 0)
    assert vistos == [1000, 750, 500, 250]
    assert imagens.shape == (3, 3, 32, 32) and imagens.abs().max() <= 1


def test_so_a_ddpm_tem_acaso() -> None:
    x, onde = torch.randn(2, 1, 2, 2, generator=gerador(0)), [1000, 500]
    for nome, caminho in medidas.AMOSTRADORES.items():
        fins = [next(iter(caminho(lambda x, t: 0.5 * x, x, onde, gerador(s)))).x for s in (1, 2)]
        assert torch.equal(*fins) == (nome != "DDPM (η = 1)")
    assert AGENDA.T == 1000


def test_o_pedido_se_julga_em_rostos_que_o_atendem_e_nos_outros() -> None:
    sonda, n = carregar_sonda(), 200
    com = carinhas(n, semente=3, fixos=medidas.PEDIDO, cache=False)
    reais = extrair(sonda, carinhas(n, semente=4, fixos=medidas.PEDIDO, cache=False).imagens)
    certo = medidas.julgar_pedido(sonda, com.imagens, reais)
    assert certo["acerto"] == 1 and certo["diversidade"] == pytest.approx(1, abs=0.05)
    iguais = medidas.julgar_pedido(sonda, com.imagens[:1].expand(n, -1, -1, -1), reais)
    assert iguais["diversidade"] < 0.01 and iguais["frechet"] > 10 * certo["frechet"]
    sem_pedido = medidas.julgar_pedido(sonda, carinhas(n, semente=3, cache=False).imagens, reais)
    assert sem_pedido["acerto"] < 0.15  # ½ · ⅓ · ⅕, ao acaso
    assert set(medidas.PEDIDO) <= set(ESQUEMA)


@pytest.mark.parametrize("modo", ["com classificador", "sem classificador"])
def test_com_os_pesos_do_curso_a_escala_atende_o_pedido(modo: str) -> None:
    sonda, y = carregar_sonda(), pedir(ESQUEMA, medidas.PEDIDO, 16)
    orientar = medidas.modos_de_orientar(y)[modo]
    caminho = medidas.AMOSTRADORES["DPM-Solver++"]
    imagens = {s: medidas.gerar_em_meia(orientar(s), caminho, 16, 15, 3) for s in (0.0, 8.0)}
    acertos = {s: medidas.atendem(sonda, x).sum().item() for s, x in imagens.items()}
    assert acertos[0.0] <= 4 and acertos[8.0] >= 12


def test_gravar_e_ler_de_volta(tmp_path: Path) -> None:
    medidas._gravar("chamadas", [{"amostrador": "a", "chamadas": 5, "frechet": 1 / 3}], tmp_path)
    assert ler_tabela("chamadas", tmp_path) == [{"amostrador": "a", "chamadas": 5.0, "frechet": 0.333333}]

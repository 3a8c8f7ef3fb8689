"""A orientação: atributos escondidos, os dois modos de orientar e o classificador de imagens com ruído."""

import math

import pytest
import torch
from torch import Tensor

from aulas_lib.ambiente import gerador, semear
from aulas_lib.dados.distribuicoes import MisturaGaussiana
from aulas_lib.modelos.classificador_ruidoso import ClassificadorRuidoso, log_p_atributos, perda_com_ruido
from aulas_lib.modelos.difusao import agenda_linear
from aulas_lib.modelos.orientacao import (
    condicionar,
    esconder,
    mostrando_parte,
    orientar,
    orientar_com_classificador,
    pedir,
)
from aulas_lib.modelos.propagacao import ruido_exato

AGENDA = agenda_linear(1000)
MEDIAS, VARIANCIA = torch.tensor([[-1.0], [1.0]]), torch.tensor(0.09)


def moda(k: int) -> MisturaGaussiana:
    return MisturaGaussiana(torch.ones(1), MEDIAS[k : k + 1], VARIANCIA)


def log_da_moda_1(x_t: Tensor, t: Tensor) -> Tensor:
    """log p(y = 1 | x_t), pela regra de Bayes, com as duas modas equiprováveis."""
    ab = AGENDA.alfa_barra[int(t[0])]
    logs = torch.stack([moda(k).difundida(ab).log_densidade(x_t) for k in (0, 1)])
    return logs.log_softmax(dim=0)[1]


@pytest.mark.parametrize("t", [1, 100, 400, 900])
def test_com_o_classificador_exato_e_escala_1_sai_o_ruido_da_moda_pedida(t: int) -> None:
    mistura = MisturaGaussiana(torch.tensor([0.5, 0.5]), MEDIAS, VARIANCIA)
    x_t, instantes = torch.linspace(-3, 3, 41, dtype=torch.float64)[:, None], torch.full((41,), t)
    orientado = orientar_com_classificador(ruido_exato(mistura, AGENDA), log_da_moda_1, 1.0, AGENDA)
    torch.testing.assert_close(orientado(x_t, instantes), ruido_exato(moda(1), AGENDA)(x_t, instantes))


def test_as_duas_orientacoes_coincidem_com_as_redes_exatas() -> None:
    mistura = MisturaGaussiana(torch.tensor([0.5, 0.5]), MEDIAS, VARIANCIA)
    x_t, t = torch.linspace(-3, 3, 41, dtype=torch.float64)[:, None], torch.full((41,), 300)
    sem, com = ruido_exato(mistura, AGENDA), ruido_exato(moda(1), AGENDA)
    por_classificador = orientar_com_classificador(sem, log_da_moda_1, 3.0, AGENDA)
    torch.testing.assert_close(orientar(com, sem, 3.0)(x_t, t), por_classificador(x_t, t))
    torch.testing.assert_close(orientar(com, sem, 0.0)(x_t, t), sem(x_t, t))
    assert orientar(com, sem, 1.0) is com  # uma chamada da rede, e não duas


def test_esconde_atributos_inteiros_e_um_quarto_fica_sem_nenhum() -> None:
    tamanhos = [2, 3, 5] * 4  # doze, como nas carinhas
    n = 8000
    escolhas = [torch.randint(k, (n,), generator=gerador(k)) for k in tamanhos]
    y = torch.cat([torch.nn.functional.one_hot(e, k) for e, k in zip(escolhas, tamanhos, strict=True)], dim=1).float()
    visto = esconder(y, tamanhos, gerador(0))
    somas = torch.stack([parte.sum(dim=1) for parte in visto.split(tamanhos, dim=1)], dim=1)  # 1 se visível
    assert set(somas.unique().tolist()) == {0.0, 1.0} and ((visto == y) | (visto == 0)).all()
    sem_nenhum = math.sqrt(math.pi) / 2 * math.gamma(13) / math.gamma(13.5)  # a integral de (1 − u²)¹² em (0, 1)
    assert (somas.sum(dim=1) == 0).double().mean().item() == pytest.approx(sem_nenhum, abs=0.02)
    assert somas.mean().item() == pytest.approx(1 / 3, abs=0.02)


def test_a_perda_condicional_chama_o_modelo_com_o_y_que_sobrou() -> None:
    vistos: list[Tensor] = []

    def modelo(x: Tensor, t: Tensor, y: Tensor) -> Tensor:
        vistos.append(y)
        return x

    y = pedir({"a": ("0", "1"), "b": ("0", "1", "2")}, {"a": "1", "b": "2"}, 64)
    perda = mostrando_parte(lambda preditor, x_0, g: preditor(x_0, torch.ones(64)).flatten(1).sum(dim=1), [2, 3])
    x = torch.randn(64, 3, generator=gerador(0))
    torch.testing.assert_close(perda(modelo, x, y, gerador=gerador(1)), x.sum(dim=1))
    assert vistos[0].shape == y.shape and 0 < vistos[0].sum() < y.sum()


def test_pedir_marca_uma_coluna_por_atributo_pedido() -> None:
    esquema = {"oculos": ("sem", "com"), "boca": ("sorriso", "neutra", "triste")}
    assert pedir(esquema, {"boca": "triste"}, 2).tolist() == [[0, 0, 0, 0, 1]] * 2
    assert pedir(esquema, {}).tolist() == [[0] * 5]


@pytest.mark.parametrize(
    ("pedido", "parte"), [({"oculos": "roxo"}, "sem, com"), ({"bigode": "com"}, "oculos, boca")]
)
def test_pedido_que_nao_existe_diz_o_que_serve(pedido: dict[str, str], parte: str) -> None:
    with pytest.raises(ValueError, match=parte):
        pedir({"oculos": ("sem", "com"), "boca": ("sorriso", "neutra")}, pedido)


def test_log_p_soma_so_os_atributos_que_y_mostra() -> None:
    logits, tamanhos = torch.randn(5, 5, generator=gerador(2)), [2, 3]
    a, b = (parte.softmax(dim=1) for parte in logits.split(tamanhos, dim=1))
    so_b = pedir({"a": ("0", "1"), "b": ("0", "1", "2")}, {"b": "1"}, 5)
    torch.testing.assert_close(log_p_atributos(logits, so_b, tamanhos), b[:, 1].log())
    os_dois = pedir({"a": ("0", "1"), "b": ("0", "1", "2")}, {"a": "0", "b": "1"}, 5)
    torch.testing.assert_close(log_p_atributos(logits, os_dois, tamanhos), (a[:, 0] * b[:, 1]).log())
    assert log_p_atributos(logits, torch.zeros(5, 5), tamanhos).tolist() == [0] * 5


def test_o_classificador_aprende_a_cor_de_imagens_com_ruido() -> None:
    semear(0)
    y = torch.nn.functional.one_hot(torch.arange(64) % 2, 2).float()
    x = (2 * y[:, :1, None, None] - 1).expand(64, 1, 16, 16).contiguous()  # clara ou escura
    modelo, perda = ClassificadorRuidoso(1, 16, [2], (8, 16), 16), perda_com_ruido(AGENDA)
    otimizador = torch.optim.Adam(modelo.parameters(), 3e-3)
    antes = perda(modelo, x, y, gerador(9)).mean().item()
    for i in range(60):
        otimizador.zero_grad()
        perda(modelo, x, y, gerador(i)).mean().backward()
        otimizador.step()
    assert perda(modelo, x, y, gerador(9)).mean().item() < 0.5 * antes
    assert modelo(x, torch.full((64,), 10)).shape == (64, 2)


def test_condicionar_fixa_y() -> None:
    y = torch.ones(2, 3)
    assert condicionar(lambda x, t, y: x + y.sum(), y)(torch.zeros(2), torch.zeros(2)).tolist() == [6, 6]

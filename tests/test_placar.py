"""O placar: cada família, treinada por poucos passos, cumpre a interface; as densidades somam 1."""

import math
import time

import pytest
import torch

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao.placar import LinhaDoPlacar, tabela
from aulas_lib.dados.bits import Celulas
from aulas_lib.dados.distribuicoes import anel_de_oito
from aulas_lib.dados.imagens import digitos
from aulas_lib.receitas import familias, placar

LEI = anel_de_oito(desvio=0.2)


def classe_zero(x):
    return torch.zeros(len(x), dtype=torch.long)


@pytest.fixture(scope="module")
def plano():
    return placar.no_plano(LEI, exemplos=1000)


@pytest.fixture(scope="module")
def imagens():
    return placar.nos_digitos(digitos(), classe_zero)


@pytest.mark.parametrize("familia", familias.TODAS)
@pytest.mark.parametrize("tarefa", ["plano", "imagens"])
def test_interface(familia, tarefa, request, capsys):
    medidor = request.getfixturevalue(tarefa)
    r = familia(medidor.tarefa, passos=3)
    x = r.amostrar(20, gerador(0))
    assert x.shape == (20, medidor.tarefa.dimensoes) and torch.isfinite(x).all()
    torch.testing.assert_close(x, r.amostrar(20, gerador(0)))  # o acaso vem do gerador
    if medidor.tarefa.binaria:
        assert set(x.unique().tolist()) <= {-1.0, 1.0}
    assert (r.log_p is None) == (r.natureza == "não há")
    if r.log_p:
        with torch.no_grad():
            assert r.log_p(medidor.teste[:7]).shape == (7,)


def test_interromper_para_a_disputa(plano, monkeypatch):
    """■ no meio de uma família não passa para a seguinte, nem põe no placar um modelo pela metade."""
    def interromper(itens, total, descricao):
        yield next(iter(itens))
        raise KeyboardInterrupt

    monkeypatch.setattr(familias, "com_barra", interromper)
    treinadas = []
    with pytest.raises(KeyboardInterrupt):
        placar.disputar(plano, [familias.fvbn, lambda tarefa: treinadas.append(tarefa)])
    assert treinadas == []


@pytest.mark.parametrize("familia", [familias.fvbn, familias.maquina_de_boltzmann])
def test_densidade_das_celulas_soma_um(plano, familia):
    """A densidade é constante em cada célula: soma × área = 1."""
    r = familia(plano.tarefa, passos=30)
    celulas = Celulas(3.0, 6)
    centros = celulas.decodificar(celulas.todas(), centro=True)
    with torch.no_grad():
        total = r.log_p(centros).exp().sum() * celulas.area
    assert total.item() == pytest.approx(1, abs=1e-3)


def test_a_razao_normalizada_soma_um(plano):
    r = familias.razao_por_classificacao(plano.tarefa, passos=60)
    eixo = torch.linspace(-9, 9, 361)
    with torch.no_grad():
        total = r.log_p(torch.cartesian_prod(eixo, eixo)).exp().sum() * 0.05**2
    assert total.item() == pytest.approx(1, abs=0.03)


def test_o_limite_do_vae_fica_abaixo_da_entropia(plano):
    r = familias.autoencoder_variacional(plano.tarefa, passos=60)
    with torch.no_grad():
        assert -r.log_p(plano.teste).mean().item() > plano.piso


def test_piso_do_plano(plano):
    linha = placar.piso(plano)
    assert linha.nats == pytest.approx(math.log(8) + math.log(2 * math.pi * math.e * 0.04), abs=0.08)
    assert linha.modas == (8, 8) and linha.treino is None
    assert 0.9 < linha.precisao < 1 and 0.9 < linha.revocacao < 1  # outros pontos da lei, e não os de teste


def test_classes_vistas(imagens):
    assert imagens.contar(imagens.teste) == (1, 10)  # o classificador de mentira só diz 0
    pares = placar.nos_digitos(digitos(), lambda x: 2 * (torch.arange(len(x)) % 5))
    assert pares.contar(pares.teste) == (5, 10)
    rara = placar.nos_digitos(digitos(), lambda x: (torch.arange(len(x)) >= len(x) // 50).long())
    assert rara.contar(rara.teste) == (1, 10)  # a classe 0 recebe um quinto da sua parte


def test_disputar_poe_o_piso_no_fim(plano):
    def sortear(n, g):
        time.sleep(0.1)
        return LEI.amostrar(n, g)

    def amostra_da_lei(tarefa):
        return familias.Representante("lei", sortear, 0, "exata", LEI.log_densidade, 0.0)

    linhas, amostras = placar.disputar(plano, [amostra_da_lei])
    assert [linha.nome for linha in linhas] == ["lei", "a própria lei"]
    assert linhas[0].nats == pytest.approx(plano.piso, abs=1e-5)
    assert amostras["lei"].shape == (2000, 2)
    assert 50 <= linhas[0].milissegundos < 5000  # 0,1 s em 2000 amostras são 50 ms em 1000
    assert linhas[0].precisao > 0.9 and linhas[0].revocacao > 0.9


def test_tabela():
    linha = LinhaDoPlacar("GAN", None, "não há", (7, 8), 0.5, 0.256, 1, 2.4, 3.14)
    titulo, corpo = tabela([linha], "classes").splitlines()
    assert "classes" in titulo and "modas" not in titulo
    assert corpo.split() == ["GAN", "—", "não", "há", "7", "de", "8", "50", "%", "26", "%", "1", "2", "3,1", "s"]
    with pytest.raises(ValueError, match="pelo menos uma família"):
        tabela([])

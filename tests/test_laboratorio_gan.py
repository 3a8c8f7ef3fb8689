"""O laboratório de GANs: ramos bit a bit, volta no tempo, passos avulsos, quadros, filme e painel."""

import asyncio
import base64
import io
import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from aulas_lib.avaliacao import jsd_na_grade, modas_cobertas
from aulas_lib.interativos import Ajustes, LinhaDoTempo, filme_laboratorio, laboratorio_gan
from aulas_lib.interativos.controles import TAMANHO_MINIMO
from aulas_lib.interativos.laboratorio import instante as modulo_instante
from aulas_lib.interativos.laboratorio.cenario import EXTENSAO, LEIS, montar
from aulas_lib.interativos.laboratorio.entradas import PAUSAR, TREINAR
from aulas_lib.interativos.laboratorio.instante import observador
from aulas_lib.interativos.laboratorio.plano import Detalhe, pintar_plano
from aulas_lib.interativos.laboratorio.quadro import ALTURA, LARGURA, quadro_laboratorio
from aulas_lib.modelos.perdas_gan import JOGOS


@pytest.fixture(scope="module")
def tronco() -> LinhaDoTempo:
    """Cem voltas do anel, que nenhum teste muda."""
    linha = LinhaDoTempo(Ajustes(), a_cada=10)
    linha.avancar(100)
    return linha


def pesos(estado: dict, rede: str) -> list[torch.Tensor]:
    return [tensor for nome, tensor in estado["modelo"].items() if nome.startswith(rede)]


def iguais(um: dict, outro: dict) -> bool:
    """Se dois estados coincidem bit a bit, Adam e geradores de números incluídos (o gerador padrão, não)."""
    achatados = [torch.utils._pytree.tree_flatten({**e, "gerador_padrao": 0})[0] for e in (um, outro)]
    return all(
        torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b for a, b in zip(*achatados, strict=True)
    )


# Linhas do tempo


@pytest.mark.parametrize("onde", [0, 4, 7])
def test_ramo_sem_mudanca_repete_o_tronco_bit_a_bit(tronco: LinhaDoTempo, onde: int) -> None:
    ramo = tronco.ramificar(onde)
    torch.rand(3)  # o acaso do leitor não entra no treino
    ramo.avancar(7)  # em pedaços que não coincidem com os do tronco
    ramo.avancar(100 - ramo.treino.passo)
    assert iguais(ramo.instantes[-1].estado, tronco.instantes[-1].estado)
    assert ramo.instantes[-1].jsd == tronco.instantes[-1].jsd
    assert ramo.instantes[: ramo.origem] == tronco.instantes[:onde]


@pytest.mark.parametrize(
    "mudanca", [{"lr_g": 0.01}, {"lr_d": 0.01}, {"perdas": "hinge"}, {"passos_d": 2}, {"semente": 1}, {"gama_r1": 1.0}]
)
def test_ramo_com_qualquer_mudanca_se_afasta_e_o_tronco_fica(tronco: LinhaDoTempo, mudanca: dict) -> None:
    antes = [instante.estado for instante in tronco.instantes]
    ramo = tronco.ramificar(5, replace(tronco.ajustes, **mudanca))
    partida = dict(ramo.instantes[-1].estado)
    assert all(map(torch.equal, pesos(partida, ""), pesos(tronco.instantes[5].estado, "")))
    assert ramo.treino.otimizador_g.state_dict()["state"][0]["step"] == 50  # o Adam continua
    ramo.avancar(20)
    assert not iguais(ramo.instantes[-1].estado, tronco.instantes[7].estado)
    assert not torch.equal(ramo.instantes[-1].gerados, tronco.instantes[7].gerados)
    assert [instante.estado for instante in tronco.instantes] == antes  # os mesmos objetos
    assert tronco.treino.passo == 100


def test_os_ajustes_do_ramo_sao_os_que_treinam(tronco: LinhaDoTempo) -> None:
    ramo = tronco.ramificar(5, Ajustes(perdas="hinge", lr_g=0.02, lr_d=0.03, passos_d=3, semente=9, gama_r1=0.7))
    ramo.avancar(1)
    treino = ramo.treino
    assert (treino.perda_d, treino.perda_g) == (JOGOS["hinge"].perda_d, JOGOS["hinge"].perda_g)
    taxas = [otimizador.param_groups[0]["lr"] for otimizador in (treino.otimizador_g, treino.otimizador_d)]
    assert taxas == [0.02, 0.03]
    assert treino.passos_de_d == 50 + 3
    x = torch.randn(5, 2, requires_grad=True)
    (inclinacao,) = torch.autograd.grad(treino.modelo["discriminador"](x).sum(), x)
    penalidade = treino.regularizador(treino.modelo["discriminador"], x, x)
    torch.testing.assert_close(penalidade, 0.35 * inclinacao.square().sum(1))


def test_instantes_nao_mudam_enquanto_o_treino_anda() -> None:
    linha = LinhaDoTempo(Ajustes(), a_cada=5)
    inicio = [peso.clone() for peso in pesos(linha.instantes[0].estado, "")]
    linha.avancar(12)
    assert [instante.passo for instante in linha.instantes] == [0, 5, 10, 12]
    assert all(map(torch.equal, inicio, pesos(linha.instantes[0].estado, "")))
    assert not all(map(torch.equal, inicio, pesos(linha.instantes[1].estado, "")))


@pytest.mark.parametrize(
    ("quem", "parado", "anda"), [("D", "gerador", "discriminador"), ("G", "discriminador", "gerador")]
)
def test_passo_avulso_move_um_jogador_so(quem: str, parado: str, anda: str) -> None:
    linha = LinhaDoTempo(Ajustes())
    assert linha.passo_d() if quem == "D" else linha.passo_g()
    antes, depois = (instante.estado for instante in linha.instantes)
    assert all(map(torch.equal, pesos(antes, parado), pesos(depois, parado)))
    assert not any(map(torch.equal, pesos(antes, anda), pesos(depois, anda)))
    assert linha.instantes[-1].rotulo == f"0 +1{quem}"
    assert linha.instantes[-1].momento == (0, 1)


def test_ramo_aberto_depois_de_um_passo_avulso_segue_a_conta() -> None:
    tronco = LinhaDoTempo(Ajustes(), a_cada=5)
    tronco.avancar(5)
    tronco.passo_d()
    ramo = tronco.ramificar(len(tronco) - 1)
    ramo.passo_d()
    assert ramo.instantes[-1].rotulo == "5 +2D"
    assert ramo.instantes[-1].momento > ramo.instantes[-2].momento


def test_muitos_passos_de_d_baixam_a_perda_de_d_e_muitos_de_g_a_de_g() -> None:
    linha = LinhaDoTempo(Ajustes())
    for _ in range(20):
        linha.passo_d()
    perdas_d = [instante.perda_d for instante in linha.instantes]
    assert perdas_d[-1] < perdas_d[0] - 0.1
    for _ in range(20):
        linha.passo_g()
    assert linha.instantes[-1].perda_g < linha.instantes[20].perda_g - 0.02
    assert linha.instantes[-1].rotulo == "0 +20D +20G"


def test_o_gerador_padrao_do_torch_fica_como_estava(tronco: LinhaDoTempo) -> None:
    torch.manual_seed(123)
    antes = torch.get_rng_state()
    LinhaDoTempo(Ajustes(), a_cada=5).avancar(5)
    tronco.ramificar(3).avancar(5)
    assert torch.equal(torch.get_rng_state(), antes)


def test_interrompido_volta_ao_ultimo_instante(monkeypatch: pytest.MonkeyPatch) -> None:
    linha, outra = (LinhaDoTempo(Ajustes(), a_cada=5) for _ in range(2))
    original, chamadas = linha.treino.passo_gerador, []

    def interromper() -> float:
        chamadas.append(1)
        if len(chamadas) == 8:
            raise KeyboardInterrupt
        return original()

    monkeypatch.setattr(linha.treino, "passo_gerador", interromper)
    with pytest.raises(KeyboardInterrupt):
        linha.avancar(20)
    assert (linha.treino.passo, len(linha)) == (5, 2)
    linha.avancar(10)
    outra.avancar(15)
    assert iguais(linha.instantes[-1].estado, outra.instantes[-1].estado)


def test_divergencia_para_a_linha_e_guarda_o_passado(monkeypatch: pytest.MonkeyPatch) -> None:
    linha = LinhaDoTempo(Ajustes(), a_cada=5)
    linha.avancar(10)
    with torch.no_grad():
        linha.treino.modelo["discriminador"].camadas[1].weight.fill_(torch.inf)
    assert linha.avancar(10) == 0
    assert "divergiu na volta 11" in linha.parou
    assert "Diminua a taxa" in linha.motivo
    assert len(linha) == 3
    assert linha.avancar(10) == 0
    assert not linha.passo_d()
    limpa = quadro_laboratorio(linha.instantes, 2, linha.observador, "t")
    avisada = quadro_laboratorio(linha.instantes, 2, linha.observador, "t", aviso=linha.parou)
    assert (np.asarray(limpa) != np.asarray(avisada)).any()
    ramo = linha.ramificar(-1)
    assert ramo.avancar(5) == 5
    assert not ramo.parou


def test_instantes_demais_rareiam_sem_perder_pontas_nem_origem() -> None:
    base = LinhaDoTempo(Ajustes(), a_cada=1, maximo=8)
    base.avancar(5)
    ramo = base.ramificar(3)
    ramo.avancar(12)
    passos = [instante.passo for instante in ramo.instantes]
    assert len(passos) <= 8
    assert (passos[0], passos[-1], passos[ramo.origem]) == (0, 15, 3)
    assert passos == sorted(set(passos))
    assert ramo.a_cada > 1
    assert iguais(ramo.instantes[passos.index(3)].estado, base.instantes[3].estado)


def test_o_que_o_instante_mede_e_o_que_as_redes_dizem(tronco: LinhaDoTempo) -> None:
    ultimo, olho, treino = tronco.instantes[-1], tronco.observador, tronco.treino
    rede_g, rede_d = treino.modelo["gerador"], treino.modelo["discriminador"]
    with torch.no_grad():
        gerados = rede_g(olho.z)
    torch.testing.assert_close(ultimo.gerados, gerados[: len(ultimo.gerados)])
    assert ultimo.jsd == jsd_na_grade(gerados, olho.reais, modulo_instante.LADO_DA_JSD, EXTENSAO)
    assert ultimo.modas == modas_cobertas(gerados, LEIS["anel de oito"]())
    canto = torch.tensor([[-EXTENSAO, EXTENSAO], [EXTENSAO, EXTENSAO], [-EXTENSAO, -EXTENSAO]])
    with torch.no_grad():
        d = rede_d(canto)[:, 0].sigmoid()
    torch.testing.assert_close(torch.stack([ultimo.campo[0, 0], ultimo.campo[0, -1], ultimo.campo[-1, 0]]), d)
    passo = 1e-3 * ultimo.setas[0] / ultimo.setas[0].norm()
    with torch.no_grad():
        perdas = JOGOS["não saturante"].perda_g(rede_d(torch.stack([gerados[0] - passo, gerados[0] + passo])))
    queda = (perdas[0] - perdas[1]).item() / 2e-3
    assert queda == pytest.approx(ultimo.setas[0].norm().item(), rel=0.02)  # a seta é a descida mais forte
    centro = rede_g(torch.zeros(1, 2)).detach()
    torch.testing.assert_close(ultimo.malha[5:, 0], centro.expand(12, 2))  # os raios saem de z = 0


@pytest.mark.parametrize("perdas", list(JOGOS))
def test_o_campo_vai_de_0_a_1_com_a_fronteira_em_meio(perdas: str) -> None:
    linha = LinhaDoTempo(Ajustes(perdas=perdas))
    linha.avancar(10)
    campo, rede_d = linha.instantes[-1].campo, linha.treino.modelo["discriminador"]
    assert 0 <= campo.min() < campo.max() <= 1
    with torch.no_grad():
        a = rede_d(linha.observador.grade)[:, 0].view(campo.shape)
        reais, gerados = rede_d(linha.observador.reais), rede_d(linha.treino.modelo["gerador"](linha.observador.z))
    meio = {"mínimos quadrados": 0.5, "Wasserstein": (reais.mean() + gerados.mean()).item() / 2}.get(perdas, 0.0)
    assert ((campo > 0.5) == (a > meio)).float().mean() > 0.999
    quadro = quadro_laboratorio(linha.instantes, -1, linha.observador, "t")
    assert quadro.size == (LARGURA, ALTURA)


@pytest.mark.parametrize("latentes", [1, 2, 3])
def test_a_malha_existe_com_qualquer_numero_de_latentes(latentes: int) -> None:
    instante = LinhaDoTempo(Ajustes(latentes=latentes)).instantes[0]
    assert instante.malha.shape == (1 if latentes == 1 else 17, 49, 2)


@pytest.mark.parametrize("lei", list(LEIS))
def test_as_leis_cabem_na_janela(lei: str) -> None:
    reais = observador(lei, 2).reais
    assert (reais.abs() < EXTENSAO).float().mean() > 0.999
    assert reais.abs().max() > 0.6 * EXTENSAO
    assert 0 < observador(lei, 2).piso < 0.05


@pytest.mark.parametrize(
    ("argumentos", "pedaco"),
    [
        ({"lei": "rosa"}, "anel de oito"),
        ({"perdas": "outra"}, "não saturante"),
        ({"lr_g": 0.0}, "lr_g=0.0"),
        ({"gama_r1": -1.0}, "gama_r1=-1.0"),
        ({"passos_d": 0}, "passos_d=0"),
        ({"semente": -1}, "semente=-1"),
    ],
)
def test_ajustes_recusam_com_explicacao(argumentos: dict, pedaco: str) -> None:
    with pytest.raises(ValueError, match=re.escape(pedaco)):
        Ajustes(**argumentos)


def test_ramo_recusa_com_explicacao(tronco: LinhaDoTempo) -> None:
    with pytest.raises(ValueError, match="esta linha tem 11: de 0 a 10"):
        tronco.ramificar(11)
    with pytest.raises(ValueError, match="'luas'"):
        tronco.ramificar(0, Ajustes(lei="luas"))
    with pytest.raises(ValueError, match="3"):
        tronco.ramificar(0, Ajustes(latentes=3))
    with pytest.raises(ValueError, match="maximo=2"):
        LinhaDoTempo(Ajustes(), maximo=2)


# Quadro


def test_o_quadro_mostra_os_dois_tipos_de_ponto_onde_estao(tronco: LinhaDoTempo) -> None:
    base = tronco.instantes[0]
    so_um = replace(base, gerados=torch.tensor([[1.5, 1.5]]), malha=base.malha + 99, setas=base.setas[:0])
    plano = np.asarray(pintar_plano(so_um, torch.tensor([[-1.5, 0.0]]), Detalhe())).astype(int)
    linha, coluna = round((3 - 1.5) / 6 * 300), round((3 + 1.5) / 6 * 300)
    assert abs(plano[linha, coluna] - (213, 94, 0)).max() < 12
    assert (plano[150, 75] > 240).all()  # o miolo branco do círculo
    vermelhos = (abs(plano - (213, 94, 0)).max(axis=2) < 12).sum()
    assert 15 <= vermelhos <= 49  # um quadrado só


def test_a_seta_aponta_para_onde_a_perda_desce(tronco: LinhaDoTempo) -> None:
    base = tronco.instantes[0]
    um = replace(base, gerados=torch.zeros(1, 2), malha=base.malha + 99, campo=torch.full_like(base.campo, 0.2))
    longe = torch.full((1, 2), 50.0)
    nada = np.asarray(pintar_plano(replace(um, setas=torch.zeros(1, 2)), longe, Detalhe())).astype(int)
    para_cima = np.asarray(pintar_plano(replace(um, setas=torch.tensor([[0.0, 1.0]])), longe, Detalhe())).astype(int)
    linhas, colunas = np.nonzero(abs(para_cima - nada).sum(axis=2))
    assert linhas.min() < 135
    assert linhas.max() <= 155
    assert abs(colunas.mean() - 150) < 3


def test_o_quadro_e_puro_e_diz_nota_quando_nao_ha_probabilidade(tronco: LinhaDoTempo) -> None:
    um, outro = (quadro_laboratorio(tronco.instantes, 3, tronco.observador, "tronco") for _ in range(2))
    assert um.tobytes() == outro.tobytes()
    assert um.mode == "RGB"
    nota = [replace(i, ajustes=replace(i.ajustes, perdas="hinge")) for i in tronco.instantes]
    com_nota = quadro_laboratorio(nota, 3, tronco.observador, "tronco")
    legenda = (slice(52 + 96, 52 + 150), slice(314, 440))  # "D = ½" e "fundo: D(x)"
    assert (np.asarray(um)[legenda] != np.asarray(com_nota)[legenda]).any()
    assert not modulo_instante.e_probabilidade("hinge")
    assert modulo_instante.e_probabilidade("minimax")


def test_titulo_comprido_nao_passa_por_cima_do_passo(tronco: LinhaDoTempo) -> None:
    curto, longo = (quadro_laboratorio(tronco.instantes, 3, tronco.observador, t) for t in ("a", "nome longo " * 9))
    np.testing.assert_array_equal(np.asarray(curto)[:24, 345:], np.asarray(longo)[:24, 345:])


# Filme


def test_filme_tem_corrida_e_passo_e_toca_o_passo(tronco: LinhaDoTempo) -> None:
    curta = LinhaDoTempo(Ajustes(lei="luas"), a_cada=10)
    curta.avancar(20)
    objeto = filme_laboratorio({"anel": tronco, "luas": curta}, quadros=6)
    assert [len(eixo.valores) for eixo in objeto.eixos] == [2, 6]
    assert objeto.eixos[1].rotulos == ["0", "20", "40", "60", "80", "100"]
    assert objeto.quadros.shape == (12, ALTURA, LARGURA, 3)
    dados = json.loads(re.search(r'id="dados">(.*?)</script>', objeto.pagina, re.DOTALL)[1])
    assert dados["fps"] == 8
    assert "de 8 modas" in objeto.legendas[0]
    assert "modas" not in objeto.legendas[6]
    assert objeto.legendas[11] == objeto.legendas[7]  # a linha curta fica no seu último instante


def test_filme_recusa_com_explicacao() -> None:
    with pytest.raises(ValueError, match="0 linha"):
        filme_laboratorio({})
    with pytest.raises(ValueError, match="com 0 passos"):
        filme_laboratorio({"a": LinhaDoTempo(Ajustes())})


# Painel


@pytest.fixture
def painel():
    return laboratorio_gan(voltas=50, voltas_por_clique=50)


def test_painel_tem_figura_parada_nomes_e_bytes_bastantes(painel) -> None:
    pacote = painel._repr_mimebundle_()
    parada = Image.open(io.BytesIO(base64.b64decode(pacote["image/png"])))
    assert parada.size == (LARGURA, ALTURA)
    assert pacote["text/plain"].startswith("Interativo: Laboratório")
    assert all(len(imagem.value) >= TAMANHO_MINIMO for imagem in painel.imagens.values())
    assert [rotulo for rotulo, _ in painel.passo.options] == ["0", "25", "50"]
    assert painel.passo.value == (50, 0)
    assert "tronco, volta 50" in painel.ouvido.value


def test_mover_qualquer_controle_muda_uma_imagem(painel) -> None:
    def bytes_das_imagens() -> list[bytes]:
        return [imagem.value for imagem in painel.imagens.values()]

    for entrada in [*painel.listas.entradas.values(), painel.passo]:
        antes = bytes_das_imagens()
        entrada.index = 1 if entrada.index != 1 else 0
        assert bytes_das_imagens() != antes, entrada.description


def test_sem_laco_o_treino_corre_ate_o_fim_do_clique(painel) -> None:
    painel.passo.value = (25, 0)
    painel.botoes["ramificar"].click()
    assert painel.dupla.ramo.origem == 1
    assert painel.dupla.ramo.treino.passo == painel.dupla.tronco.treino.passo == 75
    assert painel.dupla.ramo.ajustes.gama_r1 == 0.1
    assert "Pausa depois de 50 voltas" in painel.aviso.value
    assert not painel.treinando
    assert painel.botoes["treinar"].description == TREINAR


def test_no_laco_o_treino_cede_a_vez_e_pausa() -> None:
    async def aula() -> None:
        um, outro = laboratorio_gan(voltas=25), laboratorio_gan(voltas=25)
        um.botoes["treinar"].click()
        assert um.treinando
        assert um.botoes["treinar"].description == PAUSAR
        await asyncio.sleep(0.3)  # uma célula do leitor correria aqui
        assert um.dupla.tronco.treino.passo > 25
        um.botoes["treinar"].click()  # pausa
        um.botoes["treinar"].click()  # e recomeça, sem que a tarefa antiga derrube a nova
        await asyncio.sleep(0.3)
        assert um.treinando
        outro.botoes["treinar"].click()  # o de outro painel para
        await asyncio.sleep(0.3)
        assert (um.treinando, outro.treinando) == (False, True)
        outro.passo.value = (0, 0)  # voltar no tempo pausa
        await asyncio.sleep(0.2)
        parado = outro.dupla.tronco.treino.passo
        await asyncio.sleep(0.2)
        assert outro.dupla.tronco.treino.passo == parado
        assert not outro.treinando
        assert outro.passo.value == (0, 0)

    asyncio.run(aula())


def test_passos_avulsos_inicio_e_recomeco(painel) -> None:
    painel.botoes["passo_d"].click()
    painel.botoes["passo_g"].click()
    assert painel.passo.label == "50 +1D +1G"
    painel.botoes["inicio"].click()
    assert painel.passo.value == (0, 0)
    painel.listas.entradas["lei"].value = "luas"
    painel.botoes["ramificar"].click()
    assert painel.dupla.ramo.ajustes.lei == "anel de oito"  # a lei escolhida é a do próximo tronco
    painel.botoes["passo_d"].click()
    assert painel.dupla.ramo.instantes[-1].avulsos == (1, 0)
    painel.botoes["recomecar"].click()
    assert painel.dupla.tronco.ajustes == painel.listas.ajustes()
    assert painel.dupla.tronco.ajustes.lei == "luas"
    assert painel.dupla.ramo is None


def test_erro_aparece_e_o_painel_continua(painel, monkeypatch: pytest.MonkeyPatch) -> None:
    def quebrar(n: int) -> int:
        raise RuntimeError("faltou <memória>")

    monkeypatch.setattr(painel.dupla.tronco, "avancar", quebrar)
    painel.botoes["treinar"].click()
    assert "faltou &lt;memória&gt;" in painel.aviso.value
    assert not painel.treinando
    monkeypatch.undo()
    painel.botoes["treinar"].click()
    assert painel.dupla.tronco.treino.passo == 100


def test_linha_que_parou_e_dita_no_aviso(painel) -> None:
    with torch.no_grad():
        painel.dupla.tronco.treino.modelo["gerador"].camadas[1].weight.fill_(math.nan)
    painel.botoes["treinar"].click()
    assert "O tronco parou." in painel.aviso.value
    painel.botoes["inicio"].click()
    painel.botoes["ramificar"].click()
    assert painel.dupla.ramo.treino.passo == 50


def test_laboratorio_recusa_com_explicacao() -> None:
    with pytest.raises(ValueError, match="voltas=-1"):
        laboratorio_gan(voltas=-1)
    with pytest.raises(ValueError, match="a_cada=0"):
        laboratorio_gan(a_cada=0)


def test_montar_e_reprodutivel_e_o_discriminador_nao_depende_da_lei() -> None:
    um, outro = montar(Ajustes()), montar(Ajustes(lei="luas"))
    assert all(map(torch.equal, um.modelo.state_dict().values(), outro.modelo.state_dict().values()))
    assert not torch.equal(um.dados, outro.dados)

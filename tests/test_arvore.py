"""A árvore das GANs: o que se grava é o que se lê, cada linha mede o peso certo, e a aritmética é a da lição 3."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from aulas_lib import pesos, receitas
from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao import Medidas, extrair
from aulas_lib.avaliacao.triplas import sortear_triplas
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.modelos.stylegan import GeradorStyleGAN2
from aulas_lib.receitas import arvore
from aulas_lib.receitas.arvore import RAMOS, Ramo, cronometrar, medir_arvore, resumir, tabela_da_arvore
from aulas_lib.receitas.base import Receita, arquivo_de
from aulas_lib.receitas.diario import ler_retratos, pasta_diarios
from aulas_lib.receitas.medidas import gravar_tabela, ler_tabela

N = 80


@pytest.fixture
def pequena(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arvore, "N_FRECHET", N)
    monkeypatch.setattr(arvore, "BANCO", 40)
    monkeypatch.setattr(arvore, "SORTEIOS", range(10, 12))
    monkeypatch.setattr(arvore, "cronometrar", lambda nomes, conjunto: {nome: 10.0 * len(nome) for nome in nomes})
    monkeypatch.setattr(arvore, "carinhas", lambda n, semente: carinhas(n, semente=semente, cache=False))
    monkeypatch.setattr(arvore, "medir_aritmetica", lambda codigos, gerar, sonda: (len(codigos) / 100, 0.8))


def test_a_tabela_gravada_e_a_lida(pequena: None, tmp_path: Path) -> None:
    linhas = medir_arvore(["dcgan", "condicional"], tmp_path / "arvore.csv")
    lidas = ler_tabela("arvore", tmp_path)
    assert [um["modelo"] for um in lidas] == ["DCGAN (2016)", "DCGAN condicional", "piso: reais contra reais"]
    for gravada, lida in zip(linhas, lidas, strict=True):
        assert {c: v for c, v in gravada.items() if not isinstance(v, float)}.items() <= lida.items()
        assert all(lida[c] == pytest.approx(v, rel=1e-5) for c, v in gravada.items() if isinstance(v, float))
    assert lidas[0]["aritmetica_z"] == 0.4 and "aritmetica_w" not in lidas[0]
    assert lidas[0]["imagens_vistas"] == 14_000 * 64 and lidas[0]["segundos"] == 50
    assert lidas[2]["frechet"] < lidas[1]["frechet"]


def test_so_a_stylegan_tem_aritmetica_em_w(pequena: None, monkeypatch: pytest.MonkeyPatch) -> None:
    rede = GeradorStyleGAN2(3, 32, (4, 4, 4, 4)).eval()
    monkeypatch.setattr(arvore, "carregar", lambda nome: rede)
    lida = {"passos": "3", "lote": "5"}
    monkeypatch.setattr(arvore.pesos, "ler_procedencia", lambda caminho: lida)
    monkeypatch.setattr(arvore, "medir_aritmetica", lambda c, gerar, sonda: (float(gerar == rede.sintetizar), 1.0))
    sonda = receitas.carregar("sonda")
    feita = arvore.linha(RAMOS["stylegan"], 3.0, sonda, extrair(sonda, carinhas(N, cache=False).imagens))
    assert feita["aritmetica_z"] == 0 and feita["aritmetica_w"] == 1 and feita["imagens_vistas"] == 15


def test_resumir_da_media_e_desvio_de_cada_medida() -> None:
    obtido = resumir([Medidas(1.0, 10.0, 0.5, 0.2), Medidas(3.0, 10.0, 0.7, 0.2)])
    assert obtido["frechet"] == 2 and obtido["frechet_dp"] == pytest.approx(2**0.5)
    assert obtido["kid_dp"] == 0 and obtido["precisao"] == pytest.approx(0.6)


def test_tabela_da_arvore_alinha_e_deixa_o_custo_do_piso_em_branco() -> None:
    medidas = {"frechet": 144.71, "frechet_dp": 5.6, "kid": 48_010.0, "kid_dp": 5218.0, "precisao": 0.936,
               "revocacao": 0.728}  # fmt: skip
    custo = {"pesos": 260_452.0, "segundos": 2563.0, "imagens_vistas": 448_000.0}
    linhas = [{"modelo": "SAGAN", **custo, **medidas}, {"modelo": "piso", **medidas}]
    titulo, sagan, piso = tabela_da_arvore(linhas).split("\n")
    assert len(titulo) == len(sagan) == len(piso)
    assert sagan.split() == "SAGAN 260452 43 min 448 mil 144,7 ± 5,6 48,0 ± 5,2 93,6 % 72,8 %".split()
    assert piso.split() == "piso 144,7 ± 5,6 48,0 ± 5,2 93,6 % 72,8 %".split()


@pytest.mark.parametrize("ramo", RAMOS.values(), ids=lambda ramo: ramo.nome)
def test_a_tabela_do_repositorio_e_a_dos_pesos(ramo: Ramo) -> None:
    lida = pesos.ler_procedencia(arquivo_de(ramo.nome))
    um = {linha["modelo"]: linha for linha in ler_tabela("arvore")}[ramo.titulo]
    assert um["pesos"] == sum(p.numel() for p in receitas.carregar(ramo.nome).parameters())
    assert um["imagens_vistas"] == int(lida["passos"]) * int(lida.get("lote", 64))
    if (pasta_diarios() / f"{ramo.nome}.csv").is_file():
        assert max(ler_retratos(ramo.nome)) == int(lida["passos"])


def test_tabela_que_falta_diz_como_refazer(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="git checkout -- data/medidas"):
        ler_tabela("arvore", tmp_path)


def test_texto_e_numero_e_branco(tmp_path: Path) -> None:
    gravar_tabela(tmp_path / "t.csv", ["a", "b"], [{"a": "x", "b": 1 / 3}, {"a": "y"}])
    assert ler_tabela("t", tmp_path) == [{"a": "x", "b": 0.333333}, {"a": "y"}]


def test_aritmetica_escolhe_a_forca_em_outras_contas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Na condicional as contas dão certo; a prova usa as sementes da lição 3, e o ensaio, outras."""
    sementes = []

    def espiao(esquema, alvos, n, g):
        sementes.append(g.initial_seed())
        return sortear_triplas(esquema, alvos, n // 10, g)

    monkeypatch.setattr(arvore, "sortear_triplas", espiao)
    rede = receitas.carregar("condicional")
    z = RAMOS["condicional"].sortear(3000, rede, gerador(20))
    certas, forca = arvore.medir_aritmetica(z, rede, receitas.carregar("sonda"))
    assert sementes == [30, 31] and forca in arvore.FORCAS and certas > 0.6
    assert torch.equal(z, RAMOS["condicional"].sortear(3000, rede, gerador(20)))


def test_cronometrar_percorre_o_treino_inteiro_e_nao_conta_a_preparacao(monkeypatch: pytest.MonkeyPatch) -> None:
    relogio = [0.0]

    class Fingido:
        """Cada volta custa 1 na primeira metade do treino e 3 na segunda; a primeira de cada trecho, mais 100."""

        passos, passo = 800, 0

        def __iter__(self) -> Iterator[None]:
            relogio[0] += 100
            while True:
                relogio[0] += 1 if self.passo < self.passos / 2 else 3
                self.passo += 1
                yield

    receita = Receita("", lambda conjunto: None, lambda rede, conjunto, semente: Fingido(), lambda rede, conjunto: {})
    monkeypatch.setitem(receitas.RECEITAS, "fingida", receita)
    monkeypatch.setattr(arvore.time, "process_time", lambda: relogio[0])
    assert cronometrar(["fingida"], carinhas(1, cache=False)) == {"fingida": 1600}


def test_gravacao_que_falha_deixa_a_tabela_como_estava(tmp_path: Path) -> None:
    caminho = tmp_path / "t.csv"
    gravar_tabela(caminho, ["a"], [{"a": "x"}])
    with pytest.raises(ValueError, match="b"):
        gravar_tabela(caminho, ["a"], [{"a": "y"}, {"b": "z"}])
    assert ler_tabela("t", tmp_path) == [{"a": "x"}]

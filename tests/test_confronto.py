"""O confronto das famílias: o que se grava é o que se lê, e cada linha gera com a rede que diz."""

from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from aulas_lib.avaliacao import extrair, prever
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.receitas import carregar, confronto, medidas_difusao
from aulas_lib.receitas.medidas import ler_tabela

N = 80


@pytest.fixture
def pequeno(monkeypatch: pytest.MonkeyPatch) -> None:
    for nome, valor in {"N_FRECHET": N, "BANCO": 2 * N, "SORTEIOS": range(10, 12), "POR_VEZ": 8}.items():
        monkeypatch.setattr(confronto, nome, valor)
    monkeypatch.setattr(medidas_difusao, "POR_VEZ", 8)
    monkeypatch.setattr(confronto, "cronometrar", lambda nomes, conjunto: dict.fromkeys(nomes, 600.0))
    sem_cache = lambda n, semente, cache=False: carinhas(n, semente=semente, cache=False)  # noqa: E731
    monkeypatch.setattr(confronto, "carinhas", sem_cache)
    monkeypatch.setattr(confronto, "medir_piso", lambda sonda, reais: [confronto.medir_conjunto(reais, reais)] * 2)
    poucos = {titulo: confronto.RIVAIS[titulo] for titulo in ("DCGAN longa", "VAE longo")}
    monkeypatch.setattr(confronto, "RIVAIS", poucos)


def test_a_tabela_gravada_e_a_lida(pequeno: None, tmp_path: Path) -> None:
    gravadas = confronto.medir_confronto(tmp_path / "confronto.csv")
    lidas = ler_tabela("confronto", tmp_path)
    assert [um["modelo"] for um in lidas] == ["DCGAN longa", "VAE longo", "piso: reais contra reais"]
    for gravada, lida in zip(gravadas, lidas, strict=True):
        assert all(lida[c] == pytest.approx(v, rel=1e-5) for c, v in gravada.items() if not isinstance(v, str))
    assert lidas[0]["imagens_vistas"] == 28_000 * 64 and lidas[0]["segundos"] == 600
    assert lidas[0]["frechet"] < lidas[1]["frechet"]  # a GAN contra o VAE borrado
    texto = confronto.tabela_do_confronto(lidas).splitlines()
    assert len(texto) == 4 and len({len(linha) for linha in texto}) == 1
    assert "10 min" in texto[1] and "min" not in texto[3]


def test_com_rotulos_a_rede_recebe_os_atributos_sorteados(pequeno: None) -> None:
    vistos: list[Tensor] = []

    class Espia(nn.Module):
        def forward(self, x: Tensor, t: Tensor, y: Tensor) -> Tensor:
            vistos.append(y)
            return x

    imagens = confronto.da_difusao_com_rotulos(2, Espia(), 20, 3)
    assert imagens.shape == (20, 3, 32, 32)
    y = torch.cat(vistos[::2])  # duas chamadas por lote de 8
    assert y.shape == (20, sum(medidas_difusao.tamanhos_de(carinhas(2, cache=False)))) and (y.sum(dim=1) == 12).all()


def test_a_difusao_com_rotulos_atende_mais_do_que_o_acaso() -> None:
    rede, sonda, n = carregar("difusao"), carregar("sonda"), 24
    imagens = confronto.da_difusao_com_rotulos(15, rede, n, 4)
    pedidos = carinhas(n, semente=1004, cache=False).atributos
    assert (prever(sonda, imagens) == pedidos).double().mean() > 0.9  # ao acaso, perto de 0,4


@pytest.mark.parametrize("titulo", list(confronto.RIVAIS))
def test_cada_rival_gera_carinhas_e_repete_com_a_mesma_semente(titulo: str) -> None:
    nome, gerar = confronto.RIVAIS[titulo]
    gerar_n = partial(gerar, carregar(nome))
    x = gerar_n(4, 1)
    assert x.shape == (4, 3, 32, 32) and x.abs().max() <= 1
    assert torch.equal(x, gerar_n(4, 1)) and not torch.equal(x, gerar_n(4, 2))


def test_quem_copia_o_treino_tem_f_igual_a_um(pequeno: None) -> None:
    sonda = carregar("sonda")
    treino, outros, reais = (carinhas(n, semente=s, cache=False) for n, s in ((2 * N, 0), (2 * N, 5), (N, 1)))
    bancos = extrair(sonda, treino.imagens), extrair(sonda, outros.imagens)
    notas = confronto.julgar(
        lambda n, semente: treino.imagens[:n], sonda, extrair(sonda, reais.imagens), bancos, treino.atributos
    )
    assert notas["copia"] == 1 and notas["frechet_dp"] == 0
    assert 0.8 < notas["cobertura"] < 1  # metade do treino não tem todos os pares


@pytest.mark.parametrize(("titulo", "nome"), [(titulo, nome) for titulo, (nome, _) in confronto.RIVAIS.items()])
def test_a_tabela_do_curso_e_a_dos_pesos_do_curso(titulo: str, nome: str) -> None:
    um = {linha["modelo"]: linha for linha in ler_tabela("confronto")}[titulo]
    assert {c: um[c] for c in ("pesos", "imagens_vistas")} == confronto.tamanho_de(nome, carregar(nome))


def test_as_gans_fazem_aqui_o_que_fazem_na_arvore() -> None:
    """As sementes e os rostos reais são os mesmos."""
    aqui, arvore = ({um["modelo"]: um["frechet"] for um in ler_tabela(nome)} for nome in ("confronto", "arvore"))
    for titulo, nome in confronto.GANS.items():
        assert aqui[titulo] == arvore[confronto.RAMOS[nome].titulo]
    assert aqui["piso: reais contra reais"] == arvore["piso: reais contra reais"]


def test_o_tempo_e_o_da_vez_mais_rapida_por_imagem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confronto.time, "process_time", iter([0.0, 10.0, 10.0, 14.0, 14.0, 20.0]).__next__)
    assert confronto.tempo_por_imagem(lambda n, semente: torch.zeros(n), n=2) == 2


def test_se_falta_um_peso_o_erro_vem_antes_de_medir(pequeno: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def carregar_quase_tudo(nome: str) -> nn.Module:
        if nome == "vae_longo":
            raise FileNotFoundError("vae_longo")
        return carregar(nome)

    monkeypatch.setattr(confronto, "carregar", carregar_quase_tudo)
    monkeypatch.setattr(medidas_difusao, "POR_VEZ", 8)
    monkeypatch.setattr(confronto, "cronometrar", lambda *_: pytest.fail("mediu antes de conferir os pesos"))
    with pytest.raises(FileNotFoundError, match="vae_longo"):
        confronto.medir_confronto()

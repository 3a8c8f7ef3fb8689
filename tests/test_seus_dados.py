"""Os dados do aluno: uma chamada treina qualquer família, e o placar mede com o piso ao lado."""

import csv
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from aulas_lib.__main__ import principal
from aulas_lib.ambiente import gerador
from aulas_lib.dados.imagens import ConjuntoImagens, digitos
from aulas_lib.dados.pasta import separar
from aulas_lib.modelos.orientacao import mostrando_parte
from aulas_lib.receitas import seus_dados
from aulas_lib.receitas.difusao import criar_difusao, treinar_difusao
from aulas_lib.receitas.placar_seus_dados import PlacarSeusDados, placar_seus_dados
from aulas_lib.receitas.seus_dados import (
    FAMILIAS,
    Familia,
    Treinada,
    continuar,
    guardar,
    reabrir,
    treinar_familia,
)


def sem_rotulos(n: int) -> ConjuntoImagens:
    todos = digitos().treino.niveis
    niveis = todos[torch.randperm(len(todos), generator=gerador(0))[:n]]  # as mãos que escreveram, misturadas
    return ConjuntoImagens(niveis * 15, torch.zeros(n, 0, dtype=torch.int64), {})


@pytest.fixture(scope="module")
def partes() -> tuple[ConjuntoImagens, ConjuntoImagens]:
    return separar(sem_rotulos(600))


@pytest.fixture(scope="module")
def treinadas(partes: tuple[ConjuntoImagens, ConjuntoImagens]) -> dict[str, Treinada]:
    return {nome: treinar_familia(nome, partes[0], passos) for nome, passos in PASSOS.items()}


PASSOS = {"vae": 200, "gan": 20, "difusao": 12}


@pytest.mark.parametrize("nome", FAMILIAS)
def test_uma_chamada_treina_e_gera(nome: str, treinadas: dict[str, Treinada]) -> None:
    uma = treinadas[nome]
    assert uma.passos == PASSOS[nome] == len(uma.registros) and uma.segundos > 0 and uma.forma == (1, 8, 8)
    x = uma.gerar(5, semente=3)
    assert x.shape == (5, 1, 8, 8) and x.isfinite().all() and x.abs().max() <= 1 and not x.requires_grad
    assert torch.equal(x, uma.gerar(5, semente=3)) and not torch.equal(x, uma.gerar(5, semente=4))


def test_a_mesma_semente_da_a_mesma_rede(partes, treinadas: dict[str, Treinada]) -> None:
    torch.manual_seed(999)
    de_novo = treinar_familia("gan", partes[0], PASSOS["gan"])
    torch.testing.assert_close(de_novo.gerar(3), treinadas["gan"].gerar(3))
    assert not torch.allclose(treinar_familia("gan", partes[0], PASSOS["gan"], semente=1).gerar(3), de_novo.gerar(3))


def test_em_poucos_passos_a_media_dos_pesos_acompanha(partes, treinadas: dict[str, Treinada]) -> None:
    """Com a média da receita (0,995), os 200 passos deixariam quase metade do peso nos primeiros."""
    perda = partial(_erro_de_reconstrucao, partes[1].imagens)
    assert perda(treinadas["vae"].rede) < 1.1 * perda(treinadas["vae"].treino.modelo)


def _erro_de_reconstrucao(x: Tensor, vae: nn.Module) -> float:
    with torch.no_grad():
        mu, _ = vae.codificar(x)
        return (vae.decodificar(mu) - x).square().mean().item()


def test_interromper_devolve_o_que_aprendeu_e_continuar_retoma(partes, monkeypatch, capsys) -> None:
    treino = partes[0]
    inteira = treinar_familia("vae", treino, 30)

    def interrompida(itens, total, descricao):
        for i, item in enumerate(itens):
            if i == 12 and total == 30:
                raise KeyboardInterrupt
            yield item

    monkeypatch.setattr("aulas_lib.treino.acompanhamento.com_barra", interrompida)
    parada = treinar_familia("vae", treino, 30)
    assert 0 < parada.passos < 30 and "interrompido" in capsys.readouterr().out
    assert parada.gerar(2).isfinite().all() and not torch.equal(parada.gerar(2), inteira.gerar(2))
    retomada = continuar(parada)
    assert retomada.passos == 30 and retomada.segundos > parada.segundos
    torch.testing.assert_close(retomada.gerar(2), inteira.gerar(2))


def test_difusao_sem_rotulos_nao_tem_condicao_e_com_rotulos_e_a_de_sempre(partes) -> None:
    assert criar_difusao(partes[0]).rede.condicao is None
    com = digitos().treino[:80]
    treino = treinar_difusao(criar_difusao(com, (32,)), com, 0, passos=1)
    assert len(treino.dados) == 2 and treino.dados[1].shape == (80, 10)
    assert treino.perda.__qualname__.startswith(mostrando_parte.__name__)


@pytest.mark.parametrize("nome", FAMILIAS)
def test_guardar_e_reabrir(nome: str, treinadas: dict[str, Treinada], tmp_path: Path) -> None:
    guardar(treinadas[nome], tmp_path / "rede.safetensors")
    volta = reabrir(tmp_path / "rede.safetensors")
    assert volta.titulo == treinadas[nome].titulo
    torch.testing.assert_close(volta.gerar(3), treinadas[nome].gerar(3), atol=0.05, rtol=0)  # float16
    with pytest.raises(ValueError, match="veio de um arquivo"):
        continuar(volta)


def test_reabrir_explica_o_que_nao_serve(tmp_path: Path, raiz: Path) -> None:
    with pytest.raises(FileNotFoundError, match="Não encontrei"):
        reabrir(tmp_path / "nada.safetensors")
    (tmp_path / "lixo.safetensors").write_bytes(b"lixo")
    for arquivo in (tmp_path / "lixo.safetensors", raiz / "data" / "pesos" / "vae.safetensors"):
        with pytest.raises(ValueError, match="não é de uma família treinada nos seus dados"):
            reabrir(arquivo)


@pytest.mark.parametrize(
    ("argumentos", "trecho"),
    [
        (("flow", 10), "familia: chegou 'flow'; esperava uma destas: vae, gan, difusao"),
        ((None, 10), "familia: chegou None"), ((["vae"], 10), "familia: chegou"),
        (("vae", 0), "passos: chegou 0"), (("gan", -5), "passos: chegou -5"), (("difusao", 2.5), "passos: chegou 2.5"),
        (("vae", True), "passos: chegou True"), (("vae", 10, -1), "semente: chegou -1"),
    ],
)  # fmt: skip
def test_argumentos_absurdos(argumentos: tuple, trecho: str, partes) -> None:
    with pytest.raises(ValueError, match=trecho):
        treinar_familia(argumentos[0], partes[0], *argumentos[1:])


def test_imagens_que_as_redes_nao_aceitam(partes) -> None:
    for forma, trecho in (((9, 1, 28, 28), "28 × 28.*lado=32"), ((9, 3, 16, 32), "16 × 32"), ((0, 1, 8, 8), "vazio")):
        ruins = ConjuntoImagens(torch.zeros(forma).byte(), torch.zeros(forma[0], 0, dtype=torch.int64), {})
        with pytest.raises(ValueError, match=trecho):
            treinar_familia("vae", ruins, 1)


@pytest.mark.parametrize("n", [0, -1, 2.5, True, None])
def test_gerar_quantidade_absurda(n: object, treinadas: dict[str, Treinada]) -> None:
    with pytest.raises(ValueError, match="n: chegou"):
        treinadas["vae"].gerar(n)


@pytest.fixture(scope="module")
def placar(partes, treinadas: dict[str, Treinada]) -> PlacarSeusDados:
    """A GAN mal treinada e três geradores de verdade conhecida: um que copia, um honesto e um repetido."""
    treino, teste = partes
    honestas = sem_rotulos(1000)[600:].imagens
    falsos = {
        "cópia": lambda rede, n, s: treino.imagens[:n],
        "honesto": lambda rede, n, s: honestas[:n],
        "repetido": lambda rede, n, s: honestas[:1].expand(n, -1, -1, -1) + 1e-3 * torch.randn(n, 1, 8, 8),
    }
    with pytest.MonkeyPatch.context() as troca:
        for nome, gerar in falsos.items():
            troca.setitem(seus_dados.FAMILIAS, nome, Familia(nome, None, None, gerar, 1, 0.9))
        modelos = [treinadas["gan"], *(replace(treinadas["vae"], familia=nome) for nome in falsos)]
        return placar_seus_dados(modelos, treino, teste)


def test_o_placar_separa_quem_copia_quem_repete_e_quem_e_honesto(placar: PlacarSeusDados) -> None:
    gan, copia, honesto, repetido, piso = placar.linhas
    assert placar.n == 200 and piso.modelo.startswith("piso")
    assert placar.copia_total == 0.75 == pytest.approx(copia.copia, abs=0.08)
    assert copia.copia - 0.5 > 3 * copia.copia_erro and abs(honesto.copia - 0.5) < 3 * honesto.copia_erro
    assert copia.frechet < 1.5 * piso.frechet and honesto.frechet < 1.5 * piso.frechet < gan.frechet
    assert abs(honesto.kid - piso.kid) < 0.05 < gan.kid
    assert min(honesto.precisao, honesto.revocacao) > 0.75 and repetido.revocacao < 0.05
    assert piso.copia is None and piso.kid_dp > 0 and piso.frechet_dp > 0


def test_o_placar_se_le(placar: PlacarSeusDados) -> None:
    linhas = str(placar).splitlines()
    assert len(linhas) == 7 and len({len(linha) for linha in linhas[1:]}) == 1
    assert "n = 200" in linhas[0] and " ± " in linhas[-1] and "DCGAN, 20 passos" in linhas[2]


def test_com_poucas_imagens_so_o_kid(partes, treinadas: dict[str, Treinada]) -> None:
    treino, teste = (parte[:80] for parte in partes)
    placar = placar_seus_dados([treinadas["vae"]], treino, teste)
    assert all(linha.frechet is None for linha in placar.linhas) and placar.linhas[0].kid > 0
    assert "Sem Fréchet: 32 características pedem 160 imagens de teste, e há 80" in str(placar)


def test_o_placar_recusa_o_que_nao_se_mede(partes, treinadas: dict[str, Treinada]) -> None:
    treino, teste = partes
    with pytest.raises(ValueError, match="lista vazia"):
        placar_seus_dados([], treino, teste)
    with pytest.raises(ValueError, match="19 de teste; para medir, esperava 20"):
        placar_seus_dados([treinadas["vae"]], treino, teste[:19])
    with pytest.raises(ValueError, match=r"formas \(1, 8, 8\) e \(3, 8, 8\)"):
        placar_seus_dados([replace(treinadas["vae"], forma=(3, 8, 8))], treino, teste)


@pytest.fixture
def pasta(tmp_path: Path) -> Path:
    onde = tmp_path / "fotos"
    onde.mkdir()
    for i, x in enumerate(sem_rotulos(70).niveis):
        Image.fromarray(x[0].numpy()).save(onde / f"{i:02d}.png")
    (onde / "ruim.png").write_text("não sou imagem")
    return onde


def test_o_comando_vai_da_pasta_ao_placar(pasta: Path, tmp_path: Path, capsys) -> None:
    destino = tmp_path / "saida"
    opcoes = ["--familia", "vae", "--passos", "5", "--lado", "8", "--destino", str(destino)]
    assert principal(["seus-dados", str(pasta), *opcoes]) == 0
    saida = capsys.readouterr().out
    assert "ruim.png" in saida and "piso: reais contra reais" in saida
    assert sorted(p.name for p in destino.iterdir()) == ["vae.csv", "vae.png", "vae.safetensors"]
    assert reabrir(destino / "vae.safetensors").gerar(2).shape == (2, 1, 8, 8)
    assert Image.open(destino / "vae.png").size[0] > 200
    with (destino / "vae.csv").open(encoding="utf-8") as aberto:
        linhas = list(csv.DictReader(aberto))
    assert [um["modelo"] for um in linhas] == ["VAE, 5 passos", "piso: reais contra reais"]
    assert float(linhas[0]["kid"]) > 0 and linhas[0]["n"] == "23"
    assert len(list(pasta.iterdir())) == 71


def test_os_enganos_do_comando_se_dizem_antes_do_treino(pasta: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    def nunca(*_: object) -> None:
        pytest.fail("treinou antes de conferir")

    monkeypatch.setattr("aulas_lib.receitas.da_pasta.treinar_familia", nunca)
    (tmp_path / "arquivo").touch()
    for opcoes, trecho in (
        ([str(pasta), "--familia", "gpt"], "familia: chegou 'gpt'"),
        ([str(pasta), "--destino", str(pasta / "saida")], "dentro da pasta das imagens"),
        ([str(pasta), "--destino", str(tmp_path / "arquivo")], "não consigo gravar"),
        ([str(tmp_path / "nada"), "--destino", str(tmp_path / "s")], "Não encontrei a pasta"),
        ([str(pasta), "--lado", "30", "--destino", str(tmp_path / "s")], "lado: chegou 30"),
    ):
        assert principal(["seus-dados", *opcoes]) == 1
        erro = capsys.readouterr().err
        assert trecho in erro and "Traceback" not in erro


def test_interromper_antes_do_primeiro_passo_nao_grava(pasta: Path, tmp_path: Path, monkeypatch) -> None:
    def interrompida(*_: object):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("aulas_lib.treino.acompanhamento.com_barra", interrompida)
    destino = tmp_path / "saida"
    assert principal(["seus-dados", str(pasta), "--lado", "8", "--destino", str(destino)]) == 130
    assert list(destino.iterdir()) == []

"""Dispositivo, sementes, pastas e gravação de arquivos."""

import tempfile
from pathlib import Path

import pytest
import torch

from aulas_lib import ambiente


def test_gerador_e_semear():
    assert torch.equal(
        torch.randn(3, generator=ambiente.gerador(7)), torch.randn(3, generator=ambiente.gerador(7))
    )
    ambiente.semear(7)
    assert torch.equal(torch.randn(3), torch.randn(3, generator=ambiente.gerador(7)))


@pytest.mark.parametrize("semente", [-1, 1.5, "0", True, 2**63])
def test_semente_ruim(semente):
    with pytest.raises(ValueError, match="semente"):
        ambiente.gerador(semente)


@pytest.mark.parametrize(("numero", "casas", "texto"), [(3.14159, 2, "3,14"), (-0.5, 1, "−0,5"), (2, 0, "2")])
def test_virgula(numero, casas, texto):
    assert ambiente.virgula(numero, casas) == texto


def test_pastas(tmp_path, monkeypatch):
    monkeypatch.setenv("AULAS_DADOS", str(tmp_path))
    assert ambiente.pasta_dados() == tmp_path
    monkeypatch.delenv("AULAS_DADOS")
    assert ambiente.pasta_dados() == ambiente.pasta_projeto() / "data"
    assert (ambiente.pasta_projeto() / "aulas_lib" / "ambiente.py").is_file()


def test_pastas_com_til_e_sem_pasta_pessoal(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("AULAS_DADOS", "~/dados")
    monkeypatch.setenv("AULAS_CACHE", "~/cache")
    assert (ambiente.pasta_dados(), ambiente.pasta_cache()) == (tmp_path / "dados", tmp_path / "cache")
    monkeypatch.delenv("AULAS_CACHE")
    assert ambiente.pasta_cache() == tmp_path / ".cache" / "aulas_lib"

    def sem_pasta(_):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", sem_pasta)
    assert ambiente.pasta_cache() == Path(tempfile.gettempdir()) / "aulas_lib"


@pytest.mark.parametrize(("linhas", "texto"), [(1, "1 linha de"), (2, "2 linhas de")])
def test_nome_do_dispositivo(linhas, texto, monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: linhas)
    assert ambiente.nome_do_dispositivo(torch.device("cpu")) == f"cpu ({texto} execução)"


def test_gravacao_inteira_cria_a_pasta_e_troca_o_arquivo(tmp_path):
    arquivo = tmp_path / "nova" / "a.txt"
    for texto in ("um", "dois"):
        with ambiente.gravacao_inteira(arquivo) as provisorio:
            provisorio.write_text(texto)
            assert provisorio.parent == arquivo.parent and provisorio != arquivo
    assert arquivo.read_text() == "dois" and list(arquivo.parent.iterdir()) == [arquivo]


@pytest.mark.parametrize("erro", [KeyboardInterrupt, ZeroDivisionError])
def test_gravacao_interrompida_deixa_o_que_havia(erro, tmp_path):
    arquivo = tmp_path / "a.txt"
    arquivo.write_text("bom")
    with pytest.raises(erro), ambiente.gravacao_inteira(arquivo) as provisorio:
        provisorio.write_text("pela metade")
        raise erro
    assert arquivo.read_text() == "bom" and list(tmp_path.iterdir()) == [arquivo]


def test_gravacao_em_lugar_que_nao_aceita(tmp_path):
    (tmp_path / "arquivo").write_text("")
    gravacao = ambiente.gravacao_inteira(tmp_path / "arquivo" / "a.txt")
    with pytest.raises(OSError, match=r"Não consegui gravar .*Escolha uma pasta"), gravacao:
        pytest.fail("não há onde escrever")

"""Pacotes do npm: baixados uma vez, com a soma conferida; sem rede, o erro diz o que fazer."""

import io
import urllib.error
import urllib.request

import pytest
from pacote_falso import pacote_falso

from aulas_lib.__main__ import principal
from aulas_lib.paginas import npm


def _responder(monkeypatch: pytest.MonkeyPatch, dados: bytes | Exception) -> list[str]:
    pedidos = []

    def urlopen(endereco: str, timeout: float) -> io.BytesIO:
        pedidos.append(endereco)
        if isinstance(dados, Exception):
            raise dados
        return io.BytesIO(dados)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    return pedidos


def test_baixa_uma_vez_e_guarda(tmp_path, monkeypatch):
    monkeypatch.setenv("AULAS_CACHE", str(tmp_path))
    monkeypatch.setenv("npm_config_registry", "https://espelho.example/npm/")
    pacote, dados = pacote_falso(npm.REVEAL)
    pedidos = _responder(monkeypatch, dados)
    for _ in range(2):
        assert [arquivo.read_bytes() for arquivo in npm.copiar(pacote, tmp_path / "estatico")] == [b"ok\n"] * 3
    assert pedidos == [f"https://espelho.example/npm/reveal.js/-/reveal.js-{pacote.versao}.tgz"]


def test_copia_guardada_com_defeito_e_baixada_de_novo(tmp_path, monkeypatch):
    monkeypatch.setenv("AULAS_CACHE", str(tmp_path))
    pacote, dados = pacote_falso(npm.REVEAL)
    guardado = tmp_path / "npm" / f"{pacote.nome}-{pacote.versao}.tgz"
    guardado.parent.mkdir()
    guardado.write_bytes(dados[:-1])
    _responder(monkeypatch, dados)
    assert npm.baixar(pacote) == dados == guardado.read_bytes()


def test_pacote_trocado_e_recusado_e_nao_fica_guardado(tmp_path, monkeypatch):
    monkeypatch.setenv("AULAS_CACHE", str(tmp_path))
    pacote, dados = pacote_falso(npm.REVEAL)
    _responder(monkeypatch, bytes([dados[0] ^ 1]) + dados[1:])
    with pytest.raises(ValueError, match="não tem a soma esperada"):
        npm.baixar(pacote)
    assert not list(tmp_path.rglob("*.tgz"))


def test_sem_rede_o_comando_diz_o_que_fazer(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AULAS_CACHE", str(tmp_path / "cache"))
    _responder(monkeypatch, urllib.error.URLError("sem rota"))
    assert principal(["paginas", "slides", "--destino", str(tmp_path / "saida")]) == 1
    erro = capsys.readouterr().err
    assert "npm pack mathjax@3.2.2" in erro and "com a rede" in erro and "Traceback" not in erro
    assert not (tmp_path / "saida").exists()

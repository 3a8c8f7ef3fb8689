"""Arquivos do MNIST em todos os estados em que se acham: inteiros, truncados, trocados, meio baixados."""

import gzip
import hashlib
import os
import struct
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from aulas_lib import compat
from aulas_lib.ambiente import gerador
from aulas_lib.dados import arquivos_idx
from aulas_lib.dados.imagens import fashion_mnist, mnist

IMAGENS, ROTULOS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
N = 12


def _idx(tensor: torch.Tensor) -> bytes:
    return struct.pack(f">{tensor.ndim + 1}i", 0x0800 + tensor.ndim, *tensor.shape) + tensor.numpy().tobytes()


@pytest.fixture
def publicados(tmp_path, monkeypatch):
    """Um "servidor" em uma pasta, com arquivos pequenos do mesmo formato, e os md5 deles no torchvision."""
    compat.torchvision()
    from torchvision.datasets import MNIST, FashionMNIST

    pasta = tmp_path / "servidor"
    pasta.mkdir()
    g = gerador(0)
    conteudo = {
        IMAGENS: _idx(torch.randint(256, (N, 28, 28), generator=g).to(torch.uint8)),
        ROTULOS: _idx((torch.arange(N) % 10).to(torch.uint8)),
    }
    for nome, dados in conteudo.items():
        (pasta / nome).write_bytes(gzip.compress(dados))
    ausentes = [(nome.replace("t10k", "train"), "0" * 32) for nome in conteudo]
    resumos = ausentes + [(nome, hashlib.md5((pasta / nome).read_bytes()).hexdigest()) for nome in conteudo]
    for classe in (MNIST, FashionMNIST):
        monkeypatch.setattr(classe, "resources", resumos)
        monkeypatch.setattr(classe, "mirrors", ["http://127.0.0.1:9/"])  # ninguém atende nesta porta
    monkeypatch.setattr(arquivos_idx, "EXEMPLOS", {"treino": N, "teste": N})
    monkeypatch.setenv("no_proxy", "*")
    return pasta


@pytest.fixture
def rede(publicados, monkeypatch):
    """Um servidor HTTP de verdade, nesta máquina, que entrega os arquivos de `publicados`."""
    from torchvision.datasets import MNIST, FashionMNIST

    class Calado(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    servidor = ThreadingHTTPServer(("127.0.0.1", 0), partial(Calado, directory=str(publicados)))
    threading.Thread(target=servidor.serve_forever, daemon=True).start()
    for classe in (MNIST, FashionMNIST):
        monkeypatch.setattr(
            classe, "mirrors", ["http://127.0.0.1:9/", f"http://127.0.0.1:{servidor.server_port}/"]
        )
    yield publicados
    servidor.shutdown()
    servidor.server_close()


def _copiar(publicados: Path, destino: Path, descompactar: bool = False) -> Path:
    destino.mkdir(parents=True)
    for nome in (IMAGENS, ROTULOS):
        dados = (publicados / nome).read_bytes()
        if descompactar:
            (destino / nome.removesuffix(".gz")).write_bytes(gzip.decompress(dados))
        else:
            (destino / nome).write_bytes(dados)
    return destino


def _arquivos(pasta: Path) -> list[str]:
    return sorted(p.name for p in pasta.rglob("*"))


def _conferir_mensagem(erro: BaseException, *trechos: object) -> None:
    texto = str(erro)
    assert "\n" not in texto and texto.endswith(".")
    for trecho in (*trechos, "digitos()"):
        assert str(trecho) in texto, texto


@pytest.mark.parametrize("descompactar", [False, True])
@pytest.mark.parametrize("conjunto", ["MNIST", "FashionMNIST"])
def test_le_so_os_arquivos_da_particao_e_sem_rede(publicados, tmp_path, monkeypatch, conjunto, descompactar):
    _copiar(publicados, tmp_path / "dados" / conjunto / "raw", descompactar)
    monkeypatch.setenv("AULAS_DADOS", str(tmp_path / "dados"))
    lido = {"MNIST": mnist, "FashionMNIST": fashion_mnist}[conjunto]("teste", baixar=False)
    originais = gzip.decompress((publicados / IMAGENS).read_bytes())[16:]
    assert lido.niveis.shape == (N, 1, 28, 28) and lido.niveis.numpy().tobytes() == originais
    assert lido.atributo("classe").tolist() == [i % 10 for i in range(N)]
    assert lido.esquema["classe"][9] == {"MNIST": "9", "FashionMNIST": "bota"}[conjunto]


def test_pasta_pode_ser_a_dos_proprios_arquivos(publicados, tmp_path):
    solta, raw = (
        _copiar(publicados, tmp_path / "solta"),
        _copiar(publicados, tmp_path / "MNIST" / "raw", True),
    )
    assert (
        len(mnist("teste", pasta=solta, baixar=False))
        == len(mnist("teste", pasta=str(raw), baixar=False))
        == N
    )


def test_baixa_de_verdade_pelo_segundo_endereco_e_so_uma_vez(rede, tmp_path):
    primeiro = mnist("teste", pasta=tmp_path / "dados")
    assert _arquivos(tmp_path / "dados") == sorted(["MNIST", "raw", IMAGENS, ROTULOS])
    for nome in (IMAGENS, ROTULOS):
        (rede / nome).unlink()
    assert torch.equal(mnist("teste", pasta=tmp_path / "dados").niveis, primeiro.niveis)


@pytest.mark.parametrize("baixar", [True, False])
def test_sem_rede_a_frase_diz_o_que_fazer(publicados, tmp_path, baixar):
    with pytest.raises(FileNotFoundError) as caso:
        mnist("teste", pasta=tmp_path / "dados", baixar=baixar)
    _conferir_mensagem(
        caso.value, IMAGENS, tmp_path / "dados" / "MNIST" / "raw", "http://127.0.0.1:9/" + IMAGENS
    )
    assert not [nome for nome in _arquivos(tmp_path / "dados") if nome.endswith("gz")]


@pytest.mark.parametrize("estrago", ["truncado", "outro", "vazio"])
@pytest.mark.parametrize("nome", [IMAGENS, ROTULOS])
def test_gz_truncado_ou_errado_e_recusado_pelo_nome(publicados, tmp_path, nome, estrago):
    raw = _copiar(publicados, tmp_path / "MNIST" / "raw")
    bom = (raw / nome).read_bytes()
    ruim = {"truncado": bom[:-10], "outro": gzip.compress(b"outra coisa"), "vazio": b""}[estrago]
    (raw / nome).write_bytes(ruim)
    with pytest.raises(ValueError, match="truncado ou não é o esperado") as caso:
        mnist("teste", pasta=tmp_path)
    _conferir_mensagem(caso.value, nome, raw, "md5")
    assert (raw / nome).read_bytes() == ruim  # o que é do aluno não se apaga


@pytest.mark.parametrize("estrago", ["truncado", "comprido", "cabecalho"])
@pytest.mark.parametrize("nome", [IMAGENS, ROTULOS])
def test_descompactado_truncado_ou_errado_e_recusado_pelo_nome(publicados, tmp_path, nome, estrago):
    caminho = _copiar(publicados, tmp_path / "MNIST" / "raw", descompactar=True) / nome.removesuffix(".gz")
    bom = caminho.read_bytes()
    trocado = bom[:4] + struct.pack(">i", N + 1) + bom[8:]
    caminho.write_bytes({"truncado": bom[:-1], "comprido": bom + b"0", "cabecalho": trocado}[estrago])
    with pytest.raises(ValueError, match="truncado ou não é o esperado") as caso:
        mnist("teste", pasta=tmp_path)
    _conferir_mensagem(caso.value, caminho.name, caminho.parent)


def test_treino_no_lugar_do_teste_e_recusado(publicados, tmp_path, monkeypatch):
    _copiar(publicados, tmp_path / "MNIST" / "raw", descompactar=True)
    monkeypatch.setattr(arquivos_idx, "EXEMPLOS", {"treino": N, "teste": N - 2})
    with pytest.raises(ValueError, match="deveria ter"):
        mnist("teste", pasta=tmp_path)


def test_download_que_chega_truncado_nao_fica(rede, tmp_path):
    (rede / IMAGENS).write_bytes((rede / IMAGENS).read_bytes()[:-20])
    with pytest.raises(FileNotFoundError) as caso:
        mnist("teste", pasta=tmp_path / "dados")
    _conferir_mensagem(caso.value, IMAGENS, "md5 difere")
    assert _arquivos(tmp_path / "dados") == ["MNIST", "raw"]


@pytest.mark.parametrize("interrupcao", [KeyboardInterrupt, ConnectionResetError, TimeoutError])
def test_download_interrompido_nao_fica_e_depois_continua(rede, tmp_path, monkeypatch, interrupcao):
    from torchvision.datasets import utils

    def pela_metade(url, filename, *_):
        Path(filename).write_bytes((rede / IMAGENS).read_bytes()[:100])
        raise interrupcao("interrompido")

    with monkeypatch.context() as remendo:
        remendo.setattr(utils, "_urlretrieve", pela_metade)
        with pytest.raises((KeyboardInterrupt, FileNotFoundError)):
            mnist("teste", pasta=tmp_path / "dados")
    assert _arquivos(tmp_path / "dados") == ["MNIST", "raw"]
    assert len(mnist("teste", pasta=tmp_path / "dados")) == N


def test_processo_morto_no_meio_nao_engana_o_seguinte(rede, tmp_path):
    sobra = tmp_path / "MNIST" / "raw" / ".baixando-morto"
    sobra.mkdir(parents=True)
    (sobra / IMAGENS).write_bytes((rede / IMAGENS).read_bytes()[:100])
    assert len(mnist("teste", pasta=tmp_path)) == N


def test_pasta_em_que_nao_se_grava(rede, tmp_path):
    (tmp_path / "dados").write_text("um arquivo no lugar da pasta")
    with pytest.raises(PermissionError) as caso:
        mnist("teste", pasta=tmp_path / "dados")
    _conferir_mensagem(caso.value, IMAGENS, tmp_path / "dados" / "MNIST" / "raw", "AULAS_DADOS")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="o root grava em qualquer pasta")
def test_pasta_protegida(rede, tmp_path):
    (tmp_path / "dados").mkdir(mode=0o500)
    with pytest.raises(PermissionError, match="dê a ela permissão"):
        mnist("teste", pasta=tmp_path / "dados")


def test_disco_cheio_no_meio_do_download(rede, tmp_path, monkeypatch):
    from torchvision.datasets import utils

    def sem_espaco(url, filename, *_):
        Path(filename).write_bytes(b"meio")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(utils, "_urlretrieve", sem_espaco)
    with pytest.raises(PermissionError, match="No space left") as caso:
        mnist("teste", pasta=tmp_path / "dados")
    _conferir_mensagem(caso.value, IMAGENS, "espaço")
    assert _arquivos(tmp_path / "dados") == ["MNIST", "raw"]


def test_particao_desconhecida(tmp_path):
    with pytest.raises(ValueError, match='"treino" ou "teste"; chegou \'test\''):
        mnist("test", pasta=tmp_path)


@pytest.mark.skipif(
    "AULAS_TESTE_MNIST" not in os.environ, reason="AULAS_TESTE_MNIST não diz onde está o MNIST"
)
def test_mnist_verdadeiro():
    lido = mnist("teste", pasta=os.environ["AULAS_TESTE_MNIST"], baixar=False)
    assert lido.niveis.shape == (10_000, 1, 28, 28)
    assert lido.atributo("classe")[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    contagem = torch.bincount(lido.atributo("classe")).tolist()
    assert contagem == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    torch.testing.assert_close((lido.imagens.double().mean().item() + 1) / 2, 0.1325, atol=1e-4, rtol=0)

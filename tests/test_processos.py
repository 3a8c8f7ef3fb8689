"""Dois processos fazem o treino de um: fatias, sorteios, receitas de verdade, Ctrl-C, morte de um deles e caderno."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import nbformat
import pytest
import torch
import treino_repartido
from nbclient import NotebookClient
from safetensors.torch import load_file
from torch.testing import assert_close

from aulas_lib.ambiente import gerador
from aulas_lib.modelos.difusao import agenda_linear, perda_simples, sorteando
from aulas_lib.treino import TreinoAdversario
from aulas_lib.treino.processos import Processos, SorteioDoLote, VariosProcessos, processos_em_volta

RAIZ = Path(__file__).parents[1]
EM_DOIS = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines",
           "1", "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]  # fmt: skip
vale_aqui = pytest.mark.skipif(sys.platform == "win32", reason="no Windows, o lançador do torch vem sem libuv")
SORTEIOS: dict[str, Callable[[int, torch.Generator], torch.Tensor]] = {
    "randn": lambda n, g: torch.randn(n, 3, generator=g),
    "randn com tupla": lambda n, g: torch.randn((n, 3), generator=g),
    "randn com size": lambda n, g: torch.randn(size=(n, 3), generator=g),
    "rand": lambda n, g: torch.rand(n, generator=g),
    "randint": lambda n, g: torch.randint(1, 1000, (n, 2), generator=g),
    "randint até": lambda n, g: torch.randint(1000, (n,), generator=g),
    "randn_like": lambda n, g: torch.randn_like(torch.zeros(n, 2), generator=g),
}


@pytest.mark.parametrize("nome", list(SORTEIOS))
def test_as_fatias_juntas_sao_o_sorteio_do_lote(nome: str) -> None:
    sortear, partes = SORTEIOS[nome], []
    for indice in range(3):
        sorte = gerador(0)
        with SorteioDoLote(4, indice, 3):
            partes.append(sortear(4, sorte))
            outro = torch.randn(5, generator=sorte)  # não é por exemplo: igual em todos
        partes.append(outro)
    sorte = gerador(0)
    assert torch.equal(torch.cat(partes[::2]), sortear(12, sorte))
    depois = torch.randn(5, generator=sorte)
    assert all(torch.equal(outro, depois) for outro in partes[1::2])


def test_a_perda_da_difusao_em_fatias_e_a_do_lote() -> None:
    perda, x = sorteando(perda_simples, agenda_linear(100)), torch.randn(8, 1, 2, 2, generator=gerador(1))
    partes = []
    for indice in range(2):
        with SorteioDoLote(4, indice, 2):
            partes.append(perda(lambda x_t, t: 0.5 * x_t, x[4 * indice : 4 * indice + 4], gerador(2)))
    assert_close(torch.cat(partes), perda(lambda x_t, t: 0.5 * x_t, x, gerador(2)))


class AceleradorDeMentira:
    process_index, num_processes, device = 1, 2, torch.device("cpu")

    def reduce(self, x: torch.Tensor, como: str) -> torch.Tensor:
        assert como == "mean"
        return x + 10


def test_fatia_media_e_gradientes() -> None:
    dois = VariosProcessos(AceleradorDeMentira())
    assert not dois.principal and torch.equal(dois.fatia(torch.arange(6)), torch.tensor([3, 4, 5]))
    with pytest.raises(ValueError, match="7, que não se divide por 2"):
        dois.fatia(torch.arange(7))
    a, b = dois.media([torch.zeros(2, 3), torch.tensor(1.0)])
    assert torch.equal(a, torch.full((2, 3), 10.0)) and b == 11
    rede = torch.nn.Linear(2, 1)
    rede(torch.ones(1, 2)).sum().backward()
    dois.juntar_gradientes(rede)
    assert torch.equal(rede.weight.grad, torch.full((1, 2), 11.0))


def test_pedido_e_passo_de_todos() -> None:
    um, dois = Processos(), VariosProcessos(AceleradorDeMentira())
    assert dois.algum(False) and um.algum(True) and not um.algum(False)  # de mentira: o outro processo pediu
    um.conferir_passo(3)
    with pytest.raises(ValueError, match="O processo 1 está no passo 20, e há outro"):
        dois.conferir_passo(20)


class SoAFatia(VariosProcessos):
    """Um de dois processos, que não fala com o outro."""

    def __init__(self, indice: int) -> None:
        self.indice, self.total = indice, 2

    def media(self, tensores: Iterable[torch.Tensor]) -> list[torch.Tensor]:
        return list(tensores)


def test_na_gan_o_regularizador_tambem_sorteia_para_o_lote_inteiro() -> None:
    def sorteado_em(processos: Processos) -> tuple[torch.Tensor, torch.Tensor]:
        vistos: list[torch.Tensor] = []

        def regularizador(rede: torch.nn.Module, reais: torch.Tensor, gerados: torch.Tensor) -> torch.Tensor:
            vistos.extend((torch.rand(len(reais)), gerados))  # do gerador padrão, como a penalidade de gradiente
            return rede(reais).squeeze(1)

        torch.manual_seed(0)
        redes, dados = (torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)), torch.randn(16, 2)
        perda_d, perda_g = (lambda a, b: (b - a).squeeze(1)), (lambda b: -b.squeeze(1))
        treino = TreinoAdversario(
            *redes, dados, perda_d, perda_g, latentes=2, passos=1, lote=8, regularizador=regularizador
        )
        treino.processos = processos
        treino.passo_discriminador()
        return vistos[0], vistos[1]

    inteiro, partes = sorteado_em(Processos()), [sorteado_em(SoAFatia(indice)) for indice in range(2)]
    for tudo, *fatias in zip(inteiro, *partes, strict=True):
        assert_close(torch.cat(fatias), tudo)


def test_sem_accelerate_launch_ha_um_processo_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    um, x = processos_em_volta(), torch.arange(3)
    assert type(um) is Processos and um.principal and um.fatia(x) is x


def test_sem_o_accelerate_o_erro_diz_o_que_instalar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setitem(sys.modules, "accelerate", None)
    with pytest.raises(ImportError, match="pip install accelerate"):
        processos_em_volta()


def treinar_em_dois(pasta: Path, *nomes: str, sinal: str = "", passo: int = 0) -> subprocess.CompletedProcess[str]:
    """`treino_repartido.py` em dois processos de CPU, com uma linha de execução por processo."""
    pasta.mkdir(exist_ok=True)
    ambiente = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(RAIZ)}
    comando = [*EM_DOIS, str(RAIZ / "tests" / "treino_repartido.py"), str(pasta), *nomes]
    comando += [sinal, str(passo)] if sinal else []
    return subprocess.run(comando, env=ambiente, cwd=RAIZ, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def em_dois(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pasta de um treino de cada receita, em dois processos, sem interrupção."""
    pasta = tmp_path_factory.mktemp("em_dois")
    feito = treinar_em_dois(pasta, *treino_repartido.RECEITAS)
    assert feito.returncode == 0, feito.stderr
    assert feito.stdout.count("2 processos treinam juntos (cpu).") == len(treino_repartido.RECEITAS)
    return pasta


@pytest.fixture(autouse=True)
def uma_linha() -> Iterator[None]:
    antes = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(antes)


def perdas(arquivo: Path) -> torch.Tensor:
    linhas = [linha.split() for linha in arquivo.read_text().splitlines()]
    assert [int(passo) for passo, _ in linhas] == list(range(1, len(linhas) + 1))
    return torch.tensor([float(valor) for _, valor in linhas], dtype=torch.float64)


@vale_aqui
@pytest.mark.parametrize("nome", ["vae", "difusao"])
def test_dois_processos_fazem_a_curva_de_um(nome: str, em_dois: Path) -> None:
    um = torch.tensor([registro.valores["perda"] for registro in treino_repartido.montar(nome)], dtype=torch.float64)
    dois = perdas(em_dois / f"{nome}.txt")
    assert len(um) == len(dois) == 50
    diferenca = ((um - dois).abs() / um.abs()).max().item()
    print(f"{nome}: maior diferença relativa em {len(um)} passos: {diferenca:.1e}")
    assert diferenca <= 1e-3
    assert um[-10:].mean() < 0.9 * um[:10].mean()  # e o treino andou


@vale_aqui
@pytest.mark.parametrize("nome", list(treino_repartido.RECEITAS))
def test_no_fim_todos_os_processos_tem_os_mesmos_pesos_e_o_mesmo_acaso(nome: str, em_dois: Path) -> None:
    assert perdas(em_dois / f"{nome}.txt").isfinite().all() and (em_dois / f"{nome}.safetensors").exists()
    assert (em_dois / f"{nome}-0.digital").read_text() == (em_dois / f"{nome}-1.digital").read_text()


@vale_aqui
def test_depois_do_ctrl_c_e_da_morte_de_um_processo_chega_ao_mesmo_lugar(em_dois: Path, tmp_path: Path) -> None:
    feito = treinar_em_dois(tmp_path, "vae", sinal="--para", passo=13)  # Ctrl-C
    (ponto,) = (tmp_path / "retomada").glob("*.pt")
    parou = torch.load(ponto, weights_only=True)["passo"]
    assert feito.returncode != 0 and f"Interrompido no passo {parou}; repita" in feito.stdout and 13 <= parou < 20
    feito = treinar_em_dois(tmp_path, "vae", sinal="--morre", passo=33)  # SIGKILL no segundo processo
    assert feito.returncode != 0 and feito.stdout.count(f"Retomando do passo {parou}") == 1
    assert torch.load(ponto, weights_only=True)["passo"] == 20 and not (tmp_path / "vae.safetensors").exists()
    feito = treinar_em_dois(tmp_path, "vae")  # o mesmo comando, outra vez
    assert feito.returncode == 0, feito.stderr
    assert_close(load_file(tmp_path / "vae.safetensors"), load_file(em_dois / "vae.safetensors"), rtol=0, atol=0)
    assert (tmp_path / "vae.csv").read_text() == (em_dois / "vae.csv").read_text()
    assert not ponto.exists()


def porta_livre() -> int:
    with socket.create_server(("127.0.0.1", 0)) as servidor:
        return servidor.getsockname()[1]


@vale_aqui
def test_em_um_caderno_o_lancador_do_accelerate_faz_a_mesma_curva(em_dois: Path, tmp_path: Path) -> None:
    """Em um kernel de verdade, que já usou as linhas de execução do torch: os processos nascem dele, por fork."""
    celulas = [
        f"import sys; sys.path[:0] = [{str(RAIZ)!r}, {str(RAIZ / 'tests')!r}]\n"
        "import torch; torch.set_num_threads(2); x = torch.randn(2000, 2000); (x @ x).sum().item()",
        "from pathlib import Path\nfrom accelerate import notebook_launcher\nfrom treino_repartido import treinar\n"
        f"notebook_launcher(treinar, (Path({str(tmp_path)!r}), 'vae'), num_processes=2, use_port='{porta_livre()}')",
    ]
    caderno = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(texto) for texto in celulas])
    NotebookClient(caderno, timeout=120, kernel_name="python3").execute()
    saida = "".join(parte.get("text", "") for parte in caderno.cells[1].outputs)
    assert "2 processos treinam juntos" in saida and "Gravado vae.safetensors" in saida
    assert torch.equal(perdas(tmp_path / "vae.txt"), perdas(em_dois / "vae.txt"))

"""Dois processos fazem o treino de um: fatias, sorteios, receitas de verdade e a morte de um deles no meio."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch.testing import assert_close

from aulas_lib.ambiente import gerador
from aulas_lib.modelos.difusao import agenda_linear, perda_simples, sorteando
from aulas_lib.treino.processos import Processos, SorteioDoLote, VariosProcessos, processos_em_volta

RAIZ = Path(__file__).parents[1]
EM_DOIS = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines",
           "1", "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]  # fmt: skip
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


def test_sem_accelerate_launch_ha_um_processo_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    um, x = processos_em_volta(), torch.arange(3)
    assert type(um) is Processos and um.principal and um.fatia(x) is x


def test_sem_o_accelerate_o_erro_diz_o_que_instalar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setitem(sys.modules, "accelerate", None)
    with pytest.raises(ImportError, match="pip install accelerate"):
        processos_em_volta()


def rodar(comando: list[str], nome: str, pasta: Path, *resto: str) -> int:
    """O código de saída de `treino_repartido.py`, com uma linha de execução por processo."""
    pasta.mkdir(exist_ok=True)
    ambiente = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(RAIZ)}
    comando = [*comando, str(RAIZ / "tests" / "treino_repartido.py"), nome, str(pasta), *resto]
    return subprocess.run(comando, env=ambiente, cwd=RAIZ, capture_output=True, timeout=300, check=False).returncode


def perdas(pasta: Path) -> torch.Tensor:
    linhas = [linha.split() for linha in (pasta / "perdas.txt").read_text().splitlines()]
    return torch.tensor([float(valor) for _, valor in linhas], dtype=torch.float64)


@pytest.mark.parametrize("nome", ["vae", "difusao"])
def test_dois_processos_fazem_a_curva_de_um(nome: str, tmp_path: Path) -> None:
    assert rodar([sys.executable], nome, tmp_path / "um") == 0
    assert rodar(EM_DOIS, nome, tmp_path / "dois") == 0
    um, dois = perdas(tmp_path / "um"), perdas(tmp_path / "dois")
    diferenca = ((um - dois).abs() / um.abs()).max().item()
    print(f"{nome}: maior diferença relativa em {len(um)} passos: {diferenca:.1e}")
    assert len(um) == len(dois) == 50 and diferenca <= 1e-3
    assert um[-10:].mean() != um[:10].mean()


def test_uma_gan_tambem_se_reparte(tmp_path: Path) -> None:
    """O BatchNorm do gerador é de cada processo: a curva não é a mesma, mas o treino anda."""
    assert rodar(EM_DOIS, "dcgan", tmp_path) == 0
    perda_d = perdas(tmp_path)
    assert len(perda_d) == 50 and perda_d.isfinite().all() and perda_d[-10:].mean() < perda_d[:10].mean()
    assert (tmp_path / "dcgan.safetensors").exists()


def test_quem_perde_um_processo_retoma_e_chega_ao_mesmo_lugar(tmp_path: Path) -> None:
    inteiro, partido = tmp_path / "inteiro", tmp_path / "partido"
    assert rodar(EM_DOIS, "vae", inteiro) == 0
    assert rodar(EM_DOIS, "vae", partido, "33") != 0  # o segundo processo recebe SIGKILL no passo 33
    assert not (partido / "vae.safetensors").exists()
    (ponto,) = (partido / "retomada").glob("*.pt")
    assert torch.load(ponto, weights_only=True)["passo"] == 20
    assert rodar(EM_DOIS, "vae", partido) == 0  # o mesmo comando, outra vez
    assert_close(load_file(partido / "vae.safetensors"), load_file(inteiro / "vae.safetensors"))
    assert not ponto.exists()

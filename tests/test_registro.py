"""O progresso no disco: sobrevive, não se perde com dois cadernos abertos, e um estrago não leva o resto."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from aulas_lib.ambiente import arquivo_progresso
from aulas_lib.exercicios import difusao_ida, mostrar_progresso, rigor
from aulas_lib.exercicios.registro import Resultado, Tentativa, anotar, ler, resumir


@pytest.fixture
def arquivo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    caminho = tmp_path / "pasta nova" / "progresso.jsonl"
    monkeypatch.setenv("AULAS_PROGRESSO", str(caminho))
    return caminho


def _lidas() -> list[tuple[str, bool]]:
    return [(tentativa.exercicio, tentativa.certo) for tentativa in ler()[0]]


def _certa(x_0, alfa_barra, eps):
    return alfa_barra**0.5 * x_0 + (1 - alfa_barra) ** 0.5 * eps


def test_sem_arquivo_nao_ha_nada(arquivo: Path) -> None:
    assert ler() == ([], 0)
    assert not arquivo.parent.exists()


def test_conferencia_anota_o_veredito_e_so_ele(arquivo: Path, veredito: Callable[..., str]) -> None:
    veredito(difusao_ida.conferir_difundir, ...)
    assert not arquivo.exists()  # em branco não é uma tentativa
    antes = datetime.now().astimezone().replace(microsecond=0)
    veredito(difusao_ida.conferir_difundir, lambda x, a, e: x)
    veredito(difusao_ida.conferir_difundir, _certa)
    assert _lidas() == [("difundir", False), ("difundir", True)]
    assert antes <= ler()[0][0].quando <= datetime.now().astimezone()


@pytest.mark.parametrize("ativo", [True, False])
def test_com_rigor_nada_se_anota(ativo: bool, arquivo: Path) -> None:
    with rigor(ativo):
        difusao_ida.conferir_difundir(_certa)
    assert not arquivo.exists()


def test_dois_cadernos_ao_mesmo_tempo_nao_perdem_nada(arquivo: Path) -> None:
    """Dois processos anotam juntos e terminam; um terceiro, este, lê e mostra tudo."""
    codigo = """
import sys
from aulas_lib.exercicios.registro import anotar
for _ in range(500):
    anotar(sys.argv[1], True)
"""
    nomes = ("difundir", "caca_ultimo")
    processos = [subprocess.Popen([sys.executable, "-c", codigo, nome], env=os.environ) for nome in nomes]
    assert [processo.wait(timeout=120) for processo in processos] == [0, 0]
    tentativas, ilegiveis = ler()
    assert ilegiveis == 0
    assert Counter(tentativa.exercicio for tentativa in tentativas) == {"difundir": 500, "caca_ultimo": 500}
    assert [linha[2][0] for linha in mostrar_progresso("05").linhas] == ["✓", "○", "✓"]


ESTRAGOS = {
    "linha pela metade": b'\n{"exercicio": "heun", "cer',
    "bytes que não são texto": b"\n\x00\xff\xfe",
    "JSON de outra coisa": b"\n[1, 2]",
    "campo que falta": b'\n{"exercicio": "heun", "certo": true}',
    "campo de outro tipo": b'\n{"exercicio": "heun", "certo": "sim", "quando": "2026-01-01T00:00:00+00:00"}',
    "data que não existe": b'\n{"exercicio": "heun", "certo": true, "quando": "ontem"}',
}


@pytest.mark.parametrize("estrago", ESTRAGOS.values(), ids=ESTRAGOS)
def test_linha_estragada_nao_leva_as_outras(estrago: bytes, arquivo: Path) -> None:
    anotar("difundir", True)
    arquivo.write_bytes(arquivo.read_bytes() + estrago)
    anotar("ddim", False)
    assert _lidas() == [("difundir", True), ("ddim", False)]
    assert ler()[1] == 1
    assert estrago in arquivo.read_bytes()  # nada se apaga


def test_pasta_que_nao_aceita_escrita(arquivo: Path, veredito: Callable[..., str]) -> None:
    arquivo.parent.write_text("um arquivo no lugar da pasta")
    texto = veredito(difusao_ida.conferir_difundir, _certa)
    assert texto.startswith("certo!")
    assert texto.count("Não anotei no seu progresso") == 1


def test_cada_linha_e_um_json_que_outros_programas_leem(arquivo: Path) -> None:
    anotar("difundir", True)
    assert json.loads(arquivo.read_text()).keys() == {"exercicio", "certo", "quando"}


def test_sem_a_variavel_o_arquivo_fica_na_pasta_pessoal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AULAS_PROGRESSO")
    assert arquivo_progresso() == Path.home() / ".aulas_lib" / "progresso.jsonl"


def test_resumo() -> None:
    dias = [datetime(2026, 3, dia) for dia in range(1, 6)]
    tentativas = [
        Tentativa("a", False, dias[0]),
        Tentativa("a", True, dias[1]),
        Tentativa("b", False, dias[2]),
        Tentativa("a", True, dias[3]),
        Tentativa("a", False, dias[4]),
    ]
    assert resumir(tentativas) == {"a": Resultado(2, dias[1], False), "b": Resultado(1, None, False)}

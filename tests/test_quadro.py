"""O quadro de progresso diz a verdade, em texto e em HTML, e em branco é sempre o mesmo."""

import re
from pathlib import Path

import pytest

from aulas_lib.exercicios import mostrar_progresso
from aulas_lib.exercicios.licoes import LICOES
from aulas_lib.exercicios.quadro import Quadro


@pytest.fixture
def arquivo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AULAS_PROGRESSO", str(tmp_path / "progresso.jsonl"))
    return tmp_path / "progresso.jsonl"


def _anotar(arquivo: Path, *tentativas: tuple[str, str, str]) -> None:
    linhas = [f'{{"exercicio": "{e}", "certo": {c}, "quando": "{q}T12:00:00-03:00"}}' for e, c, q in tentativas]
    arquivo.write_text("\n".join(linhas))


def test_em_branco(arquivo: Path) -> None:
    quadro = mostrar_progresso("05")
    assert quadro.titulo.endswith("resolvidos: 0 de 3")
    assert [linha[2] for linha in quadro.linhas] == ["○ em aberto"] * 3


@pytest.mark.parametrize("chave", [None, *LICOES])
def test_nos_testes_o_progresso_esta_sempre_em_branco(chave: str | None) -> None:
    assert "✓" not in repr(mostrar_progresso(chave))


def test_o_que_se_resolveu_continua_resolvido(arquivo: Path) -> None:
    _anotar(
        arquivo,
        ("difundir", "false", "2026-03-01"),
        ("difundir", "true", "2026-03-02"),
        ("difundir", "false", "2026-03-04"),
        ("caca_ultimo", "false", "2026-03-05"),
        ("caca_desvio_padrao", "true", "2026-03-06"),
    )
    quadro = mostrar_progresso("05")
    assert quadro.titulo.endswith("resolvidos: 2 de 3")
    assert [linha[2] for linha in quadro.linhas] == [
        "✓ resolvido em 02/03/2026, na 2ª tentativa; a última resposta, porém, não passou",
        "✓ resolvido em 06/03/2026, na 1ª tentativa",
        "○ em aberto, 1 tentativa",
    ]


def test_resumo_de_todas(arquivo: Path) -> None:
    nomes = [*(exercicio.nome for exercicio in LICOES["05c"].exercicios), "ddim"]
    _anotar(arquivo, *((nome, "true", "2026-03-01") for nome in nomes))
    quadro = mostrar_progresso()
    resolvidos = dict(quadro.linhas)
    assert resolvidos[LICOES["05c"].titulo] == "✓ 2 de 2"
    assert resolvidos[LICOES["05b"].titulo] == "○ 1 de 3"
    assert quadro.titulo == f"Todas as lições · resolvidos: 3 de {sum(len(v.exercicios) for v in LICOES.values())}"


def test_linhas_ilegiveis_se_dizem_em_uma_frase(arquivo: Path) -> None:
    arquivo.write_text("rabisco\nrabisco")
    assert mostrar_progresso("05").avisos == (
        "2 linhas do arquivo estão ilegíveis e foram puladas; as outras valem, e nada foi apagado.",
    )
    arquivo.write_text("rabisco")
    assert "Uma linha do arquivo está ilegível" in repr(mostrar_progresso())


def test_arquivo_que_nao_se_le(arquivo: Path) -> None:
    arquivo.mkdir()
    quadro = mostrar_progresso("05")
    assert len(quadro.avisos) == 1
    assert "Não consigo ler" in quadro.avisos[0]


def test_html_tem_o_mesmo_que_o_texto() -> None:
    quadro = Quadro("A <b>", ("exercício", "situação"), (("x < 1", "✓"), ("y", "○")), ("aviso",))
    pagina = quadro._repr_html_()
    celulas = re.findall(r"<t[dh] [^>]*>(.*?)</t[dh]>", pagina)
    assert celulas == ["exercício", "situação", "x &lt; 1", "✓", "y", "○"]
    assert "A &lt;b&gt;" in pagina and "<p>aviso</p>" in pagina
    assert repr(quadro).splitlines()[:4] == ["A <b>", "x < 1  ✓", "y      ○", "aviso"]

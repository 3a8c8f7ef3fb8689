"""As carinhas: repetição exata, tabela de atributos, visibilidade de cada traço, erros e cache."""

import itertools
import time
from pathlib import Path

import pytest
import torch

from aulas_lib import ambiente
from aulas_lib.dados import carinhas as modulo
from aulas_lib.dados.carinhas import ESQUEMA, carinhas, desenhar

NOMES = list(ESQUEMA)
MUDANCA = 40  # de 255: uma diferença de cor que se nota
PIXELS_MINIMOS = 8  # de 1024


@pytest.fixture
def pasta(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pasta de cache só deste teste."""
    monkeypatch.setenv("AULAS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_forma_tipo_e_intervalo() -> None:
    c = carinhas(70, 32, semente=3, cache=False)
    assert c.niveis.shape == (70, 3, 32, 32) and c.niveis.dtype == torch.uint8
    assert c.atributos.shape == (70, len(ESQUEMA)) and c.atributos.dtype == torch.int64
    assert c.esquema == ESQUEMA
    assert c.imagens.min() >= -1 and c.imagens.max() <= 1
    assert c.imagens.min() < -0.7 and c.imagens.max() > 0.9  # usa a escala toda


def test_mesma_semente_mesmas_carinhas() -> None:
    a, b, outra = (carinhas(40, semente=s, cache=False) for s in (5, 5, 6))
    assert torch.equal(a.niveis, b.niveis) and torch.equal(a.atributos, b.atributos)
    assert not torch.equal(a.atributos, outra.atributos)


def test_o_rosto_nao_depende_de_n() -> None:
    poucas, muitas = carinhas(5, cache=False), carinhas(150, cache=False)
    assert torch.equal(poucas.niveis, muitas.niveis[:5])
    assert torch.equal(poucas.atributos, muitas.atributos[:5])


def test_os_dois_tamanhos_mostram_os_mesmos_rostos() -> None:
    pequenas, grandes = carinhas(50, 32, cache=False), carinhas(50, 64, cache=False)
    assert torch.equal(pequenas.atributos, grandes.atributos)
    reduzidas = torch.nn.functional.avg_pool2d(grandes.imagens, 2)
    erro = (reduzidas - pequenas.imagens).abs().flatten(1).mean(1)
    trocadas = (reduzidas.roll(1, 0) - pequenas.imagens).abs().flatten(1).mean(1)
    assert erro.max() < 0.04 < 0.12 < trocadas.min()


def test_atributos_equiprovaveis_e_independentes() -> None:
    sorteio = torch.rand(20_000, len(ESQUEMA), generator=ambiente.gerador(0))
    tabela = modulo._atributos(sorteio, {})
    for a, (nome, valores) in enumerate(ESQUEMA.items()):
        fracoes = torch.bincount(tabela[:, a], minlength=len(valores)) / len(tabela)
        esperada = [0.5] + 4 * [0.125] if nome == "cor_chapeu" else [1 / len(valores)] * len(valores)
        torch.testing.assert_close(fracoes, torch.tensor(esperada), atol=0.02, rtol=0)
    outros = [a for a, nome in enumerate(NOMES) if nome != "cor_chapeu"]
    correlacao = torch.corrcoef(tabela[:, outros].T.double()) - torch.eye(len(outros))
    assert correlacao.abs().max() < 0.03


def test_cor_do_chapeu_so_em_quem_usa_chapeu() -> None:
    c = carinhas(200, cache=False)
    assert torch.equal(c.atributo("chapeu") == 1, c.atributo("cor_chapeu") > 0)


def test_fixos_fixam_e_o_resto_e_o_mesmo_sorteio() -> None:
    livre = carinhas(100, cache=False)
    fixo = carinhas(100, fixos={"oculos": "com", "boca": "triste"}, cache=False)
    assert (fixo.atributo("oculos") == 1).all() and (fixo.atributo("boca") == 2).all()
    for nome in set(NOMES) - {"oculos", "boca"}:
        assert torch.equal(livre.atributo(nome), fixo.atributo(nome))
    iguais = (livre.atributo("oculos") == 1) & (livre.atributo("boca") == 2)
    assert iguais.any() and torch.equal(livre.niveis[iguais], fixo.niveis[iguais])


def test_fixar_tudo_ainda_varia_posicao_e_proporcoes() -> None:
    tudo = {nome: valores[-1] for nome, valores in ESQUEMA.items()}
    c = carinhas(20, fixos=tudo, cache=False)
    assert len(c.atributos.unique(dim=0)) == 1
    assert len(c.niveis.flatten(1).unique(dim=0)) == 20


@pytest.mark.parametrize(
    ("fixos", "chapeu", "cores"),
    [
        ({"chapeu": "com"}, 1, {1, 2, 3, 4}),
        ({"chapeu": "sem"}, 0, {0}),
        ({"cor_chapeu": "verde"}, 1, {3}),
        ({"cor_chapeu": "nenhuma"}, 0, {0}),
    ],
)
def test_chapeu_e_cor_fixados_combinam(fixos: dict[str, str], chapeu: int, cores: set[int]) -> None:
    c = carinhas(100, fixos=fixos, cache=False)
    assert (c.atributo("chapeu") == chapeu).all()
    assert set(c.atributo("cor_chapeu").tolist()) == cores


def _com_valor(tabela: torch.Tensor, nome: str, valor: int) -> torch.Tensor:
    """A tabela com um atributo trocado; chapéu e cor do chapéu mudam juntos."""
    nova, i_chapeu, i_cor = tabela.clone(), NOMES.index("chapeu"), NOMES.index("cor_chapeu")
    nova[:, NOMES.index(nome)] = valor
    if nome == "chapeu":
        cores = torch.arange(len(tabela)) % 4 + 1
        nova[:, i_cor] = torch.where(tabela[:, i_cor] > 0, tabela[:, i_cor], cores) * valor
    if nome == "cor_chapeu":
        nova[:, i_chapeu] = int(valor > 0)
    return nova


@pytest.mark.parametrize("nome", NOMES)
def test_cada_atributo_se_ve_sob_os_outros(nome: str) -> None:
    """Trocar só um atributo, em 300 rostos sorteados, muda pixels que se notam em todos eles."""
    base = carinhas(300, semente=11, cache=False).atributos
    valores = ESQUEMA[nome]
    tabelas = [_com_valor(base, nome, v) for v in range(len(valores))]
    desenhos = [desenhar(tabela, 32, ambiente.gerador(1)).niveis.int() for tabela in tabelas]
    for a, b in itertools.combinations(range(len(valores)), 2):
        mudou = (desenhos[a] - desenhos[b]).abs().amax(1) >= MUDANCA  # (B, H, W)
        assert mudou.flatten(1).sum(1).min() >= PIXELS_MINIMOS, f"{nome}: {valores[a]} × {valores[b]}"


def test_desenhar_repete_com_o_mesmo_gerador_e_varia_com_outro() -> None:
    tabela = carinhas(10, cache=False).atributos
    a, b, c = (desenhar(tabela, 64, ambiente.gerador(s)).niveis for s in (0, 0, 1))
    assert a.shape == (10, 3, 64, 64) and torch.equal(a, b) and not torch.equal(a, c)


@pytest.mark.parametrize(
    ("argumentos", "trechos"),
    [
        ({"n": 0}, ["0", "inteiro positivo"]),
        ({"n": 2.5}, ["2.5", "inteiro positivo"]),
        ({"tamanho": 28}, ["28", "32 ou 64"]),
        ({"semente": -1}, ["-1", "semente"]),
        ({"fixos": {"oclus": "com"}}, ["'oclus'", "oculos"]),
        ({"fixos": {"oculos": "sim"}}, ["oculos='sim'", "sem, com"]),
        ({"fixos": {"chapeu": "sem", "cor_chapeu": "azul"}}, ["contradizem", "azul"]),
        ({"fixos": {"chapeu": "com", "cor_chapeu": "nenhuma"}}, ["contradizem", "nenhuma"]),
    ],
)
def test_erros_dizem_o_que_chegou_e_o_que_se_esperava(argumentos: dict, trechos: list[str]) -> None:
    with pytest.raises(ValueError) as erro:
        carinhas(**({"n": 4, "cache": False} | argumentos))
    assert all(trecho in str(erro.value) for trecho in trechos)


def test_desenhar_recusa_tabelas_erradas() -> None:
    tabela = carinhas(4, fixos={"chapeu": "sem"}, cache=False).atributos
    com_cor = tabela.clone()
    com_cor[0, NOMES.index("cor_chapeu")] = 2
    for errada in (tabela[:, :3], tabela.float(), tabela + 9, com_cor):
        with pytest.raises(ValueError, match="chegou"):
            desenhar(errada)


def test_cache_guarda_e_distingue_os_argumentos(pasta: Path) -> None:
    original = carinhas(6)
    (arquivo,) = pasta.glob("carinhas-*")
    modificado = arquivo.stat().st_mtime_ns
    lido = carinhas(6)
    assert torch.equal(lido.niveis, original.niveis) and torch.equal(lido.atributos, original.atributos)
    assert arquivo.stat().st_mtime_ns == modificado
    for outro in ({"semente": 1}, {"tamanho": 64}, {"fixos": {"barba": "com"}}):
        assert not torch.equal(carinhas(6, **outro).niveis, original.niveis)
    assert len(list(pasta.iterdir())) == 4  # um por conjunto de argumentos, nenhum arquivo provisório


def test_cache_e_lido_de_verdade(pasta: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = carinhas(6)
    monkeypatch.setattr(modulo, "_pintar", lambda *_: pytest.fail("desenhou de novo em vez de ler o cache"))
    assert torch.equal(carinhas(6).niveis, original.niveis)


@pytest.mark.parametrize("sala", ["rosto", "tela"])
def test_mudar_o_desenho_muda_o_arquivo_do_cache(
    sala: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fonte = getattr(modulo, sala)
    antes = modulo._arquivo(6, 32, 0, {})
    copia = tmp_path / "copia.py"
    copia.write_bytes(Path(fonte.__file__).read_bytes())
    monkeypatch.setattr(fonte, "__file__", str(copia))
    assert modulo._arquivo(6, 32, 0, {}) == antes
    copia.write_text(copia.read_text(encoding="utf-8") + "# outro desenho", encoding="utf-8")
    assert modulo._arquivo(6, 32, 0, {}) != antes


@pytest.mark.parametrize("estrago", ["truncado", "lixo", "vazio", "outro"])
def test_cache_estragado_e_refeito(pasta: Path, estrago: str) -> None:
    original = carinhas(6)
    (arquivo,) = pasta.iterdir()
    bons = arquivo.read_bytes()
    carinhas(5)
    outro = next(f for f in pasta.iterdir() if f != arquivo).read_bytes()
    ruins = {"truncado": bons[: len(bons) // 2], "lixo": b"qualquer coisa", "vazio": b"", "outro": outro}
    arquivo.write_bytes(ruins[estrago])
    assert torch.equal(carinhas(6).niveis, original.niveis)
    assert arquivo.read_bytes() == bons


def test_sem_pasta_de_cache_apenas_se_desenha(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ocupado = tmp_path / "arquivo"
    ocupado.write_text("não sou uma pasta")
    monkeypatch.setenv("AULAS_CACHE", str(ocupado / "cache"))
    assert torch.equal(carinhas(6).niveis, carinhas(6, cache=False).niveis)
    assert ocupado.read_text() == "não sou uma pasta"


def test_vinte_mil_em_dez_segundos() -> None:
    """4.000 imagens, em segundos de processador (a máquina pode estar ocupada com outra coisa)."""
    carinhas(64, cache=False)
    inicio = time.process_time()
    carinhas(4_000, cache=False)
    assert time.process_time() - inicio < 2 * 10 * 4_000 / 20_000  # dois processadores, dez segundos

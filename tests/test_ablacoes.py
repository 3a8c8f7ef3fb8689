"""As ablações: cada variante roda, muda o que diz que muda, e a tabela é retomada de onde parou."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from aulas_lib.avaliacao import extrair
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.receitas import ablacoes
from aulas_lib.receitas.ablacoes import VARIANTES, Variante, medir_ablacoes, reduzir, rodar
from aulas_lib.receitas.medidas import ler_tabela, tabela_da_ablacao
from aulas_lib.receitas.sonda import carregar_sonda
from aulas_lib.redes import dobrar

N = 70


@pytest.fixture(scope="module")
def preparo() -> tuple:
    conjunto, sonda = reduzir(carinhas(16, cache=False)), carregar_sonda()
    return conjunto, sonda, extrair(sonda, dobrar(reduzir(carinhas(N, semente=1, cache=False)).imagens))


def linha(variante: Variante, preparo: tuple, voltas: int = 2) -> dict:
    with pytest.MonkeyPatch.context() as contexto:
        contexto.setattr(ablacoes, "N_FRECHET", N)
        return rodar(replace(variante, voltas=voltas), 0, *preparo)


@pytest.fixture(scope="module")
def completas(preparo: tuple) -> dict[str, float]:
    return {v.familia: linha(v, preparo)["frechet"] for v in VARIANTES if v.nome == "completa"}


@pytest.mark.parametrize("variante", VARIANTES, ids=lambda v: f"{v.familia}, {v.nome}")
def test_variante_muda_o_resultado_e_a_completa_se_repete(
    variante: Variante, preparo: tuple, completas: dict[str, float]
) -> None:
    frechet = linha(variante, preparo)["frechet"]
    if variante.nome == "completa":
        assert frechet == completas[variante.familia]
    else:
        assert torch.isfinite(torch.tensor(frechet)) and frechet != completas[variante.familia]


def test_a_tabela_e_retomada_e_recusa_familia_estranha(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feitas: list[tuple] = []

    def de_mentira(variante: Variante, semente: int, *resto: object) -> dict:
        feitas.append((variante.nome, semente))
        if len(feitas) == 5:
            raise KeyboardInterrupt
        valores = (variante.familia, variante.nome, semente, 1, 2.5, len(feitas), 0.1, 0.2, 0.3)
        return dict(zip(ablacoes.CAMPOS, valores, strict=True))

    monkeypatch.setattr(ablacoes, "rodar", de_mentira)
    monkeypatch.setattr(ablacoes, "extrair", lambda *resto: None)
    monkeypatch.setattr(ablacoes, "carinhas", lambda *resto, **nomeados: carinhas(4, cache=False))
    destino = tmp_path / "medidas" / "ablacoes.csv"
    with pytest.raises(KeyboardInterrupt):
        medir_ablacoes(["sagan"], (0, 1, 2), destino)
    tabela = medir_ablacoes(["sagan"], (0, 1, 2), destino)
    assert feitas.count(("sem atenção", 1)) == 2 and len(feitas) == len(tabela) + 1  # a interrompida, de novo
    assert [(t["variante"], t["semente"]) for t in tabela][:4] == [
        ("completa", 0), ("completa", 1), ("completa", 2), ("sem atenção", 0)
    ]  # fmt: skip
    with pytest.raises(ValueError, match="chegou 'saga'; esperava uma destas: progressiva, sagan"):
        medir_ablacoes(["saga"], destino=destino)


def test_reduzir_tira_a_media_de_cada_quadrado() -> None:
    conjunto = carinhas(3, cache=False)
    esperado = conjunto.niveis.double().unfold(2, 2, 2).unfold(3, 2, 2).mean(dim=(4, 5))
    assert (reduzir(conjunto).niveis - esperado).abs().max() <= 0.5


def test_a_tabela_do_repositorio_e_a_das_variantes() -> None:
    """Uma linha por variante e semente, com o orçamento de hoje."""
    esperadas = [(v.familia, v.nome, s, v.voltas) for v in VARIANTES for s in ablacoes.SEMENTES]
    lidas = [(um["familia"], um["variante"], um["semente"], um["voltas"]) for um in ler_tabela("ablacoes")]
    assert lidas == esperadas


def test_tabela_em_texto_da_a_media_e_as_pontas_de_cada_variante() -> None:
    treinos = (("completa", 10.0, 2000.0), ("completa", 40.0, 4000.0), ("sem ruído", 7.0, 9000.0))
    linhas = [{"variante": v, "frechet": f, "kid": k} for v, f, k in treinos]
    _, completa, sem_ruido = tabela_da_ablacao(linhas).splitlines()
    assert completa.split() == ["completa", "25", "(10", "a", "40)", "3", "(2", "a", "4)"]
    assert sem_ruido.split()[2:] == ["7", "(7", "a", "7)", "9", "(9", "a", "9)"]

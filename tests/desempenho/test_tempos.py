"""Quanto tempo leva cada caderno, célula por célula, e o treino do VAE dos dígitos (`make desempenho`)."""

import shutil
from pathlib import Path

import nbformat
import pytest

from aulas_lib.ambiente import pasta_projeto, virgula
from aulas_lib.cadernos import executar

CADERNOS = sorted((pasta_projeto() / "notebooks").glob("*.ipynb"))
LIMITE_CELULA, LIMITE_TREINO = 60.0, 30.0  # segundos, em dois núcleos


@pytest.mark.parametrize("caminho", CADERNOS, ids=lambda caminho: caminho.stem)
def test_tempo_do_caderno(caminho: Path, tmp_path: Path) -> None:
    copia = tmp_path / "notebooks" / caminho.name
    copia.parent.mkdir()
    shutil.copy(caminho, copia)
    (tmp_path / "aulas_lib").symlink_to(pasta_projeto() / "aulas_lib")
    tempos = executar(copia)
    caderno = nbformat.read(copia, as_version=4)
    por_id = {caderno.cells[posicao].id: segundos for posicao, segundos in tempos.celulas.items()}
    print(f"\n{caminho.name}: {virgula(tempos.total, 1)} s no total")
    for nome, segundos in sorted(por_id.items(), key=lambda par: -par[1])[:5]:
        print(f"  célula {nome}: {virgula(segundos, 1)} s")
    if "treinar_vae" in por_id:
        print(next(c for c in caderno.cells if c.id == "teste").outputs[0].text.strip())
        assert por_id["treinar_vae"] + por_id["aumento"] <= LIMITE_TREINO
    assert max(por_id.values()) <= LIMITE_CELULA

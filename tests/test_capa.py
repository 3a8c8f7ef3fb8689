"""A figura que se move no README: a do repositório, e a que o comando faz."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from aulas_lib.receitas import capa, carregar

BYTES_NO_MAXIMO = 1_500_000


def quadros(arquivo: Path) -> list[np.ndarray]:
    """Os quadros da animação, sem a ampliação."""
    with Image.open(arquivo) as imagem:
        partes = []
        for i in range(imagem.n_frames):
            imagem.seek(i)
            partes.append(np.asarray(imagem.convert("RGB"), dtype=float)[1 :: capa.AMPLIAR, 1 :: capa.AMPLIAR])
        return partes


def aspereza(quadro: np.ndarray) -> float:
    """Diferença média entre pixels vizinhos: grande no ruído, pequena em um desenho."""
    return float(np.abs(np.diff(quadro, axis=1)).mean())


def test_a_do_repositorio_vai_do_ruido_ao_desenho() -> None:
    arquivo = capa.arquivo_da_capa()
    assert arquivo.stat().st_size < BYTES_NO_MAXIMO
    partes = quadros(arquivo)
    assert len(partes) >= 15 and partes[0].shape == (2 * 34 - 2, capa.COLUNAS * 34 - 2, 3)
    assert aspereza(partes[-1]) < aspereza(partes[0]) / 3


def test_o_comando_grava_todos_os_quadros(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capa, "ROSTOS", 2)
    monkeypatch.setattr(capa, "COLUNAS", 2)
    monkeypatch.setattr(capa, "CHAMADAS", 4)
    modelo = carregar("difusao")
    feitos = capa.quadros_da_capa(modelo)
    assert feitos.dtype == torch.uint8 and feitos.shape == (5, 32, 2 * 34 - 2, 3)
    assert torch.equal(feitos, capa.quadros_da_capa(modelo)), "a mesma semente, a mesma capa"
    lidos = quadros(capa.gravar_capa(modelo, tmp_path / "nova" / "capa.webp"))
    assert len(lidos) == 5
    for lido, feito in zip(lidos, feitos, strict=True):
        assert np.abs(lido - feito.numpy()).mean() < 20, "o WebP com perda não muda a figura"

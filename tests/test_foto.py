"""A imagem do aluno: o quadrado do meio, em [−1, 1], e o que se diz quando não dá."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from aulas_lib.dados.foto import abrir_foto


def test_corta_o_meio_e_poe_em_menos_um_a_um(tmp_path: Path) -> None:
    larga = Image.new("RGB", (90, 30), (0, 0, 0))
    larga.paste((255, 0, 0), (30, 0, 60, 30))  # só o quadrado do meio é vermelho
    larga.save(tmp_path / "larga.png")
    foto = abrir_foto(tmp_path / "larga.png", 16)
    assert foto.shape == (3, 16, 16)
    torch.testing.assert_close(foto[:, 4:12, 4:12], torch.tensor([1.0, -1, -1])[:, None, None].expand(3, 8, 8))


def test_tons_de_cinza_com_transparencia_viram_cores(tmp_path: Path) -> None:
    Image.new("LA", (8, 8), (128, 255)).save(tmp_path / "cinza.png")
    torch.testing.assert_close(abrir_foto(tmp_path / "cinza.png", 8), torch.full((3, 8, 8), 128 / 127.5 - 1))


def test_segue_a_rotacao_que_a_camera_anotou(tmp_path: Path) -> None:
    foto = Image.new("RGB", (16, 16), (0, 0, 0))
    foto.paste((255, 255, 255), (0, 0, 16, 8))  # branca em cima
    anotada = foto.getexif()
    anotada[0x0112] = 3  # de cabeça para baixo
    foto.save(tmp_path / "virada.png", exif=anotada)
    assert abrir_foto(tmp_path / "virada.png", 16)[0, 12, 8] == 1


def test_diz_o_que_falta(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"Não encontrei a imagem .*nada\.png"):
        abrir_foto(tmp_path / "nada.png")
    (tmp_path / "texto.png").write_text("não sou imagem")
    with pytest.raises(ValueError, match=r"texto\.png não é uma imagem"):
        abrir_foto(tmp_path / "texto.png")

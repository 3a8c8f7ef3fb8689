"""A pasta do aluno: o que entra, o que se converte, o que fica fora e por quê, sem nada gravado nela."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from aulas_lib.dados import conversao, pasta
from aulas_lib.dados.pasta import Relatorio, ler_pasta, separar

VERMELHO, AZUL = (255, 0, 0), (0, 0, 255)


def foto(semente: int, lado: int = 16, canais: int = 3) -> Image.Image:
    """Uma imagem de ruído, diferente para cada semente."""
    niveis = np.random.default_rng(semente).integers(0, 256, (lado, lado, canais), dtype=np.uint8)
    return Image.fromarray(niveis.squeeze())


def encher(onde: Path, n: int = 6) -> list[str]:
    onde.mkdir(parents=True, exist_ok=True)
    nomes = [f"{i}.png" for i in range(n)]
    for i, nome in enumerate(nomes):
        foto(i).save(onde / nome)
    return nomes


def ler_uma(imagem: Image.Image, onde: Path, nome: str = "uma.png", lado: int = 8, **opcoes: object):
    """Níveis (3, lado, lado) e o que mudou; `opcoes` são de `save`."""
    imagem.save(onde / nome, **opcoes)
    return conversao.abrir_quadrado(onde / nome, lado, lado // 2)


def da_cor(cor: tuple[int, int, int], lado: int = 8) -> torch.Tensor:
    return torch.tensor(cor, dtype=torch.uint8)[:, None, None].expand(3, lado, lado)


def test_imagem_do_lado_pedido_entra_pixel_a_pixel(tmp_path: Path) -> None:
    original = foto(3)
    niveis, mudou = ler_uma(original, tmp_path, lado=16)
    assert torch.equal(niveis, torch.from_numpy(np.array(original)).permute(2, 0, 1)) and mudou == []


@pytest.mark.parametrize(
    ("modo", "cor", "esperada", "mudanca"),
    [
        ("L", 128, (128, 128, 128), conversao.CINZA),
        ("1", 1, (255, 255, 255), conversao.CINZA),
        ("RGBA", (255, 0, 0, 0), (255, 255, 255), conversao.ALFA),
        ("RGBA", (0, 0, 0, 51), (204, 204, 204), conversao.ALFA),
        ("LA", (0, 0), (255, 255, 255), conversao.ALFA),
        ("I;16", 257 * 200, (200, 200, 200), conversao.DE_16_BITS),
        ("P", 5, None, conversao.PALETA),
    ],
)
def test_cada_modo_vira_cores(modo: str, cor, esperada, mudanca: str, tmp_path: Path) -> None:
    imagem = Image.new(modo, (8, 8), cor)
    if modo == "P":
        imagem.putpalette([10, 20, 30] * 256)
    niveis, mudou = ler_uma(imagem, tmp_path)
    assert torch.equal(niveis, da_cor(esperada or (10, 20, 30))) and mudanca in mudou


def test_paleta_com_cor_transparente_e_fundo_pedido(tmp_path: Path) -> None:
    imagem = Image.new("P", (8, 8), 0)
    imagem.putpalette([255, 0, 0] * 256)
    imagem.save(tmp_path / "p.png", transparency=0)
    niveis, mudou = conversao.abrir_quadrado(tmp_path / "p.png", 8, 4, fundo=(1, 2, 3))
    assert torch.equal(niveis, da_cor((1, 2, 3))) and set(mudou) == {conversao.PALETA, conversao.ALFA}


def test_cmyk_de_impressao(tmp_path: Path) -> None:
    niveis, mudou = ler_uma(Image.new("CMYK", (32, 32), (0, 255, 255, 0)), tmp_path, "c.jpg", quality=95)
    assert (niveis.float() - da_cor(VERMELHO).float()).abs().max() < 6 and mudou == [conversao.CMYK]


def test_da_animacao_fica_o_primeiro_quadro(tmp_path: Path) -> None:
    quadros = [Image.new("RGB", (8, 8), cor) for cor in (VERMELHO, AZUL)]
    niveis, mudou = ler_uma(quadros[0], tmp_path, "a.gif", save_all=True, append_images=quadros[1:])
    assert torch.equal(niveis, da_cor(VERMELHO)) and conversao.QUADROS in mudou


def test_segue_a_rotacao_da_camera_antes_de_cortar(tmp_path: Path) -> None:
    larga = Image.new("RGB", (16, 8), VERMELHO)
    larga.paste(AZUL, (0, 0, 8, 8))  # esquerda azul
    anotada = larga.getexif()
    anotada[0x0112] = 6  # gire 90° à direita: o que estava à esquerda vai para cima
    niveis, mudou = ler_uma(larga, tmp_path, exif=anotada)
    assert set(mudou) == {conversao.RECORTADA, conversao.GIRADA}
    assert torch.equal(niveis[:, 1], da_cor(AZUL)[:, 1]) and torch.equal(niveis[:, 6], da_cor(VERMELHO)[:, 6])


def test_corta_o_meio_e_reduz_com_filtro(tmp_path: Path) -> None:
    larga = Image.new("RGB", (192, 64), AZUL)
    tabuleiro = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)
    larga.paste(Image.fromarray(tabuleiro), (64, 0))
    niveis, mudou = ler_uma(larga, tmp_path)
    assert mudou == [conversao.RECORTADA]
    assert (niveis.float() - 127.5).abs().max() < 12  # sem filtro, sobrariam só pretos e brancos


def test_jpeg_enorme_e_lido_ja_reduzido(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversao, "PIXELS_MAXIMOS", 250_000)
    grande = Image.new("RGB", (1024, 1024), VERMELHO)
    niveis, mudou = ler_uma(grande, tmp_path, "g.jpg")
    assert mudou == [] and niveis[0].float().mean() > 250
    with pytest.raises(conversao.Recusada, match=conversao.ENORME):
        ler_uma(grande, tmp_path, "g.png")


def test_bomba_de_descompressao_nao_abre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 50)  # o Pillow avisa acima disso e recusa acima do dobro
    with pytest.raises(conversao.Recusada, match=conversao.ENORME):
        ler_uma(foto(0), tmp_path)
    foto(0, 9).save(tmp_path / "aviso.png")
    assert conversao.abrir_quadrado(tmp_path / "aviso.png", 8, 4)[0].shape == (3, 8, 8)


def _texto(onde: Path) -> None:
    onde.write_text("não sou imagem")


def _vazio(onde: Path) -> None:
    onde.touch()


def _cortada(onde: Path) -> None:
    foto(99, 32).save(onde, format="PNG")
    onde.write_bytes(onde.read_bytes()[:900])


def _heic(onde: Path) -> None:
    onde.write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))


def _pequena(onde: Path) -> None:
    Image.new("RGB", (30, 7)).save(onde, format="PNG")


def _com_virgula(onde: Path) -> None:
    Image.new("F", (16, 16)).save(onde, format="TIFF")


def _eps(onde: Path) -> None:  # abri-lo chamaria outro programa
    foto(98).save(onde, format="EPS")


def _quebrado(onde: Path) -> None:
    onde.symlink_to("não existe")


@pytest.mark.parametrize(
    ("estragar", "motivo"),
    [
        (_texto, conversao.NAO_E_IMAGEM), (_vazio, conversao.VAZIO), (_cortada, conversao.ESTRAGADA),
        (_heic, conversao.FOTO_HEIC), (_pequena, conversao.PEQUENA), (_com_virgula, conversao.SEM_ESCALA),
        (_eps, conversao.NAO_E_IMAGEM), (_quebrado, pasta.ATALHO),
    ],
)  # fmt: skip
def test_imagem_ruim_e_nomeada_com_o_motivo(estragar: Callable[[Path], None], motivo: str, tmp_path: Path) -> None:
    nomes = encher(tmp_path)
    estragar(tmp_path / "ruim.png")
    conjunto, relatorio = ler_pasta(tmp_path, 16, minimo=6)
    assert relatorio.usadas == tuple(nomes) and len(conjunto) == 6
    assert list(relatorio.puladas) == [motivo] and relatorio.puladas[motivo][0].startswith("ruim.png")
    assert "ruim.png" in str(relatorio) and motivo in str(relatorio)


def test_sem_permissao_de_leitura(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encher(tmp_path)
    abrir = Image.open

    def recusar(caminho: Path, **opcoes: object) -> Image.Image:
        if caminho.name == "2.png":
            raise PermissionError(13, "Permission denied")
        return abrir(caminho, **opcoes)

    monkeypatch.setattr(Image, "open", recusar)
    assert ler_pasta(tmp_path, 16, minimo=5)[1].puladas == {conversao.SEM_PERMISSAO: ("2.png",)}


def test_repetidas_ficam_uma_vez_e_sao_contadas(tmp_path: Path) -> None:
    encher(tmp_path)
    shutil.copy(tmp_path / "1.png", tmp_path / "z.png")
    foto(2).save(tmp_path / "y.bmp")  # os mesmos pixels em outro formato
    conjunto, relatorio = ler_pasta(tmp_path, 16, minimo=6)
    assert len(conjunto) == 6 and len(conjunto.niveis.unique(dim=0)) == 6
    assert relatorio.puladas == {pasta.REPETIDA: ("y.bmp (igual a 2.png)", "z.png (igual a 1.png)")}


def test_subpastas_entram_e_o_que_e_do_sistema_nao(tmp_path: Path) -> None:
    encher(tmp_path / "gatos", 3)
    foto(7).save(tmp_path / "gatos" / "é.png")
    for nome in (".escondida.png", "Thumbs.db", "__MACOSX/._0.png", ".git/a.png"):
        (tmp_path / nome).parent.mkdir(exist_ok=True)
        (tmp_path / nome).write_bytes(b"lixo")
    _, relatorio = ler_pasta(tmp_path, 16, minimo=4)
    assert relatorio.usadas == ("gatos/0.png", "gatos/1.png", "gatos/2.png", "gatos/é.png")
    assert relatorio.puladas == {}


def test_atalho_que_da_voltas_nao_e_seguido(tmp_path: Path) -> None:
    encher(tmp_path / "dentro")
    (tmp_path / "dentro" / "volta").symlink_to(tmp_path)
    _, relatorio = ler_pasta(tmp_path, 16, minimo=6)
    assert len(relatorio.usadas) == 6 and relatorio.puladas == {pasta.ATALHO: ("dentro/volta",)}


def test_nome_que_nao_e_texto_nao_derruba_o_relatorio(tmp_path: Path) -> None:
    encher(tmp_path)
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png")).write_text("ruim")
    except OSError:
        pytest.skip("este sistema só aceita nomes em UTF-8")
    str(ler_pasta(tmp_path, 16, minimo=6)[1]).encode("utf-8")


def test_um_canal_so_se_todas_sao_cinzas(tmp_path: Path) -> None:
    for i in range(3):
        foto(i, canais=1).save(tmp_path / f"{i}.png")
    conjunto, relatorio = ler_pasta(tmp_path, 16, minimo=3)
    assert conjunto.niveis.shape == (3, 1, 16, 16) and relatorio.convertidas == {}
    assert torch.equal(conjunto.niveis[0, 0], torch.from_numpy(np.array(foto(0, canais=1))))
    foto(9).save(tmp_path / "cor.png")
    conjunto, relatorio = ler_pasta(tmp_path, 16, minimo=4)
    assert conjunto.niveis.shape == (4, 3, 16, 16)
    assert relatorio.convertidas == {conversao.CINZA: ("0.png", "1.png", "2.png")}


def test_nada_e_gravado_e_a_ordem_do_disco_nao_importa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encher(tmp_path / "a")
    antes = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    (tmp_path / "a").chmod(0o555)
    um, _ = ler_pasta(tmp_path / "a", 16, minimo=6)
    andar = os.walk
    monkeypatch.setattr(os, "walk", lambda *a, **k: ((o, s[::-1], n[::-1]) for o, s, n in andar(*a, **k)))
    outro, _ = ler_pasta(tmp_path / "a", 16, minimo=6)
    assert torch.equal(um.niveis, outro.niveis)
    assert antes == {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}


def test_a_divisao_depende_dos_pixels_e_nao_dos_nomes(tmp_path: Path) -> None:
    encher(tmp_path / "a", 12)
    encher(tmp_path / "b", 12)
    for i in range(12):
        (tmp_path / "b" / f"{i}.png").rename(tmp_path / "b" / f"foto {97 * i % 13}.png")
    partes = [separar(ler_pasta(tmp_path / nome, 16, minimo=12)[0]) for nome in ("a", "b")]
    for da_a, da_b in zip(*partes, strict=True):
        assert torch.equal(da_a.niveis, da_b.niveis)
    treino, teste = partes[0]
    assert len(treino) == 8 and len(teste) == 4
    assert len(torch.cat([treino.niveis, teste.niveis]).unique(dim=0)) == 12
    outra = separar(ler_pasta(tmp_path / "a", 16, minimo=12)[0], semente=1)
    assert not torch.equal(outra[1].niveis, teste.niveis)


def test_relatorio_em_portugues(tmp_path: Path) -> None:
    puladas = {conversao.PEQUENA: tuple(f"{i}.png" for i in range(5))}
    texto = str(Relatorio("fotos", (3, 32, 32), ("a.png", "b.png"), {conversao.ALFA: ("a.png",)}, puladas))
    assert texto.splitlines() == [
        'Pasta "fotos": 7 arquivos',
        "usadas: 2, 32 × 32, em cores",
        "convertidas:",
        "      1  com transparência: posta sobre o fundo: a.png",
        "puladas:",
        "      5  pequena demais: 0.png, 1.png, 2.png e mais 2",
    ]


def test_pasta_que_nao_serve_e_explicada(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="Não encontrei a pasta"):
        ler_pasta(tmp_path / "nada")
    with pytest.raises(ValueError, match="está vazia: esperava pelo menos 60 imagens"):
        ler_pasta(tmp_path)
    encher(tmp_path)
    _texto(tmp_path / "ruim.png")
    with pytest.raises(ValueError, match=r"Sobraram 6 imagens boas.*mínimo.*60(.|\n)*ruim\.png"):
        ler_pasta(tmp_path, 16)
    with pytest.raises(NotADirectoryError, match=r"é um arquivo.*passe a pasta em que ele está"):
        ler_pasta(tmp_path / "0.png")
    _texto(tmp_path / "fotos.zip")
    with pytest.raises(NotADirectoryError, match="descompacte-o"):
        ler_pasta(tmp_path / "fotos.zip")


@pytest.mark.parametrize(
    ("opcoes", "trecho"),
    [
        ({"lado": 30}, r"múltiplo de 8.*Tente lado=32"), ({"lado": 0}, "Tente lado=8"), ({"lado": 512}, "lado=256"),
        ({"lado": "32"}, "lado: chegou '32'"), ({"lado": float("nan")}, "lado: chegou nan"),
        ({"menor": 0}, "menor: chegou 0"), ({"minimo": -1}, "minimo: chegou -1"),
        ({"fundo": (0, 0, 300)}, "fundo: chegou"), ({"fundo": "branco"}, "fundo: chegou 'branco'"),
    ],
)  # fmt: skip
def test_argumentos_absurdos(opcoes: dict[str, object], trecho: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=trecho):
        ler_pasta(tmp_path, **opcoes)


@pytest.mark.parametrize("fracao", [0, 1, -0.2, 0.01, "meio", None])
def test_fracao_absurda(fracao: object, tmp_path: Path) -> None:
    encher(tmp_path)
    with pytest.raises(ValueError, match="fracao: chegou"):
        separar(ler_pasta(tmp_path, 16, minimo=6)[0], fracao)

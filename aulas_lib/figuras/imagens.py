"""Quadros de imagens: grade, fileiras com nome e o plano latente decodificado."""

from collections.abc import Sequence
from math import ceil, isqrt

import torch
from matplotlib.axes import Axes
from torch import Tensor

from aulas_lib.figuras.base import LARGURA, LETRA, acabar, eixo, moldura_limpa

LADO_MAXIMO = 1.2  # polegadas: poucas imagens não viram cartazes


def mosaico(imagens: Tensor, colunas: int, margem: tuple[int, int] = (0, 0)) -> Tensor:
    """Junta imagens em uma só, linha por linha, sobre fundo branco.

    Args:
        imagens: em [−1, 1] (o que passa disso é cortado), forma (N, C, H, W), com C = 1 ou 3.
        colunas: imagens por linha.
        margem: pixels brancos entre linhas e entre colunas.

    Returns:
        Valores em [0, 1], forma (altura, largura, 3).

    Raises:
        ValueError: se a forma ou o tipo não são esses, se não há imagens ou se há NaN ou infinitos.
    """
    _conferir(imagens)
    if colunas < 1:
        raise ValueError(f"colunas: chegou {colunas}; esperava pelo menos 1.")
    n, _, h, w = imagens.shape
    linhas = ceil(n / colunas)
    tela = torch.ones(linhas * colunas, 3, h + margem[0], w + margem[1])
    tela[:n, :, :h, :w] = ((imagens.detach().float().cpu() + 1) / 2).clamp(0, 1).expand(n, 3, h, w)
    tela = tela.unflatten(0, (linhas, colunas)).permute(0, 3, 1, 4, 2)  # (linhas, h, colunas, w, 3)
    tela = tela.reshape(linhas * (h + margem[0]), colunas * (w + margem[1]), 3)
    return tela[: len(tela) - margem[0], : tela.shape[1] - margem[1]]


def grade(
    imagens: Tensor,
    ax: Axes | None = None,
    colunas: int = 10,
    titulo: str | None = None,
    rotulos: Sequence[str] | None = None,
) -> Axes:
    """Imagens em grade, na ordem de leitura.

    Args:
        imagens: em [−1, 1], forma (N, C, H, W).
        ax: onde desenhar; sem ele, uma figura nova.
        colunas: imagens por linha.
        titulo: título da figura.
        rotulos: um texto curto por imagem, escrito embaixo dela.

    Raises:
        ValueError: se as imagens não servem (ver `mosaico`) ou se há rótulos a mais ou a menos.
    """
    _conferir(imagens)
    if rotulos is not None and len(rotulos) != len(imagens):
        raise ValueError(f"rotulos: chegaram {len(rotulos)} para {len(imagens)} imagens.")
    n, _, h, w = imagens.shape
    colunas = min(colunas, n)
    vao = max(1, round(w / 16))
    margem = (vao if rotulos is None else round(0.42 * h), vao)
    quadro_unico = mosaico(imagens, colunas, margem)
    ax = _mostrar(quadro_unico, ax, colunas, sobra=0.35 * (titulo is not None) + 0.3 * (rotulos is not None))
    for i, rotulo in enumerate(rotulos or ()):
        linha, coluna = divmod(i, colunas)
        x, y = coluna * (w + margem[1]) + w / 2 - 0.5, linha * (h + margem[0]) + h
        ax.text(x, y, rotulo, ha="center", va="top", fontsize=LETRA - 2)
    return moldura_limpa(ax, titulo)


def fileiras(grupos: dict[str, Tensor], ax: Axes | None = None, titulo: str | None = None) -> Axes:
    """Uma fileira de imagens por grupo, com o nome à esquerda: a coluna i é sempre o mesmo exemplo.

    Args:
        grupos: de nome a imagens em [−1, 1], todas com a mesma forma (N, C, H, W).
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

    Raises:
        ValueError: se as formas diferem entre grupos ou se as imagens não servem (ver `mosaico`).
    """
    formas = {nome: tuple(imagens.shape) for nome, imagens in grupos.items()}
    if len(set(formas.values())) != 1:
        raise ValueError(f"grupos: chegaram as formas {formas}; esperava pelo menos um grupo, todos iguais.")
    imagens = torch.cat([grupo.detach().cpu() for grupo in grupos.values()])
    _conferir(imagens)
    n, _, h, w = next(iter(grupos.values())).shape
    vao = max(1, round(w / 16))
    ax = _mostrar(mosaico(imagens, n, (vao, vao)), ax, n, sobra=0.35 * (titulo is not None))
    moldura_limpa(ax, titulo)
    ax.set_yticks([i * (h + vao) + (h - 1) / 2 for i in range(len(grupos))], list(grupos), fontsize=LETRA)
    ax.tick_params(length=0)
    return ax


def grade_latente(lado: int = 15, extensao: float = 3.0) -> Tensor:
    """Códigos do plano latente na ordem que `variedade` espera: de cima (z₂ alto) para baixo.

    Args:
        lado: pontos por eixo.
        extensao: cada eixo vai de −extensao a +extensao.

    Returns:
        Forma (lado², 2).
    """
    eixo_z = torch.linspace(-extensao, extensao, lado)
    z_2, z_1 = torch.meshgrid(eixo_z.flip(0), eixo_z, indexing="ij")
    return torch.stack([z_1.flatten(), z_2.flatten()], dim=1)


def variedade(
    imagens: Tensor, extensao: float = 3.0, ax: Axes | None = None, titulo: str | None = None
) -> Axes:
    """O plano latente decodificado: cada imagem no lugar do seu código.

    Args:
        imagens: decodificadas de `grade_latente(lado, extensao)`, forma (lado², C, H, W).
        extensao: a mesma da grade.
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

    Raises:
        ValueError: se o número de imagens não é um quadrado de pelo menos 4, ou se as imagens não
            servem (ver `mosaico`).
    """
    _conferir(imagens)
    lado = isqrt(len(imagens))
    if lado**2 != len(imagens) or lado < 2:
        raise ValueError(f"imagens: chegaram {len(imagens)}; esperava lado × lado (4, 9, 16...).")
    ax = eixo(ax, largura=7.0, altura=7.0)
    borda = extensao * lado / (lado - 1)  # o código fica no centro da sua imagem
    ax.imshow(mosaico(imagens, lado, margem=(1, 1)).numpy(), extent=(-borda, borda, -borda, borda))
    acabar(ax, "$z_1$", "$z_2$", titulo)
    ax.grid(False)
    return ax


def _conferir(imagens: Tensor) -> None:
    if imagens.ndim != 4 or imagens.shape[1] not in (1, 3) or len(imagens) == 0:
        raise ValueError(
            f"imagens: chegou a forma {tuple(imagens.shape)}; esperava (N, C, H, W), com C = 1 ou 3 e N ≥ 1."
        )
    if not imagens.is_floating_point():
        raise ValueError(f"imagens: chegou o tipo {imagens.dtype}; esperava números reais em [−1, 1].")
    if not imagens.isfinite().all():
        raise ValueError("imagens: há NaN ou infinitos; o modelo que as gerou divergiu.")


def _mostrar(imagem: Tensor, ax: Axes | None, colunas: int, sobra: float) -> Axes:
    altura, largura = imagem.shape[:2]
    largura_figura = min(LARGURA, LADO_MAXIMO * colunas, LARGURA * largura / altura)
    ax = eixo(ax, max(largura_figura, 3.0), max(1.0, largura_figura * altura / largura + sobra))
    ax.imshow(imagem.numpy())
    return ax

"""Figura das FVBN: de que pixels depende a lei de cada pixel."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from aulas_lib.figuras.base import LETRA, PALETA, moldura_limpa, numpy, quadro


def campos_receptivos(
    campos: Sequence[Tensor], pixels: Sequence[int], eixos: Sequence[Axes] | None = None
) -> list[Axes]:
    """Um quadro por pixel: quanto mais escuro, mais o pixel marcado depende dali; × marca dependência zero.

    Args:
        campos: um por pixel, forma (H, W) ou (1, H, W), ≥ 0.
        pixels: a posição de cada pixel, de 0 a H·W − 1.
        eixos: onde desenhar, um por campo; sem eles, uma figura nova.

    Raises:
        ValueError: se não há um pixel e um eixo por campo.
    """
    eixos = quadro(colunas=len(campos), altura=3.4) if eixos is None else list(eixos)
    if not len(campos) == len(pixels) == len(eixos):
        raise ValueError(
            f"campos_receptivos: chegaram {len(campos)} campos, {len(pixels)} pixels e {len(eixos)} eixos; "
            "esperava o mesmo número de cada."
        )
    for ax, campo, pixel in zip(eixos, campos, pixels, strict=True):
        _um_campo(ax, campo.detach().reshape(campo.shape[-2:]), pixel)
    return eixos


def _um_campo(ax: Axes, campo: Tensor, pixel: int) -> None:
    altura, largura = campo.shape
    linha, coluna = divmod(pixel, largura)
    escala = campo / campo.max().clamp(min=1e-12)
    ax.imshow(numpy(escala.sqrt()), cmap="Blues", vmin=0, vmax=1)  # raiz: os fracos também se veem
    for i in range(altura):
        for j in range(largura):
            if campo[i, j] == 0 and (i, j) != (linha, coluna):
                ax.text(j, i, "×", ha="center", va="center", color="#9A9A9A", fontsize=LETRA - 3)
    canto = (coluna - 0.5, linha - 0.5)
    ax.add_patch(Rectangle(canto, 1, 1, facecolor=PALETA["laranja"], edgecolor="black", linewidth=1.6))
    moldura_limpa(ax, f"linha {linha + 1}, coluna {coluna + 1}")
    for lado in ax.spines.values():
        lado.set_visible(True)
        lado.set_edgecolor("#BDBDBD")

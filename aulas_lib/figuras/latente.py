"""O mapa do espaço latente: onde o encoder põe cada imagem."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from torch import Tensor

from aulas_lib.figuras.base import CORES_DAS_CLASSES, LETRA, MARCAS, acabar, eixo, numpy


def mapa_latente(
    mu: Tensor,
    rotulos: Tensor,
    ax: Axes | None = None,
    nomes: Sequence[str] | None = None,
    titulo: str | None = None,
) -> Axes:
    """Médias da posteriori no plano, cada imagem marcada pela sua classe.

    Quando o nome da classe é um só caractere, como um dígito, ele é a própria marca; senão, cada
    classe tem uma forma, explicada na legenda. Nos dois casos a cor é só um reforço.

    Args:
        mu: códigos, forma (N, 2).
        rotulos: classe de cada um, inteiros, forma (N,).
        ax: onde desenhar; sem ele, uma figura nova.
        nomes: nome de cada classe; sem eles, o próprio número.
        titulo: título da figura.

    Raises:
        ValueError: se as formas não são essas ou se falta o nome de uma classe.
    """
    if mu.ndim != 2 or mu.shape[1] != 2 or tuple(rotulos.shape) != (len(mu),) or len(mu) == 0:
        raise ValueError(
            f"mu e rotulos: chegaram as formas {tuple(mu.shape)} e {tuple(rotulos.shape)}; "
            "esperava (N, 2) e (N,). Um espaço latente com mais de 2 dimensões precisa antes de uma projeção."
        )
    classes = sorted(set(rotulos.tolist()))
    if nomes is None:
        nomes = [str(i) for i in range(classes[-1] + 1)]
    if len(nomes) <= classes[-1]:
        raise ValueError(f"nomes: chegaram {len(nomes)} para as classes 0 a {classes[-1]}.")
    ax = eixo(ax, largura=7.0, altura=6.4)
    curto = all(len(nomes[c]) == 1 for c in classes)
    for c in classes:
        x, y = numpy(mu[rotulos == c]).T
        marca = f"${nomes[c]}$" if curto else MARCAS[c % len(MARCAS)]
        cor = CORES_DAS_CLASSES[c % len(CORES_DAS_CLASSES)]
        ax.scatter(
            x, y, s=58 if curto else 26, marker=marca, color=cor, alpha=0.8, linewidths=0.3, label=nomes[c]
        )
    acabar(ax, "$z_1$", "$z_2$", titulo)
    ax.set_aspect("equal", adjustable="datalim")
    if not curto:
        ax.legend(frameon=False, fontsize=LETRA - 1, loc="upper left", bbox_to_anchor=(1, 1), markerscale=1.6)
    return ax

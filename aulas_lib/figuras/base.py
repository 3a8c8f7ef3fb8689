"""O estilo da casa: cores, traços, quadros e números com vírgula decimal."""

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import ScalarFormatter
from torch import Tensor

# Okabe e Ito (2008): oito cores que pessoas com qualquer tipo de daltonismo distinguem.
PALETA = {
    "azul": "#0072B2",
    "vermelhão": "#D55E00",
    "verde": "#009E73",
    "laranja": "#E69F00",
    "roxo": "#CC79A7",
    "céu": "#56B4E9",
    "preto": "#000000",
    "amarelo": "#F0E442",
}
CORES = tuple(cor for nome, cor in PALETA.items() if nome != "amarelo")  # o amarelo some no branco
CORES_DAS_CLASSES = (  # dez cores para dez algarismos; o próprio algarismo diz a classe a quem não as distingue
    *(PALETA[nome] for nome in ("azul", "laranja", "verde", "vermelhão", "céu", "roxo", "preto")),
    "#968200", "#7850A0", "#6E6E6E",
)  # fmt: skip
TRACOS = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 3)), (0, (1, 3)))
MARCAS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
CINZA = "#6E6E6E"
LARGURA = 9.0  # polegadas: a largura útil de um caderno
LETRA = 13.0  # pontos: legível no projetor


class NumeroComVirgula(ScalarFormatter):
    """Números dos eixos com vírgula decimal."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """O texto da marca do eixo em `x`."""
        return super().__call__(x, pos).replace(".", ",")

    def get_offset(self) -> str:
        """O texto do fator comum do eixo."""
        return super().get_offset().replace(".", ",")


@contextmanager
def estilo() -> Iterator[None]:
    """Aplica o estilo da casa às figuras criadas dentro do bloco `with`, e só a elas."""
    ajustes = {
        "figure.dpi": 100,
        "figure.facecolor": "white",
        "figure.constrained_layout.h_pad": 0.08,  # polegadas
        "figure.constrained_layout.w_pad": 0.08,
        "font.size": LETRA,
        "axes.titlesize": LETRA + 1,
        "axes.labelsize": LETRA,
        "xtick.labelsize": LETRA - 1,
        "ytick.labelsize": LETRA - 1,
        "axes.facecolor": "white",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": CINZA,
        "axes.linewidth": 0.9,
    }
    plt.draw_if_interactive()  # carrega o backend: o do caderno liga o modo interativo, e o `with` o desligaria
    with plt.rc_context(ajustes):
        yield


def quadro(
    colunas: int = 1, linhas: int = 1, largura: float = LARGURA, altura: float | None = None
) -> list[Axes]:
    """Figura nova no estilo da casa, para pôr vários gráficos lado a lado.

    Exemplo: `esquerda, direita = quadro(colunas=2)`

    Args:
        colunas: eixos por linha.
        linhas: linhas de eixos.
        largura: da figura inteira, em polegadas.
        altura: da figura inteira, em polegadas; sem ela, cada eixo fica mais largo que alto.

    Returns:
        Os eixos, da esquerda para a direita e de cima para baixo.

    Raises:
        ValueError: se colunas ou linhas é menor que 1.
    """
    if colunas < 1 or linhas < 1:
        raise ValueError(f"quadro: chegaram {colunas} colunas e {linhas} linhas; esperava 1 ou mais.")
    if altura is None:
        altura = linhas * max(3.4, min(4.2, 0.75 * largura / colunas))
    with estilo():
        figura = plt.figure(figsize=(largura, altura), layout="constrained")
        eixos = figura.subplots(linhas, colunas, squeeze=False)
    return list(eixos.ravel())


def eixo(ax: Axes | None, largura: float = LARGURA, altura: float = 4.2) -> Axes:
    """O eixo recebido ou, se não veio nenhum, o de uma figura nova."""
    return ax if ax is not None else quadro(largura=largura, altura=altura)[0]


def acabar(
    ax: Axes, x: str | None = None, y: str | None = None, titulo: str | None = None, legenda: bool = False
) -> Axes:
    """Acabamento comum: nomes dos eixos, vírgula decimal, linhas de grade discretas e legenda.

    Args:
        ax: o eixo.
        x: nome do eixo horizontal, com unidade.
        y: nome do eixo vertical, com unidade.
        titulo: título do gráfico.
        legenda: se mostra a legenda.

    Returns:
        O mesmo eixo.
    """
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#E4E4E4", linewidth=0.8)
    ax.set_axisbelow(True)
    for lado in (ax.xaxis, ax.yaxis):
        if lado.get_scale() == "linear" and isinstance(lado.get_major_formatter(), ScalarFormatter):
            lado.set_major_formatter(NumeroComVirgula())
    _nomear(ax, x, y, titulo)
    if legenda:
        ax.legend(frameon=False, fontsize=LETRA - 1, handlelength=2.8)
    return ax


def moldura_limpa(ax: Axes, titulo: str | None = None) -> Axes:
    """Acabamento de um eixo que só mostra imagens: sem marcas, sem grade, sem moldura."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    _nomear(ax, None, None, titulo)
    return ax


def numpy(x: Tensor) -> np.ndarray:
    """O que o matplotlib desenha: os mesmos números, fora do grafo e na memória da CPU."""
    return x.detach().cpu().numpy()


def conferir_vetor(nome: str, valores: Tensor, tamanho: int | None = None, minimo: int = 1) -> None:
    """Recusa, com o nome do argumento, o que não é um vetor do tamanho esperado."""
    if valores.ndim != 1 or len(valores) < minimo or (tamanho is not None and len(valores) != tamanho):
        esperada = f"({tamanho},)" if tamanho is not None else f"(N,), com N ≥ {minimo}"
        raise ValueError(f"{nome}: chegou a forma {tuple(valores.shape)}; esperava {esperada}.")


def _nomear(ax: Axes, x: str | None, y: str | None, titulo: str | None) -> None:
    if x is not None:
        ax.set_xlabel(x)
    if y is not None:
        ax.set_ylabel(y)
    if titulo is not None:
        ax.set_title(titulo, loc="left", fontsize=LETRA + 1)

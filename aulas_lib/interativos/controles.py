"""Casca dos interativos que precisam do kernel: controles do ipywidgets e uma única imagem.

A conta e o desenho ficam em uma função pura, `estado(**valores) -> PIL.Image`; aqui só se ligam os
controles a ela. Cada movimento troca os bytes de um mesmo `Image`: nada de matplotlib por movimento,
nada de apagar a saída.
"""

import base64
import html
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ipywidgets as widgets
import numpy as np
from PIL import Image

from aulas_lib.ambiente import virgula

LARGURA_MAXIMA = "640px"
# O servidor do Jupyter deixa ligado o algoritmo de Nagle: uma mensagem menor que um segmento TCP (64 KB entre
# programas da mesma máquina) espera a confirmação da anterior, até 40 ms. Acima disso, ela parte na hora.
TAMANHO_MINIMO = 66_000
FOCO = (
    ".aulas-controles .noUi-handle:focus-visible, .aulas-controles select:focus-visible "
    "{ outline: 3px solid #d55e00; outline-offset: 1px; }"
)


@dataclass(frozen=True)
class Deslizante:
    """Controle deslizante de um número.

    Args:
        rotulo: nome que o leitor vê.
        minimo, maximo, passo: posições do controle.
        inicial: valor de partida; é levado à posição mais próxima.
        casas: casas decimais mostradas.
    """

    rotulo: str
    minimo: float
    maximo: float
    passo: float
    inicial: float
    casas: int = 1

    @property
    def valores(self) -> list[float]:
        """Todas as posições, do mínimo ao máximo."""
        total = round((self.maximo - self.minimo) / self.passo)
        return [round(self.minimo + i * self.passo, 10) for i in range(total + 1)]


@dataclass(frozen=True)
class Lista:
    """Lista de escolhas.

    Args:
        rotulo: nome que o leitor vê.
        opcoes: textos a escolher; o texto escolhido chega à função.
        inicial: posição da escolha de partida.
    """

    rotulo: str
    opcoes: Sequence[str]
    inicial: int = 0


class Controles:
    """Liga controles a uma função que desenha o estado.

    Como última linha de uma célula mostra o interativo; sem kernel (GitHub, HTML exportado, papel) fica a
    imagem do estado inicial.

    Args:
        estado: função pura; recebe um argumento nomeado por controle e devolve uma imagem Pillow.
        controles: nome do argumento -> `Deslizante` ou `Lista`, na ordem em que aparecem.
        titulo: linha acima da imagem e nome do conjunto para leitores de tela.

    Attributes:
        caixa: o widget inteiro.
        inicial: o estado inicial como PNG, que fica nas páginas sem kernel.
        imagem: o `Image` que mostra o estado.
        aviso: o `HTML` em que aparecem os erros da função.
        entradas: nome do argumento -> widget.

    Raises:
        ValueError: se não há controles ou um deles não serve.
    """

    def __init__(
        self, estado: Callable[..., Image.Image], controles: Mapping[str, Deslizante | Lista], titulo: str
    ) -> None:
        if not controles:
            raise ValueError(
                "Controles recebeu um dicionário vazio: dê pelo menos um Deslizante ou uma Lista."
            )
        self.estado, self.titulo = estado, titulo
        recuo = f"{max(len(controle.rotulo) for controle in controles.values()) * 0.6 + 1:.1f}em"
        self.entradas = {nome: _entrada(nome, controle, recuo) for nome, controle in controles.items()}
        self.imagem = widgets.Image(format="jpeg", layout=widgets.Layout(width="100%"))
        self.aviso = widgets.HTML()
        self.caixa = widgets.VBox(
            [cabecalho(titulo), *self.entradas.values(), self.aviso, self.imagem],
            layout=widgets.Layout(width="100%", max_width=LARGURA_MAXIMA),
        )
        self.caixa.add_class("aulas-controles")
        # O estado inicial não fica protegido: uma função quebrada deve aparecer logo, como erro comum.
        partida = self.estado(**self.valores())
        self.inicial = codificar(partida, "png")
        self.imagem.layout.max_width = f"{partida.width}px"  # um pixel desenhado por pixel da tela
        self.imagem.value = codificar(partida, "jpeg")
        for entrada in self.entradas.values():
            entrada.observe(self._redesenhar, names="value")

    def valores(self) -> dict[str, float | str]:
        """Valor atual de cada controle, pelo nome do argumento."""
        return {nome: entrada.value for nome, entrada in self.entradas.items()}

    def _redesenhar(self, mudanca: object) -> None:
        try:
            self.imagem.value = codificar(self.estado(**self.valores()), "jpeg")
        except Exception as erro:  # o interativo continua vivo, seja qual for o erro da função do leitor
            self.aviso.value = (
                '<div role="alert" style="border-left:4px solid #d55e00;padding:2px 10px;line-height:1.4">'
                "Não foi possível desenhar este estado; a figura é a anterior. Mova o controle de volta ou "
                "corrija a função e rode a célula de novo.<br>"
                f"{type(erro).__name__}: {html.escape(str(erro))}</div>"
            )
        else:
            self.aviso.value = ""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.caixa.model_id,
            },
            "image/png": base64.b64encode(self.inicial).decode("ascii"),
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        return f"Interativo: {self.titulo}"


def codificar(imagem: Image.Image, formato: str) -> bytes:
    """Bytes da imagem: "jpeg" a cada movimento (medido: 1 ms, contra 20 ms de PNG), "png" para guardar."""
    memoria = io.BytesIO()
    if formato == "png":
        imagem.save(memoria, "PNG", optimize=True)
    else:
        imagem.save(memoria, "JPEG", quality=85, subsampling=0)
        memoria.write(bytes(max(0, TAMANHO_MINIMO - memoria.tell())))  # quem lê JPEG para no fim da imagem
    return memoria.getvalue()


def cabecalho(titulo: str) -> widgets.HTML:
    """O título e, num `<style>`, o programa que dá nome aos controles para leitores de tela.

    Args:
        titulo: texto comum; vai também para o texto alternativo das imagens.

    Returns:
        O primeiro filho de uma caixa com a classe `aulas-controles`.
    """
    programa = Path(__file__).with_name("acessivel.js").read_text(encoding="utf-8")
    texto = html.escape(titulo)
    return widgets.HTML(
        f'<strong style="font-size:17px">{texto}</strong>'
        f'<style data-titulo="{texto}" onload="{html.escape(programa)}">{FOCO}</style>'
    )


def _entrada(nome: str, controle: Deslizante | Lista, recuo: str) -> widgets.Widget:
    estilo = {"description_width": recuo}
    layout = widgets.Layout(width="auto")
    if isinstance(controle, Lista):
        opcoes = list(controle.opcoes)
        if not 0 <= controle.inicial < len(opcoes):
            raise ValueError(
                f"a lista {nome!r} começa na posição {controle.inicial}, mas tem {len(opcoes)} opções: "
                "dê opções e uma posição que exista."
            )
        return widgets.Dropdown(
            options=opcoes,
            value=opcoes[controle.inicial],
            description=controle.rotulo,
            style=estilo,
            layout=layout,
        )
    if not (controle.passo > 0 and controle.minimo < controle.maximo):
        raise ValueError(
            f"o controle {nome!r} vai de {controle.minimo} a {controle.maximo} em passos de "
            f"{controle.passo}: use mínimo menor que máximo e passo maior que zero."
        )
    valores = controle.valores
    partida = valores[int(np.abs(np.asarray(valores) - controle.inicial).argmin())]
    # SelectionSlider, e não FloatSlider, porque só ele escreve o valor com vírgula
    return widgets.SelectionSlider(
        options=[(virgula(v, controle.casas), v) for v in valores],
        value=partida,
        description=controle.rotulo,
        continuous_update=True,
        style=estilo,
        layout=layout,
    )

"""Os controles do laboratório: as listas de ajustes do próximo ramo e os botões."""

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from aulas_lib.interativos.controles import cabecalho
from aulas_lib.interativos.laboratorio.cenario import LEIS, Ajustes
from aulas_lib.interativos.laboratorio.quadro import LARGURA, curto
from aulas_lib.modelos.perdas_gan import JOGOS

TAXAS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01)
PASSOS_D, SEMENTES, GAMAS = (1, 2, 5), tuple(range(6)), (0.0, 0.01, 0.1, 0.5, 2.0)
TREINAR, PAUSAR = "▶ Treinar", "❚❚ Pausar"


class Listas:
    """As listas com que o leitor escolhe os ajustes do próximo ramo ou do próximo tronco.

    Args:
        ajustes: o que elas mostram no começo; um valor que não está na lista entra nela.

    Attributes:
        caixa: todas as listas, em tantas colunas quantas couberem.
        entradas: nome do campo de `Ajustes` → lista.
    """

    def __init__(self, ajustes: Ajustes) -> None:
        self.latentes = ajustes.latentes
        self.entradas = {
            "perdas": _lista("perdas", list(JOGOS), ajustes.perdas),
            "gama_r1": _lista("R1, peso γ", _com(GAMAS, ajustes.gama_r1), ajustes.gama_r1),
            "lr_g": _lista("taxa de G", _com(TAXAS, ajustes.lr_g), ajustes.lr_g),
            "lr_d": _lista("taxa de D", _com(TAXAS, ajustes.lr_d), ajustes.lr_d),
            "passos_d": _lista("passos de D", _com(PASSOS_D, ajustes.passos_d), ajustes.passos_d),
            "semente": _lista("semente", _com(SEMENTES, ajustes.semente), ajustes.semente),
            "lei": _lista("dados (ao recomeçar)", list(LEIS), ajustes.lei),
        }
        self.caixa = widgets.GridBox(
            list(self.entradas.values()),
            layout=widgets.Layout(grid_template_columns="repeat(auto-fit, minmax(260px, 1fr))", width="100%"),
        )

    def ajustes(self, lei: str | None = None) -> Ajustes:
        """O que está escolhido.

        Args:
            lei: troca a lei escolhida por esta; um ramo fica com a do tronco.
        """
        escolhas = {nome: entrada.value for nome, entrada in self.entradas.items()}
        return Ajustes(
            lei=lei or escolhas["lei"],
            perdas=escolhas["perdas"],
            lr_g=escolhas["lr_g"],
            lr_d=escolhas["lr_d"],
            passos_d=escolhas["passos_d"],
            semente=escolhas["semente"],
            gama_r1=escolhas["gama_r1"],
            latentes=self.latentes,
        )

    def observar(self, acao: Callable[[], None]) -> None:
        """Chama `acao` quando uma escolha muda."""
        for entrada in self.entradas.values():
            entrada.observe(lambda mudanca: acao(), names="value")


def botao(nome: str, dica: str, acao: Callable[[], None], estilo: str = "") -> widgets.Button:
    """Um botão largo o bastante para o nome.

    Args:
        nome: texto do botão, que leitores de tela leem.
        dica: o que ele faz, ao passar o mouse.
        acao: chamada a cada clique.
        estilo: "primary", "success" ou nada.
    """
    novo = widgets.Button(
        description=nome, tooltip=dica, button_style=estilo, layout=widgets.Layout(width="auto", margin="2px")
    )
    novo.on_click(lambda clicado: acao())
    return novo


def montar(titulo: str, partes: Sequence[widgets.Widget | dict[str, widgets.Widget]]) -> widgets.VBox:
    """As partes de cima para baixo; as de um dicionário, lado a lado se couberem (num telefone, empilhadas).

    Args:
        titulo: linha acima de tudo e nome do conjunto para leitores de tela.
        partes: widgets, ou dicionários de nome → widget.
    """
    em_linha = widgets.Layout(flex_flow="row wrap", width="100%", align_items="flex-start")
    filhos = [
        widgets.Box(list(parte.values()), layout=em_linha) if isinstance(parte, dict) else parte for parte in partes
    ]
    caixa = widgets.VBox(
        [cabecalho(titulo), *filhos], layout=widgets.Layout(width="100%", max_width=f"{2 * LARGURA + 16}px")
    )
    caixa.add_class("aulas-controles")
    return caixa


def _lista(rotulo: str, opcoes: Sequence[str | float], escolha: str | float) -> widgets.Dropdown:
    pares = [(opcao if isinstance(opcao, str) else curto(opcao), opcao) for opcao in opcoes]
    return widgets.Dropdown(
        options=pares,
        value=escolha,
        description=rotulo,
        style={"description_width": "auto"},
        layout=widgets.Layout(width="auto"),
    )


def _com(valores: Sequence[float], outro: float) -> list[float]:
    return sorted({*valores, outro})

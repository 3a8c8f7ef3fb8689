"""O laboratório vivo: um tronco e um ramo lado a lado, um controle que volta no tempo, e botões que treinam."""

import asyncio
import base64
import html
from collections.abc import Callable
from dataclasses import replace

import ipywidgets as widgets
from PIL import Image

from aulas_lib.interativos.controles import codificar
from aulas_lib.interativos.laboratorio.cenario import Ajustes
from aulas_lib.interativos.laboratorio.dupla import Dupla, Momento
from aulas_lib.interativos.laboratorio.entradas import PAUSAR, TREINAR, Listas, botao, montar
from aulas_lib.interativos.laboratorio.linha import A_CADA, LinhaDoTempo
from aulas_lib.interativos.laboratorio.quadro import LARGURA, descrever
from aulas_lib.interativos.laboratorio.tarefas import cancelar, em_segundo_plano
from aulas_lib.interativos.laboratorio.telas import com_rodape, tela_da_linha, tela_sem_ramo

TITULO = "Laboratório de GANs em duas dimensões"
INTERROMPIDO = "Treino interrompido: voltou ao último instante guardado. Aperte ▶ Treinar para continuar."
SO_PARA_OUVIR = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap"


class LaboratorioGAN:
    """O painel. Use `laboratorio_gan` para criar um.

    Args:
        tronco: linha do tempo já começada.
        proximo: o que as listas mostram no começo.
        voltas_por_clique: o treino pausa sozinho depois de tantas.

    Attributes:
        dupla: o tronco e o ramo.
        listas: os ajustes do próximo ramo.
        passo: o controle que percorre o tempo das duas linhas.
        botoes: nome → botão.
        imagens: nome da linha → `Image`.
        aviso: onde aparecem mensagens e erros.
        caixa: o widget inteiro.
        treinando: se há um treino em andamento.
    """

    def __init__(self, tronco: LinhaDoTempo, proximo: Ajustes, voltas_por_clique: int) -> None:
        self.dupla, self.voltas_por_clique = Dupla(tronco), voltas_por_clique
        self.treinando, self._mexendo = False, False
        self.listas = Listas(proximo)
        self.listas.observar(lambda: self._fazer(self._pintar_ramo))
        self.passo = widgets.SelectionSlider(
            options=[("0", (0, 0))], description="volta", layout=widgets.Layout(width="auto"),
            style={"description_width": "auto"},
        )  # fmt: skip
        self.passo.observe(lambda mudanca: self._mexendo or self._fazer(self._percorrer), names="value")
        self.botoes = self._criar_botoes()
        # min_width: sem ele a imagem não encolhe num telefone
        medidas = widgets.Layout(flex="1 1 280px", min_width="0", max_width=f"{LARGURA}px", margin="0 4px 4px 0")
        self.imagens = {nome: widgets.Image(format="jpeg", layout=medidas) for nome in ("tronco", "ramo")}
        self.aviso, self.ouvido = widgets.HTML(), widgets.HTML()
        self.caixa = montar(TITULO, [self.passo, self.botoes, self.aviso, self.imagens, self.listas.caixa, self.ouvido])
        self._ir_para(None)
        self.inicial = codificar(self._tela("tronco", tronco), "png")
        cancelar()

    def ramificar(self) -> None:
        """Abre um ramo no instante mostrado do tronco, com os ajustes das listas, e põe-se a treiná-lo."""
        self.dupla.ramificar(self.passo.value, self.listas.ajustes(self.dupla.tronco.ajustes.lei))
        self._ir_para(self.dupla.ramo.instantes[-1].momento)
        self.treinar()

    def recomecar(self) -> None:
        """Larga as duas linhas e treina outro tronco, com os dados e os ajustes das listas."""
        self.dupla = Dupla(LinhaDoTempo(self.listas.ajustes()))
        self._ir_para(None)
        self.treinar()

    def treinar(self) -> None:
        """Treina em pedaços até `pausar`, sem prender o kernel; sem o laço do Jupyter, até o fim ou Ctrl-C."""
        self._dizer("")
        if self.treinando:
            return
        self.treinando, self.botoes["treinar"].description = True, PAUSAR
        self._vez = object()  # uma tarefa antiga, que ainda não soube da pausa, vê que a vez já não é dela
        try:
            self._tarefa = em_segundo_plano(self._treinar(self._vez))
        except KeyboardInterrupt:
            self._dizer(INTERROMPIDO)

    def pausar(self) -> None:
        """Para o treino no fim do pedaço em andamento; tudo fica guardado."""
        self.treinando, self.botoes["treinar"].description = False, TREINAR

    async def _treinar(self, vez: object) -> None:
        dadas, andou = 0, 1
        try:
            while self.treinando and self._vez is vez and andou and dadas < self.voltas_por_clique:
                andou = self.dupla.andar()
                dadas += andou
                self._ir_para(None)
                await asyncio.sleep(0.01)  # aqui o kernel atende a pausa e as células do leitor
            if dadas >= self.voltas_por_clique:
                self._dizer(f"Pausa depois de {dadas} voltas. Aperte {TREINAR} para continuar.")
            elif not andou:
                self._dizer(self.dupla.motivo)
        except Exception as erro:
            self._acusar(erro)
        except KeyboardInterrupt:
            self._dizer(INTERROMPIDO)
        finally:
            if self._vez is vez:
                self.pausar()

    def _alternar(self) -> None:
        self.pausar() if self.treinando else self.treinar()

    def _avulso(self, quem: str) -> None:
        self.pausar()
        self._ir_para(self.dupla.avulso(quem))
        self._dizer(self.dupla.motivo)

    def _ao_inicio(self) -> None:
        self.pausar()
        self._ir_para((0, 0))

    def _percorrer(self) -> None:
        self.pausar()
        self._pintar()

    def _ir_para(self, momento: Momento | None) -> None:
        """Dá ao controle todos os momentos das duas linhas, leva-o a um deles (ou ao último) e pinta."""
        momentos = self.dupla.momentos()
        antes, ultima = self.passo.index, len(momentos) - 1
        self._mexendo = True
        try:
            # Na página, uma posição além do fim antigo seria cortada: primeiro as opções, depois a posição.
            with self.passo.hold_sync():
                self.passo.options = [(rotulo, quando) for quando, rotulo in momentos.items()]
                self.passo.index = min(antes, ultima)
            self.passo.index = ultima if momento is None else list(momentos).index(momento)
        finally:
            self._mexendo = False
        self._pintar()

    def _tela(self, nome: str, linha: LinhaDoTempo) -> Image.Image:
        return tela_da_linha(linha, self.passo.value, nome, self.dupla.ultimo_passo)

    def _pintar(self) -> None:
        self.imagens["tronco"].value = codificar(self._tela("tronco", self.dupla.tronco), "jpeg")
        self._pintar_ramo()
        frases = []
        for nome, linha in self.dupla.linhas.items():
            instante = linha.instantes[linha.posicao(self.passo.value)]
            frases.append(f"{nome}, volta {instante.rotulo}: {descrever(instante, linha.observador.piso)}.")
        self.ouvido.value = f'<p style="{SO_PARA_OUVIR}">{" ".join(frases)}</p>'

    def _pintar_ramo(self) -> None:
        tela = self._tela("ramo", self.dupla.ramo) if self.dupla.ramo else tela_sem_ramo()
        self.imagens["ramo"].value = codificar(com_rodape(tela, self.listas.ajustes()), "jpeg")

    def _fazer(self, acao: Callable[[], None]) -> None:
        """Faz o que um controle pediu; um erro aparece no aviso, e o painel continua vivo."""
        try:
            acao()
        except Exception as erro:
            self.pausar()
            self._acusar(erro)
        except KeyboardInterrupt:
            self.pausar()
            self._dizer(INTERROMPIDO)

    def _acusar(self, erro: Exception) -> None:
        nome = "" if isinstance(erro, ValueError) else f"{type(erro).__name__}: "
        self._dizer(f"Não foi possível: {nome}{erro}")

    def _dizer(self, texto: str) -> None:
        estilo = "border-left:4px solid #d55e00;padding:2px 10px;line-height:1.4"
        self.aviso.value = f'<div role="alert" style="{estilo}">{html.escape(texto)}</div>' if texto else ""

    def _criar_botoes(self) -> dict[str, widgets.Button]:
        def novo(nome: str, dica: str, acao: Callable[[], None], estilo: str = "") -> widgets.Button:
            return botao(nome, dica, lambda: self._fazer(acao), estilo)

        return {
            "treinar": novo(TREINAR, "Treina o ramo até alcançar o tronco; depois, os dois", self._alternar, "primary"),
            "passo_d": novo("Passo D", "Um passo só do discriminador", lambda: self._avulso("D")),
            "passo_g": novo("Passo G", "Um passo só do gerador", lambda: self._avulso("G")),
            "inicio": novo("|◀ Início", "Volta ao primeiro instante", self._ao_inicio),
            "ramificar": novo("Ramificar daqui", "Abre um ramo no instante mostrado", self.ramificar, "success"),
            "recomecar": novo("Recomeçar", "Outro tronco, com os ajustes abaixo", self.recomecar),
        }

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
        return f"Interativo: {TITULO}"


def laboratorio_gan(
    ajustes: Ajustes | None = None,
    *,
    proximo: Ajustes | None = None,
    voltas: int = 500,
    a_cada: int = A_CADA,
    voltas_por_clique: int = 5000,
) -> LaboratorioGAN:
    """O laboratório vivo: treina um tronco, volta no tempo e abre ramos com outros ajustes.

    Args:
        ajustes: os do tronco; `None` é uma GAN que gira em torno do anel e perde modas.
        proximo: o que as listas do ramo mostram no começo; `None` é o tronco com R1 de peso 0,1.
        voltas: treinadas antes de o painel aparecer (500 levam uns 2 segundos).
        a_cada: voltas entre dois instantes guardados.
        voltas_por_clique: o treino pausa sozinho depois de tantas.

    Returns:
        O painel; como última linha de uma célula, aparece na página.

    Raises:
        ValueError: se um argumento não serve.
    """
    if not (isinstance(ajustes, Ajustes | None) and isinstance(proximo, Ajustes | None)):
        raise ValueError(
            f"laboratorio_gan recebeu ajustes={ajustes!r} e proximo={proximo!r}; esperava Ajustes(...) ou None."
        )
    if voltas < 0 or voltas_por_clique < 1:
        raise ValueError(
            f"laboratorio_gan recebeu voltas={voltas} e voltas_por_clique={voltas_por_clique}; esperava voltas a "
            "partir de 0 e voltas_por_clique a partir de 1."
        )
    tronco = LinhaDoTempo(ajustes or Ajustes(), a_cada=a_cada)
    tronco.avancar(voltas)
    return LaboratorioGAN(tronco, proximo or replace(tronco.ajustes, gama_r1=0.1), voltas_por_clique)

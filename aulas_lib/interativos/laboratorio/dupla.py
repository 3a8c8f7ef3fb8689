"""O tronco e o ramo, treinados lado a lado; aqui não há widgets."""

from aulas_lib.interativos.laboratorio.cenario import Ajustes
from aulas_lib.interativos.laboratorio.linha import LinhaDoTempo

Momento = tuple[int, int]


class Dupla:
    """Duas linhas do tempo: o tronco, que nenhum ramo muda, e o ramo que saiu dele, se há um.

    Args:
        tronco: já começado.

    Attributes:
        tronco: a primeira linha.
        ramo: a segunda, ou `None`.
    """

    def __init__(self, tronco: LinhaDoTempo) -> None:
        self.tronco: LinhaDoTempo = tronco
        self.ramo: LinhaDoTempo | None = None

    @property
    def linhas(self) -> dict[str, LinhaDoTempo]:
        """As que existem, pelo nome."""
        return {"tronco": self.tronco} | ({"ramo": self.ramo} if self.ramo else {})

    @property
    def ultimo_passo(self) -> int:
        """O maior passo das duas."""
        return max(linha.instantes[-1].passo for linha in self.linhas.values())

    @property
    def motivo(self) -> str:
        """Por que as linhas que pararam pararam; vazio se nenhuma parou."""
        paradas = {nome: linha.motivo for nome, linha in self.linhas.items() if linha.parou}
        return " ".join(f"O {nome} parou. {motivo}" for nome, motivo in paradas.items())

    def momentos(self) -> dict[Momento, str]:
        """Todos os momentos das duas linhas, em ordem, com o rótulo de cada um."""
        rotulos = {i.momento: i.rotulo for linha in self.linhas.values() for i in linha.instantes}
        return dict(sorted(rotulos.items()))

    def ramificar(self, momento: Momento, ajustes: Ajustes) -> None:
        """Troca o ramo por um novo, que sai do tronco no momento dado.

        Args:
            momento: (voltas, passos avulsos); vale o último instante do tronco até ele.
            ajustes: os do ramo.

        Raises:
            ValueError: se a lei ou a dimensão de z é outra.
        """
        self.ramo = self.tronco.ramificar(self.tronco.posicao(momento), ajustes)

    def andar(self) -> int:
        """Um pedaço de treino: o ramo sozinho até alcançar o tronco; daí em diante, os dois juntos.

        Returns:
            Voltas dadas por quem mais andou; 0 se as linhas pararam.
        """
        vivas = [linha for linha in self.linhas.values() if not linha.parou]
        atras = min((linha.treino.passo for linha in vivas), default=0)
        return max((linha.avancar(linha.a_cada) for linha in vivas if linha.treino.passo == atras), default=0)

    def avulso(self, quem: str) -> Momento:
        """Um passo só de um jogador, no ramo; sem ramo, no tronco.

        Args:
            quem: "D" ou "G".

        Returns:
            O momento a que se chegou.
        """
        linha = self.ramo or self.tronco
        linha.passo_d() if quem == "D" else linha.passo_g()
        return linha.instantes[-1].momento

"""A linha do tempo de um treino: anda, guarda instantes, volta a qualquer um e dali abre outra linha."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from aulas_lib.interativos.laboratorio.cenario import Ajustes, montar
from aulas_lib.interativos.laboratorio.instante import Instante, observador

A_CADA, MAXIMO = 25, 400


class LinhaDoTempo:
    """Um treino com todo o seu passado.

        tronco = LinhaDoTempo(Ajustes())
        tronco.avancar(1000)
        ramo = tronco.ramificar(12, replace(tronco.ajustes, gama_r1=0.1))
        ramo.avancar(1000)  # o tronco continua como estava

    Args:
        ajustes: o que treinar.
        a_cada: voltas entre dois instantes guardados; dobra quando há instantes demais.
        maximo: instantes guardados, no máximo; além disso, sai um de cada dois.
        passado: instantes de outra linha; o treino continua do último, com as redes e os Adam como estavam.

    Attributes:
        instantes: do começo até agora; nunca vazio.
        origem: posição, em `instantes`, de onde a linha se separou de outra; 0 se ela não veio de outra.
        parou: por que o treino não pode continuar; vazio se pode.
        motivo: o erro que o parou, por extenso.

    Raises:
        ValueError: se um argumento não serve, ou se o passado é de outra lei ou de outra dimensão de z.
    """

    def __init__(
        self, ajustes: Ajustes, *, a_cada: int = A_CADA, maximo: int = MAXIMO, passado: Sequence[Instante] = ()
    ) -> None:
        if not (isinstance(a_cada, int) and isinstance(maximo, int) and a_cada >= 1 and maximo >= 3):
            raise ValueError(
                f"LinhaDoTempo recebeu a_cada={a_cada} e maximo={maximo}; esperava inteiros, a_cada ≥ 1 e maximo ≥ 3."
            )
        self.ajustes, self.a_cada, self.maximo = ajustes, a_cada, maximo
        self.parou, self.motivo = "", ""
        self.treino, self.avulsos = montar(ajustes), (0, 0)
        self.instantes, self.origem = list(passado[:-1]), max(len(passado) - 1, 0)
        if passado:
            self._continuar(passado[-1])
        self.observador = observador(ajustes.lei, ajustes.latentes)
        self._gravar()

    def __len__(self) -> int:
        return len(self.instantes)

    def avancar(self, n: int) -> int:
        """Treina n voltas, guardando um instante a cada `a_cada` e o último.

        Se o treino diverge, a linha para, `parou` diz por quê e o passado fica. Interrompido (■), volta ao último
        instante guardado antes de devolver o controle.

        Args:
            n: voltas.

        Returns:
            Quantas voltas deu.

        Raises:
            ValueError: se n não é um inteiro a partir de 0.
        """
        if not isinstance(n, int) or n < 0:
            raise ValueError(f"avancar recebeu n={n!r}; esperava um inteiro a partir de 0.")
        if self.parou:
            return 0
        inicio = self.treino.passo
        try:
            with _um_nucleo():
                for registro in itertools.islice(self.treino, n):
                    if registro.passo % self.a_cada == 0:
                        self._gravar()
                if self.instantes[-1].passo != self.treino.passo:
                    self._gravar()
        except ArithmeticError as erro:
            self._parar(erro)
        except KeyboardInterrupt:
            self._voltar_a(self.instantes[-1])
            raise
        return self.treino.passo - inicio

    def passo_d(self) -> bool:
        """Um passo só do discriminador, com o gerador parado, e um instante guardado.

        Returns:
            Se o passo foi dado; falso se a linha parou.
        """
        return self._avulso("D")

    def passo_g(self) -> bool:
        """Um passo só do gerador, com o discriminador parado, e um instante guardado.

        Returns:
            Se o passo foi dado; falso se a linha parou.
        """
        return self._avulso("G")

    def ramificar(self, i: int, ajustes: Ajustes | None = None) -> "LinhaDoTempo":
        """Outra linha, que sai do instante i com os pesos e os Adam dele; esta não muda.

        Sem ajustes novos, a outra linha repete esta bit a bit. Outra semente muda os lotes e os z dali em diante.

        Args:
            i: posição em `instantes`; negativa conta do fim.
            ajustes: os da linha nova; `None` mantém os desta.

        Raises:
            ValueError: se o instante não existe, ou se a lei ou a dimensão de z é outra.
        """
        total = len(self.instantes)
        if not -total <= i < total:
            raise ValueError(f"ramificar recebeu o instante {i}; esta linha tem {total}: de 0 a {total - 1}.")
        passado = self.instantes[: i % total + 1]
        novos = self.ajustes if ajustes is None else ajustes
        return LinhaDoTempo(novos, a_cada=self.a_cada, maximo=self.maximo, passado=passado)

    def posicao(self, momento: tuple[int, int]) -> int:
        """Posição do último instante que não passa do momento (voltas, passos avulsos)."""
        return max(sum(instante.momento <= momento for instante in self.instantes) - 1, 0)

    def _continuar(self, ultimo: Instante) -> None:
        antes, agora = ultimo.ajustes, self.ajustes
        if (antes.lei, antes.latentes) != (agora.lei, agora.latentes):
            raise ValueError(
                f"Um ramo continua com os mesmos dados e as mesmas redes: o tronco tem lei {antes.lei!r} e "
                f"{antes.latentes} latentes; chegaram {agora.lei!r} e {agora.latentes}. Comece outra linha."
            )
        self._voltar_a(ultimo)
        if agora.semente != antes.semente:
            self.treino.gerador.manual_seed(agora.semente)

    def _voltar_a(self, instante: Instante) -> None:
        with torch.random.fork_rng(devices=[]):  # o acaso do leitor, fora do treino, não volta no tempo
            self.treino.restaurar(instante.estado)
        self.avulsos = instante.avulsos

    def _avulso(self, quem: str) -> bool:
        if self.parou:
            return False
        try:
            with _um_nucleo():
                if quem == "D":
                    self.treino.passo_discriminador()
                else:
                    self.treino.passo_gerador()
                self.avulsos = (self.avulsos[0] + (quem == "D"), self.avulsos[1] + (quem == "G"))
                self._gravar()
        except ArithmeticError as erro:
            self._parar(erro)
        except KeyboardInterrupt:
            self._voltar_a(self.instantes[-1])
            raise
        return not self.parou

    def _gravar(self) -> None:
        self.instantes.append(self.observador.retratar(self.treino, self.ajustes, self.avulsos))
        if len(self.instantes) > self.maximo:
            ficam = [i for i in range(len(self)) if i % 2 == 0 or i in (self.origem, len(self) - 1)]
            self.instantes = [self.instantes[i] for i in ficam]
            self.origem, self.a_cada = ficam.index(self.origem), 2 * self.a_cada

    def _parar(self, erro: ArithmeticError) -> None:
        self.parou = f"O treino divergiu na volta {self.treino.passo + 1}. O passado está inteiro: volte e ramifique."
        self.motivo = str(erro)


@contextmanager
def _um_nucleo() -> Iterator[None]:
    """Redes tão pequenas não ganham com mais núcleos, e perdem muito se o navegador quer um deles."""
    antes = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(antes)

"""Um treino repartido por vários processos: todos sorteiam o lote inteiro, e cada um calcula a sua fatia.

A mesma semente em todos dá os mesmos exemplos, o mesmo ruído e os mesmos pesos; a média dos gradientes das fatias é o
gradiente do lote. Por isso dois processos fazem a curva de um só, a menos da ordem das somas.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from aulas_lib.ambiente import dispositivo

DO_TAMANHO, COMO_OUTRO = (torch.randn, torch.rand, torch.randint), (torch.randn_like, torch.rand_like)


class Processos:
    """Um processo só: nada se reparte e nada se junta."""

    indice, total = 0, 1

    @property
    def principal(self) -> bool:
        """Se é este que imprime e grava."""
        return self.indice == 0

    @property
    def aparelho(self) -> torch.device:
        """Onde este processo calcula."""
        return dispositivo()

    def fatia(self, x: Tensor) -> Tensor:
        """As linhas de x que cabem a este processo: (B, ...) → (B / total, ...)."""
        return x

    def sorteio(self, quantos: int) -> AbstractContextManager[Any]:
        """Bloco em que sortear `quantos`, o tamanho da fatia, é sortear o lote inteiro e ficar com a fatia."""
        return nullcontext()

    def media(self, tensores: Iterable[Tensor]) -> list[Tensor]:
        """Cada tensor, na média de todos os processos."""
        return list(tensores)

    def juntar_gradientes(self, modelo: nn.Module) -> None:
        """Troca o gradiente de cada peso pela média de todos os processos."""

    def algum(self, pedido: bool) -> bool:
        """Se o pedido chegou a algum processo; a resposta é a mesma em todos."""
        return pedido

    def esperar(self) -> None:
        """Só volta quando todos chegaram aqui."""

    def conferir_passo(self, passo: int) -> None:
        """Recusa começar se os processos não estão todos no mesmo passo."""


class VariosProcessos(Processos):
    """Os processos que `accelerate launch` abriu, um por GPU ou por grupo de núcleos.

    O que olha para vários exemplos de uma vez (as estatísticas do BatchNorm, o desvio do lote dos discriminadores) olha
    só para a fatia: com isso, ou com dropout, a curva é parecida com a de um processo, e não a mesma.

    Args:
        acelerador: um `accelerate.Accelerator`.
    """

    def __init__(self, acelerador: Any) -> None:
        self.acelerador = acelerador
        self.indice, self.total = acelerador.process_index, acelerador.num_processes

    @property
    def aparelho(self) -> torch.device:
        """A GPU deste processo, ou a CPU."""
        return self.acelerador.device

    def fatia(self, x: Tensor) -> Tensor:
        """(B, ...) → (B / total, ...).

        Raises:
            ValueError: se o lote não se reparte em partes iguais.
        """
        if len(x) % self.total:
            raise ValueError(
                f"lote: chegou {len(x)}, que não se divide por {self.total} processos. Use um número de processos que "
                "divida o lote da receita (64 serve a 2, 4 ou 8)."
            )
        return x.tensor_split(self.total)[self.indice]

    def sorteio(self, quantos: int) -> AbstractContextManager[Any]:
        """Veja `Processos.sorteio`."""
        return SorteioDoLote(quantos, self.indice, self.total)

    def media(self, tensores: Iterable[Tensor]) -> list[Tensor]:
        """Uma só comunicação para todos os tensores; a forma e a ordem na memória ficam."""
        tensores = list(tensores)
        juntos = self.acelerador.reduce(torch.cat([t.detach().float().flatten() for t in tensores]), "mean")
        partes = juntos.split([t.numel() for t in tensores])
        return [torch.empty_like(t).copy_(p.view(t.shape)) for t, p in zip(tensores, partes, strict=True)]

    def juntar_gradientes(self, modelo: nn.Module) -> None:
        """Veja `Processos.juntar_gradientes`."""
        pesos = [p for p in modelo.parameters() if p.grad is not None]
        for peso, media in zip(pesos, self.media(p.grad for p in pesos), strict=True):
            peso.grad.copy_(media)

    def algum(self, pedido: bool) -> bool:
        """Veja `Processos.algum`."""
        return self._media_de(float(pedido)) > 0

    def esperar(self) -> None:
        """Veja `Processos.esperar`."""
        self.acelerador.wait_for_everyone()

    def conferir_passo(self, passo: int) -> None:
        """Veja `Processos.conferir_passo`.

        Raises:
            ValueError: se há um processo em outro passo.
        """
        if self.algum(self._media_de(float(passo)) != passo):
            raise ValueError(
                f"O processo {self.indice} está no passo {passo}, e há outro em um passo diferente: eles não leram o "
                "mesmo ponto de retomada. Ponha a pasta AULAS_CACHE em um disco que todos vejam, ou use --do-zero."
            )

    def _media_de(self, numero: float) -> float:
        return self.acelerador.reduce(torch.tensor(numero, device=self.aparelho), "mean").item()


class SorteioDoLote(TorchFunctionMode):
    """No bloco, quem sorteia para a fatia sorteia para o lote inteiro e recebe a sua parte.

    Vale para randn, rand, randint e as variantes `_like`, quando a primeira dimensão é a da fatia. As perdas não
    sabem de nada.

    Args:
        quantos: exemplos da fatia.
        indice: qual fatia.
        total: quantas fatias tem o lote.
    """

    def __init__(self, quantos: int, indice: int, total: int) -> None:
        super().__init__()
        self.quantos, self.inicio, self.lote = quantos, quantos * indice, quantos * total

    def __torch_function__(
        self, funcao: Callable[..., Any], tipos: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Troca a forma do sorteio e corta o resultado; o resto passa como veio."""
        kwargs = kwargs or {}
        if funcao in COMO_OUTRO and len(args[0]) == self.quantos:
            como = args[0].new_empty(self.lote, *args[0].shape[1:])
            return self._cortar(funcao(como, *args[1:], **kwargs))
        if funcao in DO_TAMANHO:
            antes, forma = _separar_a_forma(args, kwargs)
            if forma and forma[0] == self.quantos:
                resto = {nome: valor for nome, valor in kwargs.items() if nome != "size"}
                return self._cortar(funcao(*antes, (self.lote, *forma[1:]), **resto))
        return funcao(*args, **kwargs)

    def _cortar(self, sorteado: Tensor) -> Tensor:
        return sorteado[self.inicio : self.inicio + self.quantos]


def _separar_a_forma(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], Sequence[int]]:
    if "size" in kwargs:
        return args, kwargs["size"]
    if args and isinstance(args[-1], tuple | list):  # randn((2, 3)) e randint(0, 9, (2, 3))
        return args[:-1], args[-1]
    return (), args  # randn(2, 3)


def processos_em_volta() -> Processos:
    """Os processos em que este programa foi aberto: um só ou, com os lançadores do accelerate, todos.

    Chame-a antes da primeira conta: no processo que nasce de um caderno, ela deixa uma só linha de execução.

    Raises:
        ImportError: se há vários processos e o accelerate não está instalado.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) <= 1:
        return Processos()
    try:
        from accelerate import Accelerator
    except ImportError as erro:
        raise ImportError(
            "Há vários processos, e falta o pacote que os junta: .venv/bin/python -m pip install accelerate"
        ) from erro
    if multiprocessing.parent_process():  # cópia (fork) do kernel: as outras linhas não vêm, e esperar por elas trava
        torch.set_num_threads(1)
    return VariosProcessos(Accelerator(cpu=not torch.cuda.is_available()))

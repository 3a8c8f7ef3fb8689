"""Um treino de verdade, para rodar com `accelerate launch`: receitas do curso em poucos passos.

    accelerate launch --multi_gpu --num_processes 2 tests/treino_repartido.py vae PASTA [passo em que um processo morre]
"""

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from aulas_lib import receitas
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.precisao import Precisao
from aulas_lib.receitas import dcgan, difusao, vae
from aulas_lib.treino import Registro, Treino, TreinoAdversario

PASSOS, ENTRE_PONTOS = 50, 20
FLOAT32 = Precisao(torch.float32, True, "float32")  # em bfloat16 a ordem das somas muda o terceiro algarismo
RECEITAS = {
    "vae": replace(vae.RECEITA, treinar=partial(vae.treinar_vae, passos=PASSOS)),
    "difusao": replace(
        difusao.RECEITA, treinar=partial(difusao.treinar_difusao, passos=PASSOS, na_cpu=FLOAT32), retratar=None
    ),
    "dcgan": replace(dcgan.RECEITA, treinar=partial(dcgan.treinar_dcgan, passos=PASSOS), retratar=None),
}


class TreinoAnotado:
    """O treino da receita, que guarda a perda de cada passo e pode perder um processo no meio."""

    def __init__(self, treino: Treino | TreinoAdversario, anotacoes: Path, morre: int) -> None:
        self.__dict__.update(treino=treino, anotacoes=anotacoes, morre=morre)

    def __getattr__(self, nome: str) -> object:
        return getattr(self.treino, nome)

    def __setattr__(self, nome: str, valor: object) -> None:
        setattr(self.treino, nome, valor)

    def __len__(self) -> int:
        return len(self.treino)

    def __iter__(self) -> Iterator[Registro]:
        for registro in self.treino:
            if self.treino.processos.principal:
                with self.anotacoes.open("a") as arquivo:
                    arquivo.write(f"{registro.passo} {next(iter(registro.valores.values()))!r}\n")
            if registro.passo == self.morre and self.treino.processos.indice == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            yield registro


def principal(nome: str, pasta: Path, morre: int = 0) -> None:
    """Treina e grava `nome.safetensors` e `perdas.txt` na pasta."""
    receita = RECEITAS[nome]

    def treinar(*argumentos: object) -> TreinoAnotado:
        return TreinoAnotado(receita.treinar(*argumentos), pasta / "perdas.txt", morre)

    receitas.RECEITAS[nome] = replace(receita, treinar=treinar, medir=lambda modelo, conjunto: {"metrica": "nenhuma"})
    receitas.PASSOS_ENTRE_PONTOS = ENTRE_PONTOS
    receitas.pasta_cache = lambda: pasta
    conjunto = carinhas(512, cache=False)
    receitas.conjuntos = lambda dados: (conjunto, conjunto)
    receitas.treinar_receita(nome, destino=pasta / f"{nome}.safetensors")


if __name__ == "__main__":
    principal(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)

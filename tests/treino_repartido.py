"""Receitas de verdade em poucos passos, para rodar com `accelerate launch`.

    accelerate launch --multi_gpu --num_processes 2 tests/treino_repartido.py PASTA NOMES [--morre P] [--para P]
"""

import argparse
import hashlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from aulas_lib import receitas
from aulas_lib.ambiente import semear
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.precisao import Precisao
from aulas_lib.receitas import difusao, stylegan, vae
from aulas_lib.treino import Registro, Treino, TreinoAdversario

PASSOS, VOLTAS, ENTRE_PONTOS, IMAGENS = 50, 6, 20, 512
FLOAT32 = Precisao(torch.float32, True, "float32")  # em bfloat16, a ordem das somas muda o terceiro algarismo
LOTE = 8  # o da difusão e o da StyleGAN2; nas receitas, 64


def treinar_difusao(*argumentos: Any) -> Treino:
    """A receita da difusão em float32, com o lote menor."""
    treino = difusao.treinar_difusao(*argumentos, passos=PASSOS, na_cpu=FLOAT32)
    treino.lote = LOTE
    return treino


def treinar_stylegan(*argumentos: Any) -> TreinoAdversario:
    """A receita da StyleGAN2 em poucas voltas, com o lote menor."""
    treino = stylegan.treinar_stylegan(*argumentos)
    treino.lote, treino.passos = LOTE, VOLTAS
    return treino


RECEITAS = {
    "vae": replace(vae.RECEITA, treinar=partial(vae.treinar_vae, passos=PASSOS)),
    "difusao": replace(difusao.RECEITA, treinar=treinar_difusao, retratar=None),
    "stylegan": replace(stylegan.RECEITA, treinar=treinar_stylegan),  # R1, caminho, e sorteios do gerador padrão
}


def montar(nome: str) -> Treino | TreinoAdversario:
    """O treino da receita em um processo, como `treinar_receita` o monta."""
    conjunto, receita = carinhas(IMAGENS, cache=False), RECEITAS[nome]
    semear(0)
    return receita.treinar(receita.criar(conjunto), conjunto, 0)


class Anotado:
    """Um treino que escreve a perda de cada passo, e em que se pode perder um processo ou pedir para parar.

    Args:
        treino: o que se percorre; o resto passa direto.
        anotacoes: arquivo das perdas; o principal é quem escreve.
        morre: passo em que o último processo recebe SIGKILL.
        para: passo em que chega o Ctrl-C ao programa que abriu os processos.
    """

    def __init__(self, treino: Treino | TreinoAdversario, anotacoes: Path, morre: int, para: int) -> None:
        self.__dict__.update(treino=treino, anotacoes=anotacoes, morre=morre, para=para)

    def __getattr__(self, nome: str) -> object:
        return getattr(self.treino, nome)

    def __setattr__(self, nome: str, valor: object) -> None:
        setattr(self.treino, nome, valor)

    def __len__(self) -> int:
        return len(self.treino)

    def __iter__(self) -> Iterator[Registro]:
        for registro in self.treino:
            processos = self.treino.processos
            if processos.principal:
                with self.anotacoes.open("a") as arquivo:
                    arquivo.write(f"{registro.passo} {next(iter(registro.valores.values()))!r}\n")
            if registro.passo == self.morre and processos.indice == processos.total - 1:
                os.kill(os.getpid(), signal.SIGKILL)
            if registro.passo == self.para:
                if processos.principal:
                    os.kill(os.getppid(), signal.SIGINT)
                time.sleep(1)  # até que o sinal chegue a todos
            yield registro


def digital(treino: Treino | TreinoAdversario) -> str:
    """Resumo do que tem de ser igual em todos os processos: pesos, média e os dois geradores de acaso."""
    resumo = hashlib.sha256(torch.get_rng_state().numpy().tobytes() + treino.gerador.get_state().numpy().tobytes())
    for rede in (treino.modelo, treino.media):
        for peso in rede.parameters():
            resumo.update(peso.detach().numpy().tobytes())
    return resumo.hexdigest()


def treinar(pasta: Path, nome: str, morre: int = 0, para: int = 0) -> None:
    """Uma chamada de `treinar_receita`: grava na pasta o peso, as perdas e a digital de cada processo."""
    montados: list[Treino | TreinoAdversario] = []

    def anotado(*argumentos: Any) -> Anotado:
        montados.append(RECEITAS[nome].treinar(*argumentos))
        return Anotado(montados[0], pasta / f"{nome}.txt", morre, para)

    receitas.RECEITAS[nome] = replace(RECEITAS[nome], treinar=anotado, medir=lambda *_: {"metrica": "nenhuma"})
    receitas.PASSOS_ENTRE_PONTOS = ENTRE_PONTOS
    receitas.pasta_cache = lambda: pasta
    receitas.conjuntos = lambda dados: (carinhas(IMAGENS, cache=False), carinhas(1, cache=False))
    receitas.treinar_receita(nome, destino=pasta / f"{nome}.safetensors")
    (pasta / f"{nome}-{montados[0].processos.indice}.digital").write_text(digital(montados[0]))


if __name__ == "__main__":
    leitor = argparse.ArgumentParser()
    leitor.add_argument("pasta", type=Path)
    leitor.add_argument("nomes", nargs="+")
    leitor.add_argument("--morre", type=int, default=0)
    leitor.add_argument("--para", type=int, default=0)
    opcoes = leitor.parse_args()
    for um in opcoes.nomes:
        treinar(opcoes.pasta, um, opcoes.morre, opcoes.para)

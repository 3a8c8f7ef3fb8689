"""Linha de comando do curso: `python -m aulas_lib --help`.

A sintaxe serve também a um Python velho demais para as aulas: ele precisa chegar à mensagem de `conferir`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

RECEITA = (
    "biggan, classificador_ruidoso, condicional, dcgan, dcgan_longa, difusao, progressiva, sagan, sonda, stylegan, "
    "vae ou vae_longo"
)
# Minutos em um núcleo, com lotes de 64 imagens de 32 × 32 em cores; a 64 × 64, quatro vezes isso.
FAMILIA = "vae (4000 passos, uns 3 minutos), gan (6000, uns 11) ou difusao (4000, uns 15)"


def principal(argumentos: Sequence[str] | None = None) -> int:
    """Interpreta a linha de comando e devolve o código de saída.

    Args:
        argumentos: palavras depois de `python -m aulas_lib`; None lê as do terminal.

    Returns:
        0 se deu certo, 1 em caso de erro, 130 se alguém interrompeu (Ctrl-C).
    """
    for saida in (sys.stdout, sys.stderr):
        if hasattr(saida, "reconfigure"):
            saida.reconfigure(errors="replace")  # o terminal do Windows pode não ter todos os símbolos
    opcoes = _leitor().parse_args(argumentos)
    try:
        return opcoes.fazer(opcoes) or 0
    except (ValueError, OSError, ArithmeticError, ImportError) as erro:
        print(f"erro: {erro}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _leitor() -> argparse.ArgumentParser:
    leitor = argparse.ArgumentParser(
        prog="python -m aulas_lib", description='Comandos do curso "Redes geradoras".'
    )
    comandos = leitor.add_subparsers(title="comandos", required=True, metavar="comando")

    conferir = comandos.add_parser("conferir", help="confere a instalação, os dados e os pesos")
    conferir.set_defaults(fazer=_conferir)

    treinar = comandos.add_parser("treinar", help="refaz um peso que acompanha o curso")
    treinar.add_argument("receita", help=RECEITA)
    treinar.add_argument(
        "--dados", default="carinhas", help="carinhas (padrão), digitos, mnist ou fashion_mnist"
    )
    treinar.add_argument(
        "--semente", type=int, default=0, help="semente dos pesos iniciais e do ruído (padrão: 0)"
    )
    treinar.add_argument(
        "--destino", default=None, help="arquivo a gravar (padrão: data/pesos/RECEITA.safetensors)"
    )
    treinar.add_argument(
        "--do-zero", action="store_true", help="ignora o ponto de retomada de um treino interrompido"
    )
    treinar.set_defaults(fazer=_treinar)

    medir = comandos.add_parser("medir", help="mede um peso que acompanha o curso nos dados de teste")
    medir.add_argument("receita", help=RECEITA)
    medir.add_argument("--dados", default="carinhas", help="em que ele foi treinado (padrão: carinhas)")
    medir.set_defaults(fazer=_medir)

    _medidas_gravadas(comandos)
    _de_uma_pasta(comandos)
    _de_quem_mantem(comandos)
    return leitor


def _de_quem_mantem(comandos: argparse._SubParsersAction) -> None:
    capa = comandos.add_parser("capa", help="refaz a figura que se move no README (data/capa/volta.webp)")
    capa.set_defaults(fazer=_capa)

    tabela = comandos.add_parser("pesos", help="reescreve a tabela de pesos em data/README.md")
    tabela.set_defaults(fazer=_pesos)

    cadernos = comandos.add_parser("cadernos", help="oficina dos cadernos (para quem mantém o curso)")
    cadernos.add_argument("acao", choices=["espelhar", "endereco", "executar", "tarefas", "corrigir"])
    cadernos.add_argument("arquivos", nargs="*", help="cadernos (padrão: todos de notebooks/)")
    cadernos.add_argument("--conferir", action="store_true", help="tarefas: corrige uma cópia em branco e uma certa")
    cadernos.set_defaults(fazer=_cadernos)

    paginas = comandos.add_parser("paginas", help="gera o site ou as apresentações das lições")
    paginas.add_argument("alvo", choices=["slides", "site"])
    paginas.add_argument("--destino", default=None, help="pasta a escrever (padrão: site/ ou slides/)")
    paginas.set_defaults(fazer=_paginas)


def _medidas_gravadas(comandos: argparse._SubParsersAction) -> None:
    arvore = comandos.add_parser("arvore", help="mede as GANs da lição 4 em cinco sorteios (data/medidas/arvore.csv)")
    arvore.set_defaults(fazer=_arvore)

    ablacoes = comandos.add_parser("ablacoes", help="treina o que falta de data/medidas/ablacoes.csv")
    ablacoes.add_argument("familias", nargs="*", help="progressiva, sagan, biggan, stylegan (padrão: todas)")
    ablacoes.set_defaults(fazer=_ablacoes)

    chamadas = comandos.add_parser("chamadas", help="mede os amostradores da lição 5 (data/medidas/chamadas.csv)")
    chamadas.set_defaults(fazer=_chamadas)

    orientacao = comandos.add_parser("orientacao", help="mede a orientação, por escala (data/medidas/orientacao.csv)")
    orientacao.set_defaults(fazer=_orientacao)

    trocas = comandos.add_parser("trocas", help="mede a truncagem e a orientação da lição 6 (data/medidas/trocas.csv)")
    trocas.set_defaults(fazer=_trocas)

    confronto = comandos.add_parser("confronto", help="mede difusão, GANs e VAE (data/medidas/confronto.csv)")
    confronto.set_defaults(fazer=_confronto)


def _de_uma_pasta(comandos: argparse._SubParsersAction) -> None:
    seus = comandos.add_parser("seus-dados", help="treina uma família em uma pasta de imagens sua, e a mede")
    seus.add_argument("pasta", help="pasta das imagens, com subpastas; nada é gravado nela")
    seus.add_argument("--familia", default="vae", help=f"{FAMILIA} (padrão: vae)")
    seus.add_argument("--passos", type=int, default=None, help="passos de treino (padrão: os da família)")
    seus.add_argument("--lado", type=int, default=32, help="lado das imagens, múltiplo de 8 (padrão: 32)")
    seus.add_argument("--semente", type=int, default=0, help="dos pesos iniciais e do ruído (padrão: 0)")
    seus.add_argument("--destino", default="treinado", help="pasta dos pesos, das amostras e do placar")
    seus.set_defaults(fazer=_seus_dados)


def _conferir(opcoes: argparse.Namespace) -> int:
    from aulas_lib.conferencia import conferir

    return conferir()


def _treinar(opcoes: argparse.Namespace) -> int:
    from aulas_lib.receitas import treinar_receita

    treinar_receita(opcoes.receita, opcoes.dados, opcoes.semente, opcoes.destino, opcoes.do_zero)
    return 0


def _medir(opcoes: argparse.Namespace) -> int:
    from aulas_lib.receitas import medir_peso

    medir_peso(opcoes.receita, opcoes.dados)
    return 0


def _seus_dados(opcoes: argparse.Namespace) -> int:
    from aulas_lib.receitas.da_pasta import treinar_da_pasta

    treinar_da_pasta(opcoes.pasta, opcoes.familia, opcoes.destino, opcoes.lado, opcoes.passos, opcoes.semente)
    return 0


def _arvore(opcoes: argparse.Namespace) -> int:
    from aulas_lib.receitas.arvore import medir_arvore

    medir_arvore()
    return 0


def _ablacoes(opcoes: argparse.Namespace) -> int:
    from aulas_lib.receitas.ablacoes import medir_ablacoes

    medir_ablacoes(opcoes.familias)
    return 0


def _chamadas(opcoes: argparse.Namespace) -> int:
    from aulas_lib.receitas.medidas_difusao import medir_chamadas

    medir_chamadas()
    return 0


def _orientacao(opcoes: argparse.Namespace) -> int:
    from aulas_lib.receitas.medidas_difusao import medir_orientacao

    medir_orientacao()
    return 0


def _confronto(opcoes: argparse.Namespace) -> int:
    from aulas_lib.receitas.confronto import medir_confronto

    medir_confronto()
    return 0


def _trocas(opcoes: argparse.Namespace) -> int:
    from aulas_lib.receitas.trocas import medir_trocas

    medir_trocas()
    return 0


def _capa(opcoes: argparse.Namespace) -> int:
    from aulas_lib.receitas import carregar
    from aulas_lib.receitas.capa import gravar_capa

    print(gravar_capa(carregar("difusao")))
    return 0


def _pesos(opcoes: argparse.Namespace) -> int:
    from aulas_lib.receitas import escrever_tabela

    escrever_tabela()
    return 0


def _cadernos(opcoes: argparse.Namespace) -> int:
    from aulas_lib import cadernos

    return cadernos.comandar(opcoes.acao, opcoes.arquivos, conferir=opcoes.conferir)


def _paginas(opcoes: argparse.Namespace) -> int:
    from aulas_lib.paginas import comandar

    return comandar(opcoes.alvo, opcoes.destino)


if __name__ == "__main__":
    sys.exit(principal())

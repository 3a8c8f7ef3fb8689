"""`python -m aulas_lib seus-dados PASTA`: de uma pasta de imagens aos pesos, às amostras e ao placar."""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from aulas_lib.ambiente import gravacao_inteira, virgula
from aulas_lib.dados.pasta import ler_pasta, separar
from aulas_lib.figuras import grade
from aulas_lib.receitas.placar_seus_dados import PlacarSeusDados, placar_seus_dados
from aulas_lib.receitas.seus_dados import Treinada, achar_familia, guardar, treinar_familia

AMOSTRAS, COLUNAS = 64, 8


def treinar_da_pasta(
    pasta: Path | str, familia: str, destino: Path | str, lado: int = 32, passos: int | None = None, semente: int = 0
) -> PlacarSeusDados:
    """Lê, treina, mede e grava `FAMILIA.safetensors`, `FAMILIA.png` e `FAMILIA.csv`; imprime o relatório e o placar.

    Interrompido (Ctrl-C), grava e mede o que a rede aprendeu até ali.

    Args:
        pasta: das imagens; nada é gravado nela.
        familia: "vae", "gan" ou "difusao".
        destino: pasta dos três arquivos.
        lado, passos, semente: de `ler_pasta` e `treinar_familia`.

    Raises:
        ValueError: se um argumento não serve, ou se o destino fica dentro da pasta das imagens.
        OSError: se a pasta não existe ou o destino não aceita arquivos.
        KeyboardInterrupt: se alguém interrompe antes do primeiro passo.
    """
    achar_familia(familia)  # os enganos baratos se dizem antes da leitura e do treino
    destino = _conferir_destino(Path(destino), Path(pasta))
    conjunto, relatorio = ler_pasta(pasta, lado)
    print(relatorio, flush=True)
    treino, teste = separar(conjunto)
    treinada = treinar_familia(familia, treino, passos, semente)
    if treinada.passos == 0:
        raise KeyboardInterrupt
    placar = placar_seus_dados([treinada], treino, teste)
    print(placar)
    medida = placar.linhas[0]
    guardar(treinada, destino / f"{familia}.safetensors", {"pasta": relatorio.pasta, "kid": virgula(medida.kid, 3)})
    placar.gravar(destino / f"{familia}.csv")
    _retratar(treinada, destino / f"{familia}.png")
    print(f"Gravados {familia}.safetensors, {familia}.csv e {familia}.png em {destino}.")
    return placar


def _conferir_destino(destino: Path, pasta: Path) -> Path:
    destino, pasta = destino.expanduser(), pasta.expanduser()
    if destino.resolve().is_relative_to(pasta.resolve()):
        raise ValueError(
            f"destino: {str(destino)!r} fica dentro da pasta das imagens, e as amostras seriam lidas como dados no "
            "próximo treino. Escolha outra pasta."
        )
    try:  # antes de minutos de treino
        destino.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=destino):
            pass
    except OSError as erro:
        raise OSError(f"destino: não consigo gravar em {destino} ({erro}). Escolha uma pasta sua.") from erro
    return destino


def _retratar(treinada: Treinada, arquivo: Path) -> None:
    ax = grade(treinada.gerar(AMOSTRAS, 2), colunas=COLUNAS, titulo=treinada.titulo)
    with gravacao_inteira(arquivo) as provisorio:
        ax.figure.savefig(provisorio, format="png")
    plt.close(ax.figure)

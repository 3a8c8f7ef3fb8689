"""O diário de um treino: as perdas de tempos em tempos e, nas GANs, o que os mesmos z viravam.

Fica ao lado do peso, em `data/diarios`: `NOME.csv`, com uma linha por momento, e `NOME.png`, com uma fileira de
imagens por momento, pixel por pixel. O caderno relê a figura para mostrar o filme do treino.
"""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from aulas_lib.ambiente import gravacao_inteira, pasta_projeto
from aulas_lib.treino import Registro

MOMENTOS = 24
Retratar = Callable[[nn.Module], Tensor]  # o modelo de agora → imagens (n, C, L, L) em [−1, 1]


class Diario:
    """Guarda uma linha por momento; retomado com o treino, continua de onde parou.

    Os momentos se espaçam aos poucos: passos · (i/24)², porque no começo tudo muda mais depressa.

    Args:
        passos: total do treino.
        retratar: o modelo de agora → imagens, sempre dos mesmos z; None não retrata.
    """

    def __init__(self, passos: int, retratar: Retratar | None = None) -> None:
        self.momentos = {max(round(passos * (i / MOMENTOS) ** 2), 1) for i in range(MOMENTOS + 1)}
        self.retratar = retratar
        self.linhas: list[dict[str, float]] = []
        self.fileiras: list[Tensor] = []

    def anotar(self, registro: Registro, modelo: Callable[[], nn.Module]) -> None:
        """Escreve a linha deste passo, se ele é um dos momentos.

        Args:
            registro: o do passo.
            modelo: devolve o modelo de agora; só é chamada quando há o que retratar.
        """
        if registro.passo not in self.momentos:
            return
        self.linhas.append({"passo": registro.passo, **registro.valores})
        if self.retratar:
            with torch.no_grad():
                self.fileiras.append(em_bytes(self.retratar(modelo())).cpu())

    def salvar(self, caminho: Path) -> None:
        """Guarda o que já foi escrito, ao lado do ponto de retomada."""
        torch.save({"linhas": self.linhas, "fileiras": self.fileiras}, caminho)

    def carregar(self, caminho: Path) -> None:
        """Volta ao que `salvar` guardou; sem o arquivo, o diário começa daqui."""
        if caminho.is_file():
            guardado = torch.load(caminho, weights_only=True)
            self.linhas, self.fileiras = guardado["linhas"], guardado["fileiras"]

    def gravar(self, caminho: Path) -> None:
        """Grava `caminho.csv` e, se há retratos, `caminho.png`.

        Args:
            caminho: sem extensão.

        Raises:
            OSError: se a pasta não aceita os arquivos.
        """
        with gravacao_inteira(caminho.with_suffix(".csv")) as provisorio, provisorio.open("w", newline="") as arquivo:
            escritor = csv.DictWriter(arquivo, list(self.linhas[0]) if self.linhas else ["passo"])
            escritor.writeheader()
            escritor.writerows({nome: f"{valor:.6g}" for nome, valor in linha.items()} for linha in self.linhas)
        if self.fileiras:
            linhas = [torch.cat(list(fileira), dim=2) for fileira in self.fileiras]  # (C, L, n·L)
            folha = torch.cat(linhas, dim=1).permute(1, 2, 0).squeeze(2).numpy()
            with gravacao_inteira(caminho.with_suffix(".png")) as provisorio:
                Image.fromarray(folha).save(provisorio, format="png", optimize=True)


def do_diario(ponto: Path) -> Path:
    """Onde o diário espera, ao lado do ponto de retomada."""
    return ponto.with_suffix(".diario")


def pasta_diarios() -> Path:
    """Onde ficam os diários dos treinos que acompanham o curso."""
    return pasta_projeto() / "data" / "diarios"


def ler_retratos(nome: str, lado: int = 32, pasta: Path | None = None) -> dict[int, Tensor]:
    """Os retratos do treino de um peso: passo → imagens (n, C, lado, lado) em [−1, 1].

    Args:
        nome: do peso.
        lado: de cada imagem.
        pasta: onde procurar; None é `data/diarios`.

    Raises:
        FileNotFoundError: se o diário não está na pasta.
        ValueError: se a figura não tem uma fileira por linha do diário.
    """
    base = (pasta or pasta_diarios()) / nome
    for arquivo in (base.with_suffix(".csv"), base.with_suffix(".png")):
        if not arquivo.is_file():
            raise FileNotFoundError(
                f"Não encontrei {arquivo}. Recupere-o com git checkout -- data/diarios, ou treine de novo (demora) com "
                f"python -m aulas_lib treinar {nome}."
            )
    with base.with_suffix(".csv").open(newline="") as arquivo:
        passos = [int(linha["passo"]) for linha in csv.DictReader(arquivo)]
    folha = torch.from_numpy(np.array(Image.open(base.with_suffix(".png"))))
    if folha.shape[0] != lado * len(passos) or folha.shape[1] % lado:
        raise ValueError(
            f"{base.name}.png tem {folha.shape[0]} × {folha.shape[1]} pixels; esperava {len(passos)} fileiras de "
            f"imagens com lado {lado}. Treine de novo com python -m aulas_lib treinar {nome}."
        )
    imagens = folha.reshape(len(passos), lado, folha.shape[1] // lado, lado, -1).permute(0, 2, 4, 1, 3)
    return dict(zip(passos, imagens / 127.5 - 1, strict=True))


def em_bytes(x: Tensor) -> Tensor:
    """Pixels de [−1, 1], com o excesso cortado → inteiros de 0 a 255, mesma forma."""
    return ((x.clamp(-1, 1) + 1) * 127.5).round().byte()

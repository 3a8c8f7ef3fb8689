"""A sonda de atributos: a rede que diz o que há em uma imagem e fornece as características das métricas."""

import csv
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LADO_FINAL = 4  # a última grade tem 4 x 4 posições: a sonda precisa saber onde as coisas estão
GRUPOS = 8


class Sonda(nn.Module):
    """Classificador convolucional pequeno, com uma saída por atributo.

    A última camada oculta (`caracteristicas`) é o espaço em que o curso mede distâncias entre
    conjuntos de imagens. As posições não são somadas em uma média global, porque atributos como a
    direção do olhar dependem delas. A normalização é por grupos: o resultado de uma imagem não
    depende do lote em que ela vem, nem de a rede estar em modo de treino.

    Args:
        esquema: os valores possíveis de cada atributo, na ordem das colunas da tabela de atributos.
        canais: canais das imagens.
        largura: canais das primeiras convoluções (múltiplo de 8); as seguintes têm 2 e 4 vezes esse número.
        dimensao: tamanho F do vetor de características.

    Raises:
        ValueError: se o esquema está vazio ou se a largura não é um múltiplo de 8.
    """

    def __init__(
        self, esquema: dict[str, tuple[str, ...]], canais: int = 3, largura: int = 32, dimensao: int = 64
    ) -> None:
        super().__init__()
        if not esquema:
            raise ValueError("esquema: chegou vazio; a sonda precisa de pelo menos um atributo.")
        if largura % GRUPOS:
            raise ValueError(f"largura: chegou {largura}; esperava um múltiplo de {GRUPOS}.")
        self.esquema, self.canais, self.dimensao = dict(esquema), canais, dimensao
        self.corpo = nn.Sequential(
            nn.PixelUnshuffle(2),  # (B, 4C, H/2, W/2): nada se perde, e a conta fica 4 vezes mais barata
            _bloco(4 * canais, largura, passo=1),
            _bloco(largura, largura, passo=1),
            _bloco(largura, 2 * largura, passo=2),
            _bloco(2 * largura, 2 * largura, passo=1),
            _bloco(2 * largura, 4 * largura, passo=2),
            nn.AdaptiveAvgPool2d(LADO_FINAL),
            nn.Conv2d(4 * largura, largura, 1),
            nn.Flatten(),
            nn.Linear(largura * LADO_FINAL**2, dimensao),
            nn.SiLU(),
        )
        self.saida = nn.Linear(dimensao, sum(len(valores) for valores in esquema.values()))

    def caracteristicas(self, x: Tensor) -> Tensor:
        """A última camada oculta.

        Args:
            x: imagens em [−1, 1], forma (B, C, H, W), com H e W pares, de pelo menos 8.

        Returns:
            Forma (B, dimensao).

        Raises:
            ValueError: se a forma não é essa.
        """
        lados = x.shape[2:]
        if x.ndim != 4 or x.shape[1] != self.canais or min(lados) < 8 or any(lado % 2 for lado in lados):
            raise ValueError(
                f"imagens: chegou a forma {tuple(x.shape)}; "
                f"esperava (B, {self.canais}, H, W), com H e W pares, de pelo menos 8."
            )
        return self.corpo(x)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Logits de cada atributo, forma (B, número de valores), para imagens (B, C, H, W) em [−1, 1]."""
        tamanhos = [len(valores) for valores in self.esquema.values()]
        logits = self.saida(self.caracteristicas(x)).split(tamanhos, dim=1)
        return dict(zip(self.esquema, logits, strict=True))


def perda_sonda(modelo: Sonda, x: Tensor, atributos: Tensor) -> Tensor:
    """Entropia cruzada de cada exemplo, somada sobre os atributos, em nats.

    Equação: −Σ_a log p(atributo_a | x)

    Args:
        modelo: a sonda.
        x: imagens em [−1, 1], forma (B, C, H, W).
        atributos: índice do valor de cada atributo, inteiros, forma (B, A).

    Returns:
        Forma (B,).

    Raises:
        ValueError: se a tabela de atributos não tem uma linha por imagem e uma coluna por atributo.
    """
    _conferir_tabela(modelo, x, atributos)
    logits = modelo(x).values()
    parcelas = [F.cross_entropy(l, atributos[:, a], reduction="none") for a, l in enumerate(logits)]
    return torch.stack(parcelas).sum(dim=0)


def extrair(sonda: Sonda, imagens: Tensor, lote: int = 500) -> Tensor:
    """Características de muitas imagens, em lotes e sem gradiente: (N, C, H, W) → (N, dimensao)."""
    return _em_lotes(sonda.caracteristicas, imagens, lote)


def prever(sonda: Sonda, imagens: Tensor, lote: int = 500) -> Tensor:
    """Valor mais provável de cada atributo: (N, C, H, W) → índices inteiros (N, A), na ordem do esquema."""
    return _em_lotes(lambda x: _mais_provaveis(sonda(x)), imagens, lote)


def acertos(sonda: Sonda, imagens: Tensor, atributos: Tensor, lote: int = 500) -> dict[str, float]:
    """Fração de acertos da sonda em cada atributo.

    Args:
        sonda: a sonda treinada.
        imagens: em [−1, 1], forma (N, C, H, W).
        atributos: valores verdadeiros, inteiros, forma (N, A).
        lote: imagens por vez.

    Returns:
        De nome do atributo a fração entre 0 e 1.

    Raises:
        ValueError: se a tabela de atributos não tem a forma (N, A).
    """
    _conferir_tabela(sonda, imagens, atributos)
    certos = prever(sonda, imagens, lote) == atributos.to(imagens.device)
    return dict(zip(sonda.esquema, certos.double().mean(dim=0).tolist(), strict=True))


def concordancia_a_mao(sonda: Sonda, imagens: Tensor, arquivo: Path) -> dict[str, tuple[int, int]]:
    """Compara a sonda com rótulos dados a olho; o campo vazio é dúvida, e não conta.

    Args:
        sonda: a sonda treinada.
        imagens: as rotuladas, na ordem do arquivo, forma (N, C, H, W).
        arquivo: CSV com a coluna `indice` e uma por atributo rotulado, N linhas.

    Returns:
        De nome do atributo a (iguais, rotulados).

    Raises:
        ValueError: se o número de linhas não é N, ou se há um atributo ou valor fora do esquema.
    """
    with arquivo.open(encoding="utf-8") as aberto:
        linhas = list(csv.DictReader(aberto))
    if len(linhas) != len(imagens):
        raise ValueError(f"{arquivo.name} tem {len(linhas)} linhas e chegaram {len(imagens)} imagens.")
    vistos, nomes, contas = prever(sonda, imagens), list(sonda.esquema), {}
    for nome in list(linhas[0])[1:]:
        dados = {linha[nome] for linha in linhas} - {""}
        if estranhos := dados - set(sonda.esquema.get(nome, ())):
            raise ValueError(f"{arquivo.name}: {nome}={min(estranhos)!r} não está no esquema da sonda.")
        lidos = [sonda.esquema[nome][valor] for valor in vistos[:, nomes.index(nome)].tolist()]
        pares = [(lido, linha[nome]) for lido, linha in zip(lidos, linhas, strict=True) if linha[nome]]
        contas[nome] = (sum(a == b for a, b in pares), len(pares))
    return contas


def _bloco(entrada: int, saida: int, passo: int) -> nn.Sequential:
    convolucao = nn.Conv2d(entrada, saida, 3, stride=passo, padding=1, bias=False)
    return nn.Sequential(convolucao, nn.GroupNorm(GRUPOS, saida), nn.SiLU())


def _mais_provaveis(logits: dict[str, Tensor]) -> Tensor:
    return torch.stack([l.argmax(dim=1) for l in logits.values()], dim=1)  # (B, A)


@torch.no_grad()
def _em_lotes(funcao: Callable[[Tensor], Tensor], imagens: Tensor, lote: int) -> Tensor:
    if len(imagens) == 0:
        raise ValueError("imagens: chegou um conjunto vazio; passe pelo menos uma imagem.")
    return torch.cat([funcao(parte) for parte in imagens.split(lote)])


def _conferir_tabela(sonda: Sonda, x: Tensor, atributos: Tensor) -> None:
    esperada = (len(x), len(sonda.esquema))
    if tuple(atributos.shape) != esperada:
        raise ValueError(
            f"atributos: chegou a forma {tuple(atributos.shape)}; esperava {esperada}, "
            "uma linha por imagem e uma coluna por atributo do esquema."
        )

"""GAN condicional: parte das coordenadas de z traz os rótulos, e o discriminador julga o par (imagem, rótulos).

Fonte: Mirza e Osindero (2014), a GAN condicional; Miyato e Koyama (2018), o discriminador por projeção.
"""

import math
from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.modelos.dcgan import DiscriminadorDC

DESVIO = 0.2  # quanto de ε se soma a ±1 nas coordenadas de rótulo


class RotulosEmZ:
    """Onde ficam os rótulos em z: o sinal de uma coordenada, ou a maior de um grupo delas, diz cada valor.

    Um atributo de dois valores usa uma coordenada; um de K > 2 valores, K coordenadas. Um atributo dependente (a cor
    do chapéu) vale 0 quando o atributo de que depende vale 0; senão, a maior das K − 1 coordenadas, mais um.
    `separar` leva cada coordenada de rótulo a ±1 + `DESVIO` · ε: o rótulo lido não muda, e uma coordenada sozinha tem
    módulo ≥ 1 (média 1,16). As outras são N(0, 1).

    Args:
        esquema: valores de cada atributo, na ordem das colunas.
        dependentes: atributo → atributo de que depende, que vem antes dele no esquema.
    """

    def __init__(self, esquema: Mapping[str, Sequence[str]], dependentes: Mapping[str, str] | None = None) -> None:
        self.esquema = esquema
        self.tamanhos = [len(valores) for valores in esquema.values()]
        nomes = list(esquema)
        self.de_quem = [nomes.index(dependentes[n]) if dependentes and n in dependentes else None for n in nomes]
        self.coordenadas = [
            k - 1 if dono is not None else 1 if k == 2 else k
            for k, dono in zip(self.tamanhos, self.de_quem, strict=True)
        ]

    def ler(self, z: Tensor) -> Tensor:
        """z (B, Z) → índices dos valores (B, A).

        Raises:
            ValueError: se z tem menos coordenadas do que a regra usa.
        """
        if z.shape[1] < sum(self.coordenadas):
            raise ValueError(f"z tem {z.shape[1]} coordenadas; os rótulos usam {sum(self.coordenadas)}.")
        colunas: list[Tensor] = []
        partes = z[:, : sum(self.coordenadas)].split(self.coordenadas, dim=1)
        for parte, dono in zip(partes, self.de_quem, strict=True):
            if dono is not None:
                colunas.append(torch.where(colunas[dono] > 0, 1 + parte.argmax(dim=1), 0))
            else:
                colunas.append((parte[:, 0] > 0).long() if parte.shape[1] == 1 else parte.argmax(dim=1))
        return torch.stack(colunas, dim=1)

    def sortear(self, n: int, latentes: int, gerador: torch.Generator | None = None) -> Tensor:
        """n códigos com rótulos equiprováveis, forma (n, latentes)."""
        return self.separar(torch.randn(n, latentes, generator=gerador))

    def separar(self, eps: Tensor) -> Tensor:
        """ε ~ N(0, I), forma (B, Z), → códigos com as de rótulo em ±1 + `DESVIO` · ε: mesma forma."""
        usadas = sum(self.coordenadas)
        lados = [
            parte.sign() if parte.shape[1] == 1 else 2 * F.one_hot(parte.argmax(dim=1), parte.shape[1]) - 1
            for parte in eps[:, :usadas].split(self.coordenadas, dim=1)
        ]
        return torch.cat([torch.cat(lados, dim=1) + DESVIO * eps[:, :usadas], eps[:, usadas:]], dim=1)

    def trocar(self, z: Tensor, atributo: str, valor: str) -> Tensor:
        """Os mesmos códigos com um rótulo trocado, forma (B, Z): só mudam as coordenadas dele.

        O valor 0 de um atributo dependente não se escolhe: troque o atributo de que ele depende. Os outros só
        aparecem onde esse atributo não é 0.

        Raises:
            ValueError: se o atributo não existe ou não pode ter esse valor.
        """
        nomes = list(self.esquema)
        coluna = nomes.index(atributo) if atributo in self.esquema else None
        valores = [] if coluna is None else list(self.esquema[atributo])[self.de_quem[coluna] is not None :]
        if valor not in valores:
            quais = f"um destes valores: {', '.join(valores)}" if valores else f"um destes: {', '.join(nomes)}"
            raise ValueError(f"trocar: chegou {atributo!r} com o valor {valor!r}; esperava {quais}.")
        inicio, quantas, i = sum(self.coordenadas[:coluna]), self.coordenadas[coluna], valores.index(valor)
        lados = [1.0 if j == i else -1.0 for j in range(quantas)] if quantas > 1 else [2.0 * i - 1.0]
        return torch.cat([z[:, :inicio], z.new_tensor(lados).expand(len(z), -1), z[:, inicio + quantas :]], dim=1)

    def indicadores(self, rotulos: Tensor) -> Tensor:
        """Índices (B, A) → um 1 por atributo, forma (B, Σ K)."""
        return indicadores(rotulos, self.tamanhos)


class GeradorComRotulos(nn.Module):
    """Um gerador de imagens que devolve também os rótulos do seu código: é o que o discriminador condicional julga.

    Args:
        gerador: z → imagem.
        rotulos: onde ficam os rótulos em z.
    """

    def __init__(self, gerador: nn.Module, rotulos: RotulosEmZ) -> None:
        super().__init__()
        self.gerador, self.rotulos = gerador, rotulos

    def forward(self, eps: Tensor) -> Tensor:
        """ε (B, Z) → z → imagem e indicadores lado a lado, forma (B, C·H·W + Σ K)."""
        z = self.rotulos.separar(eps)
        return juntar(self.gerador(z), self.rotulos.indicadores(self.rotulos.ler(eps)))


class DiscriminadorProjecao(nn.Module):
    """Nota de um par (imagem, rótulos): a(x, y) = w · φ(x) + b + Σ_k y_k (v_k · φ(x)).

    Args:
        phi: imagem (B, C, H, W) → (B, dimensao).
        forma: da imagem, (C, H, W).
        indicadores: Σ K, quantos indicadores vêm depois da imagem.
        dimensao: de φ.
    """

    def __init__(self, phi: nn.Module, forma: tuple[int, int, int], indicadores: int, dimensao: int = 128) -> None:
        super().__init__()
        self.phi, self.forma = phi, forma
        self.nota, self.v = nn.Linear(dimensao, 1), nn.Linear(indicadores, dimensao, bias=False)

    def forward(self, par: Tensor) -> Tensor:
        """(B, C·H·W + Σ K) → (B, 1)."""
        pixels = math.prod(self.forma)
        h = self.phi(par[:, :pixels].reshape(-1, *self.forma))
        rotulos = par[:, pixels:].detach()  # R1 deriva só em relação à imagem
        return self.nota(h) + (h * self.v(rotulos)).sum(dim=1, keepdim=True)


def corpo_dc(canais: int, tamanho: int, larguras: Sequence[int] = (24, 48, 96), dimensao: int = 128) -> nn.Sequential:
    """φ da DCGAN: as convoluções do discriminador e uma camada densa, (B, C, H, W) → (B, dimensao).

    Args:
        canais, tamanho: da imagem.
        larguras: canais depois de cada convolução.
        dimensao: de φ.
    """
    corpo = DiscriminadorDC(canais, tamanho, larguras).camadas[:-1]
    lado = tamanho // 2 ** len(larguras)
    return nn.Sequential(corpo, nn.Linear(larguras[-1] * lado**2, dimensao), nn.LeakyReLU(0.2))


def indicadores(rotulos: Tensor, tamanhos: Sequence[int]) -> Tensor:
    """Índices (B, A) → um 1 por atributo, forma (B, Σ K), com `tamanhos` = K de cada um."""
    return torch.cat([F.one_hot(rotulos[:, a], k) for a, k in enumerate(tamanhos)], dim=1).float()


def juntar(imagens: Tensor, indicadores: Tensor) -> Tensor:
    """Imagens (B, C, H, W) e indicadores (B, Σ K) em uma linha por exemplo."""
    return torch.cat([imagens.flatten(1), indicadores], dim=1)

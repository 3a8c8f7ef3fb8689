"""StyleGAN2 (2020): rede de mapeamento, convoluções moduladas, ruído por posição e saídas somadas.

Fonte: Karras e outros (2019), StyleGAN; Karras e outros (2020), StyleGAN2.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.modelos.taxa_igualada import LinearIgualada, NormaDoPixel


def ativar(x: Tensor) -> Tensor:
    """√2 · LeakyReLU, que quase não muda a variância: forma qualquer → mesma forma."""
    return math.sqrt(2) * F.leaky_relu(x, 0.2)


def ampliar(x: Tensor) -> Tensor:
    """Aumento bilinear, sem serrilhado: (B, C, H, W) → (B, C, 2H, 2W)."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def suavizar(x: Tensor) -> Tensor:
    """Filtro [1, 2, 1]/4 em cada direção, que na borda só conta o que existe: (B, C, H, W) → mesma forma."""
    meio = F.avg_pool2d(x, 2, stride=1, padding=1, count_include_pad=False)  # (B, C, H + 1, W + 1)
    return F.avg_pool2d(meio, 2, stride=1)


class ConvModulada(nn.Module):
    """Convolução cujos pesos dependem do estilo de cada exemplo.

    Equação: w'_oikl = s_i w_oikl; w''_oikl = w'_oikl / √(Σ_ikl w'_oikl² + 10⁻⁸); e o viés, que não é modulado
    Fonte: Karras e outros (2020), equações 1 e 3.

    Em vez de um núcleo por exemplo, escala a entrada por s e a saída pela norma: a conta é a mesma.
    Com `ampliar`, é uma convolução transposta de passo 2, em que cada posição da saída recebe um quarto do núcleo (por
    isso, o dobro), e `suavizar` apaga o xadrez que ela deixa.

    Args:
        entrada, saida: canais.
        estilo: dimensão de w, o código do estilo.
        nucleo: lado ímpar do núcleo; com `ampliar`, ele tem sempre 4.
        demodular: se divide pela norma (a saída em RGB não divide).
        ampliar: se dobra o lado.
    """

    def __init__(
        self, entrada: int, saida: int, estilo: int, nucleo: int = 3, demodular: bool = True, ampliar: bool = False
    ) -> None:
        super().__init__()
        nucleo = 4 if ampliar else nucleo
        self.weight = nn.Parameter(torch.randn(saida, entrada, nucleo, nucleo))
        self.bias, self.estilo = nn.Parameter(torch.zeros(saida)), LinearIgualada(estilo, entrada, vies=1.0)
        self.ganho, self.margem, self.demodular = 1 / math.sqrt(entrada * nucleo**2), nucleo // 2, demodular
        self.ampliar = ampliar

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """(B, entrada, H, W) e w (B, estilo) → (B, saida, H, W), ou (B, saida, 2H, 2W) com `ampliar`."""
        s, peso = self.estilo(w), self.ganho * self.weight
        modulado = x * s[..., None, None]
        if self.ampliar:
            y = suavizar(2 * F.conv_transpose2d(modulado, peso.transpose(0, 1), stride=2, padding=1))
        else:
            y = F.conv2d(modulado, peso, padding=self.margem)
        if self.demodular:
            norma = (s.square() @ peso.square().sum(dim=(2, 3)).T + 1e-8).rsqrt()  # (B, saida)
            y = y * norma[..., None, None]
        return y + self.bias[:, None, None]


class Mapeamento(nn.Module):
    """f: z → w. Põe z na esfera e o passa por camadas densas com taxa de aprendizado 100 vezes menor.

    Fonte: Karras e outros (2019), seção 2.

    Args:
        latentes: dimensão de z.
        estilo: dimensão de w.
        camadas: quantas (no artigo, 8; para imagens de 32 × 32, os mesmos autores usam 2).
    """

    def __init__(self, latentes: int, estilo: int, camadas: int = 2) -> None:
        super().__init__()
        self.norma, tamanhos = NormaDoPixel(), [latentes, *[estilo] * camadas]
        self.camadas = nn.ModuleList(
            LinearIgualada(a, b, taxa=0.01) for a, b in zip(tamanhos[:-1], tamanhos[1:], strict=True)
        )

    def forward(self, z: Tensor) -> Tensor:
        """(B, latentes) → (B, estilo)."""
        w = self.norma(z)
        for camada in self.camadas:
            w = ativar(camada(w))
        return w


class CamadaDeEstilo(nn.Module):
    """Convolução modulada, ruído e LeakyReLU.

    No artigo a força do ruído aprende com a taxa inteira; aqui, com um centésimo.

    Args:
        entrada, saida: canais.
        estilo: dimensão de w.
        ampliar: se dobra o lado.
    """

    def __init__(self, entrada: int, saida: int, estilo: int, ampliar: bool = False) -> None:
        super().__init__()
        self.conv = ConvModulada(entrada, saida, estilo, ampliar=ampliar)
        self.forca = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor, w: Tensor, gerador: torch.Generator | None = None) -> Tensor:
        """(B, entrada, H, W) e w (B, estilo) → (B, saida, H, W) ou (B, saida, 2H, 2W)."""
        x = self.conv(x, w)
        ruido = torch.randn((len(x), 1, *x.shape[2:]), generator=gerador, device=x.device, dtype=x.dtype)
        return ativar(x + 0.01 * self.forca * ruido)


class GeradorStyleGAN2(nn.Module):
    """z → w → imagem. Uma constante aprendida cresce de 4 × 4 até o lado da imagem; em cada lado soma-se uma saída RGB.

    No fim há uma tanh, que o artigo não tem: sem ela, as primeiras imagens passam muito de [−1, 1].

    Args:
        canais: canais da imagem.
        tamanho: lado da imagem.
        larguras: canais em cada lado, de 4 × 4 até `tamanho`.
        latentes: dimensão de z.
        estilo: dimensão de w.
        mistura: no treino, fração das imagens com dois estilos (Karras e outros, 2019, seção 3.1; lá, 0,9).

    Raises:
        ValueError: se 4 · 2^(larguras − 1) não é o tamanho.
    """

    def __init__(
        self, canais: int, tamanho: int, larguras: Sequence[int] = (64, 64, 48, 32), latentes: int = 64,
        estilo: int = 64, mistura: float = 0.1,
    ) -> None:  # fmt: skip
        super().__init__()
        if (maior := 4 * 2 ** (len(larguras) - 1)) != tamanho:
            raise ValueError(f"larguras: chegaram {len(larguras)}, para lados de 4 a {maior}, e não a {tamanho}.")
        self.latentes, self.mapeamento, self.mistura = latentes, Mapeamento(latentes, estilo), mistura
        self.constante = nn.Parameter(torch.randn(larguras[0], 4, 4))
        pares = zip(larguras[:-1], larguras[1:], strict=True)
        self.camadas = nn.ModuleList([CamadaDeEstilo(larguras[0], larguras[0], estilo)])
        self.saidas = nn.ModuleList([ConvModulada(larguras[0], canais, estilo, 1, demodular=False)])
        for a, b in pares:
            self.camadas += [CamadaDeEstilo(a, b, estilo, ampliar=True), CamadaDeEstilo(b, b, estilo)]
            self.saidas.append(ConvModulada(b, canais, estilo, 1, demodular=False))

    @property
    def niveis(self) -> int:
        """Quantos w cabem em uma imagem: um por camada."""
        return len(self.camadas)

    def sintetizar(self, w: Tensor, gerador: torch.Generator | None = None) -> Tensor:
        """w, igual em todas as camadas (B, estilo) ou um por camada (B, niveis, estilo) → imagens (B, canais, H, W)."""
        if w.ndim == 2:
            w = w[:, None].expand(-1, self.niveis, -1)
        x = self.camadas[0](self.constante.expand(len(w), -1, -1, -1), w[:, 0], gerador)
        rgb = self.saidas[0](x, w[:, 0])
        for i, saida in enumerate(self.saidas[1:]):
            x = self.camadas[2 * i + 1](x, w[:, 2 * i + 1], gerador)
            x = self.camadas[2 * i + 2](x, w[:, 2 * i + 2], gerador)
            rgb = ampliar(rgb) + saida(x, w[:, 2 * i + 2])
        return rgb.tanh()

    def forward(self, z: Tensor) -> Tensor:
        """(B, latentes) → imagens (B, canais, tamanho, tamanho)."""
        w = self.mapeamento(z)
        if self.training and self.mistura:
            sorteio = torch.rand(len(w), device=w.device)
            cortes = torch.randint(1, self.niveis, (len(w),), device=w.device)
            cortes = torch.where(sorteio < self.mistura, cortes, self.niveis)
            w = misturar(w, self.mapeamento(torch.randn_like(z)), cortes, self.niveis)
        return self.sintetizar(w)

    @torch.no_grad()
    def centro(self, n: int = 10_000, gerador: torch.Generator | None = None) -> Tensor:
        """A média de w em n sorteios de z, forma (estilo,): para onde a truncagem puxa."""
        z = torch.randn(n, self.latentes, generator=gerador, device=self.constante.device)
        return self.mapeamento(z).mean(dim=0)


def misturar(w: Tensor, outro: Tensor, cortes: Tensor, niveis: int) -> Tensor:
    """w nas primeiras camadas e o outro daí em diante: (B, estilo) duas vezes → (B, niveis, estilo).

    Args:
        w, outro: os dois estilos.
        cortes: em cada exemplo, a primeira camada que recebe o outro, forma (B,).
        niveis: quantas camadas.
    """
    troca = torch.arange(niveis, device=w.device) >= cortes[:, None]  # (B, niveis)
    return torch.where(troca[..., None], outro[:, None], w[:, None])

"""A U-Net da difusão: desce, sobe, e em cada lado junta o que viu na descida. Pequena, para CPU.

Fonte: Ronneberger e outros (2015); Ho e outros (2020), apêndice B; Dhariwal e Nichol (2021), seção 3.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.redes import dobrar, lado_final, ondas_do_tempo


class NormaDosCanais(nn.LayerNorm):
    """`LayerNorm` nos canais de cada posição: (B, C, H, W) → mesma forma.

    Com os canais por último na memória, é uma passada só; a GroupNorm, que junta posições, custa várias vezes mais.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C, H, W)."""
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class BlocoComTempo(nn.Module):
    """Duas convoluções e um atalho; o instante escala e desloca os canais no meio.

    Args:
        entrada, saida: canais.
        tempo: dimensão do código do instante.
    """

    def __init__(self, entrada: int, saida: int, tempo: int) -> None:
        super().__init__()
        self.norma1, self.norma2 = NormaDosCanais(entrada), NormaDosCanais(saida, elementwise_affine=False)
        self.conv1, self.conv2 = nn.Conv2d(entrada, saida, 3, padding=1), nn.Conv2d(saida, saida, 3, padding=1)
        self.modular = nn.Linear(tempo, 2 * saida)
        self.atalho = nn.Conv2d(entrada, saida, 1) if entrada != saida else nn.Identity()
        nn.init.zeros_(self.conv2.weight)  # no começo, cada bloco devolve o que recebeu
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x: Tensor, e: Tensor) -> Tensor:
        """(B, entrada, H, W) e e (B, tempo) → (B, saida, H, W)."""
        h = self.conv1(F.silu(self.norma1(x)))
        escala, deslocamento = self.modular(e)[..., None, None].chunk(2, dim=1)
        h = self.conv2(F.silu(self.norma2(h) * (1 + escala) + deslocamento))
        return self.atalho(x) + h


class Atencao(nn.Module):
    """Autoatenção entre as posições do mapa, com várias cabeças.

    Fonte: Vaswani e outros (2017), equação 1.

    Args:
        canais: do mapa.
        por_cabeca: canais de cada cabeça.
    """

    def __init__(self, canais: int, por_cabeca: int = 32) -> None:
        super().__init__()
        self.norma, self.por_cabeca = NormaDosCanais(canais), por_cabeca
        self.qkv, self.saida = nn.Linear(canais, 3 * canais), nn.Linear(canais, canais)
        nn.init.zeros_(self.saida.weight)
        nn.init.zeros_(self.saida.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → mesma forma."""
        h = self.norma(x).permute(0, 2, 3, 1).flatten(1, 2)  # (B, HW, C)
        q, k, v = self.qkv(h).unflatten(2, (3, -1, self.por_cabeca)).permute(2, 0, 3, 1, 4)  # (B, cabeças, HW, c)
        h = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)  # (B, HW, C)
        return x + self.saida(h).mT.unflatten(2, x.shape[2:])


class UNet(nn.Module):
    """Imagem com ruído e instante → uma imagem, que quem treina decide se é o ruído, o dado ou a velocidade.

    A primeira operação põe cada quadrado de 2 × 2 pixels em uma posição com 4 vezes os canais, e a última desfaz isso:
    a rede inteira trabalha na metade do lado, e custa um quarto.

    Args:
        canais: canais da imagem.
        tamanho: lado; dividido por 2 uma vez por largura, tem de dar um inteiro.
        larguras: canais em cada lado, do maior (metade do da imagem) para o menor.
        tempo: dimensão do código do instante.
        condicao: tamanho de y, o vetor que condiciona; 0 é uma rede sem condição.

    Raises:
        ValueError: se o tamanho não é divisível.
    """

    def __init__(
        self, canais: int, tamanho: int, larguras: Sequence[int] = (64, 96, 128), tempo: int = 128, condicao: int = 0
    ) -> None:
        super().__init__()
        lado_final(tamanho, larguras)
        self.forma = (canais, tamanho, tamanho)
        self.tempo = nn.Sequential(nn.Linear(tempo, tempo), nn.SiLU(), nn.Linear(tempo, tempo))
        self.dimensao = tempo
        self.condicao = nn.Linear(condicao, tempo, bias=False) if condicao else None
        self.entrada = nn.Conv2d(4 * canais, larguras[0], 3, padding=1)
        anteriores = [larguras[0], *larguras[:-1]]
        self.descida = nn.ModuleList(BlocoComTempo(a, b, tempo) for a, b in zip(anteriores, larguras, strict=True))
        fundo = larguras[-1]
        self.fundo = nn.ModuleList([BlocoComTempo(fundo, fundo, tempo), BlocoComTempo(fundo, fundo, tempo)])
        self.atencao = Atencao(fundo)
        volta = list(zip([fundo, *larguras[:0:-1]], larguras[::-1], strict=True))
        self.subida = nn.ModuleList(BlocoComTempo(a + b, b, tempo) for a, b in volta)
        ultima = nn.Conv2d(larguras[0], 4 * canais, 3, padding=1)
        self.saida = nn.Sequential(NormaDosCanais(larguras[0]), nn.SiLU(), ultima)
        nn.init.zeros_(ultima.weight)  # no começo, a rede devolve zero
        nn.init.zeros_(ultima.bias)

    def forward(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        """(B, canais, tamanho, tamanho), t (B,) e y (B, condicao) → a previsão, na forma de x_t.

        Sem y, o modelo condicional usa zeros, que são "sem condição".

        Raises:
            ValueError: se chega y a uma rede criada sem condição.
        """
        if y is not None and self.condicao is None:
            raise ValueError("UNet: chegou y, mas a rede não tem condição; crie-a com condicao=o tamanho de y.")
        e = self.tempo(ondas_do_tempo(t, self.dimensao))
        e = F.silu(e if y is None else e + self.condicao(y))
        x, vistos = self.entrada(F.pixel_unshuffle(x_t, 2)), []
        for i, bloco in enumerate(self.descida):
            x = bloco(F.avg_pool2d(x, 2) if i else x, e)
            vistos.append(x)
        x = self.fundo[1](self.atencao(self.fundo[0](x, e)), e)
        for i, bloco in enumerate(self.subida):
            x = bloco(torch.cat([dobrar(x) if i else x, vistos.pop()], dim=1), e)
        return F.pixel_shuffle(self.saida(x), 2)

"""SAGAN (2019): autoatenção, norma espectral nas duas redes e BatchNorm condicionado pelo rótulo.

Fonte: Zhang, Goodfellow, Metaxas e Odena (2019); Miyato e Koyama (2018), o discriminador por projeção; Dumoulin e
outros (2017) e de Vries e outros (2017), a normalização condicional.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.modelos.condicional import RotulosEmZ
from aulas_lib.redes import dobrar, lado_final


class Autoatencao(nn.Module):
    """Cada posição do mapa olha todas as outras e soma o que achou, com um peso que começa em zero.

    Equação: s_ji = g(x_j) · f(x_i); β_ji = softmax em i de s_ji; o_j = v(Σ_i β_ji h(x_i)); y_j = x_j + γ o_j, em que
    f, g, h e v são convoluções 1 × 1
    Fonte: Zhang e outros (2019), equações 1 a 3. Lá s não é dividido por √d, e aqui também não. Como no código dos
    autores e na BigGAN, o que se olha (f e h) é antes reduzido pelo máximo de cada quadrado de 2 × 2: a conta cai a ¼.

    Args:
        canais: do mapa, de lados pares.
        reducao: f e g têm canais/reducao canais, e h, a metade.
    """

    def __init__(self, canais: int, reducao: int = 8) -> None:
        super().__init__()
        poucos = max(canais // reducao, 1)
        self.f, self.g = nn.Conv2d(canais, poucos, 1, bias=False), nn.Conv2d(canais, poucos, 1, bias=False)
        self.h, self.v = nn.Conv2d(canais, canais // 2, 1, bias=False), nn.Conv2d(canais // 2, canais, 1, bias=False)
        self.gama = nn.Parameter(torch.zeros(()))

    def pesos(self, x: Tensor) -> Tensor:
        """β: (B, C, H, W) → (B, HW, HW/4); a linha j diz para onde olha a posição j, e soma 1."""
        f, g = F.max_pool2d(self.f(x), 2).flatten(2), self.g(x).flatten(2)  # (B, c, HW/4) e (B, c, HW)
        return (g.mT @ f).softmax(dim=2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → mesma forma."""
        achado = F.max_pool2d(self.h(x), 2).flatten(2) @ self.pesos(x).mT  # (B, C/2, HW)
        return x + self.gama * self.v(achado.unflatten(2, x.shape[2:]))


class BatchNormCondicional(nn.Module):
    """BatchNorm em que a escala e o deslocamento de cada canal vêm dos rótulos.

    Equação: (1 + W_γ y) · (x − μ)/σ + W_β y, com y os indicadores dos rótulos
    Fonte: de Vries e outros (2017). Com um rótulo só, é uma tabela de escalas e deslocamentos por classe.

    Args:
        canais: do mapa.
        indicadores: tamanho de y.
        inicio: desvio-padrão inicial de W_γ e W_β; com 0, no começo y não tem efeito.
    """

    def __init__(self, canais: int, indicadores: int, inicio: float = 0.0) -> None:
        super().__init__()
        self.norma = nn.BatchNorm2d(canais, affine=False)
        self.escala = nn.Parameter(torch.zeros(indicadores, canais))  # W_γ: sem norma espectral, que divide por zero
        self.deslocamento = nn.Parameter(torch.zeros(indicadores, canais))
        if inicio:
            nn.init.normal_(self.escala, std=inicio)
            nn.init.normal_(self.deslocamento, std=inicio)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """(B, C, H, W) e y (B, K) → (B, C, H, W)."""
        escala, deslocamento = (y @ self.escala)[..., None, None], (y @ self.deslocamento)[..., None, None]
        return self.norma(x) * (1 + escala) + deslocamento


class BlocoG(nn.Module):
    """Bloco residual do gerador, que dobra o lado.

    Args:
        entrada, saida: canais.
        indicadores: tamanho de y.
        inicio: o de `BatchNormCondicional`.
    """

    def __init__(self, entrada: int, saida: int, indicadores: int, inicio: float = 0.0) -> None:
        super().__init__()
        self.norma1 = BatchNormCondicional(entrada, indicadores, inicio)
        self.norma2 = BatchNormCondicional(saida, indicadores, inicio)
        self.conv1, self.conv2 = nn.Conv2d(entrada, saida, 3, padding=1), nn.Conv2d(saida, saida, 3, padding=1)
        self.atalho = nn.Conv2d(entrada, saida, 1)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """(B, entrada, H, W) → (B, saida, 2H, 2W)."""
        h = self.conv1(dobrar(self.norma1(x, y).relu()))
        h = self.conv2(self.norma2(h, y).relu())
        return h + dobrar(self.atalho(x))


class BlocoD(nn.Module):
    """Bloco residual do discriminador, que divide o lado por dois.

    No artigo, a segunda convolução é 3 × 3, e a média de cada quadrado de 2 × 2 reduz o lado. Aqui é ela que o reduz,
    com passo 2, como na DCGAN: a média borra os detalhes de um ou dois pixels, como as pupilas e a boca das carinhas.

    Args:
        entrada, saida: canais.
        primeiro: se recebe a imagem, que não passa pela ativação.
        media: se reduz o lado com a média, como no artigo.
    """

    def __init__(self, entrada: int, saida: int, primeiro: bool = False, media: bool = False) -> None:
        super().__init__()
        self.primeiro = primeiro
        self.conv1 = nn.Conv2d(entrada, saida, 3, padding=1)
        if media:
            self.conv2 = nn.Sequential(nn.Conv2d(saida, saida, 3, padding=1), nn.AvgPool2d(2))
        else:
            self.conv2 = nn.Conv2d(saida, saida, 4, stride=2, padding=1)
        self.atalho = nn.Conv2d(entrada, saida, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, entrada, H, W) → (B, saida, H/2, W/2)."""
        h = self.conv1(x if self.primeiro else F.leaky_relu(x, 0.2))
        return self.conv2(F.leaky_relu(h, 0.2)) + self.atalho(F.avg_pool2d(x, 2))


class CorpoG(nn.Module):
    """Mapa pequeno → imagem: blocos residuais que dobram o lado, e autoatenção antes do último.

    Args:
        canais: canais da imagem.
        larguras: canais na entrada de cada bloco; o último devolve metade dos seus.
        condicoes: em cada bloco, o tamanho do que comanda a normalização.
        atencao: se há autoatenção.
        inicio: o de `BatchNormCondicional`.
    """

    def __init__(
        self, canais: int, larguras: Sequence[int], condicoes: Sequence[int], atencao: bool = True, inicio: float = 0.0
    ) -> None:
        super().__init__()
        ultima = larguras[-1] // 2
        tamanhos = zip(larguras, [*larguras[1:], ultima], condicoes, strict=True)
        *blocos, fim = [BlocoG(*tres, inicio) for tres in tamanhos]
        self.blocos, self.fim = nn.ModuleList(blocos), fim
        self.atencao = Autoatencao(larguras[-1]) if atencao else nn.Identity()
        self.saida = nn.Sequential(nn.BatchNorm2d(ultima), nn.ReLU(), nn.Conv2d(ultima, canais, 3, padding=1))

    def forward(self, h: Tensor, condicoes: Sequence[Tensor]) -> Tensor:
        """(B, larguras[0], L, L) e uma condição por bloco → imagens em [−1, 1]."""
        for bloco, condicao in zip(self.blocos, condicoes[:-1], strict=True):
            h = bloco(h, condicao)
        return self.saida(self.fim(self.atencao(h), condicoes[-1])).tanh()


class GeradorSAGAN(nn.Module):
    """z, que traz os rótulos → imagem. A norma espectral se põe na rede inteira, com `com_norma_espectral`.

    Args:
        canais: canais da imagem.
        tamanho: lado da imagem; dividido por 2 uma vez por largura, tem de dar um inteiro.
        rotulos: onde ficam os rótulos em z.
        larguras: canais em cada resolução, da menor para a maior (a da imagem tem metade da última).
        latentes: dimensão de z.
        atencao: se há autoatenção.

    Raises:
        ValueError: se o tamanho não é divisível.
    """

    def __init__(
        self, canais: int, tamanho: int, rotulos: RotulosEmZ, larguras: Sequence[int] = (96, 64, 32),
        latentes: int = 64, atencao: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.lado, self.rotulos, self.latentes = lado_final(tamanho, larguras), rotulos, latentes
        self.entrada = nn.Linear(latentes, larguras[0] * self.lado**2)
        self.corpo = CorpoG(canais, larguras, [sum(rotulos.tamanhos)] * len(larguras), atencao)

    def forward(self, z: Tensor) -> Tensor:
        """(B, latentes) → imagens em [−1, 1], forma (B, canais, tamanho, tamanho)."""
        y = self.rotulos.indicadores(self.rotulos.ler(z))
        h = self.entrada(z).unflatten(1, (-1, self.lado, self.lado))
        return self.corpo(h, [y] * (len(self.corpo.blocos) + 1))


@torch.no_grad()
def mapas_de_atencao(rede_g: nn.Module, z: Tensor) -> tuple[Tensor, Tensor]:
    """As imagens e os pesos β da autoatenção do gerador.

    Args:
        rede_g: `GeradorSAGAN` ou `GeradorBigGAN`.
        z: códigos, forma (B, latentes).

    Returns:
        Imagens (B, C, H, W) e β (B, L², L²/4), com L o lado do mapa em que está a atenção.

    Raises:
        ValueError: se o gerador não tem autoatenção.
    """
    atencao, vistos = rede_g.corpo.atencao, []
    if not isinstance(atencao, Autoatencao):
        raise ValueError(f"{type(rede_g).__name__} não tem autoatenção; crie o gerador com atencao=True.")
    espiao = atencao.register_forward_pre_hook(lambda camada, entrada: vistos.append(entrada[0]))
    try:
        imagens = rede_g(z)
    finally:
        espiao.remove()
    return imagens, atencao.pesos(vistos[0])


class SomaDasPosicoes(nn.Module):
    """O fim do discriminador no artigo: o que há no mapa, sem o onde."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C)."""
        return x.sum(dim=(2, 3))


def corpo_sagan(
    canais: int, tamanho: int, larguras: Sequence[int] = (32, 64), dimensao: int = 128, atencao: bool = True,
    do_artigo: bool = False,
) -> nn.Sequential:  # fmt: skip
    """φ do discriminador: blocos residuais, autoatenção depois do primeiro, e uma camada densa.

    Para custar menos, começa na metade do lado: cada quadrado de 2 × 2 pixels vira uma posição com 4 vezes os canais.
    No artigo, as posições do último mapa são somadas; aqui a camada densa as distingue, porque as carinhas estão
    centradas. A norma espectral se põe na rede inteira, com `com_norma_espectral(DiscriminadorProjecao(φ, ...))`.

    Args:
        canais, tamanho: da imagem; o tamanho, dividido por 2 uma vez mais do que há larguras, tem de dar um inteiro.
        larguras: canais depois de cada bloco.
        dimensao: de φ.
        atencao: se há autoatenção.
        do_artigo: se a média reduz o lado e as posições do último mapa são somadas.

    Raises:
        ValueError: se o tamanho não é divisível.
    """
    etapas = [4 * canais, *larguras]  # canais depois de cada divisão do lado por dois
    pares = zip(etapas[:-1], etapas[1:], strict=True)
    primeiro, *demais = [BlocoD(a, b, i == 0, do_artigo) for i, (a, b) in enumerate(pares)]
    meio = [Autoatencao(larguras[0])] if atencao else []
    juntar, tamanhos = nn.Flatten(), larguras[-1] * lado_final(tamanho, etapas) ** 2
    if do_artigo:
        juntar, tamanhos = SomaDasPosicoes(), larguras[-1]
    fim = [juntar, nn.Linear(tamanhos, dimensao), nn.LeakyReLU(0.2)]
    return nn.Sequential(nn.PixelUnshuffle(2), primeiro, *meio, *demais, nn.LeakyReLU(0.2), *fim)

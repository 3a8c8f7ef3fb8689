"""Redes de crença totalmente visíveis (FVBN): a regra da cadeia, log p(x) exato e o sorteio pixel a pixel.

Uma rede daqui recebe x em [−1, 1], forma (B, C, H, W), e devolve logits (B, K, C, H, W) para K níveis. Os logits
de um pixel só dependem dos pixels anteriores na ordem da rede. Slide "Tipos de métodos".
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from aulas_lib.ambiente import conferir_gerador
from aulas_lib.modelos.mascaras import LinearMascarada, mascara_de_vezes, partir_da_frequencia
from aulas_lib.modelos.reconstrucao import niveis_de


class FVBN(nn.Module):
    """O que toda FVBN guarda: a forma de x, o número de níveis e a ordem dos pixels.

    Args:
        forma: (C, H, W).
        niveis: K, os níveis de cada pixel, de −1 a 1.
        ordem: permutação de 0 a D − 1; `ordem[t]` é o pixel visitado na vez t. Sem ela, a ordem de leitura.

    Raises:
        ValueError: se `ordem` não é uma permutação dos D pixels, ou se K < 2.
    """

    def __init__(self, forma: Sequence[int], niveis: int, ordem: Tensor | None = None) -> None:
        super().__init__()
        self.forma, self.niveis = tuple(forma), niveis
        dimensoes = math.prod(self.forma)
        ordem = torch.arange(dimensoes) if ordem is None else torch.as_tensor(ordem).long()
        if niveis < 2 or not torch.equal(ordem.sort().values, torch.arange(dimensoes)):
            raise ValueError(
                f"FVBN: chegaram niveis={niveis} e uma ordem de {len(ordem)} números; esperava 2 níveis ou mais "
                f"e cada pixel de 0 a {dimensoes - 1} uma só vez. Tente torch.randperm({dimensoes})."
            )
        self.register_buffer("ordem", ordem)

    @property
    def vez(self) -> Tensor:
        """A vez de cada pixel, forma (D,): a permutação inversa de `ordem`."""
        return self.ordem.argsort()


class FVBNLogistica(FVBN):
    """Cada pixel é uma regressão logística sobre os pixels anteriores (com K > 2, uma softmax).

    Equação: logits_i = b_i + Σ_{j<i} W_ij x_j   (Frey, 1998; slide "Tipos de métodos")

    Args:
        forma: (C, H, W).
        niveis: K.
        ordem: a ordem dos pixels; sem ela, a de leitura.
        frequencia: frequência de cada nível em cada pixel no treino, forma (K, C, H, W): ponto de partida do
            treino. Sem ela, parte da lei uniforme.
    """

    def __init__(
        self,
        forma: Sequence[int],
        niveis: int,
        ordem: Tensor | None = None,
        frequencia: Tensor | None = None,
    ) -> None:
        super().__init__(forma, niveis, ordem)
        mascara = mascara_de_vezes(self.vez, self.vez, estrita=True)
        self.camada = LinearMascarada(
            mascara.repeat(niveis, 1)
        )  # saída: nível por nível, cada um com D pixels
        partir_da_frequencia(self.camada, frequencia)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → logits (B, K, C, H, W)."""
        return self.camada(x.flatten(1)).unflatten(1, (self.niveis, *self.forma))


class MADE(FVBN):
    """MLP com máscaras: cada unidade oculta só vê até uma certa vez, e o pixel só ouve as de vez menor.

    Fonte: Germain e outros (2015), "MADE: Masked Autoencoder for Distribution Estimation".

    Args:
        forma: (C, H, W).
        niveis: K.
        ocultas: largura de cada camada oculta.
        ordem: a ordem dos pixels; sem ela, a de leitura.
        frequencia: como em `FVBNLogistica`.

    Raises:
        ValueError: se x tem um só pixel, ou se não há camada oculta.
    """

    def __init__(
        self,
        forma: Sequence[int],
        niveis: int,
        ocultas: Sequence[int] = (512, 512),
        ordem: Tensor | None = None,
        frequencia: Tensor | None = None,
    ) -> None:
        super().__init__(forma, niveis, ordem)
        dimensoes = len(self.ordem)
        if dimensoes < 2 or not ocultas:
            raise ValueError(
                f"MADE: chegaram {dimensoes} pixel e ocultas={tuple(ocultas)}; esperava pelo menos 2 pixels e uma "
                "camada oculta. Para a rede sem camada oculta, use FVBNLogistica."
            )
        vezes, camadas = self.vez, list[nn.Module]()
        for largura in ocultas:
            novas = torch.arange(largura) % (dimensoes - 1)  # cada unidade vê os pixels de vez até a sua
            camadas += [LinearMascarada(mascara_de_vezes(novas, vezes)), nn.SiLU()]
            vezes = novas
        saida = mascara_de_vezes(self.vez, vezes, estrita=True).repeat(niveis, 1)
        self.camadas = nn.Sequential(*camadas, LinearMascarada(saida))
        partir_da_frequencia(self.camadas[-1], frequencia)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → logits (B, K, C, H, W)."""
        return self.camadas(x.flatten(1)).unflatten(1, (self.niveis, *self.forma))


def log_prob(modelo: nn.Module, x: Tensor) -> Tensor:
    """log p(x) de cada imagem, exato, em nats.

    Equação: log p(x) = Σ_i log p(x_i | x_1, …, x_{i−1})   (regra da cadeia; slide "Tipos de métodos")

    Args:
        modelo: FVBN: x → logits (B, K, C, H, W).
        x: pixels em [−1, 1], com K níveis igualmente espaçados, forma (B, C, H, W).

    Returns:
        Forma (B,), ≤ 0.
    """
    log_p = modelo(x).log_softmax(dim=1)  # (B, K, C, H, W)
    niveis = niveis_de(x, log_p.shape[1]).unsqueeze(1)  # (B, 1, C, H, W)
    log_p_i = log_p.gather(1, niveis).squeeze(1)  # log p(x_i | x_<i)
    return log_p_i.flatten(1).sum(dim=1)


def perda_nats(modelo: nn.Module, x: Tensor, gerador: torch.Generator | None = None) -> Tensor:
    """−log p(x) de cada imagem, em nats: a perda que treina uma FVBN (o gerador não é usado)."""
    return -log_prob(modelo, x)


def bits_por_dimensao(nats: float, dimensoes: int) -> float:
    """Nats por imagem em bits por dimensão: nats / (D log 2).

    Args:
        nats: −log p(x) por imagem.
        dimensoes: D, pixels vezes canais.

    Raises:
        ValueError: se D < 1.
    """
    if dimensoes < 1:
        raise ValueError(
            f"bits_por_dimensao: chegou dimensoes={dimensoes}; esperava 1 ou mais (64 nos dígitos)."
        )
    return nats / (dimensoes * math.log(2))


class Passo(NamedTuple):
    """Um pixel sorteado: a posição dele em 0…D − 1, p(x_i | x_<i) de cada imagem e x depois do sorteio."""

    pixel: int
    p: Tensor  # (B, K)
    x: Tensor  # (B, C, H, W)


@torch.no_grad()
def pixel_a_pixel(
    modelo: FVBN, x: Tensor, conhecidos: Tensor, gerador: torch.Generator | None = None
) -> Iterator[Passo]:
    """Percorre a ordem da rede e sorteia, um a um, os pixels que não são conhecidos.

    Equação: x_i ~ p(x_i | x_1, …, x_{i−1}), um i por vez.

    Args:
        modelo: FVBN.
        x: valores dos pixels conhecidos, forma (B, C, H, W); os outros são ignorados.
        conhecidos: booleanos, forma (C, H, W): True onde x fica como veio.
        gerador: fonte do acaso.

    Yields:
        Um `Passo` por pixel sorteado; x é novo a cada passo.

    Raises:
        ValueError: se uma forma não serve, ou se o gerador é de outro dispositivo.
    """
    if x.shape[1:] != modelo.forma or conhecidos.shape != modelo.forma:
        raise ValueError(
            f"completar: chegaram x {tuple(x.shape)} e conhecidos {tuple(conhecidos.shape)}; esperava "
            f"x (B, *{modelo.forma}) e conhecidos {modelo.forma}, a mesma máscara para todas as imagens."
        )
    conferir_gerador(gerador, x.device)
    dados = conhecidos.flatten().bool().to(x.device)
    plano = torch.where(dados, x.flatten(1), torch.zeros_like(x.flatten(1)))
    for i in modelo.ordem.tolist():
        if dados[i]:
            continue
        p = modelo(plano.view_as(x)).flatten(2)[:, :, i].softmax(dim=1)  # (B, K)
        nivel = torch.multinomial(p, 1, generator=gerador).squeeze(1)
        plano = plano.clone()
        plano[:, i] = nivel * 2 / (modelo.niveis - 1) - 1
        yield Passo(i, p, plano.view_as(x))


def completar(modelo: FVBN, x: Tensor, conhecidos: Tensor, gerador: torch.Generator | None = None) -> Tensor:
    """Mantém os pixels conhecidos e sorteia os outros, na ordem da rede.

    É um sorteio exato de p(desconhecidos | conhecidos) quando todos os conhecidos vêm antes na ordem. Um
    conhecido que vem depois não influi nos sorteios anteriores a ele: o resultado já não segue essa lei.

    Args:
        modelo: FVBN.
        x: forma (B, C, H, W), em [−1, 1].
        conhecidos: booleanos, forma (C, H, W).
        gerador: fonte do acaso.

    Returns:
        Forma (B, C, H, W).

    Raises:
        ValueError: se uma forma não serve.
    """
    completo = x
    for passo in pixel_a_pixel(modelo, x, conhecidos, gerador):
        completo = passo.x
    return completo


def amostrar(modelo: FVBN, n: int, gerador: torch.Generator | None = None) -> Tensor:
    """Sorteia n imagens pixel a pixel (sorteio ancestral): D chamadas da rede para o lote inteiro.

    Args:
        modelo: FVBN.
        n: quantas imagens.
        gerador: fonte do acaso, no dispositivo do modelo.

    Returns:
        Forma (n, C, H, W), em [−1, 1], com os K níveis.
    """
    vazio = torch.zeros(n, *modelo.forma, device=modelo.ordem.device)
    return completar(modelo, vazio, torch.zeros(modelo.forma, dtype=torch.bool), gerador)

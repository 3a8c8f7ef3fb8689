"""BigGAN (2018): o que se soma à SAGAN quando se aumentam a rede e o lote.

Fonte: Brock, Donahue e Simonyan (2019), "Large Scale GAN Training for High Fidelity Natural Image Synthesis".
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aulas_lib.modelos.condicional import RotulosEmZ
from aulas_lib.modelos.sagan import CorpoG
from aulas_lib.redes import lado_final


class GeradorBigGAN(nn.Module):
    """z, que traz os rótulos → imagem. Os rótulos viram um só código, e cada bloco recebe um pedaço novo de z.

    A norma espectral se põe na rede inteira, com `com_norma_espectral`.

    Código compartilhado (*shared embedding*): e = E y, o mesmo em todas as normalizações e, como na BigGAN-deep, na
    camada densa.
    z em toda parte (*skip-z*): as coordenadas livres de z são repartidas; a primeira parte entra na camada densa, e
    cada uma das outras se junta a e na normalização de um bloco.
    Fonte: Brock, Donahue e Simonyan (2019), seção 3 e apêndice B.

    Args:
        canais: canais da imagem.
        tamanho: lado da imagem; dividido por 2 uma vez por largura, tem de dar um inteiro.
        rotulos: onde ficam os rótulos em z.
        larguras: canais em cada resolução, da menor para a maior (a da imagem tem metade da última).
        latentes: dimensão de z.
        codigo: dimensão de e; None não compartilha: cada normalização recebe os próprios indicadores y.
        repartir: se z é repartido; senão, as coordenadas livres entram todas na camada densa.

    Raises:
        ValueError: se o tamanho não é divisível, ou se z não tem coordenadas livres para todos os blocos.
    """

    def __init__(
        self, canais: int, tamanho: int, rotulos: RotulosEmZ, larguras: Sequence[int] = (96, 64, 32),
        latentes: int = 64, codigo: int | None = 32, repartir: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.lado, self.rotulos, self.latentes = lado_final(tamanho, larguras), rotulos, latentes
        self.blocos = len(larguras)
        self.usadas, self.partes = sum(rotulos.coordenadas), len(larguras) + 1 if repartir else 1
        livres = latentes - self.usadas
        if livres < self.partes:
            raise ValueError(
                f"latentes: chegou {latentes}; os rótulos usam {self.usadas} e sobram {livres}, menos que as "
                f"{self.partes} partes. Aumente latentes."
            )
        primeira, *demais = map(len, self.pedacos)
        indicadores = sum(rotulos.tamanhos)
        self.codigo = nn.Linear(indicadores, codigo, bias=False) if codigo else nn.Identity()
        demais = demais or [0] * len(larguras)
        self.entrada = nn.Linear((codigo or indicadores) + primeira, larguras[0] * self.lado**2)
        self.corpo = CorpoG(canais, larguras, [(codigo or indicadores) + parte for parte in demais], inicio=0.1)

    @property
    def pedacos(self) -> tuple[Tensor, ...]:
        """As coordenadas livres de z em cada pedaço, da camada densa ao último bloco."""
        return torch.arange(self.usadas, self.latentes).tensor_split(self.partes)

    def forward(self, z: Tensor) -> Tensor:
        """(B, latentes) → imagens em [−1, 1], forma (B, canais, tamanho, tamanho)."""
        e = self.codigo(self.rotulos.indicadores(self.rotulos.ler(z)))
        primeira, *demais = z[:, self.usadas :].tensor_split(self.partes, dim=1)
        h = self.entrada(torch.cat([e, primeira], dim=1)).unflatten(1, (-1, self.lado, self.lado))
        nada = z[:, :0]
        return self.corpo(h, [torch.cat([e, parte], dim=1) for parte in demais or [nada] * self.blocos])


def penalidade_ortogonal(rede: nn.Module, peso: float = 1e-4) -> Tensor:
    """Leva para zero o produto entre as linhas diferentes de cada peso, sem mexer no tamanho delas.

    Equação: β ‖W Wᵀ ⊙ (1 − I)‖²_F, somada sobre as camadas densas e as convoluções, com W como matriz (saída, resto)
    Fonte: Brock, Donahue e Simonyan (2019), equação 3. Lá a matriz tem as saídas nas colunas, e a conta é a de Wᵀ W.

    Com norma espectral, W é o peso que a camada usa, já dividido por σ. O guardado cresce durante o treino sem que a
    saída mude, e a penalidade, que cresce com a quarta potência dele, pode vir a ser quase toda a perda.

    Ficam de fora os pesos com mais saídas do que entradas (a camada densa): mais de D linhas de D números não têm como
    ser perpendiculares, e a penalidade só as encolheria.

    Args:
        rede: o gerador.
        peso: β.

    Returns:
        Um número, com gradiente.
    """
    matrizes = [m.weight.flatten(1) for m in rede.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    produtos = [m @ m.T for m in matrizes if m.shape[0] <= m.shape[1]]
    return peso * sum((p - torch.diag(p.diagonal())).square().sum() for p in produtos)


def truncar(n: int, latentes: int, limite: float, gerador: torch.Generator | None = None) -> Tensor:
    """z de uma N(0, I) cortada: nenhuma coordenada passa do limite em módulo, forma (n, latentes).

    Limite menor dá imagens mais típicas e menos variadas.
    Fonte: Brock, Donahue e Simonyan (2019), seção 3.1 (*truncation trick*).

    Args:
        n: quantos.
        latentes: dimensão de z.
        limite: maior módulo de uma coordenada, maior que zero.
        gerador: fonte do acaso.

    Raises:
        ValueError: se o limite não é positivo.
    """
    if not limite > 0:
        raise ValueError(f"limite: chegou {limite}; esperava um número maior que zero.")
    return nn.init.trunc_normal_(torch.empty(n, latentes), a=-limite, b=limite, generator=gerador)

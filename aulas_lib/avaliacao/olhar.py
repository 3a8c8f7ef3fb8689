"""Um olhar sobre imagens quaisquer, sem rede baixada nem rótulos: pedaços das próprias imagens servem de filtros.

Fonte: Coates, Lee e Ng (2011), "An analysis of single-layer networks in unsupervised feature learning": pedaços
branqueados, um limiar e médias por região. Aqui os filtros são pedaços sorteados, e as direções principais vêm depois.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from aulas_lib.ambiente import gerador

DIMENSAO, FILTROS, LADO_DO_PEDACO, GRADE, LIMIAR = 32, 32, 5, 4, 1.0
FOLGA_DO_BRANQUEAMENTO = 0.1  # da variância média: sem ela, o ruído das direções fracas pesaria como o desenho
PISO_DA_ESCALA = 0.2  # do desvio médio: um filtro que quase nunca acende no treino não decide sozinho
PEDACOS, LOTE = 20_000, 250
LADO_MINIMO = LADO_DO_PEDACO + GRADE - 1


class Olhar:
    """Imagens → `dimensao` características, com variância média 1 nas imagens de treino.

    Cada filtro compara todos os pedaços 5 × 5 da imagem, branqueados, com um pedaço sorteado do treino; o que passa do
    limiar, para mais e para menos, se resume na média de cada casa de uma grade 4 × 4. Das 2 × 32 × 16 colunas,
    divididas pelo desvio-padrão, ficam as direções principais no treino.

    Nas carinhas, ordena os geradores do curso quase como a sonda, que viu os rótulos (`tests/test_olhar.py`).

    Args:
        treino: imagens em [−1, 1], forma (N, C, H, W), com lado de pelo menos 8.
        dimensao: F.
        semente: dos pedaços.

    Raises:
        ValueError: se as imagens não têm essa forma, ou se não são mais de F.
    """

    def __init__(self, treino: Tensor, dimensao: int = DIMENSAO, semente: int = 0) -> None:
        if treino.ndim != 4 or min(treino.shape[2:]) < LADO_MINIMO:
            raise ValueError(
                f"treino: chegou a forma {tuple(treino.shape)}; esperava (N, C, H, W), de lado ≥ {LADO_MINIMO}."
            )
        if not 0 < dimensao < len(treino):
            raise ValueError(
                f"treino: chegaram {len(treino)} imagens para F = {dimensao} características; esperava mais que F."
            )
        treino = treino.detach().cpu().float()
        self.forma, self.dimensao = tuple(treino.shape[1:]), dimensao
        self.nucleos, self.vies = _filtros(treino, gerador(semente))
        h = self._medias(treino)
        desvios = h.std(dim=0)
        self.escala = desvios.clamp(min=PISO_DA_ESCALA * desvios.mean().item() + 1e-9)
        h = h / self.escala
        self.centro = h.mean(dim=0)
        _, singulares, direcoes = torch.linalg.svd(h - self.centro, full_matrices=False)  # em ordem decrescente
        variancia = singulares[:dimensao].square().mean() / (len(h) - 1)
        self.direcoes = direcoes[:dimensao].T / variancia.clamp(min=1e-12).sqrt()

    def extrair(self, imagens: Tensor) -> Tensor:
        """(N, C, H, W), em [−1, 1] → características (N, F), em float64.

        Raises:
            ValueError: se a forma não é a das imagens de treino.
        """
        if imagens.ndim != 4 or tuple(imagens.shape[1:]) != self.forma or len(imagens) == 0:
            forma = ", ".join(map(str, self.forma))
            raise ValueError(f"imagens: chegou a forma {tuple(imagens.shape)}; esperava (N, {forma}), com N ≥ 1.")
        return (self._medias(imagens.detach().cpu().float()) / self.escala - self.centro) @ self.direcoes

    def _medias(self, imagens: Tensor) -> Tensor:
        return torch.cat([self._de_um_lote(x) for x in imagens.split(LOTE)]).double()

    def _de_um_lote(self, x: Tensor) -> Tensor:
        h = F.conv2d(x, self.nucleos, self.vies)
        acesos = torch.cat([F.relu(h - LIMIAR), F.relu(-h - LIMIAR)], dim=1)
        return F.adaptive_avg_pool2d(acesos, GRADE).flatten(1)


def _filtros(treino: Tensor, sorte: torch.Generator) -> tuple[Tensor, Tensor]:
    """Os núcleos (FILTROS, C, 5, 5) e os vieses de uma convolução que branqueia e compara.

    Branquear é tirar a média m e multiplicar por W = V (Λ + ε)^(−½) Vᵀ, com V Λ Vᵀ a covariância dos pedaços.
    """
    janelas = treino.unfold(2, LADO_DO_PEDACO, 1).unfold(3, LADO_DO_PEDACO, 1)  # (N, C, h, w, 5, 5), sem cópia
    n, _, h, w = janelas.shape[:4]
    i, y, x = (torch.randint(fim, (PEDACOS,), generator=sorte) for fim in (n, h, w))
    pedacos = janelas[i, :, y, x].flatten(1).double()  # (PEDACOS, 25 C)
    media = pedacos.mean(dim=0)
    variancias, direcoes = torch.linalg.eigh(torch.cov(pedacos.T))
    folga = (FOLGA_DO_BRANQUEAMENTO * variancias.mean()).clamp(min=1e-12)
    branquear = direcoes * (variancias.clamp(min=0) + folga).rsqrt() @ direcoes.T
    modelos = F.normalize((pedacos[:FILTROS] - media) @ branquear, dim=1)  # já estão em ordem sorteada
    nucleos = modelos @ branquear
    return nucleos.float().reshape(FILTROS, -1, LADO_DO_PEDACO, LADO_DO_PEDACO), -(nucleos @ media).float()

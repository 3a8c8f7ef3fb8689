"""A U-Net do curso e as de duas bibliotecas conhecidas, cada uma com o laço de treino que seu autor ensina.

As três têm o mesmo número de pesos, com 5 % de folga, as mesmas carinhas de 32 × 32, lotes de 64 e a mesma agenda
(cosseno, T = 1000): diferem na rede e no laço. O alvo é de cada laço: o nosso prevê a velocidade, e os tutoriais dos
outros dois, o ruído. As formas são as que um usuário copiaria:

- `UNet2DModel`: a do tutorial "Train a diffusion model", com 2 blocos por nível e atenção no penúltimo nível
  (8 × 8), em quatro níveis e com menos canais;
- `Unet`: a do README do denoising-diffusion-pytorch, com `dim_mults=(1, 2, 4, 8)` e menos canais.
"""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from aulas_lib.ambiente import gerador, semear
from aulas_lib.compat import torchvision
from aulas_lib.modelos.difusao import Preditor, sorteando
from aulas_lib.modelos.unet import UNet
from aulas_lib.modelos.velocidade import PreditorDeVelocidade, perda_da_velocidade
from aulas_lib.precisao import precisao
from aulas_lib.receitas.difusao import AGENDA, LARGURAS
from aulas_lib.treino import Treino

torchvision()  # as duas bibliotecas importam o torchvision; depois desta linha, ele abre
UNet2DModel = importlib.import_module("diffusers").UNet2DModel
DDPMScheduler = importlib.import_module("diffusers").DDPMScheduler
ddpm = importlib.import_module("denoising_diffusion_pytorch")

LADO, LOTE, AQUECIMENTO = 32, 64, 30
NOSSA, DIFFUSERS, DDPM = "nossa", "diffusers", "denoising-diffusion-pytorch"
Lacos = Callable[[nn.Module, Tensor, int, float], Iterator[object]]  # (rede, x, passos, taxa), um passo por volta


@dataclass(frozen=True)
class Concorrente:
    """Uma rede, o laço que a treina e o que falta para o nosso amostrador a chamar.

    Attributes:
        criar: rede sem treino, com a semente 0.
        treinar: (rede, x, passos, taxa) → um passo de treino por volta.
        preditor: rede → ε_θ(x_t, t), com t de 1 a T.
        taxas: as taxas de aprendizado a experimentar.
        inicio: o instante em que as amostras começam.
    """

    criar: Callable[[], nn.Module]
    treinar: Lacos
    preditor: Callable[[nn.Module], Preditor]
    taxas: tuple[float, ...]
    inicio: int


def aquecer(passo: int) -> float:
    """Fator da taxa: sobe em linha reta por `AQUECIMENTO` passos e fica em 1; serve a qualquer número de passos."""
    return min(1.0, (passo + 1) / AQUECIMENTO)


def lotes(x: Tensor, passos: int) -> Iterator[Tensor]:
    """`passos` lotes de `LOTE` imagens, sem repetir nenhuma dentro de uma época."""
    sorte, ordem = gerador(0), torch.empty(0, dtype=torch.long)
    for _ in range(passos):
        if len(ordem) < LOTE:
            ordem = torch.randperm(len(x), generator=sorte)
        yield x[ordem[:LOTE]]
        ordem = ordem[LOTE:]


def treinar_nossa(modelo: nn.Module, x: Tensor, passos: int, taxa: float) -> Iterator[object]:
    """O laço da receita, sem atributos, com a precisão que `precisao` mede como a mais rápida nesta máquina."""
    perda = sorteando(perda_da_velocidade, AGENDA)
    return iter(
        Treino(
            modelo,
            perda,
            x,
            passos=passos,
            lote=LOTE,
            lr=taxa,
            agenda=lambda fracao: aquecer(round(fracao * passos)),
            recorte=5_000.0,
            media=0.999,
            precisao=precisao(),
        )
    )


def descer(
    perda: Tensor, modelo: nn.Module, otimizador: torch.optim.Optimizer, agenda_da_taxa: LambdaLR
) -> float:
    """O passo que os dois laços têm em comum, com o gradiente cortado na norma 1: devolve a perda."""
    perda.backward()
    nn.utils.clip_grad_norm_(modelo.parameters(), 1.0)
    otimizador.step()
    agenda_da_taxa.step()
    otimizador.zero_grad()
    return perda.item()


def treinar_diffusers(modelo: nn.Module, x: Tensor, passos: int, taxa: float) -> Iterator[object]:
    """O laço do tutorial do diffusers, em float32."""
    semear(0)
    agendador = DDPMScheduler(num_train_timesteps=AGENDA.T, beta_schedule="squaredcos_cap_v2")
    otimizador = torch.optim.AdamW(modelo.parameters(), lr=taxa)
    agenda_da_taxa = LambdaLR(otimizador, aquecer)
    modelo.train()
    for x_0 in lotes(x, passos):
        eps = torch.randn(x_0.shape)
        t = torch.randint(0, AGENDA.T, (len(x_0),))
        previsto = modelo(agendador.add_noise(x_0, eps, t), t, return_dict=False)[0]
        perda = F.mse_loss(previsto, eps)
        yield descer(perda, modelo, otimizador, agenda_da_taxa)


def treinar_ddpm(modelo: nn.Module, x: Tensor, passos: int, taxa: float) -> Iterator[object]:
    """O laço do `Trainer` do denoising-diffusion-pytorch, em float32, com a perda do `GaussianDiffusion` dele."""
    semear(0)
    difusao = ddpm.GaussianDiffusion(
        modelo, image_size=LADO, timesteps=AGENDA.T, beta_schedule="cosine", objective="pred_noise",
        auto_normalize=False,
    )  # fmt: skip
    otimizador = torch.optim.Adam(modelo.parameters(), lr=taxa, betas=(0.9, 0.99))
    agenda_da_taxa = LambdaLR(otimizador, aquecer)
    difusao.train()
    for x_0 in lotes(x, passos):
        perda = difusao(x_0)
        yield descer(perda, modelo, otimizador, agenda_da_taxa)


def criar_nossa() -> nn.Module:
    """A U-Net da receita, sem condição, que prevê a velocidade."""
    semear(0)
    return PreditorDeVelocidade(UNet(3, LADO, LARGURAS), AGENDA)


def criar_diffusers() -> nn.Module:
    """`UNet2DModel` com os níveis e a atenção do tutorial."""
    semear(0)
    desce, sobe = ["DownBlock2D"] * 4, ["UpBlock2D"] * 4
    desce[2], sobe[1] = "AttnDownBlock2D", "AttnUpBlock2D"
    return UNet2DModel(
        sample_size=LADO, layers_per_block=2, block_out_channels=(32, 64, 64, 64), down_block_types=tuple(desce),
        up_block_types=tuple(sobe),
    )  # fmt: skip


def criar_ddpm() -> nn.Module:
    """`Unet` com os quatro níveis do README."""
    semear(0)
    return ddpm.Unet(dim=16, dim_mults=(1, 2, 4, 8))


# As bibliotecas contam os instantes de 0 a T − 1; o curso, de 1 a T. Quem prevê o ruído começa pouco antes de T, onde
# √ᾱ_t não é quase zero: começar em T as prejudicaria.
INICIO_DO_RUIDO = 975
CONCORRENTES = {
    NOSSA: Concorrente(criar_nossa, treinar_nossa, lambda rede: rede, (1e-3,), AGENDA.T),
    DIFFUSERS: Concorrente(
        criar_diffusers, treinar_diffusers, lambda rede: lambda x_t, t: rede(x_t, t - 1).sample, (1e-4, 1e-3),
        INICIO_DO_RUIDO,
    ),
    DDPM: Concorrente(
        criar_ddpm, treinar_ddpm, lambda rede: lambda x_t, t: rede(x_t, t - 1), (1e-4, 1e-3), INICIO_DO_RUIDO
    ),
}


def pesos_de(nome: str) -> int:
    """Quantos pesos tem a rede de um concorrente."""
    return sum(p.numel() for p in CONCORRENTES[nome].criar().parameters())

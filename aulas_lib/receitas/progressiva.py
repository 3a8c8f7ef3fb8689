"""A GAN de crescimento progressivo das carinhas (2017): 8 → 16 → 32."""

from torch import Tensor, nn

from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.modelos.gan import perda_discriminador, perda_gerador, um_par_por_exemplo
from aulas_lib.modelos.perdas_gan import perda_d_wasserstein, perda_g_critico
from aulas_lib.modelos.progressiva import DiscriminadorProgressivo, GeradorProgressivo, momento
from aulas_lib.modelos.regularizadores import penalidade_gradiente, penalidade_r1
from aulas_lib.receitas.base import Receita, precisao_da_receita
from aulas_lib.receitas.dcgan import COMO_NA_CPU, constante_e_queda, medir_dcgan, retratar_sem_rotulos
from aulas_lib.treino import TreinoAdversario

PASSOS = 7_000
FASE = 0.13  # cada fase, de entrada ou estável, menos a última, leva esta fração das voltas
DERIVA = 1e-3  # quanto pesa o quadrado da nota dos reais, que sem isso passeia


def momento_da_volta(volta: int, passos: int, estagios: int = 3, fase: float = FASE) -> tuple[int, float]:
    """Em que estágio está o treino depois de tantas voltas, e quanto da camada nova já entrou: (estágio, alfa).

    Args:
        volta: quantas já foram feitas.
        passos: total de voltas do treino.
        estagios: quantos.
        fase: a fração das voltas que cada fase leva.
    """
    voltas = max(round(fase * passos), 1)
    return momento(volta, voltas, voltas, estagios)


class TreinoProgressivo(TreinoAdversario):
    """O laço de sempre, que antes de cada passo põe as redes, e a média dos pesos, no estágio da volta."""

    fase = FASE  # 0 não cresce

    def passo_discriminador(self) -> float:
        """Ajusta o estágio e dá o passo do discriminador."""
        self.crescer()
        return super().passo_discriminador()

    def crescer(self) -> None:
        """Põe as redes no estágio da volta que vai começar; as camadas fora de uso ficam paradas."""
        for rede in [*self.modelo.values(), *([self.media.module] if self.media else [])]:
            if self.fase:
                estagio, alfa = momento_da_volta(self.passo, self.passos, rede.estagios, self.fase)
                rede.crescer(estagio, alfa)
            rede.requires_grad_(False).zero_grad()
            for camada in rede.em_uso():
                camada.requires_grad_(True)

    @property
    def melhor_modelo(self) -> nn.Module:
        """O gerador com a média dos pesos, no estágio da volta que vai começar."""
        self.crescer()
        return super().melhor_modelo


def perda_com_deriva(a_real: Tensor, a_falso: Tensor) -> Tensor:
    """−a(x) + a(G(z)) + 0,001 a(x)²: (B,) ou (B, 1) duas vezes → (B,).

    Fonte: Karras e outros (2018), apêndice A.1.
    """
    a_real, a_falso = um_par_por_exemplo(a_real, a_falso)
    return perda_d_wasserstein(a_real, a_falso) + DERIVA * a_real.square()


def criar_progressiva(conjunto: ConjuntoImagens) -> GeradorProgressivo:
    """Gerador para as imagens do conjunto, com 64 latentes, que começa com um quarto do lado."""
    return GeradorProgressivo(conjunto.niveis.shape[1], (64, 32, 16), lado=conjunto.niveis.shape[-1] // 4)


def treinar_progressiva(rede_g: nn.Module, conjunto: ConjuntoImagens, semente: int) -> TreinoProgressivo:
    """Perda não saturante, R1 (γ = 3) a cada 4 passos do discriminador, que aprende duas vezes mais depressa.

    A R1 deriva em relação aos pixels da imagem final, em todos os estágios. O artigo usa a perda de Wasserstein com
    penalidade de gradiente: `com_wasserstein`.
    """
    aparelho = next(rede_g.parameters()).device
    rede_d = DiscriminadorProgressivo(conjunto.niveis.shape[1], rede_g.larguras, rede_g.lado).to(aparelho)
    return TreinoProgressivo(
        rede_g, rede_d, conjunto.imagens.to(aparelho), perda_discriminador, perda_gerador, latentes=rede_g.latentes,
        passos=PASSOS, lote=64, lr_g=5e-3, lr_d=1e-2, betas=(0.0, 0.99), agenda=constante_e_queda,
        regularizador=penalidade_r1(3.0), regularizar_a_cada=4, media=0.99,
        precisao=precisao_da_receita(rede_g) or COMO_NA_CPU, semente=semente,
    )  # fmt: skip


def com_wasserstein(treino: TreinoProgressivo) -> None:
    """Troca as perdas pelas do artigo: Wasserstein, deriva e penalidade de gradiente em todos os passos, λ = 10.

    Fonte: Karras e outros (2018), apêndice A.1.
    """
    treino.perda_d, treino.perda_g = perda_com_deriva, perda_g_critico
    treino.regularizador, treino.regularizar_a_cada = penalidade_gradiente(10.0), 1


RECEITA = Receita("GAN progressiva", criar_progressiva, treinar_progressiva, medir_dcgan, retratar_sem_rotulos)

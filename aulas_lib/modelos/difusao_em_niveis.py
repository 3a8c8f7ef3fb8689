"""Difusão de pixels que só têm K níveis: a rede dá uma lei sobre os níveis, e o limite sai em nats comparáveis.

Fonte: Kingma, Salimans, Poole e Ho (2021), "Variational Diffusion Models".
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.modelos.difusao import Agenda, agenda_de_betas, difundir, no_instante, ruido_do_x0
from aulas_lib.modelos.reconstrucao import reconstrucao_categorica
from aulas_lib.redes import MLP, SaidaDeNiveis, ondas_do_tempo


def agenda_do_log_snr(passos: int = 1000, primeiro: float = 5.0, ultimo: float = -9.0) -> Agenda:
    """A agenda em que λ_t = log(ᾱ_t/(1 − ᾱ_t)) desce em linha reta: a cada passo a SNR cai na mesma proporção.

    Com K níveis entre −1 e 1, λ_1 é escolhido para que o ruído do primeiro passo seja da ordem da distância entre
    dois níveis: com K = 17, 0,125; λ_1 = 5 dá um desvio de 0,08.

    Args:
        passos: T.
        primeiro, ultimo: λ_1 e λ_T.

    Raises:
        ValueError: se os λ não descem.
    """
    if not primeiro > ultimo:
        raise ValueError(f"log SNR: chegaram {primeiro} e {ultimo}; esperava que descesse do primeiro ao último.")
    alfa_barra = torch.linspace(primeiro, ultimo, passos, dtype=torch.float64).sigmoid()
    anterior = torch.cat([torch.ones(1, dtype=torch.float64), alfa_barra[:-1]])
    return agenda_de_betas(1 - alfa_barra / anterior)


class RedeDensa(nn.Module):
    """MLP residual que recebe o instante: imagem com ruído → K números por pixel. Para imagens pequenas.

    Args:
        forma: da imagem, (C, H, W).
        niveis: K.
        largura: de cada camada.
        blocos: quantos atalhos residuais.
        tempo: quantas ondas descrevem o instante.
    """

    def __init__(
        self, forma: tuple[int, int, int], niveis: int, largura: int = 256, blocos: int = 3, tempo: int = 64
    ) -> None:
        super().__init__()
        self.forma, self.ondas = forma, tempo
        self.entrada = nn.Linear(math.prod(forma), largura)
        self.tempo = MLP(tempo, (largura,), largura)
        self.blocos = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(largura), MLP(largura, (largura,), largura)) for _ in range(blocos)
        )
        self.norma = nn.LayerNorm(largura)
        self.saida = SaidaDeNiveis(largura, torch.full((niveis, *forma), 1 / niveis))
        nn.init.zeros_(self.saida.linear.weight)  # no começo, a rede não diz nada
        nn.init.zeros_(self.saida.linear.bias)

    def forward(self, x_t: Tensor, t: Tensor) -> Tensor:
        """(B, C, H, W) e t (B,) → (B, K · C, H, W)."""
        h = self.entrada(x_t.flatten(1)) + self.tempo(ondas_do_tempo(t, self.ondas))
        for bloco in self.blocos:
            h = h + bloco(h)
        return self.saida(F.silu(self.norma(h))).flatten(1, 2)


class PreditorDeNiveis(nn.Module):
    """p_θ(nível do pixel | x_t): a frequência do nível, o que o próprio pixel diz e o que a rede acrescenta.

    Equação: log p_θ(x_0j = n_k | x_t) = log f_jk − (x_tj − √ᾱ_t n_k)²/(2 (1 − ᾱ_t)) + rede_jk(x_t, t) + constante
    Com a rede em zero, é a regra de Bayes de pixels independentes; à rede resta o que os outros pixels dizem.
    Por fora, é um preditor de ruído como outro qualquer.

    Args:
        rede: (x_t, t) → (B, K · C, H, W), com `forma`, a de uma imagem.
        frequencia: de cada nível em cada pixel, forma (K, C, H, W), somando 1 em K.
        agenda: os β.
    """

    def __init__(self, rede: nn.Module, frequencia: Tensor, agenda: Agenda) -> None:
        super().__init__()
        self.rede, self.agenda, self.forma = rede, agenda, rede.forma
        self.register_buffer("log_frequencia", (frequencia + 0.01).log())
        self.register_buffer("tons", torch.linspace(-1, 1, len(frequencia)))

    def logits(self, x_t: Tensor, t: Tensor) -> Tensor:
        """(B, C, H, W) e t (B,) → log-probabilidades a menos de uma constante, (B, K, C, H, W)."""
        sinal = no_instante(self.agenda.alfa_barra.sqrt(), t, x_t)[:, None]
        variancia = no_instante(1 - self.agenda.alfa_barra, t, x_t)[:, None]
        do_pixel = (x_t[:, None] - sinal * self.tons[:, None, None, None]).square() / (2 * variancia)
        da_rede = self.rede(x_t, t).unflatten(1, (len(self.tons), -1))
        return self.log_frequencia - do_pixel + da_rede

    def prever_x0(self, x_t: Tensor, t: Tensor) -> Tensor:
        """x̂_0 = E_θ[x_0 | x_t], a média dos níveis: (B, C, H, W) → mesma forma."""
        return torch.tensordot(self.logits(x_t, t).softmax(dim=1), self.tons, dims=([1], [0]))

    def forward(self, x_t: Tensor, t: Tensor) -> Tensor:
        """O ruído previsto, na forma de x_t."""
        return ruido_do_x0(x_t, self.prever_x0(x_t, t), t, self.agenda)


def pesos_do_limite(agenda: Agenda) -> Tensor:
    """O fator de ‖x_0 − x̂_0‖² na KL do degrau t do ELBO, vezes T: quem sorteia t estima a soma.

    Equação: T · ½ (SNR(t − 1) − SNR(t)); em t = 1, onde a parcela não é uma KL, repete o de t = 2
    Fonte: Kingma e outros (2021), equação 14.

    Returns:
        Forma (T + 1,); em t = 0 não há parcela, e o valor é 0.

    Raises:
        ValueError: se a agenda tem um passo só.
    """
    if agenda.T < 2:
        raise ValueError(f"agenda: chegou T = {agenda.T}; o peso de um degrau pede T ≥ 2.")
    degraus = agenda.T * (agenda.snr[1:-1] - agenda.snr[2:]) / 2  # de t = 2 a T
    return torch.cat([torch.zeros(1, dtype=degraus.dtype), degraus[:1], degraus])


def erro_em_x0(
    modelo: PreditorDeNiveis, x_0: Tensor, t: Tensor, eps: Tensor, agenda: Agenda, pesos: Tensor
) -> Tensor:
    """Erro quadrático na previsão de x_0, por exemplo, com um peso por instante.

    Equação: w_t ‖x_0 − x̂_0(x_t, t)‖². Com w_t = SNR(t), é a loss_simple; com `pesos_do_limite`, o −ELBO, a menos das
    duas parcelas das pontas.

    Args:
        modelo: a rede.
        x_0: dados, forma (B, ...).
        t: instantes de 1 a T, forma (B,).
        eps: ruído N(0, I), forma (B, ...).
        agenda: os β.
        pesos: w_t, forma (T + 1,).

    Returns:
        Forma (B,).
    """
    previsto = modelo.prever_x0(difundir(x_0, t, eps, agenda), t)
    erro = (x_0 - previsto).square().flatten(1).sum(dim=1)
    return no_instante(pesos, t, erro) * erro


def surpresa_em_x0(modelo: PreditorDeNiveis, x_0: Tensor, t: Tensor, eps: Tensor, agenda: Agenda) -> Tensor:
    """−log p_θ(x_0 | x_t) de cada exemplo, em nats: a entropia cruzada de quem adivinha os níveis vendo só x_t.

    Args:
        modelo: a rede.
        x_0: pixels em [−1, 1], com os K níveis, forma (B, C, H, W).
        t: instantes de 1 a T, forma (B,).
        eps: ruído N(0, I), na forma de x_0.
        agenda: os β.

    Returns:
        Forma (B,), ≥ 0.
    """
    return reconstrucao_categorica(modelo.logits(difundir(x_0, t, eps, agenda), t), x_0)

"""Os caminhos de volta: DDPM, DDIM e DPM-Solver++, do ruído à imagem, um instante por vez.

Cada um é um gerador: devolve o controle depois de cada chamada da rede, e quem chama mostra, guarda ou para.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from aulas_lib.dados.conferencias import normal
from aulas_lib.modelos.difusao import (
    Agenda,
    Preditor,
    no_instante,
    por_exemplo,
    posteriori,
    ruido_do_x0,
    x0_do_ruido,
)


@dataclass(frozen=True)
class Parada:
    """Onde o caminho de volta está.

    Attributes:
        t: o instante, de T − 1 (ou menos, se o caminho pula) a 0.
        x: x_t, forma (B, ...).
        x_0: os dados que a rede previu na chamada que trouxe até aqui, forma (B, ...).
    """

    t: int
    x: Tensor
    x_0: Tensor


def passo_ddpm(x_t: Tensor, x_0: Tensor, t: Tensor, z: Tensor, agenda: Agenda, variancias: Tensor) -> Tensor:
    """x_{t−1} sorteado da posteriori, com o x_0 previsto no lugar do verdadeiro.

    Equação: x_{t−1} = μ̃_t(x_t, x_0) + σ_t z, sem o ruído quando t = 1
    Fonte: Ho e outros (2020), algoritmo 2.

    Args:
        x_t: forma (B, ...).
        x_0: dados previstos, forma (B, ...).
        t: instantes de 1 a T, forma (B,).
        z: ruído N(0, I), forma (B, ...).
        agenda: os β.
        variancias: σ_t², forma (T + 1,): `agenda.variancia_posterior` ou `agenda.betas`.
    """
    media, _ = posteriori(x_0, x_t, t, agenda)
    sigma = no_instante(variancias.sqrt(), t, x_t)
    return media + por_exemplo(t > 1, x_t) * sigma * z  # o último passo, t = 1, não tem ruído


def passo_ddim(
    x_t: Tensor, x_0: Tensor, t: Tensor, chegada: Tensor, z: Tensor, agenda: Agenda, eta: float = 0.0
) -> Tensor:
    """x_s, com s < t qualquer: o ruído que o x_0 previsto deixa em x_t é levado, em parte, a s.

    Equação: x_s = √ᾱ_s x_0 + √(1 − ᾱ_s − σ²) ε + σ z, com σ² = η² (1 − ᾱ_s)/(1 − ᾱ_t) (1 − ᾱ_t/ᾱ_s)
    Fonte: Song, Meng e Ermon (2021), equações 12 e 16. Com η = 0 não há acaso; com η = 1 e s = t − 1, é a DDPM.

    Args:
        x_t: forma (B, ...).
        x_0: dados previstos, forma (B, ...).
        t, chegada: os instantes de agora e o seguinte, s, forma (B,).
        z: ruído N(0, I), forma (B, ...).
        agenda: os β.
        eta: η, de 0 a 1.
    """
    ab, ab_s = agenda.alfa_barra[t.cpu()], agenda.alfa_barra[chegada.cpu()]  # (B,)
    sigma2 = eta**2 * (1 - ab_s) / (1 - ab) * (1 - ab / ab_s)
    eps = ruido_do_x0(x_t, x_0, t, agenda)
    sinal, resto, sigma = (
        por_exemplo(v, x_t) for v in (ab_s.sqrt(), (1 - ab_s - sigma2).clamp(min=0).sqrt(), sigma2.sqrt())
    )
    return sinal * x_0 + resto * eps + sigma * z


def instantes_igualados(agenda: Agenda, chamadas: int, inicio: int | None = None) -> list[int]:
    """Instantes de T para baixo, a passos iguais: onde a rede é chamada.

    Quando ᾱ_T é quase zero, como na agenda do cosseno, e a rede prevê ε, x̂_0 divide o erro dela por √ᾱ_T, e o primeiro
    passo acredita nele: comece um pouco antes. Com `PreditorDeVelocidade`, não é preciso.

    Args:
        agenda: de onde vem T.
        chamadas: quantos, de 1 a `inicio`.
        inicio: o primeiro instante; None é T.

    Raises:
        ValueError: se `inicio` não está entre 1 e T, ou se `chamadas` não cabe nele.
    """
    inicio = agenda.T if inicio is None else inicio
    if not 1 <= inicio <= agenda.T:
        raise ValueError(f"inicio: chegou {inicio}; com T = {agenda.T}, use de 1 a {agenda.T}.")
    if not 1 <= chamadas <= inicio:
        raise ValueError(f"chamadas: chegou {chamadas}; com T = {inicio}, use de 1 a {inicio}.")
    return [round(inicio * (chamadas - i) / chamadas) for i in range(chamadas)]


@torch.no_grad()
def percorrer_ddpm(
    modelo: Preditor, x: Tensor, agenda: Agenda, gerador: torch.Generator | None = None,
    variancias: Tensor | None = None, recorte: float | None = None,
) -> Iterator[Parada]:  # fmt: skip
    """A DDPM, de T a 0, uma chamada da rede por passo.

    Args:
        modelo: ε_θ.
        x: x_T, forma (B, ...).
        agenda: os β.
        gerador: fonte do ruído de cada passo, no dispositivo de x.
        variancias: σ_t²; None é β̃_t.
        recorte: o x_0 previsto é cortado em [−recorte, recorte]; None não corta.
    """
    variancias = agenda.variancia_posterior if variancias is None else variancias
    for t in range(agenda.T, 0, -1):
        instante = torch.full((len(x),), t, device=x.device)
        x_0 = _prever(modelo, x, instante, agenda, recorte)
        x = passo_ddpm(x, x_0, instante, normal(x.shape, x, gerador), agenda, variancias)
        yield Parada(t - 1, x, x_0)


@torch.no_grad()
def percorrer_ddim(
    modelo: Preditor, x: Tensor, agenda: Agenda, instantes: Iterable[int], gerador: torch.Generator | None = None,
    eta: float = 0.0, recorte: float | None = None,
) -> Iterator[Parada]:  # fmt: skip
    """A DDIM, que pula instantes.

    Args:
        modelo: ε_θ.
        x: x_T, forma (B, ...).
        agenda: os β.
        instantes: onde chamar a rede, em ordem decrescente, como os de `instantes_igualados`; o último leva a 0.
        gerador: fonte do ruído, se η > 0.
        eta: η, de 0 (sem acaso) a 1.
        recorte: o x_0 previsto é cortado em [−recorte, recorte]; None não corta.

    Raises:
        ValueError: se os instantes não descem de T para baixo.
    """
    for t, chegada in pairwise([*_conferidos(instantes, agenda), 0]):
        instante = torch.full((len(x),), t, device=x.device)
        x_0 = _prever(modelo, x, instante, agenda, recorte)
        z = normal(x.shape, x, gerador) if eta else torch.zeros_like(x)
        x = passo_ddim(x, x_0, instante, torch.full_like(instante, chegada), z, agenda, eta)
        yield Parada(chegada, x, x_0)


@torch.no_grad()
def percorrer_dpm(
    modelo: Preditor, x: Tensor, agenda: Agenda, instantes: Iterable[int], recorte: float | None = None
) -> Iterator[Parada]:
    """DPM-Solver++(2M): segunda ordem, uma chamada da rede por passo, sem acaso.

    Equação: x_s = (σ_s/σ_t) x_t − α_s (e^{−h} − 1) D, com λ = log(α/σ), h = λ_s − λ_t e
    D = x_0 + (h/(2 h')) (x_0 − x_0'), em que a linha diz o passo anterior; no primeiro e no último, D = x_0
    Fonte: Lu e outros (2022), algoritmo 2. α = √ᾱ e σ = √(1 − ᾱ).

    Args:
        modelo: ε_θ.
        x: x_T, forma (B, ...).
        agenda: os β.
        instantes: onde chamar a rede, em ordem decrescente; o último leva a 0.
        recorte: o x_0 previsto é cortado em [−recorte, recorte]; None não corta.

    Raises:
        ValueError: se os instantes não descem de T para baixo.
    """
    alfa, sigma = agenda.alfa_barra.sqrt().tolist(), (1 - agenda.alfa_barra).sqrt().tolist()
    lamb = (agenda.snr.log() / 2).tolist()  # (T + 1,), infinito em t = 0
    antes: tuple[Tensor, float] | None = None
    for t, chegada in pairwise([*_conferidos(instantes, agenda), 0]):
        x_0 = _prever(modelo, x, torch.full((len(x),), t, device=x.device), agenda, recorte)
        h = lamb[chegada] - lamb[t]
        d = x_0
        if antes and chegada:
            x_0_antes, h_antes = antes
            d = x_0 + h / (2 * h_antes) * (x_0 - x_0_antes)
        x = sigma[chegada] / sigma[t] * x - alfa[chegada] * math.expm1(-h) * d
        antes = x_0, h
        yield Parada(chegada, x, x_0)


def chegar(caminho: Iterable[Parada]) -> Tensor:
    """O x do fim de um caminho, forma (B, ...)."""
    *_, fim = caminho
    return fim.x


def _prever(modelo: Preditor, x: Tensor, t: Tensor, agenda: Agenda, recorte: float | None) -> Tensor:
    x_0 = x0_do_ruido(x, modelo(x, t), t, agenda)
    return x_0 if recorte is None else x_0.clamp(-recorte, recorte)


def _conferidos(instantes: Iterable[int], agenda: Agenda) -> list[int]:
    lista = list(instantes)
    if not lista or lista[0] > agenda.T or any(a <= b for a, b in pairwise([*lista, 0])):
        raise ValueError(f"instantes: chegaram {lista}; esperava inteiros de T = {agenda.T} a 1, cada um menor.")
    return lista

"""Densidades em uma e duas dimensões, e a divergência KL vista como área e como mapa."""

from collections.abc import Callable

import torch
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from torch import Tensor
from torch.distributions import Normal

from aulas_lib.ambiente import virgula
from aulas_lib.figuras.base import CORES, LETRA, PALETA, TRACOS, NumeroComVirgula, acabar, eixo, numpy

NORMAL = Normal(torch.tensor(0.0, dtype=torch.float64), torch.tensor(1.0, dtype=torch.float64))


def densidades(
    log_densidades: dict[str, Tensor],
    grade: Tensor,
    ax: Axes | None = None,
    eixo_x: str = "x",
    titulo: str | None = None,
) -> Axes:
    """Densidades em uma dimensão; a primeira, a de referência, fica preenchida.

    Args:
        log_densidades: de nome ao logaritmo da densidade nos pontos da grade, forma (G,).
        grade: abscissas, forma (G,).
        ax: onde desenhar; sem ele, uma figura nova.
        eixo_x: nome do eixo horizontal.
        titulo: título da figura.

    Raises:
        ValueError: se uma das log-densidades não tem a forma da grade.
    """
    for nome, log_p in log_densidades.items():
        if log_p.shape != grade.shape or grade.ndim != 1:
            raise ValueError(
                f"log_densidades[{nome!r}]: chegou a forma {tuple(log_p.shape)}, "
                f"com grade {tuple(grade.shape)}; esperava (G,) nas duas."
            )
    ax = eixo(ax)
    x = numpy(grade)
    for i, (nome, log_p) in enumerate(log_densidades.items()):
        p, cor = numpy(log_p.exp()), CORES[i % len(CORES)]
        if i == 0:
            ax.fill_between(x, p, color=cor, alpha=0.15, linewidth=0)
        ax.plot(x, p, linestyle=TRACOS[i % len(TRACOS)], color=cor, linewidth=2.4, label=nome)
    acabar(ax, eixo_x, "densidade", titulo, legenda=True)
    ax.set_ylim(bottom=0)
    return ax


def kl_area(mu: float, sigma: float, ax: Axes | None = None, limite: float = 5.0) -> Axes:
    """A KL de N(μ, σ²) para N(0, 1) como área: o integrando q(z) log(q(z)/p(z)), com seu sinal.

    Args:
        mu: média de q.
        sigma: desvio padrão de q.
        ax: onde desenhar; sem ele, uma figura nova.
        limite: o eixo z vai de −limite a +limite.

    Raises:
        ValueError: se sigma não é positivo.
    """
    if not sigma > 0:
        raise ValueError(f"sigma: chegou {sigma}; um desvio padrão é maior que 0.")
    ax = eixo(ax)
    z = torch.linspace(-limite, limite, 2001, dtype=torch.float64)
    log_p, log_q = NORMAL.log_prob(z), NORMAL.log_prob((z - mu) / sigma) - torch.tensor(sigma).log().double()
    integrando = log_q.exp() * (log_q - log_p)
    for sinal, cor, hachura in (("+", PALETA["laranja"], "//"), ("−", PALETA["céu"], "\\\\")):
        parte = integrando.clamp(min=0) if sinal == "+" else integrando.clamp(max=0)
        tinta = {"facecolor": cor, "alpha": 0.55, "hatch": hachura, "edgecolor": "white", "linewidth": 0}
        ax.fill_between(numpy(z), numpy(parte), label=f"q log(q/p), área com sinal {sinal}", **tinta)
    ax.plot(numpy(z), numpy(log_q.exp()), color=PALETA["azul"], linewidth=2.4, label="q(z) = N(μ, σ²)")
    ax.plot(numpy(z), numpy(log_p.exp()), "--", color="black", linewidth=2.0, label="p(z) = N(0, 1)")
    kl = 0.5 * (mu**2 + sigma**2 - 1) - torch.tensor(sigma).double().log().item()
    titulo = f"μ = {virgula(mu)}   σ = {virgula(sigma)}   KL = {virgula(kl, 3)} nats"
    acabar(ax, "z", "densidade e integrando", titulo, legenda=True)
    ax.set_xlim(-limite, limite)
    return ax


def mapa_kl(
    kl: Tensor, mus: Tensor, sigmas: Tensor, ax: Axes | None = None, titulo: str | None = None
) -> Axes:
    """Mapa de uma KL em função da média e do desvio padrão de q, com o mínimo marcado.

    Args:
        kl: em nats, forma (M, S).
        mus: médias de q, forma (M,).
        sigmas: desvios padrão de q, forma (S,).
        ax: onde desenhar; sem ele, uma figura nova.
        titulo: título da figura.

    Raises:
        ValueError: se a forma de `kl` não é (M, S) ou se não há valor finito.
    """
    if tuple(kl.shape) != (len(mus), len(sigmas)) or not kl.isfinite().any():
        raise ValueError(
            f"kl: chegou a forma {tuple(kl.shape)}; "
            f"esperava ({len(mus)}, {len(sigmas)}), com valores finitos."
        )
    ax = eixo(ax, largura=7.5, altura=5.0)
    kl, mus, sigmas = (t.detach().double().cpu() for t in (kl, mus, sigmas))
    valores = torch.where(kl.isfinite(), kl, kl[kl.isfinite()].max())
    # A KL cresce muito longe do mínimo: a raiz quadrada deixa ver o que se passa perto dele.
    x, y, v = numpy(mus), numpy(sigmas), numpy(valores.T)
    mapa = ax.pcolormesh(x, y, v, cmap="cividis_r", norm=PowerNorm(0.5), shading="nearest")
    barra = ax.figure.colorbar(mapa, ax=ax, label="KL (nats)", format=NumeroComVirgula())
    barra.outline.set_visible(False)
    barra.ax.tick_params(labelsize=LETRA - 1)
    barra.ax.yaxis.label.set_size(LETRA)
    niveis = _niveis(valores)
    tintas = ["black" if mapa.norm(nivel) < 0.5 else "white" for nivel in niveis]  # contra o fundo
    contornos = ax.contour(x, y, v, levels=niveis, colors=tintas or None, linewidths=0.8)
    ax.clabel(contornos, fmt=lambda v: f"{v:g}".replace(".", ","), fontsize=LETRA - 3)
    m, s = divmod(int(valores.argmin()), len(sigmas))
    mu, sigma, minimo = mus[m].item(), sigmas[s].item(), valores[m, s].item()
    mu = round(mu, 6) + 0.0  # um −1e-8 da grade não vira "−0,00"
    nota = f"mínimo: μ = {virgula(mu)}, σ = {virgula(sigma)}\nKL = {virgula(minimo, 3)} nats"
    marca = {"color": PALETA["vermelhão"], "markersize": 19, "markeredgecolor": "white"}
    ax.plot(mu, sigma, "*", linestyle="", label=nota, **marca)
    acabar(ax, "média μ de q", "desvio padrão σ de q", titulo)
    ax.grid(False)
    ax.legend(fontsize=LETRA - 2, framealpha=0.9, edgecolor="none", loc="upper right")
    return ax


def mistura_2d(
    log_densidade: Callable[[Tensor], Tensor] | None,
    amostras: Tensor | None = None,
    ax: Axes | None = None,
    extensao: float = 4.0,
    titulo: str | None = None,
) -> Axes:
    """Densidade no plano em tons de azul, e amostras por cima.

    Args:
        log_densidade: recebe pontos (N, 2) e devolve log p, forma (N,); sem ela, só as amostras.
        amostras: pontos, forma (n, 2); sem eles, só a densidade.
        ax: onde desenhar; sem ele, uma figura nova.
        extensao: os eixos vão de −extensao a +extensao.
        titulo: título da figura.

    Raises:
        ValueError: se não veio nem densidade nem amostras, ou se as amostras não têm a forma (n, 2).
    """
    if log_densidade is None and amostras is None:
        raise ValueError("mistura_2d: não há o que desenhar; passe log_densidade, amostras ou as duas.")
    if amostras is not None and (amostras.ndim != 2 or amostras.shape[1] != 2):
        raise ValueError(f"amostras: chegou a forma {tuple(amostras.shape)}; esperava (n, 2).")
    ax = eixo(ax, largura=5.6, altura=5.4)
    if log_densidade is not None:
        plano = _densidade_no_plano(log_densidade, extensao)
        azuis = LinearSegmentedColormap.from_list("azuis", ["white", PALETA["céu"], PALETA["azul"]])
        lados, norma = (-extensao, extensao) * 2, PowerNorm(0.5, vmin=0)
        ax.imshow(numpy(plano), extent=lados, origin="lower", cmap=azuis, norm=norma)
    if amostras is not None:
        x, y = numpy(amostras).T
        ax.plot(x, y, "o", color=PALETA["vermelhão"], markersize=3.6, alpha=0.6, markeredgewidth=0)
    acabar(ax, "$x_1$", "$x_2$", titulo)
    ax.grid(log_densidade is None)
    ax.set(xlim=(-extensao, extensao), ylim=(-extensao, extensao), aspect="equal")
    return ax


def _densidade_no_plano(log_densidade: Callable[[Tensor], Tensor], extensao: float) -> Tensor:
    lado = 240
    linha = torch.linspace(-extensao, extensao, lado)
    y, x = torch.meshgrid(linha, linha, indexing="ij")
    with torch.no_grad():
        return log_densidade(torch.stack([x.flatten(), y.flatten()], dim=1)).exp().reshape(lado, lado)


def _niveis(valores: Tensor) -> list[float]:
    candidatos = [0.01, 0.03, 0.1, 0.3, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
    return [v for v in candidatos if valores.min() < v < valores.max()]

"""Diagnósticos de cadeias de Markov: autocorrelação, tamanho efetivo e R̂ dividido."""

import math

import torch
from torch import Tensor


def autocorrelacao(x: Tensor) -> Tensor:
    """Correlação da cadeia com ela mesma k passos depois, para k de 0 a T − 1.

    Equação: ρ_k = Σ_t (x_t − x̄)(x_{t+k} − x̄) / Σ_t (x_t − x̄)², pela transformada rápida de Fourier.

    Args:
        x: uma cadeia por linha, forma (..., T).

    Returns:
        Forma (..., T); ρ_0 = 1, e nan se a cadeia não sai do lugar.

    Raises:
        ValueError: se T < 2.
    """
    c = _autocovariancia(x)
    return c / c[..., :1]


def r_chapeu(cadeias: Tensor) -> Tensor:
    """R̂ dividido: quanto a variância entre (meias) cadeias passa da variância dentro delas.

    Equação: cada cadeia é cortada ao meio. Com W = média das variâncias das metades, de n passos, e
    B/n = variância das médias delas, R̂ = √(((n − 1)/n · W + B/n) / W). Perto de 1, as cadeias concordam.
    Fonte: Gelman e outros (2013), "Bayesian Data Analysis", 3ª edição, seção 11.4; Vehtari e outros (2021), que
    recomendam R̂ < 1,01.

    Args:
        cadeias: uma coordenada de C cadeias, forma (C, T), ou todas, (C, T, D); T de pelo menos 4.

    Returns:
        Sem dimensões, ou (D,). Infinito se as cadeias estão paradas em pontos diferentes; nan se no mesmo.

    Raises:
        ValueError: se a forma não serve.
    """
    x = _metades(cadeias)  # (2C, n, D)
    n = x.shape[1]
    dentro = x.var(dim=1).mean(dim=0)
    entre = x.mean(dim=1).var(dim=0)
    r = (((n - 1) / n * dentro + entre) / dentro).sqrt()
    return r if cadeias.ndim == 3 else r[0]


def tamanho_efetivo(cadeias: Tensor) -> Tensor:
    """Quantos sorteios independentes dariam à média o mesmo erro que estas cadeias.

    Equação: N_ef = C T / τ, com τ = 1 + 2 Σ_k ρ_k. A correlação ρ_k combina as cadeias e conta também a diferença
    entre elas; a soma para quando os pares ρ_{2k} + ρ_{2k+1} deixam de ser positivos (Geyer, 1992).
    Fonte: Vehtari e outros (2021), "Rank-normalization, folding, and localization", equações 10 a 12.

    Args:
        cadeias: uma coordenada de C cadeias, forma (C, T), ou todas, (C, T, D); T de pelo menos 4.

    Returns:
        Sem dimensões, ou (D,). Pode passar de C T se passos vizinhos se compensam; nan se nada se move.

    Raises:
        ValueError: se a forma não serve.
    """
    x = _metades(cadeias)  # (2C, n, D)
    valores = torch.stack([_tamanho_efetivo(coordenada) for coordenada in x.unbind(dim=2)])
    return valores if cadeias.ndim == 3 else valores[0]


def _tamanho_efetivo(x: Tensor) -> Tensor:
    """Uma coordenada, forma (M, n), com M metades de cadeia."""
    m, n = x.shape
    c = _autocovariancia(x)  # (M, n), dividida por n
    dentro = c[:, 0].mean() * n / (n - 1)
    total = dentro * (n - 1) / n + x.mean(dim=1).var()
    if not total > 0:
        return torch.full_like(total, torch.nan)
    rho = 1 - (dentro - c.mean(dim=0)) / total  # (n,)
    rho[0] = 1
    pares = rho[: n // 2 * 2].reshape(-1, 2).sum(dim=1)[: (n - 1) // 2]  # P_k = ρ_{2k} + ρ_{2k+1}
    negativos = (pares[1:-1] <= 0).nonzero()
    fim = int(negativos[0]) + 1 if len(negativos) else max(len(pares) - 1, 1)
    monotona = pares[:fim].cummin(dim=0).values
    tau = -1 + 2 * monotona.sum() + rho[2 * fim].clamp(min=0)
    piso = 1 / math.log10(m * n)  # N_ef não passa de N log₁₀ N
    return m * n / tau.clamp(min=piso)


def _autocovariancia(x: Tensor) -> Tensor:
    """(1/T) Σ_t (x_t − x̄)(x_{t+k} − x̄), forma (..., T), em float64."""
    t = x.shape[-1] if x.ndim else 0
    if t < 2:
        raise ValueError(f"cadeia: chegou a forma {tuple(x.shape)}; esperava (..., T), com T de pelo menos 2.")
    centrado = x.double() - x.double().mean(dim=-1, keepdim=True)
    espectro = torch.fft.rfft(centrado, n=2 * t).abs().square()  # o dobro de T evita que o fim dê a volta
    return torch.fft.irfft(espectro, n=2 * t)[..., :t] / t


def _metades(cadeias: Tensor) -> Tensor:
    """(C, T[, D]) → (2C, T // 2, D), em float64; um passo do meio sobra se T é ímpar."""
    if cadeias.ndim not in (2, 3) or cadeias.shape[1] < 4 or not len(cadeias):
        raise ValueError(
            f"cadeias: chegou a forma {tuple(cadeias.shape)}; esperava (C, T) ou (C, T, D), com T de pelo menos 4. "
            "Para uma cadeia só, use cadeia[None]."
        )
    x = cadeias.double() if cadeias.ndim == 3 else cadeias.double()[..., None]
    n = x.shape[1] // 2
    return torch.cat([x[:, :n], x[:, -n:]])

"""Um simulador fácil de rodar e difícil de escrever como densidade: a chuva de um dia.

A inferência usa só o simulador e um classificador entre pares (x, θ) que combinam e pares embaralhados.
`log_verossimilhanca_chuva` é o gabarito: neste simulador pequeno ela ainda se calcula, por uma soma e uma integral.
Slide "Tipos de métodos", "Likelihood-free inference via classification".
"""

import math

import torch
from torch import Tensor, nn

from aulas_lib.ambiente import conferir_gerador, ruido
from aulas_lib.modelos.amostragem import quantil
from aulas_lib.modelos.razao import juntar, log_razao

MINIMO, MAXIMO = 0.5, 6.0  # a priori: θ uniforme nesse intervalo, em pancadas por dia
DESVIO_LEITURA = 0.2  # o erro do pluviômetro, em centímetros
PANCADAS = 60  # P(K > 60 | θ = 6) < 10⁻³⁵
PASSO_Y = 0.02  # centímetros; um décimo do desvio da leitura


def sortear_priori(n: int, gerador: torch.Generator | None = None) -> Tensor:
    """θ ~ Uniforme(0,5; 6), em pancadas de chuva por dia.

    Args:
        n: quantos valores.
        gerador: fonte do acaso.

    Returns:
        Forma (n,).
    """
    return MINIMO + (MAXIMO - MINIMO) * torch.rand(n, generator=gerador)


def simular_chuva(theta: Tensor, gerador: torch.Generator | None = None) -> Tensor:
    """Leitura do pluviômetro em um dia, em centímetros.

    Equação: x = Σ_{i=1..K} v_i + 0,2 eps, com K ~ Poisson(θ), v_i ~ Exponencial(1) e eps ~ N(0, 1)

    Args:
        theta: pancadas por dia, em média, forma qualquer, ≥ 0; um dia independente por elemento.
        gerador: fonte do acaso.

    Returns:
        A forma de theta. O ruído da leitura pode deixá-la negativa.

    Raises:
        ValueError: se algum θ é negativo ou o gerador é de outro dispositivo.
    """
    conferir_gerador(gerador, theta.device)
    if not (theta >= 0).all():
        raise ValueError(f"simular_chuva: o menor θ foi {theta.min().item():g}; um número médio de pancadas é ≥ 0.")
    k = torch.poisson(theta, generator=gerador)
    v = torch.empty(*theta.shape, int(k.max()), device=theta.device).exponential_(generator=gerador)
    existe = torch.arange(v.shape[-1], device=theta.device) < k[..., None]  # só as K primeiras pancadas
    return (v * existe).sum(dim=-1) + DESVIO_LEITURA * ruido(theta, gerador)


def entrada(x: Tensor, theta: Tensor) -> Tensor:
    """O par (x, θ) como entrada de uma rede, com as duas coordenadas divididas por um tamanho típico.

    Args:
        x: leituras, em centímetros, forma (...).
        theta: pancadas por dia, forma que se combina com a de x.

    Returns:
        Forma (N, 2), com N o número de elementos das duas formas combinadas.
    """
    x, theta = torch.broadcast_tensors(x, theta)
    return torch.stack([x / 3, theta / 2], dim=-1).reshape(-1, 2)


def pares(theta: Tensor, x: Tensor, gerador: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
    """Os dados do classificador: pares (x, θ) simulados, rótulo 1, e os mesmos com θ embaralhado, rótulo 0.

    Equação: p(x, θ) contra p(x) p(θ), cuja razão é p(x|θ)/p(x)
    Fonte: Hermans, Begy e Louppe (2020), "Likelihood-free MCMC with Amortized Approximate Ratio Estimators".

    Args:
        theta: sorteados da priori, forma (N,).
        x: um dia simulado com cada θ, forma (N,).
        gerador: fonte do acaso do embaralhamento.

    Returns:
        Entradas, forma (2N, 2), e rótulos, forma (2N,).

    Raises:
        ValueError: se theta e x não têm a mesma forma (N,).
    """
    if theta.ndim != 1 or theta.shape != x.shape:
        raise ValueError(
            f"pares: theta chegou com a forma {tuple(theta.shape)} e x, {tuple(x.shape)}; esperava (N,) nas duas, "
            "um dia simulado para cada θ."
        )
    solto = theta[torch.randperm(len(theta), generator=gerador)]
    return juntar(entrada(x, theta), entrada(x, solto))


@torch.no_grad()
def log_razao_dos_dias(modelo: nn.Module, x: Tensor, grade: Tensor) -> Tensor:
    """Σ_dias log p(x_i|θ)/p(x_i) na grade, em nats: dias independentes dado θ somam os seus logaritmos.

    Args:
        modelo: classificador treinado com `pares`.
        x: observações, forma (R, dias).
        grade: valores de θ, forma (G,).

    Returns:
        Forma (R, G).

    Raises:
        ValueError: se x não tem forma (R, dias) ou grade não tem forma (G,).
    """
    if x.ndim != 2 or grade.ndim != 1:
        raise ValueError(
            f"log_razao_dos_dias: x chegou com a forma {tuple(x.shape)} e grade, {tuple(grade.shape)}; esperava "
            "(R, dias) e (G,). Para uma observação só, use x[None]."
        )
    razoes = log_razao(modelo, entrada(x[:, :, None], grade))  # (R · dias · G,)
    return razoes.reshape(*x.shape, len(grade)).sum(dim=1)


def posteriori(log_pesos: Tensor, grade: Tensor) -> Tensor:
    """Densidade a posteriori na grade, com a priori uniforme entre os extremos dela.

    Equação: p(θ|x) ∝ p(x|θ); o que não depende de θ, como p(x), some ao normalizar

    Args:
        log_pesos: log p(x|θ), ou a log-razão, a menos de uma constante, forma (R, G).
        grade: valores de θ, crescentes, forma (G,).

    Returns:
        float64, forma (R, G), com integral 1 pela regra do trapézio.

    Raises:
        ValueError: se as formas não combinam.
    """
    if log_pesos.ndim != 2 or grade.shape != log_pesos.shape[1:]:
        raise ValueError(
            f"posteriori: log_pesos chegou com a forma {tuple(log_pesos.shape)} e grade, {tuple(grade.shape)}; "
            "esperava (R, G) e (G,)."
        )
    log_pesos = log_pesos.double()
    p = (log_pesos - log_pesos.max(dim=1, keepdim=True).values).exp()  # sem estourar
    return p / torch.trapezoid(p, grade.double(), dim=1)[:, None]


def intervalo(densidade: Tensor, grade: Tensor, massa: float = 0.95) -> Tensor:
    """Intervalo central de probabilidade: a mesma massa de fora em cada lado.

    Args:
        densidade: na grade, com integral 1, forma (R, G).
        grade: valores de θ, crescentes, forma (G,).
        massa: probabilidade do intervalo, entre 0 e 1.

    Returns:
        float64, forma (R, 2): o começo e o fim.

    Raises:
        ValueError: se massa não está entre 0 e 1, ou se a grade não cresce.
    """
    if not 0 < massa < 1:
        raise ValueError(f"intervalo: chegou massa={massa}; esperava um número entre 0 e 1, como 0.95.")
    extremos = torch.tensor([(1 - massa) / 2, (1 + massa) / 2], dtype=torch.float64, device=grade.device)
    return torch.stack([quantil(log_p, grade.double(), extremos) for log_p in densidade.double().log()])


def log_verossimilhanca_chuva(x: Tensor, theta: Tensor) -> Tensor:
    """log p(x|θ) de um dia, em nats: o gabarito, por soma em K e quadratura no volume y.

    Equação: p(x|θ) = e^(−θ) N(x; 0, s²) + ∫ Σ_{k≥1} Poisson(k; θ) Gama(y; k, 1) N(x; y, s²) dy, com s = 0,2

    Args:
        x: leituras, em centímetros, forma (N,).
        theta: onde avaliar, forma (G,), > 0.

    Returns:
        float64, forma (N, G).

    Raises:
        ValueError: se x ou theta não é um vetor, ou se algum θ não é positivo.
    """
    if x.ndim != 1 or theta.ndim != 1 or not (theta > 0).all():
        raise ValueError(
            f"log_verossimilhanca_chuva: x tem a forma {tuple(x.shape)} e theta, {tuple(theta.shape)}; esperava "
            "dois vetores, e todo θ positivo."
        )
    x, theta = x.double(), theta.double()
    fim = max(float(x.max()), 0) + 8 * DESVIO_LEITURA
    y = torch.arange(1, math.ceil(fim / PASSO_Y) + 1, dtype=torch.float64) * PASSO_Y  # (M,)
    volume = _log_volume(y, theta).exp() * PASSO_Y  # (M, G)
    na_origem = (theta * (-theta).exp()) * PASSO_Y / 2  # Σ_k ... em y = 0⁺, com o meio peso do trapézio
    leitura = torch.distributions.Normal(0.0, DESVIO_LEITURA)
    p = leitura.log_prob(x[:, None] - y).exp() @ volume  # (N, G)
    p = p + leitura.log_prob(x).exp()[:, None] * ((-theta).exp() + na_origem)
    return p.log()


def _log_volume(y: Tensor, theta: Tensor) -> Tensor:
    """log Σ_{k≥1} Poisson(k; θ) Gama(y; k, 1), forma (M, G)."""
    k = torch.arange(1, PANCADAS + 1, dtype=torch.float64)  # (K,)
    log_gama = (k - 1) * y.log()[:, None] - y[:, None] - torch.lgamma(k)  # (M, K)
    log_poisson = k * theta.log()[:, None] - theta[:, None] - torch.lgamma(k + 1)  # (G, K)
    topo_y, topo_t = log_gama.max(dim=1).values, log_poisson.max(dim=1).values
    soma = (log_gama - topo_y[:, None]).exp() @ (log_poisson - topo_t[:, None]).exp().T
    return soma.log() + topo_y[:, None] + topo_t

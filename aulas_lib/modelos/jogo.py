"""O jogo minimax com resposta exata: o discriminador ótimo, V(G, D), a divergência de Jensen-Shannon e p_g em 1-D.

Com p = p_data e p_g a densidade do que G gera, tudo o que o artigo afirma se confere por quadratura.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.dados.distribuicoes import kl_quadratura


def logit_otimo(log_p: Tensor, log_pg: Tensor) -> Tensor:
    """O logit do melhor discriminador para um gerador fixo.

    Equação: a*(x) = log p(x) − log p_g(x), isto é, D*(x) = p(x) / (p(x) + p_g(x))
    Fonte: Goodfellow e outros (2014), proposição 1 (slide "Redes adversárias geradoras (GANs)", formulação).

    Args:
        log_p: log p_data nos pontos, qualquer forma.
        log_pg: log p_g nos mesmos pontos.

    Returns:
        A mesma forma; D* é a sigmoide dela. Onde as duas densidades são zero, 0 (D* = ½).
    """
    return torch.where(log_p.isneginf() & log_pg.isneginf(), 0.0, log_p - log_pg)


def valor(a: Tensor, log_p: Tensor, log_pg: Tensor, grade: Tensor) -> Tensor:
    """V(G, D) por quadratura, em nats.

    Equação: ∫ p log D + p_g log(1 − D) dx, com D = σ(a)   (slide "Redes adversárias geradoras (GANs)", formulação)

    Args:
        a: logits do discriminador na grade, forma (G,).
        log_p, log_pg: log das duas densidades na grade, forma (G,).
        grade: pontos crescentes que cobrem as duas densidades, forma (G,).

    Returns:
        Escalar; no máximo −log 4 + 2 JSD, e só com a = a*.

    Raises:
        ValueError: se as formas não combinam.
    """
    conferir_grade(grade, a, log_p, log_pg)
    # 0 · log 0 vale 0: onde não há massa, o termo não conta
    real = torch.where(log_p.isneginf(), 0.0, log_p.exp() * F.logsigmoid(a))
    falso = torch.where(log_pg.isneginf(), 0.0, log_pg.exp() * F.logsigmoid(-a))
    return torch.trapezoid(real + falso, grade)


def jsd(log_p: Tensor, log_q: Tensor, grade: Tensor) -> Tensor:
    """Divergência de Jensen-Shannon em uma dimensão, em nats.

    Equação: JSD(p, q) = ½ KL(p ‖ m) + ½ KL(q ‖ m), com m = ½(p + q)

    Args:
        log_p, log_q: na grade, forma (G,).
        grade: pontos crescentes, forma (G,).

    Returns:
        Escalar, entre 0 (iguais) e log 2 (não se tocam).

    Raises:
        ValueError: se as formas não combinam.
    """
    conferir_grade(grade, log_p, log_q)
    log_m = torch.logaddexp(log_p, log_q) - math.log(2)
    return (kl_quadratura(log_p, log_m, grade) + kl_quadratura(log_q, log_m, grade)) / 2


def custo_do_gerador(log_p: Tensor, log_pg: Tensor, grade: Tensor) -> Tensor:
    """C(G) = max_D V(G, D) = −log 4 + 2 JSD(p_data, p_g), em nats.

    Fonte: Goodfellow e outros (2014), teorema 1. Na "função original" do slide, com peso ½ e sinal trocado, o
    ponto final é log 2, e não −log 4.

    Args:
        log_p, log_pg: na grade, forma (G,).
        grade: pontos crescentes, forma (G,).

    Returns:
        Escalar, de −log 4 (p_g = p) a 0.

    Raises:
        ValueError: se as formas não combinam.
    """
    return 2 * jsd(log_p, log_pg, grade) - math.log(4)


@torch.no_grad()
def densidade_gerada(rede_g: nn.Module, grade: Tensor, pontos: int = 200_001, extensao: float = 6.0) -> Tensor:
    """log p_g em uma dimensão, por mudança de variável, com z ~ N(0, 1) em uma dimensão.

    Equação: p_g(x) = Σ_{z: G(z) = x} p(z) / |G'(z)|
    G é trocada por uma poligonal de muitos pontos: a massa de cada pedaço de z se espalha por igual no pedaço de x
    que lhe corresponde. A densidade em um ponto da grade é a massa da célula em volta dele, dividida pela largura;
    assim a soma é 1 mesmo onde G dobra e p_g(x) vai ao infinito. O que G põe fora da grade não entra.

    Args:
        rede_g: gerador, (B, 1) → (B, 1), em modo de uso (`eval`).
        grade: pontos igualmente espaçados e crescentes, forma (G,), que cobrem o que G gera.
        pontos: pontos da poligonal.
        extensao: z vai de −extensao a extensao (fora de ±6 há 2 · 10⁻⁹ da massa).

    Returns:
        Forma (G,), float64; −∞ onde G não põe massa.

    Raises:
        ValueError: se a grade não é igualmente espaçada e crescente, ou se G não leva um número a um número.
    """
    x_grade = grade.double().cpu()
    passos = x_grade.diff()
    if len(grade) < 2 or not (passos > 0).all() or (passos - passos.mean()).abs().max() > 1e-3 * passos.mean():
        raise ValueError("densidade_gerada: a grade tem de ser crescente e igualmente espaçada; use torch.linspace.")
    z = torch.linspace(-extensao, extensao, pontos, dtype=torch.float64)
    x = rede_g(z[:, None].to(next(rede_g.parameters(), z)))
    if x.shape != (pontos, 1):
        raise ValueError(f"densidade_gerada: G devolveu {tuple(x.shape)}; esperava ({pontos}, 1), um x por z.")
    x = x[:, 0].double().cpu()
    bordas = torch.cat([x_grade - passos.mean() / 2, x_grade[-1:] + passos.mean() / 2])  # (G + 1,)
    massa = _massa_por_celula(torch.minimum(x[:-1], x[1:]), torch.maximum(x[:-1], x[1:]),
                              torch.special.ndtr(z).diff(), bordas)  # fmt: skip
    return (massa / passos.mean()).log().to(grade.device)


def _massa_por_celula(baixo: Tensor, alto: Tensor, massa: Tensor, bordas: Tensor) -> Tensor:
    """Quanta massa cai em cada célula [b_k, b_{k+1}], se a de cada pedaço se espalha por igual em [baixo, alto]."""
    infinito = torch.tensor([math.inf], dtype=bordas.dtype)
    todas = torch.cat([-infinito, bordas, infinito])  # mais duas células, para o que cai fora da grade
    primeira = torch.searchsorted(todas, baixo, right=True) - 1
    ultima = torch.maximum(torch.searchsorted(todas, alto) - 1, primeira)
    quantas = ultima - primeira + 1
    pedaco = torch.repeat_interleave(quantas)  # um par (pedaço, célula) por linha
    celula = primeira[pedaco] + torch.arange(len(pedaco)) - (quantas.cumsum(0) - quantas)[pedaco]
    dentro = torch.minimum(alto[pedaco], todas[celula + 1]) - torch.maximum(baixo[pedaco], todas[celula])
    fracao = torch.where(quantas[pedaco] == 1, 1.0, dentro / (alto - baixo)[pedaco])
    return torch.bincount(celula, fracao * massa[pedaco], minlength=len(todas) - 1)[1:-1]


def conferir_grade(grade: Tensor, *valores: Tensor) -> None:
    """Confere que há um valor por ponto da grade.

    Raises:
        ValueError: se uma das formas não é a da grade, (G,).
    """
    formas = [tuple(v.shape) for v in valores]
    if grade.ndim != 1 or set(formas) != {tuple(grade.shape)}:
        raise ValueError(
            f"jogo: chegaram valores de formas {formas} para uma grade {tuple(grade.shape)}; esperava (G,) em todos."
        )

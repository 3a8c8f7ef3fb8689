"""Distribuições com resposta exata, para conferir o que um modelo aprendeu.

`MisturaGaussiana` tem densidade, escore e versão com ruído em forma fechada; `LinearGaussiano` é o VAE cuja
posteriori se conhece. As fábricas abaixo dão as misturas das lições, em uma e em duas dimensões.
"""

import math

import torch
from torch import Tensor

from aulas_lib.dados.gaussianas import LinearGaussiano, MisturaGaussiana

__all__ = [
    "LinearGaussiano",
    "MisturaGaussiana",
    "anel_de_oito",
    "duas_modas",
    "espiral",
    "grade_5x5",
    "kl_quadratura",
    "luas",
]


def duas_modas(separacao: float = 4.0, desvio: float = 0.6, peso: float = 0.5) -> MisturaGaussiana:
    """Duas gaussianas em uma dimensão, em ± separacao/2.

    Args:
        separacao: distância entre as médias.
        desvio: desvio-padrão de cada moda.
        peso: peso da moda da esquerda, entre 0 e 1.

    Raises:
        ValueError: se o peso ou o desvio não define uma mistura.
    """
    medias = torch.tensor([[-separacao / 2], [separacao / 2]])
    return MisturaGaussiana(torch.tensor([peso, 1 - peso]), medias, torch.tensor(desvio**2))


def anel_de_oito(raio: float = 2.0, desvio: float = 0.1) -> MisturaGaussiana:
    """Oito gaussianas iguais sobre um círculo: o teste clássico de colapso de modas.

    Args:
        raio: raio do círculo.
        desvio: desvio-padrão de cada moda.

    Raises:
        ValueError: se o desvio é zero.
    """
    angulo = torch.arange(8) * (2 * math.pi / 8)
    medias = raio * torch.stack([angulo.cos(), angulo.sin()], dim=1)
    return MisturaGaussiana(torch.full((8,), 1 / 8), medias, torch.tensor(desvio**2))


def grade_5x5(espaco: float = 1.0, desvio: float = 0.1) -> MisturaGaussiana:
    """Vinte e cinco gaussianas iguais em uma grade quadrada centrada na origem.

    Args:
        espaco: distância entre modas vizinhas.
        desvio: desvio-padrão de cada moda.

    Raises:
        ValueError: se o desvio é zero.
    """
    eixo = espaco * torch.arange(-2.0, 3.0)
    return MisturaGaussiana(
        torch.full((25,), 1 / 25), torch.cartesian_prod(eixo, eixo), torch.tensor(desvio**2)
    )


def espiral(
    componentes: int = 60, voltas: float = 2.0, raio: float = 2.0, espessura: float = 0.08
) -> MisturaGaussiana:
    """Espiral de Arquimedes: muitas gaussianas, alongadas no sentido da curva.

    Args:
        componentes: quantas gaussianas.
        voltas: número de voltas.
        raio: raio externo.
        espessura: desvio-padrão na direção perpendicular à curva.

    Raises:
        ValueError: se a espessura é zero.
    """
    inicio = 0.15  # o miolo, onde as voltas se confundem, fica de fora
    u = torch.linspace(inicio**2, 1, componentes).sqrt()  # espaça igualmente ao longo da curva
    angulo = 2 * math.pi * voltas * u
    direcao = torch.stack([angulo.cos(), angulo.sin()], dim=1)
    giro = torch.stack([-angulo.sin(), angulo.cos()], dim=1)
    tangentes = direcao + angulo[:, None] * giro
    return _ao_longo(raio * u[:, None] * direcao, tangentes, espessura)


def luas(componentes: int = 32, espessura: float = 0.1) -> MisturaGaussiana:
    """Duas meias-luas entrelaçadas, nas posições de `sklearn.datasets.make_moons` e centradas na origem.

    Args:
        componentes: quantas gaussianas ao todo, metade em cada lua (número par).
        espessura: desvio-padrão na direção perpendicular à curva.

    Raises:
        ValueError: se componentes é ímpar ou a espessura é zero.
    """
    if componentes % 2:
        raise ValueError(f"componentes deve ser par, metade para cada lua; chegou {componentes}")
    angulo = torch.linspace(0, math.pi, componentes // 2)
    alta = torch.stack([angulo.cos(), angulo.sin()], dim=1)
    baixa = torch.tensor([1.0, 0.5]) - alta
    tangente = torch.stack([-angulo.sin(), angulo.cos()], dim=1)
    pontos = torch.cat([alta, baixa]) - torch.tensor([0.5, 0.25])
    return _ao_longo(pontos, torch.cat([tangente, -tangente]), espessura)


def _ao_longo(pontos: Tensor, tangentes: Tensor, espessura: float) -> MisturaGaussiana:
    """Gaussianas de mesmo peso sobre uma curva; ao longo dela, tão compridas que se emendam."""
    passo = (pontos[1] - pontos[0]).norm()
    t = tangentes / tangentes.norm(dim=1, keepdim=True)
    projecao = t[:, :, None] * t[:, None, :]  # (K, 2, 2)
    covariancias = (0.6 * passo) ** 2 * projecao + espessura**2 * (torch.eye(2) - projecao)
    return MisturaGaussiana(torch.full((len(pontos),), 1 / len(pontos)), pontos, covariancias)


def kl_quadratura(log_p: Tensor, log_q: Tensor, grade: Tensor) -> Tensor:
    """KL(p‖q) = ∫ p (log p − log q) dx em uma dimensão, pela regra do trapézio, em nats.

    Args:
        log_p: log p na grade, forma (..., G).
        log_q: log q na grade, forma que se combina com a de log_p.
        grade: pontos crescentes que cobrem toda a massa de p, forma (G,).

    Returns:
        Forma (...); infinita onde p põe massa e q não.

    Raises:
        ValueError: se as formas não combinam ou a grade não é crescente.
    """
    if grade.ndim != 1 or len(grade) < 2 or not (grade.is_meta or (grade.diff() > 0).all()):
        raise ValueError(
            f"grade deve ter forma (G,), com G ≥ 2 e valores crescentes; chegou {tuple(grade.shape)}"
        )
    if log_p.shape[-1:] != grade.shape or log_q.shape[-1:] != grade.shape:
        raise ValueError(
            f"log_p e log_q devem ter {len(grade)} valores na última dimensão, um por ponto da grade; "
            f"chegaram {tuple(log_p.shape)} e {tuple(log_q.shape)}"
        )
    razao = torch.where(log_p.isneginf(), 0.0, log_p - log_q)  # onde p = 0, p log p vale 0
    return torch.trapezoid(log_p.exp() * razao, grade, dim=-1)

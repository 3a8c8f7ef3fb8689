"""Comparar dois espaços latentes: quão bem uma reta separa os atributos, e quão liso é o caminho entre dois códigos.

Fonte: Karras, Laine e Aila (2019), "A Style-Based Generator Architecture for Generative Adversarial Networks", seção 4.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from sklearn.svm import LinearSVC
from torch import Tensor


class Separabilidade(NamedTuple):
    """Um plano que tenta separar um atributo.

    Attributes:
        acerto: fração dos códigos novos do lado certo.
        base: a mesma fração para quem diz sempre o valor mais comum.
        entropia: H(Y | X), em nats: o que falta saber do atributo Y depois de ver o lado X do plano.
        entropia_base: H(Y), em nats: o que falta saber de Y sem ver o código.
    """

    acerto: float
    base: float
    entropia: float
    entropia_base: float


def separabilidade(codigos: Tensor, tem: Tensor) -> Separabilidade:
    """Ajusta um plano (máquina de vetores de suporte linear) em metade dos códigos e o julga na outra metade.

    Args:
        codigos: forma (N, Z).
        tem: se a imagem de cada código tem o atributo, bool, forma (N,).

    Raises:
        ValueError: se as formas não combinam, ou se em uma das metades só há um valor.
    """
    if codigos.ndim != 2 or tem.shape != codigos.shape[:1]:
        raise ValueError(
            f"Chegaram códigos {tuple(codigos.shape)} e atributos {tuple(tem.shape)}; esperava (N, Z) e (N,)."
        )
    metade = len(codigos) // 2
    x, y = codigos.detach().double(), tem.long()
    if any(len(parte.unique()) < 2 for parte in (y[:metade], y[metade:])):
        raise ValueError("Em uma das metades todos têm o mesmo valor: não há o que separar. Passe mais códigos.")
    centro, escala = x[:metade].mean(dim=0), x[:metade].std(dim=0)
    x = (x - centro) / escala
    plano = LinearSVC(C=0.01, random_state=0).fit(x[:metade].numpy(), y[:metade].numpy())
    lado, certo = torch.from_numpy(plano.predict(x[metade:].numpy())), y[metade:]
    fracao = certo.double().mean().item()
    acerto, sozinho = (lado == certo).double().mean().item(), torch.zeros_like(certo)
    return Separabilidade(acerto, max(fracao, 1 - fracao), _condicional(lado, certo), _condicional(sozinho, certo))


def comprimento_do_caminho(
    gerar: Callable[[Tensor], Tensor], extrair: Callable[[Tensor], Tensor], a: Tensor, b: Tensor,
    interpolar: Callable[[Tensor, Tensor, Tensor], Tensor], t: Tensor, eps: float = 1e-2,
) -> Tensor:  # fmt: skip
    """Quanto as características da imagem mudam em um passo pequeno, ao quadrado e por passo ao quadrado.

    Equação: ‖h(g(c(t + ε))) − h(g(c(t)))‖² / ε², com c o caminho entre dois códigos
    Fonte: Karras, Laine e Aila (2019), equações 2 e 3; aqui h são as características da sonda, e não as de uma VGG.

    Args:
        gerar: códigos (B, Z) → imagens; sem acaso, ou a diferença seria dele.
        extrair: h, imagens → (B, F).
        a, b: pontas dos caminhos, forma (B, Z).
        interpolar: (a, b, t (B, 1)) → (B, Z).
        t: onde medir, forma (B,), entre 0 e 1 − ε.
        eps: ε.

    Returns:
        Forma (B,).
    """
    com_t = [extrair(gerar(interpolar(a, b, instante[:, None]))) for instante in (t, t + eps)]
    return (com_t[1] - com_t[0]).square().sum(dim=1) / eps**2


def _condicional(x: Tensor, y: Tensor) -> float:
    """H(Y | X) de dois vetores de zeros e uns, em nats."""
    junta = torch.stack([torch.stack([((x == i) & (y == j)).double().mean() for j in (0, 1)]) for i in (0, 1)])
    return (torch.special.entr(junta).sum() - torch.special.entr(junta.sum(dim=1)).sum()).item()

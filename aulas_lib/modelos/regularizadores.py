"""O que se soma à perda do discriminador, ou se muda nele, para que a disputa não saia dos trilhos."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

Regularizador = Callable[[nn.Module, Tensor, Tensor], Tensor]  # (rede_d, reais, gerados) -> (B,)


def penalidade_r1(gama: float) -> Regularizador:
    """Penaliza a inclinação do discriminador nos exemplos reais.

    Equação: (γ/2) ‖∇ₓ a(x)‖², x dos dados
    Fonte: Mescheder, Geiger e Nowozin (2018), equação 9.

    Supõe que a nota de um exemplo só depende dele: sem BatchNorm no discriminador, e sem `Empacotado`.

    Args:
        gama: γ > 0, na unidade de x ao quadrado.

    Returns:
        (rede_d, reais, gerados) → (B,).

    Raises:
        ValueError: se γ não é positivo.
    """
    _conferir_peso("gama", gama)

    def penalidade(rede_d: nn.Module, x_real: Tensor, x_falso: Tensor) -> Tensor:
        """(γ/2) ‖∇ₓ a(x)‖² nos reais, forma (B,)."""
        return gama / 2 * _inclinacao(rede_d, x_real).square().sum(dim=1)

    return penalidade


def penalidade_gradiente(peso: float, gerador: torch.Generator | None = None) -> Regularizador:
    """Leva a norma do gradiente do crítico para 1 entre os exemplos reais e os gerados.

    Equação: λ (‖∇ₓ a(x̂)‖ − 1)², com x̂ = u x + (1 − u) G(z) e u ~ U(0, 1)
    Fonte: Gulrajani e outros (2017), equação 3 (WGAN-GP).

    Supõe que a nota de um exemplo só depende dele: sem BatchNorm no crítico, e sem `Empacotado`.

    Args:
        peso: λ > 0.
        gerador: fonte do acaso de u; sem ele, a do torch, que o ponto de retomada do treino guarda.

    Returns:
        (rede_d, reais, gerados) → (B,).

    Raises:
        ValueError: se λ não é positivo.
    """
    _conferir_peso("peso", peso)

    def penalidade(rede_d: nn.Module, x_real: Tensor, x_falso: Tensor) -> Tensor:
        """λ (‖∇ₓ a(x̂)‖ − 1)², forma (B,)."""
        forma = (len(x_real), *[1] * (x_real.ndim - 1))
        u = torch.rand(forma, generator=gerador, dtype=x_real.dtype, device=x_real.device)
        norma = _inclinacao(rede_d, torch.lerp(x_falso, x_real, u)).norm(dim=1)
        return peso * (norma - 1) ** 2

    return penalidade


def com_norma_espectral(rede: nn.Module) -> nn.Module:
    """Normaliza cada camada linear e convolucional pelo seu maior valor singular, no lugar.

    Uma camada linear assim não estica nenhuma diferença; uma rede só delas, também não, se as ativações não
    esticam. Numa convolução, o valor singular é o do núcleo escrito como matriz, (saída, entrada · altura ·
    largura), e o limite é só aproximado. O valor é estimado pelo método das potências, um passo por passagem no
    modo de treino (`torch.nn.utils.parametrizations.spectral_norm`).
    Fonte: Miyato e outros (2018).

    Args:
        rede: discriminador ainda sem treino.

    Returns:
        A mesma rede.
    """
    camadas = [m for m in rede.modules() if isinstance(m, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)]
    for camada in camadas:
        spectral_norm(camada)
    return rede


class Empacotado(nn.Module):
    """Discriminador que julga m exemplos de uma vez, lado a lado (PacGAN).

    Se o gerador repete sempre o mesmo exemplo, um pacote de gerados é fácil de reconhecer; um exemplo só, não.
    A nota do pacote é repetida para cada um dos m exemplos dele.
    Fonte: Lin e outros (2018).

    Args:
        rede: discriminador que recebe m exemplos concatenados, (B/m, m · D) → (B/m, 1).
        m: exemplos por pacote; o lote tem de ser múltiplo de m.

    Raises:
        ValueError: se m não é um inteiro positivo; ao chamar, se o lote não é múltiplo de m.
    """

    def __init__(self, rede: nn.Module, m: int) -> None:
        super().__init__()
        if not (isinstance(m, int) and m > 0):
            raise ValueError(f"m: chegou {m!r}; esperava um inteiro positivo, os exemplos de cada pacote.")
        self.rede, self.m = rede, m

    def forward(self, x: Tensor) -> Tensor:
        """(B, D) → (B, 1)."""
        if len(x) % self.m:
            raise ValueError(
                f"Chegou um lote de {len(x)} exemplos para pacotes de {self.m}; esperava um múltiplo de {self.m}."
            )
        return self.rede(x.flatten(1).reshape(len(x) // self.m, -1)).repeat_interleave(self.m, dim=0)


def _inclinacao(rede_d: nn.Module, x: Tensor) -> Tensor:
    """∇ₓ a(x), forma (B, D), com o grafo guardado: a penalidade também é derivada."""
    x = x.detach().requires_grad_()
    (gradiente,) = torch.autograd.grad(rede_d(x).sum(), x, create_graph=True)
    return gradiente.flatten(1)


def _conferir_peso(nome: str, valor: float) -> None:
    if not valor > 0:
        raise ValueError(f"{nome}: chegou {valor!r}; esperava um número positivo.")

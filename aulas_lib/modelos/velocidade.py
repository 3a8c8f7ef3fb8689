"""A velocidade v, o alvo que serve em todo instante: perto de t = 0 ela é o ruído, e perto de T, menos o dado.

Não é a velocidade do fluxo, dx/dτ, de `modelos.fluxo`.
Fonte: Salimans e Ho (2022), apêndice D.
"""

from torch import Tensor, nn

from aulas_lib.modelos.difusao import Agenda, Preditor, no_instante, perda_simples


def velocidade(x_0: Tensor, eps: Tensor, t: Tensor, agenda: Agenda) -> Tensor:
    """v = √ᾱ_t ε − √(1 − ᾱ_t) x_0, forma (B, ...)."""
    sinal = no_instante(agenda.alfa_barra.sqrt(), t, x_0)
    return sinal * eps - no_instante((1 - agenda.alfa_barra).sqrt(), t, x_0) * x_0


def ruido_da_velocidade(x_t: Tensor, v: Tensor, t: Tensor, agenda: Agenda) -> Tensor:
    """O ruído que uma velocidade explica: ε = √ᾱ_t v + √(1 − ᾱ_t) x_t, forma (B, ...)."""
    sinal = no_instante(agenda.alfa_barra.sqrt(), t, x_t)
    return sinal * v + no_instante((1 - agenda.alfa_barra).sqrt(), t, x_t) * x_t


class PreditorDeVelocidade(nn.Module):
    """ε_θ(x_t, t, y) de uma rede que calcula v_θ: por fora, um preditor de ruído como outro qualquer.

    Args:
        rede: (x_t, t, y) → v_θ, na forma de x_t; tem `forma`, a de uma imagem.
        agenda: os β.
    """

    def __init__(self, rede: nn.Module, agenda: Agenda) -> None:
        super().__init__()
        self.rede, self.agenda, self.forma = rede, agenda, rede.forma

    def forward(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        """(B, ...), t (B,) e y (B, condicao) → o ruído previsto, na forma de x_t."""
        return ruido_da_velocidade(x_t, self.rede(x_t, t, y), t, self.agenda)


def perda_da_velocidade(modelo: Preditor, x_0: Tensor, t: Tensor, eps: Tensor, agenda: Agenda) -> Tensor:
    """O erro quadrático na velocidade, por exemplo: o do ruído, com peso 1/ᾱ_t.

    Equação: ‖v − v_θ‖² = ‖ε − ε_θ(x_t, t)‖²/ᾱ_t

    Os argumentos e o que devolve são os de `perda_simples`.
    """
    erro = perda_simples(modelo, x_0, t, eps, agenda)  # (B,)
    return no_instante(1 / agenda.alfa_barra, t, erro) * erro

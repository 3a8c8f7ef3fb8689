"""O laço de dois jogadores: o discriminador anda, o gerador anda, e o controle volta a quem chamou."""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from aulas_lib.ambiente import gerador
from aulas_lib.treino.conferencias import conferir_argumentos, conferir_perda
from aulas_lib.treino.laco import Registro, TreinoDivergiu

PerdaD = Callable[[Tensor, Tensor], Tensor]  # (logits reais, logits gerados) -> (B,)
PerdaG = Callable[[Tensor], Tensor]  # logits gerados -> (B,)


class TreinoAdversario:
    """Treino de uma GAN com dois otimizadores (Adam). Percorrê-lo treina; parar e percorrer de novo continua.

        for registro in TreinoAdversario(rede_g, rede_d, dados, perda_d, perda_g, latentes=2, passos=1000):
            ...

    Cada volta são `passos_d` passos do discriminador e um do gerador. Cada passo usa exemplos e z novos.

    Args:
        rede_g: gerador, (B, latentes) → (B, ...).
        rede_d: discriminador, (B, ...) → logits (B,) ou (B, 1).
        dados: exemplos reais, forma (N, ...), no dispositivo das redes.
        perda_d: (logits reais, logits gerados) → (B,), que o discriminador diminui.
        perda_g: logits gerados → (B,), que o gerador diminui.
        latentes: dimensão de z ~ N(0, I).
        passos: total de voltas.
        lote: exemplos por passo (no máximo N).
        lr_g, lr_d: taxas de aprendizado.
        passos_d: passos do discriminador por volta.
        semente: de onde saem os exemplos e os z.

    Attributes:
        modelo: as duas redes, em um `nn.ModuleDict` com as chaves "gerador" e "discriminador".

    Raises:
        ValueError: se um argumento não serve; ao percorrer, se uma perda não devolve um valor por exemplo.
        TreinoDivergiu: ao percorrer, se uma perda ou um gradiente vira nan ou infinito.
    """

    def __init__(
        self,
        rede_g: nn.Module,
        rede_d: nn.Module,
        dados: Tensor,
        perda_d: PerdaD,
        perda_g: PerdaG,
        *,
        latentes: int,
        passos: int,
        lote: int = 128,
        lr_g: float = 1e-3,
        lr_d: float = 1e-3,
        passos_d: int = 1,
        semente: int = 0,
    ) -> None:
        self.aparelho = conferir_argumentos(rede_g, (dados,), passos, lote, lr_g, None)
        conferir_argumentos(rede_d, (dados,), passos, lote, lr_d, None)
        if not (isinstance(latentes, int) and isinstance(passos_d, int) and latentes > 0 and passos_d > 0):
            raise ValueError(
                f"Chegaram latentes={latentes!r} e passos_d={passos_d!r}; esperava inteiros positivos."
            )
        self.modelo = nn.ModuleDict({"gerador": rede_g, "discriminador": rede_d})
        self.dados, self.perda_d, self.perda_g = dados, perda_d, perda_g
        self.latentes, self.passos, self.passos_d = latentes, passos, passos_d
        self.lote, self.passo = min(lote, len(dados)), 0
        self.otimizador_g = torch.optim.Adam(rede_g.parameters(), lr=lr_g, betas=(0.5, 0.999))
        self.otimizador_d = torch.optim.Adam(rede_d.parameters(), lr=lr_d, betas=(0.5, 0.999))
        self.gerador = gerador(semente, self.aparelho)

    def __len__(self) -> int:
        """Voltas que faltam."""
        return max(self.passos - self.passo, 0)

    def __iter__(self) -> Iterator[Registro]:
        """Uma volta por vez, do ponto em que parou até `passos`."""
        while self.passo < self.passos:
            self.modelo.train()
            for _ in range(self.passos_d):
                valor_d = self._passo_discriminador()
            valor_g = self._passo_gerador()
            self.passo += 1
            yield Registro(self.passo, {"discriminador": valor_d, "gerador": valor_g})

    def _gerar(self) -> Tensor:
        z = torch.randn(self.lote, self.latentes, generator=self.gerador, device=self.aparelho)
        return self.modelo["gerador"](z)

    def _passo_discriminador(self) -> float:
        escolha = torch.randint(len(self.dados), (self.lote,), generator=self.gerador, device=self.aparelho)
        with torch.no_grad():  # o gerador fica parado
            x_til = self._gerar()
        rede_d = self.modelo["discriminador"]
        perda = self.perda_d(rede_d(self.dados[escolha]), rede_d(x_til))
        return self._andar(perda, self.otimizador_d, "discriminador")

    def _passo_gerador(self) -> float:
        perda = self.perda_g(self.modelo["discriminador"](self._gerar()))
        return self._andar(perda, self.otimizador_g, "gerador")

    def _andar(self, perda: Tensor, otimizador: torch.optim.Optimizer, jogador: str) -> float:
        media = conferir_perda(perda, self.lote)["perda"].mean()
        pesos = [p for grupo in otimizador.param_groups for p in grupo["params"]]
        gradientes = torch.autograd.grad(media, pesos)  # só os de quem anda
        norma = torch.stack([g.norm() for g in gradientes]).norm()
        if not (math.isfinite(media.item()) and torch.isfinite(norma)):
            raise TreinoDivergiu(
                f"Na volta {self.passo + 1} a perda do {jogador} foi {media.item()} e a norma do gradiente, "
                f"{norma.item()}. As redes guardam os pesos de antes. Diminua a taxa de aprendizado ou procure "
                "valores inválidos nos dados."
            )
        for peso, gradiente in zip(pesos, gradientes, strict=True):
            peso.grad = gradiente
        otimizador.step()
        return media.item()

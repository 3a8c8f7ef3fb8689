"""O laço de dois jogadores: o discriminador anda, o gerador anda, e o controle volta a quem chamou."""

import math
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor, nn
from torch.optim import Adam
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

from aulas_lib.ambiente import gerador
from aulas_lib.precisao import Precisao
from aulas_lib.treino import retomada
from aulas_lib.treino.conferencias import conferir_argumentos, conferir_perda
from aulas_lib.treino.laco import Registro, TreinoDivergiu, constante
from aulas_lib.treino.processos import Processos

PerdaD = Callable[[Tensor, Tensor], Tensor]  # (logits reais, logits gerados) -> (B,)
PerdaG = Callable[[Tensor], Tensor]  # logits gerados -> (B,)
Regularizador = Callable[[nn.Module, Tensor, Tensor], Tensor]  # (rede_d, reais, gerados) -> (B,)
LOTES_DO_BATCHNORM = 50  # com quantos lotes se refazem as estatísticas da média dos pesos


class TreinoAdversario:
    """Treino de uma GAN com dois otimizadores (Adam). Percorrê-lo treina; parar e percorrer de novo continua.

        for registro in TreinoAdversario(rede_g, rede_d, dados, perda_d, perda_g, latentes=2, passos=1000):
            ...

    Cada volta são `passos_d` passos do discriminador e um do gerador. Cada passo usa exemplos e z novos.
    O atributo `modelo` é um `nn.ModuleDict` com as chaves "gerador" e "discriminador".

    Args:
        rede_g: gerador, (B, latentes) → (B, ...).
        rede_d: discriminador, (B, ...) → logits (B,) ou (B, 1).
        dados: exemplos reais, forma (N, ...), no dispositivo das redes.
        perda_d: (logits reais, logits gerados) → (B,), que o discriminador diminui.
        perda_g: logits gerados → (B,), que o gerador diminui.
        latentes: dimensão de z ~ N(0, I).
        passos, lote: total de voltas, e exemplos por passo (no máximo N).
        lr_g, lr_d, betas: as taxas de aprendizado iniciais e os dois decaimentos do Adam.
        agenda: fração do treino → fator das taxas de aprendizado.
        passos_d: passos do discriminador por volta.
        regularizador: (rede_d, reais, gerados) → (B,), que se soma à perda do discriminador.
        regularizar_a_cada: calcula o regularizador só em um de cada tantos passos, com esse peso a mais.
        media: decaimento da média móvel exponencial (EMA) dos pesos do gerador; None não faz.
        precisao, semente: `precisao.Precisao` (None treina em float32), e de onde saem os exemplos e os z.

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
        betas: tuple[float, float] = (0.5, 0.999),
        agenda: Callable[[float], float] = constante,
        passos_d: int = 1,
        regularizador: Regularizador | None = None,
        regularizar_a_cada: int = 1,
        media: float | None = None,
        precisao: Precisao | None = None,
        semente: int = 0,
    ) -> None:
        self.aparelho = conferir_argumentos(rede_g, (dados,), passos, lote, lr_g, media)
        conferir_argumentos(rede_d, (dados,), passos, lote, lr_d, None)
        inteiros = {"latentes": latentes, "passos_d": passos_d, "regularizar_a_cada": regularizar_a_cada}
        if not all(isinstance(n, int) and n > 0 for n in inteiros.values()):
            chegou = ", ".join(f"{nome}={n!r}" for nome, n in inteiros.items())
            raise ValueError(f"Chegaram {chegou}; esperava inteiros positivos.")
        self.modelo = nn.ModuleDict({"gerador": rede_g, "discriminador": rede_d})
        self.dados, self.perda_d, self.perda_g = dados, perda_d, perda_g
        self.latentes, self.passos, self.passos_d, self.agenda = latentes, passos, passos_d, agenda
        self.regularizador, self.regularizar_a_cada = regularizador, regularizar_a_cada
        self.lote, self.passo, self.passos_de_d = min(lote, len(dados)), 0, 0
        self.precisao, self.semente, self.lr_g, self.lr_d = precisao, semente, lr_g, lr_d
        self.otimizador_g = _adam(rede_g, lr_g, betas, self.aparelho)
        self.otimizador_d = _adam(rede_d, lr_d, betas, self.aparelho)
        self.media = AveragedModel(rede_g, multi_avg_fn=get_ema_multi_avg_fn(media)) if media else None
        self.gerador, self.processos = gerador(semente, self.aparelho), Processos()
        if precisao and precisao.channels_last:
            self.modelo.to(memory_format=torch.channels_last)

    def __len__(self) -> int:
        """Voltas que faltam."""
        return max(self.passos - self.passo, 0)

    def __iter__(self) -> Iterator[Registro]:
        """Uma volta por vez, do ponto em que parou até `passos`."""
        while self.passo < self.passos:
            for _ in range(self.passos_d):
                valor_d = self.passo_discriminador()
            valor_g = self.passo_gerador()
            self.passo += 1
            yield Registro(self.passo, {"discriminador": valor_d, "gerador": valor_g})

    @property
    def melhor_modelo(self) -> nn.Module:
        """O gerador com a média dos pesos, quando ela é feita (senão, o próprio), em modo de uso (`eval`).

        As estatísticas do BatchNorm da média, se houver, são refeitas com z novos (`update_bn`).
        """
        if self.media is None:
            return self.modelo["gerador"].eval()
        g = gerador(self.semente, self.aparelho)
        forma = (LOTES_DO_BATCHNORM, self.lote, self.latentes)
        with torch.random.fork_rng(devices=[]):  # se o gerador tem dropout, olhar não muda o treino
            update_bn(torch.randn(forma, generator=g, device=self.aparelho), self.media.module)
        return self.media.module.eval()

    def passo_discriminador(self) -> float:
        """Um passo do discriminador, com o gerador parado; devolve a perda média, sem o regularizador."""
        self.modelo.train()
        escolha = torch.randint(len(self.dados), (self.lote,), generator=self.gerador, device=self.aparelho)
        rede_d, x = self.modelo["discriminador"], self._na_memoria(self.dados[self.processos.fatia(escolha)])
        bons = [b.clone() for b in self.modelo.buffers()]  # estatísticas do BatchNorm, se houver
        with self.processos.sorteio(len(x)):
            with self._autocast():
                with torch.no_grad():
                    x_til = self._gerar()
                perda = self.perda_d(rede_d(x), rede_d(x_til))
            extra = 0.0
            if self.regularizador and self.passos_de_d % self.regularizar_a_cada == 0:
                extra = self.regularizar_a_cada * self.regularizador(rede_d, x, x_til.float()).mean()
        valor = self._andar(perda, extra, self.otimizador_d, self.lr_d, "discriminador", bons)
        self.passos_de_d += 1
        return valor

    def passo_gerador(self) -> float:
        """Um passo do gerador, com o discriminador parado; devolve a perda média."""
        self.modelo.train()
        bons = [b.clone() for b in self.modelo.buffers()]
        with self.processos.sorteio(self.lote // self.processos.total), self._autocast():
            perda = self.perda_g(self.modelo["discriminador"](self._gerar()))
        valor = self._andar(perda, self.penalidade_g(), self.otimizador_g, self.lr_g, "gerador", bons)
        if self.media:
            self.media.update_parameters(self.modelo["gerador"])
        return valor

    def penalidade_g(self) -> Tensor | float:
        """O que se soma à perda média do gerador nesta volta; as subclasses dizem o quê."""
        return 0.0

    def salvar(self, caminho: str | Path) -> None:
        """Grava tudo que é preciso para continuar exatamente desta volta (ponto de retomada).

        Raises:
            OSError: se a pasta não aceita o arquivo.
        """
        retomada.gravar(self.estado(), caminho)

    def carregar(self, caminho: str | Path) -> None:
        """Volta ao ponto gravado por `salvar`.

        Raises:
            FileNotFoundError: se o arquivo não existe.
            ValueError: se o arquivo não é um ponto de retomada deste treino. Nada muda.
        """
        antes = deepcopy(self.estado())
        estado = retomada.ler(caminho, self.aparelho, antes)
        try:
            self.restaurar(estado)
        except Exception as erro:
            self.restaurar(antes)
            raise retomada.recusa(caminho, str(erro)) from erro

    def estado(self) -> dict[str, Any]:
        """Tudo que define o treino nesta volta; para voltar a ele depois, guarde uma cópia (`copy.deepcopy`)."""
        return {
            "assinatura": {
                "passos": self.passos, "lote": self.lote, "exemplos": len(self.dados), "semente": self.semente,
                "lr_g": float(self.lr_g), "lr_d": float(self.lr_d), "passos_d": self.passos_d,
            },
            "passo": self.passo,
            "passos_de_d": self.passos_de_d,
            "modelo": self.modelo.state_dict(),
            "otimizador_g": self.otimizador_g.state_dict(),
            "otimizador_d": self.otimizador_d.state_dict(),
            "media": self.media.state_dict() if self.media else None,
            "gerador": self.gerador.get_state(),
            "gerador_padrao": torch.get_rng_state(),
        }  # fmt: skip

    def restaurar(self, estado: dict[str, Any]) -> None:
        """Volta a um estado de `estado`, que não muda se o treino continua."""
        for nome in ("otimizador_g", "otimizador_d"):  # cópia: o otimizador guardaria os próprios tensores do estado
            getattr(self, nome).load_state_dict(deepcopy(estado[nome]))
        self.gerador.set_state(estado["gerador"].cpu())
        torch.set_rng_state(estado["gerador_padrao"].cpu())
        if self.media:
            self.media.load_state_dict(estado["media"])
        self.modelo.load_state_dict(estado["modelo"])
        self.passo, self.passos_de_d = estado["passo"], estado["passos_de_d"]

    def _gerar(self) -> Tensor:
        z = torch.randn(self.lote, self.latentes, generator=self.gerador, device=self.aparelho)
        return self.modelo["gerador"](self.processos.fatia(z))

    def _autocast(self) -> torch.autocast:
        meia = bool(self.precisao and self.precisao.dtype != torch.float32)
        return torch.autocast(self.aparelho.type, torch.bfloat16, enabled=meia)

    def _na_memoria(self, x: Tensor) -> Tensor:
        por_ultimo = self.precisao and self.precisao.channels_last and x.ndim == 4
        return x.contiguous(memory_format=torch.channels_last) if por_ultimo else x

    def _andar(
        self, perda: Tensor, extra: Tensor | float, otimizador: Adam, lr: float, jogador: str, bons: list[Tensor]
    ) -> float:
        media = conferir_perda(perda, self.lote // self.processos.total)["perda"].float().mean()
        pesos = [p for grupo in otimizador.param_groups for p in grupo["params"] if p.requires_grad]
        gradientes = torch.autograd.grad(media + extra, pesos) if pesos else ()  # só os de quem anda, se ele anda
        *gradientes, valor = self.processos.media([*gradientes, media.detach()])
        norma, valor = nn.utils.get_total_norm(gradientes), valor.item()
        if not (math.isfinite(valor) and torch.isfinite(norma)):
            self._divergiu(valor, norma.item(), jogador, bons)
        for peso, gradiente in zip(pesos, gradientes, strict=True):
            peso.grad = torch.empty_like(peso).copy_(gradiente)  # na ordem de memória do peso: o Adam fundido a supõe
        for grupo in otimizador.param_groups:
            grupo["lr"] = lr * self.agenda(self.passo / self.passos)
        otimizador.step()
        return valor

    def _divergiu(self, perda: float, norma: float, jogador: str, bons: list[Tensor]) -> NoReturn:
        with torch.no_grad():
            for atual, bom in zip(self.modelo.buffers(), bons, strict=True):
                atual.copy_(bom)
        raise TreinoDivergiu(
            f"Na volta {self.passo + 1} a perda do {jogador} foi {perda} e a norma do gradiente, {norma}. "
            "As redes guardam os pesos de antes. Diminua a taxa de aprendizado ou procure valores inválidos nos dados."
        )


def _adam(rede: nn.Module, lr: float, betas: tuple[float, float], aparelho: torch.device) -> Adam:
    # fused: uma chamada por passo, e não dez por peso; em redes pequenas o treino anda um quinto mais depressa
    return Adam(rede.parameters(), lr=lr, betas=betas, fused=aparelho.type in ("cpu", "cuda"))

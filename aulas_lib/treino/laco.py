"""O laço de um otimizador: um gerador que devolve o controle a cada passo.

Quem chama decide se desenha, salva ou para.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from aulas_lib.ambiente import gerador
from aulas_lib.precisao import Precisao
from aulas_lib.treino import retomada
from aulas_lib.treino.conferencias import conferir_argumentos, conferir_perda
from aulas_lib.treino.processos import Processos

# (modelo, *lote, gerador=g) -> (B,) ou {"perda": (B,), ...}
Perda = Callable[..., Tensor | dict[str, Tensor]]


@dataclass(frozen=True)
class Registro:
    """O que aconteceu em um passo: o número do passo (a partir de 1) e a média de cada termo no lote."""

    passo: int
    valores: dict[str, float]


class TreinoDivergiu(ArithmeticError):
    """A perda ou o gradiente deixou de ser um número; o modelo guarda os últimos pesos bons.

    Attributes:
        registros: os dos passos bons, se o treino foi percorrido por `acompanhar`.
    """

    def __init__(self, mensagem: str) -> None:
        super().__init__(mensagem)
        self.registros: list[Registro] = []


def constante(fracao: float) -> float:
    """Taxa de aprendizado constante."""
    return 1.0


def cosseno(fracao: float) -> float:
    """Meio período de cosseno, de 1 a 0; `fracao` é a parte do treino já feita."""
    return 0.5 * (1 + math.cos(math.pi * fracao))


class Treino:
    """Treino com um otimizador (AdamW). Percorrê-lo treina; parar e percorrer de novo continua.

        for registro in Treino(modelo, perda, dados, passos=1000, lote=64, lr=1e-3):
            ...

    Args:
        modelo: rede, já no dispositivo em que vai treinar.
        perda: chamada como `perda(modelo, *lote, gerador=g)`; devolve (B,) ou um dicionário de (B,) com
            a chave "perda". O laço tira a média.
        dados: um tensor (N, ...), ou vários de mesmo N, no dispositivo do modelo. Nada de DataLoader:
            o que cabe na memória se indexa.
        passos: total de passos de otimização.
        lote: exemplos por passo (no máximo N).
        lr: taxa de aprendizado inicial.
        agenda: fração do treino → fator da taxa de aprendizado (`cosseno`, `constante` ou a sua).
        decaimento: weight decay do AdamW.
        recorte: norma máxima do gradiente; None não recorta.
        media: decaimento da média móvel exponencial dos pesos (EMA), por exemplo 0.99; None não faz.
        transformar: (x, gerador) → x, aumento de dados aplicado ao primeiro tensor do lote.
        precisao: `precisao.Precisao`; None treina em float32.
        semente: de onde saem a ordem dos exemplos e o ruído.

    Raises:
        ValueError: se um argumento não serve, por exemplo `dados` vazio ou em outro dispositivo; ao percorrer,
            se a perda não devolve um valor por exemplo.
        TreinoDivergiu: ao percorrer, se a perda ou o gradiente vira nan ou infinito.
    """

    def __init__(
        self,
        modelo: nn.Module,
        perda: Perda,
        dados: Tensor | Sequence[Tensor],
        *,
        passos: int,
        lote: int = 128,
        lr: float = 1e-3,
        agenda: Callable[[float], float] = constante,
        decaimento: float = 0.0,
        recorte: float | None = None,
        media: float | None = None,
        transformar: Callable[[Tensor, torch.Generator], Tensor] | None = None,
        precisao: Precisao | None = None,
        semente: int = 0,
    ) -> None:
        self.dados = (dados,) if isinstance(dados, Tensor) else tuple(dados)
        self.aparelho = conferir_argumentos(modelo, self.dados, passos, lote, lr, media)
        self.modelo, self.perda, self.passos, self.lr, self.agenda = modelo, perda, passos, lr, agenda
        self.lote = min(lote, len(self.dados[0]))
        self.recorte, self.transformar, self.precisao, self.semente = recorte, transformar, precisao, semente
        self.otimizador = torch.optim.AdamW(modelo.parameters(), lr=lr, weight_decay=decaimento)
        self.media = AveragedModel(modelo, multi_avg_fn=get_ema_multi_avg_fn(media)) if media else None
        self.gerador = gerador(semente, self.aparelho)
        self.passo, self.processos = 0, Processos()  # um só; `treinar_receita` troca, se há mais
        if precisao and precisao.channels_last:
            modelo.to(memory_format=torch.channels_last)

    def __len__(self) -> int:
        """Passos que faltam."""
        return max(self.passos - self.passo, 0)

    def __iter__(self) -> Iterator[Registro]:
        """Treina um passo por volta, do ponto em que parou até `passos`."""
        por_epoca = max(1, len(self.dados[0]) // self.lote)
        ordem, epoca_da_ordem = None, -1
        while self.passo < self.passos:
            epoca, k = divmod(self.passo, por_epoca)
            if epoca != epoca_da_ordem:
                ordem = torch.randperm(len(self.dados[0]), generator=gerador(self.semente + 7919 * epoca))
                ordem, epoca_da_ordem = ordem.to(self.aparelho), epoca
            yield self._um_passo(ordem[k * self.lote : (k + 1) * self.lote])

    @property
    def melhor_modelo(self) -> nn.Module:
        """A média dos pesos, quando ela é feita; senão, o próprio modelo."""
        return self.media.module if self.media else self.modelo

    def salvar(self, caminho: str | Path) -> None:
        """Grava tudo que é preciso para continuar exatamente deste passo (ponto de retomada).

        Raises:
            OSError: se a pasta não aceita o arquivo.
        """
        retomada.gravar(self._estado(), caminho)

    def carregar(self, caminho: str | Path) -> None:
        """Volta ao ponto gravado por `salvar`.

        Raises:
            FileNotFoundError: se o arquivo não existe.
            ValueError: se o arquivo não é um ponto de retomada deste treino. Nada muda.
        """
        estado = retomada.ler(caminho, self.aparelho, self._estado())
        try:
            self.otimizador.load_state_dict(estado["otimizador"])
            self.gerador.set_state(estado["gerador"].cpu())
            torch.set_rng_state(estado["gerador_padrao"].cpu())
            if self.media:
                self.media.load_state_dict(estado["media"])
            self.modelo.load_state_dict(estado["modelo"])
        except Exception as erro:
            raise retomada.recusa(caminho, str(erro)) from erro
        self.passo = estado["passo"]

    def _estado(self) -> dict[str, Any]:
        exemplos = len(self.dados[0])
        return {
            "assinatura": {
                "passos": self.passos, "lote": self.lote, "exemplos": exemplos, "semente": self.semente,
                "lr": float(self.lr),
            },
            "passo": self.passo,
            "modelo": self.modelo.state_dict(),
            "otimizador": self.otimizador.state_dict(),
            "media": self.media.state_dict() if self.media else None,
            "gerador": self.gerador.get_state(),
            "gerador_padrao": torch.get_rng_state(),
        }  # fmt: skip

    def _um_passo(self, indices: Tensor) -> Registro:
        lote = [d[indices] for d in self.dados]
        if self.transformar:
            lote[0] = self.transformar(lote[0], self.gerador)
        lote = [self.processos.fatia(d) for d in lote]
        meia = bool(self.precisao and self.precisao.dtype != torch.float32)
        if self.precisao and self.precisao.channels_last and lote[0].dim() == 4:
            lote[0] = lote[0].contiguous(memory_format=torch.channels_last)
        self.modelo.train()
        bons = [b.clone() for b in self.modelo.buffers()]  # estatísticas do BatchNorm, se houver
        with self.processos.sorteio(len(lote[0])), torch.autocast(self.aparelho.type, torch.bfloat16, enabled=meia):
            termos = conferir_perda(self.perda(self.modelo, *lote, gerador=self.gerador), len(lote[0]))
        medias = self.processos.media(valor.detach().float().mean() for valor in termos.values())
        self.otimizador.zero_grad(set_to_none=True)
        termos["perda"].float().mean().backward()
        self.processos.juntar_gradientes(self.modelo)
        norma = nn.utils.clip_grad_norm_(self.modelo.parameters(), self.recorte or math.inf)
        registro = Registro(self.passo + 1, {nome: media.item() for nome, media in zip(termos, medias, strict=True)})
        if not (math.isfinite(registro.valores["perda"]) and torch.isfinite(norma)):
            self._divergiu(registro, norma.item(), bons)
        for grupo in self.otimizador.param_groups:
            grupo["lr"] = self.lr * self.agenda(self.passo / self.passos)
        self.otimizador.step()
        self.passo += 1
        if self.media:
            self.media.update_parameters(self.modelo)
        return registro

    def _divergiu(self, registro: Registro, norma: float, bons: list[Tensor]) -> NoReturn:
        with torch.no_grad():
            for atual, bom in zip(self.modelo.buffers(), bons, strict=True):
                atual.copy_(bom)
        raise TreinoDivergiu(
            f"No passo {registro.passo} a perda foi {registro.valores['perda']} e a norma do gradiente, "
            f"{norma}. O modelo guarda os pesos do passo {self.passo}. Diminua a taxa de aprendizado "
            f"(era {self.lr:g}), use recorte=1.0 ou procure valores inválidos nos dados."
        )

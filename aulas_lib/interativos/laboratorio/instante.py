"""Um instante do treino: o estado guardado por inteiro, e tudo o que o quadro mostra e mede nele."""

import math
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao.divergencias import jsd_na_grade, piso_da_jsd
from aulas_lib.avaliacao.modas import Modas, modas_cobertas
from aulas_lib.interativos.laboratorio.cenario import EXTENSAO, LEIS, Ajustes
from aulas_lib.modelos.perdas_gan import JOGOS
from aulas_lib.treino.adversario import TreinoAdversario

PONTOS, DESENHADOS, SETAS = 2000, 200, 40
LADO_DO_CAMPO, LADO_DA_JSD = 48, 24
MASSAS = (0.1, 0.3, 0.5, 0.7, 0.9)  # cada círculo da malha encerra esta fração dos z
RAIOS, PONTOS_POR_LINHA = 12, 49


@dataclass(frozen=True, eq=False)
class Instante:
    """O treino depois de algumas voltas.

    Attributes:
        passo: voltas completas.
        avulsos: passos dados por um jogador só, (de D, de G), desde o começo da linha.
        ajustes: os que valiam.
        estado: cópia de `TreinoAdversario.estado()`, para voltar a este instante.
        perda_d, perda_g: perdas médias, sempre nos mesmos exemplos e nos mesmos z.
        gerados: G dos mesmos z, forma (DESENHADOS, 2).
        malha: G das linhas de z (círculos e raios), forma (linhas, PONTOS_POR_LINHA, 2).
        campo: o que D diz em cada ponto da grade, de 0 a 1, forma (LADO, LADO); a primeira linha é a de cima.
        setas: −∂(perda de G)/∂x nos primeiros gerados, forma (SETAS, 2).
        forca: comprimento médio de −∂(perda de G)/∂x.
        jsd: dos gerados para os exemplos, na grade, em nats.
        modas: modas cobertas, total, e fração dos gerados perto de alguma.
    """

    passo: int
    avulsos: tuple[int, int]
    ajustes: Ajustes
    estado: dict[str, Any]
    perda_d: float
    perda_g: float
    gerados: Tensor
    malha: Tensor
    campo: Tensor
    setas: Tensor
    forca: float
    jsd: float
    modas: Modas

    @property
    def momento(self) -> tuple[int, int]:
        """Posição no tempo: (voltas, passos avulsos); cresce ao longo de uma linha."""
        return self.passo, sum(self.avulsos)

    @property
    def rotulo(self) -> str:
        """O momento por extenso: "1250", ou "1250 +2D" depois de dois passos avulsos de D."""
        avulsos = [f"+{n}{quem}" for n, quem in zip(self.avulsos, "DG", strict=True) if n]
        return " ".join([str(self.passo), *avulsos])


class Observador:
    """Olha um treino sempre do mesmo jeito: os mesmos z, os mesmos exemplos, a mesma grade.

    Args:
        lei: uma chave de `LEIS`.
        latentes: dimensão de z.

    Attributes:
        reais: exemplos da lei, forma (PONTOS, 2).
        piso: a JSD de exemplos contra outros exemplos, em nats.
    """

    def __init__(self, lei: str, latentes: int) -> None:
        self.lei = LEIS[lei]()
        self.reais = self.lei.amostrar(PONTOS, gerador(1))
        self.piso = piso_da_jsd(self.lei, PONTOS, LADO_DA_JSD, EXTENSAO)
        self.z = torch.randn(PONTOS, latentes, generator=gerador(2))
        self.linhas = _linhas_de_z(latentes)
        eixo = torch.linspace(-EXTENSAO, EXTENSAO, LADO_DO_CAMPO)
        y, x = torch.meshgrid(-eixo, eixo, indexing="ij")
        self.grade = torch.stack([x.flatten(), y.flatten()], dim=1)

    def retratar(self, treino: TreinoAdversario, ajustes: Ajustes, avulsos: tuple[int, int] = (0, 0)) -> Instante:
        """O instante em que o treino está. Não anda, não sorteia e não muda os pesos.

        Args:
            treino: de `montar`.
            ajustes: os do treino.
            avulsos: passos avulsos de D e de G já dados.

        Raises:
            ArithmeticError: se o gerador ou o discriminador já não devolve números finitos.
        """
        rede_g, rede_d = treino.modelo["gerador"], treino.modelo["discriminador"]
        jogo = JOGOS[ajustes.perdas]
        with torch.no_grad():
            gerados, malha = rede_g(self.z), rede_g(self.linhas.flatten(0, 1)).view(*self.linhas.shape[:2], 2)
            a_real, a_grade = rede_d(self.reais)[:, 0], rede_d(self.grade)[:, 0]
        x = gerados.clone().requires_grad_()
        a_falso = rede_d(x)[:, 0]
        perda_g = jogo.perda_g(a_falso)
        (gradiente,) = torch.autograd.grad(perda_g.sum(), x)
        if not all(t.isfinite().all() for t in (gerados, malha, a_real, a_grade, a_falso)):
            raise ArithmeticError("As redes já não devolvem números finitos.")
        centro = (a_real.mean() + a_falso.detach().mean()) / 2
        return Instante(
            passo=treino.passo,
            avulsos=avulsos,
            ajustes=ajustes,
            estado=deepcopy(treino.estado()),
            perda_d=jogo.perda_d(a_real, a_falso.detach()).mean().item(),
            perda_g=perda_g.mean().item(),
            gerados=gerados[:DESENHADOS].clone(),
            malha=malha,
            campo=_nivel(a_grade, ajustes.perdas, centro).view(LADO_DO_CAMPO, LADO_DO_CAMPO),
            setas=-gradiente[:SETAS].clone(),
            forca=gradiente.norm(dim=1).mean().item(),
            jsd=jsd_na_grade(gerados, self.reais, LADO_DA_JSD, EXTENSAO),
            modas=modas_cobertas(gerados, self.lei),
        )


@cache
def observador(lei: str, latentes: int) -> Observador:
    """O `Observador` de uma lei e de uma dimensão de z, feito uma vez só: todas as linhas o partilham.

    Args:
        lei: uma chave de `LEIS`.
        latentes: dimensão de z.
    """
    return Observador(lei, latentes)


def e_probabilidade(perdas: str) -> bool:
    """Se a sigmoide do que D devolve é a probabilidade de o exemplo ser real; senão, D dá só uma nota."""
    return perdas in ("minimax", "não saturante")


def _nivel(a: Tensor, perdas: str, centro: Tensor) -> Tensor:
    """O que D devolve, levado a [0, 1], com a fronteira entre real e gerado em ½."""
    if e_probabilidade(perdas):
        return a.sigmoid()
    meio, folga = {"mínimos quadrados": (0.5, 0.5), "hinge": (0.0, 1.0)}.get(perdas, (centro, None))
    if folga is None:  # a nota de Wasserstein não tem escala nem zero: vale só a ordem
        folga = (a - meio).abs().max().clamp_min(1e-9)
    return (0.5 + (a - meio) / (2 * folga)).clamp(0, 1)


def _linhas_de_z(latentes: int) -> Tensor:
    """Círculos e raios no plano dos dois primeiros z (com um z só, um segmento), forma (linhas, P, latentes)."""
    raio_maximo = math.sqrt(-2 * math.log(1 - MASSAS[-1]))
    if latentes == 1:
        return torch.linspace(-2.5, 2.5, PONTOS_POR_LINHA).view(1, -1, 1)
    volta = torch.linspace(0, 2 * math.pi, PONTOS_POR_LINHA)
    circulo = torch.stack([volta.cos(), volta.sin()], dim=1)  # (P, 2)
    circulos = [math.sqrt(-2 * math.log(1 - massa)) * circulo for massa in MASSAS]
    angulos = torch.arange(RAIOS) * (2 * math.pi / RAIOS)
    r = torch.linspace(0, raio_maximo, PONTOS_POR_LINHA)[:, None]
    raios = [r * torch.stack([a.cos(), a.sin()]) for a in angulos]
    return torch.nn.functional.pad(torch.stack(circulos + raios), (0, latentes - 2))

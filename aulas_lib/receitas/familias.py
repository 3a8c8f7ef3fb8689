"""Uma representante de cada família do slide "Tipos de métodos", com a mesma interface: as linhas do placar.

As redes são pequenas e o treino, de poucos segundos: o placar mostra o que cada família *sabe responder* e a que
preço, e não o melhor que ela pode fazer.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

from aulas_lib.ambiente import semear
from aulas_lib.dados.bits import binarizar
from aulas_lib.modelos import autorregressivo, boltzmann, gan, particao, razao
from aulas_lib.modelos import reconstrucao as leis
from aulas_lib.modelos.cadeia_aprendida import caminhar, perda_denoising
from aulas_lib.modelos.vae import VAE, amostrar_priori, limite_importancia, perda_elbo
from aulas_lib.progresso import com_barra
from aulas_lib.redes import MLP
from aulas_lib.treino import Treino, TreinoAdversario, cosseno

Natureza = Literal["exata", "limite", "estimada", "não há"]
Sorteio = Callable[[int, torch.Generator], Tensor]
CODIGOS_POR_PONTO = 100  # amostras por importância no limite do VAE
CANDIDATOS = 20  # por amostra, na reamostragem pela razão


@dataclass(frozen=True)
class Tarefa:
    """Os mesmos dados para todas as famílias, como números e como bits.

    Attributes:
        treino: forma (N, D); nos dígitos binarizados, −1 e 1.
        para_bits: (N, D) → zeros e uns, (N, b).
        de_bits: (zeros e uns, gerador) → (N, D).
        log_area: log da área da célula que um código de bits representa; 0 se os dados já são bits.
        base: lei simples q, com a qual o classificador compara os dados: (n, gerador) → (n, D).
        log_base: log q(x), em nats, (N, D) → (N,).
        binaria: se os dados só têm −1 e 1.
        latentes: dimensão de z no VAE e na GAN.
    """

    treino: Tensor
    para_bits: Callable[[Tensor], Tensor]
    de_bits: Callable[[Tensor, torch.Generator], Tensor]
    log_area: float
    base: Sorteio
    log_base: Callable[[Tensor], Tensor]
    binaria: bool
    latentes: int

    @property
    def dimensoes(self) -> int:
        """D."""
        return self.treino.shape[1]


@dataclass(frozen=True)
class Representante:
    """Um modelo treinado, pelo que ele sabe fazer.

    Attributes:
        nome: a família.
        amostrar: (n, gerador) → amostras (n, D).
        chamadas: quantas vezes a rede roda para produzir um lote de amostras.
        natureza: o que `log_p` é.
        log_p: (N, D) → log p(x) em nats, ou o que há no lugar dele; None se não há.
        segundos: tempo de treino.
    """

    nome: str
    amostrar: Sorteio
    chamadas: int
    natureza: Natureza
    log_p: Callable[[Tensor], Tensor] | None
    segundos: float


def _treinar(treino: Treino | TreinoAdversario, nome: str) -> float:
    inicio = time.perf_counter()
    for _ in com_barra(treino, len(treino), nome):  # interromper para a disputa inteira, e não só esta família
        pass
    treino.modelo.eval()
    return time.perf_counter() - inicio


def fvbn(tarefa: Tarefa, passos: int = 500) -> Representante:
    """FVBN (um MADE) sobre os bits: log p exato, e uma chamada da rede por bit sorteado."""
    semear(0)
    bits = tarefa.para_bits(tarefa.treino)
    forma = (1, 1, bits.shape[1])
    modelo = autorregressivo.MADE(forma, niveis=2, ocultas=(512,))
    x = (2 * bits - 1).unflatten(1, forma)
    treino = Treino(
        modelo, autorregressivo.perda_nats, x, passos=passos, lote=250, lr=4e-3, agenda=cosseno, decaimento=1.5
    )
    segundos = _treinar(treino, "FVBN")

    def log_p(x: Tensor) -> Tensor:
        codigo = (2 * tarefa.para_bits(x) - 1).unflatten(1, forma)
        return autorregressivo.log_prob(modelo, codigo) - tarefa.log_area

    def amostrar(n: int, gerador: torch.Generator) -> Tensor:
        x = autorregressivo.amostrar(modelo, n, gerador)
        return tarefa.de_bits((x.flatten(1) + 1) / 2, gerador)

    return Representante("FVBN (MADE)", amostrar, bits.shape[1], "exata", log_p, segundos)


def maquina_de_boltzmann(
    tarefa: Tarefa, passos: int = 1200, ocultas: int = 64, passos_gibbs: int = 300
) -> Representante:
    """RBM sobre os bits, treinada com cadeias persistentes: log p a menos de Z, que se soma ou se estima."""
    semear(0)
    v = tarefa.para_bits(tarefa.treino)
    vies = boltzmann.vies_da_frequencia(v)
    rbm = boltzmann.RBM(v.shape[1], ocultas, vies)
    perda = boltzmann.CadeiasPersistentes(v[:250].clone(), k=2)
    segundos = _treinar(Treino(rbm, perda, v, passos=passos, lote=250, lr=1e-2, agenda=cosseno), "RBM")
    natureza: Natureza = "exata" if min(rbm.W.shape) <= particao.UNIDADES_NO_MAXIMO else "estimada"
    with torch.no_grad():
        log_z = particao.log_z_exato(rbm) if natureza == "exata" else particao.log_z_ais(
            rbm, 100, 500, vies, torch.Generator().manual_seed(0))

    def amostrar(n: int, gerador: torch.Generator) -> Tensor:
        return tarefa.de_bits(boltzmann.amostrar(rbm, n, passos_gibbs, gerador), gerador)

    def log_p(x: Tensor) -> Tensor:
        return boltzmann.log_prob(rbm, tarefa.para_bits(x), log_z) - tarefa.log_area

    return Representante("Boltzmann (RBM)", amostrar, 2 * passos_gibbs, natureza, log_p, segundos)


def autoencoder_variacional(tarefa: Tarefa, passos: int = 700, variancia: float = 0.02) -> Representante:
    """VAE: só um limite inferior de log p, e uma chamada do decoder por lote de amostras."""
    semear(0)
    d, z = tarefa.dimensoes, tarefa.latentes
    if tarefa.binaria:
        reconstrucao, sortear = leis.reconstrucao_bernoulli, leis.amostra_bernoulli
    else:
        reconstrucao = partial(leis.reconstrucao_gaussiana, variancia=variancia)
        sortear = partial(leis.amostra_gaussiana, variancia=variancia)
    vae = VAE(MLP(d, (128, 128), 2 * z), MLP(z, (128, 128), d), latentes=z)
    perda = partial(perda_elbo, reconstrucao=reconstrucao)
    treino = Treino(vae, perda, tarefa.treino, passos=passos, lote=250, lr=4e-3, agenda=cosseno)
    segundos = _treinar(treino, "VAE")

    def log_p(x: Tensor) -> Tensor:
        g = torch.Generator(x.device).manual_seed(0)
        return limite_importancia(vae, x, reconstrucao, CODIGOS_POR_PONTO, g)

    def amostrar(n: int, gerador: torch.Generator) -> Tensor:
        return sortear(amostrar_priori(vae, n, gerador), gerador=gerador)

    return Representante("VAE", amostrar, 1, "limite", log_p, segundos)


def cadeia(tarefa: Tarefa, passos: int = 500, sigma: float = 0.5, passos_da_cadeia: int = 100) -> Representante:
    """Cadeia aprendida por denoising: nenhuma densidade, e uma chamada da rede por passo da cadeia."""
    semear(0)
    d = tarefa.dimensoes
    rede = MLP(d, (128, 128), (6, 1 + 2 * d))
    perda = partial(perda_denoising, sigma=sigma, recuos=2)
    treino = Treino(rede, perda, tarefa.treino, passos=passos, lote=250, lr=2e-3, agenda=cosseno, recorte=10.0)
    segundos = _treinar(treino, "cadeia")

    def amostrar(n: int, gerador: torch.Generator) -> Tensor:
        inicio = torch.randn(n, d, generator=gerador)
        fim = caminhar(rede, inicio, passos_da_cadeia, sigma, gerador)[:, -1]
        return binarizar(fim) if tarefa.binaria else fim

    return Representante("Monte Carlo (cadeia)", amostrar, passos_da_cadeia, "não há", None, segundos)


def razao_por_classificacao(tarefa: Tarefa, passos: int = 700) -> Representante:
    """Classificador entre os dados e uma lei simples q: p̂ = q · razão, normalizada com amostras de q."""
    semear(0)
    rede = MLP(tarefa.dimensoes, (128, 128), 1)

    def perda(modelo: nn.Module, x: Tensor, gerador: torch.Generator | None = None) -> Tensor:
        x_q = tarefa.base(len(x), gerador)
        real = razao.perda_classificador(modelo, x, torch.ones(len(x)))
        return real + razao.perda_classificador(modelo, x_q, torch.zeros(len(x)))

    segundos = _treinar(Treino(rede, perda, tarefa.treino, passos=passos, lote=250, lr=1e-3, agenda=cosseno), "razão")
    with torch.no_grad():
        pesos = razao.log_razao(rede, tarefa.base(50_000, torch.Generator().manual_seed(0)))
        log_z = pesos.logsumexp(0) - math.log(len(pesos))

    def amostrar(n: int, gerador: torch.Generator) -> Tensor:
        candidatos = tarefa.base(CANDIDATOS * n, gerador)
        escolha = torch.multinomial(razao.log_razao(rede, candidatos).softmax(0), n, True, generator=gerador)
        return candidatos[escolha]

    def log_p(x: Tensor) -> Tensor:
        return tarefa.log_base(x) + razao.log_razao(rede, x) - log_z

    return Representante("razão (classificador)", amostrar, 1, "estimada", log_p, segundos)


def rede_adversaria(tarefa: Tarefa, passos: int = 600) -> Representante:
    """GAN: nenhuma densidade, e uma chamada do gerador por lote de amostras."""
    semear(0)
    d, z = tarefa.dimensoes, tarefa.latentes
    rede_g, rede_d = MLP(z, (128, 128), d), MLP(d, (128, 128), 1)
    if tarefa.binaria:  # sem ruído, D separa o gerado, que é contínuo, do real, que só tem −1 e 1
        rede_g = nn.Sequential(rede_g, nn.Tanh())
        rede_d = nn.Sequential(gan.RuidoNaEntrada(1.0), rede_d)
    treino = TreinoAdversario(
        rede_g, rede_d, tarefa.treino, gan.perda_discriminador, gan.perda_gerador, latentes=z, passos=passos, lote=250
    )
    segundos = _treinar(treino, "GAN")

    def amostrar(n: int, gerador: torch.Generator) -> Tensor:
        x = gan.gerar(rede_g, n, z, gerador)
        return binarizar(x) if tarefa.binaria else x

    return Representante("GAN", amostrar, 1, "não há", None, segundos)


TODAS = (fvbn, maquina_de_boltzmann, autoencoder_variacional, cadeia, razao_por_classificacao, rede_adversaria)

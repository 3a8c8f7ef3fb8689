"""A DCGAN condicional das carinhas: o mesmo gerador e a mesma perda da DCGAN, mas o discriminador vê os rótulos.

Mudam três coisas: parte de z traz os rótulos, o discriminador julga o par (imagem, rótulos), e há mais passos.
"""

from collections.abc import Collection

from torch import Tensor, nn

from aulas_lib.ambiente import gerador, virgula
from aulas_lib.avaliacao import N_FRECHET, prever
from aulas_lib.dados.carinhas import DEPENDENTES, ESQUEMA
from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.modelos.condicional import (
    DiscriminadorProjecao,
    GeradorComRotulos,
    RotulosEmZ,
    corpo_dc,
    juntar,
)
from aulas_lib.modelos.gan import imagens_de
from aulas_lib.receitas.base import Receita
from aulas_lib.receitas.dcgan import ajustes, criar_dcgan, texto_das_medidas
from aulas_lib.receitas.sonda import carregar_sonda
from aulas_lib.treino import TreinoAdversario

PASSOS = 20_000


class TreinoCondicional(TreinoAdversario):
    """O laço de sempre, com `GeradorComRotulos`; o melhor modelo é só o gerador de imagens, sem os rótulos."""

    @property
    def melhor_modelo(self) -> nn.Module:
        """O gerador de imagens, com a média dos pesos."""
        return super().melhor_modelo.gerador


def rotulos_das_carinhas(livres: Collection[str] = ()) -> RotulosEmZ:
    """Onde ficam, em z, os doze atributos das carinhas, menos os `livres`, que o gerador distribui como quiser.

    Raises:
        ValueError: se um dos livres não é atributo.
    """
    if estranhos := sorted(set(livres) - set(ESQUEMA)):
        raise ValueError(f"livres: chegou {estranhos[0]!r}; esperava atributos: {', '.join(ESQUEMA)}.")
    return RotulosEmZ({nome: valores for nome, valores in ESQUEMA.items() if nome not in livres}, DEPENDENTES)


def rotulos_de(rede_g: nn.Module) -> RotulosEmZ:
    """Os rótulos que o gerador lê em z; o da DCGAN condicional não os guarda, e são todos."""
    return getattr(rede_g, "rotulos", None) or rotulos_das_carinhas()


def colunas_de(rotulos: RotulosEmZ) -> list[int]:
    """As colunas desses rótulos na tabela de atributos das carinhas."""
    return [list(ESQUEMA).index(nome) for nome in rotulos.esquema]


def treinar_condicional(rede_g: nn.Module, conjunto: ConjuntoImagens, semente: int) -> TreinoCondicional:
    """Perda não saturante, projeção dos rótulos e R1 (γ = 0,05) a cada 8 passos do discriminador.

    Raises:
        ValueError: se o conjunto não é o das carinhas.
    """
    rotulos = rotulos_das_carinhas()
    dados = com_rotulos(conjunto, rotulos).to(next(rede_g.parameters()).device)
    _, canais, _, lado = conjunto.niveis.shape
    rede_d = discriminar_pares(corpo_dc(canais, lado), conjunto, rotulos, 128).to(dados.device)
    gerador_e_rotulos = GeradorComRotulos(rede_g, rotulos)
    return TreinoCondicional(gerador_e_rotulos, rede_d, dados, passos=PASSOS, semente=semente, **ajustes(rede_g))


def com_rotulos(conjunto: ConjuntoImagens, rotulos: RotulosEmZ) -> Tensor:
    """Imagens e indicadores lado a lado, (N, C·H·W + Σ K): os exemplos reais de uma GAN condicional.

    Raises:
        ValueError: se o conjunto não é o das carinhas.
    """
    if conjunto.esquema != ESQUEMA:
        raise ValueError("GAN condicional: os rótulos de z são os das carinhas; use --dados carinhas.")
    return juntar(conjunto.imagens, rotulos.indicadores(conjunto.atributos[:, colunas_de(rotulos)]))


def discriminar_pares(
    phi: nn.Module, conjunto: ConjuntoImagens, rotulos: RotulosEmZ, dimensao: int
) -> DiscriminadorProjecao:
    """Discriminador por projeção para os pares (imagem, rótulos) do conjunto.

    Args:
        phi: imagem → (B, dimensao).
        conjunto: de onde vem a forma das imagens.
        rotulos: os do par.
        dimensao: de φ.
    """
    return DiscriminadorProjecao(phi, tuple(conjunto.niveis.shape[1:]), sum(rotulos.tamanhos), dimensao)


def retratar_com_rotulos(rede_g: nn.Module) -> Tensor:
    """Dez imagens, sempre dos mesmos z, para o diário do treino."""
    aparelho = next(rede_g.parameters()).device
    return rede_g(rotulos_de(rede_g).sortear(10, rede_g.latentes, gerador(7)).to(aparelho))


def medir_condicional(rede_g: nn.Module, conjunto: ConjuntoImagens) -> dict[str, str]:
    """As medidas da DCGAN e a fração de 4000 rostos em que a sonda vê cada atributo que z traz."""
    rotulos = rotulos_de(rede_g)
    z = rotulos.sortear(N_FRECHET, rede_g.latentes, gerador(2))
    imagens = imagens_de(rede_g, z)
    certos = (prever(carregar_sonda(), imagens)[:, colunas_de(rotulos)] == rotulos.ler(z)).double().mean(dim=0)
    pior = int(certos.argmin())
    media, menor = (f"{virgula(100 * v, 1)} %" for v in (certos.mean().item(), certos[pior].item()))
    metrica = f"{texto_das_medidas(imagens, conjunto)}; rótulos de z vistos: média {media}, o pior {menor}"
    return {"metrica": f"{metrica} ({list(rotulos.esquema)[pior]})"}


RECEITA = Receita("DCGAN condicional", criar_dcgan, treinar_condicional, medir_condicional, retratar_com_rotulos)

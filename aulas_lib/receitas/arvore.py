"""A árvore das GANs do curso: as mesmas medidas para todos os pesos que o acompanham, em cinco sorteios.

`make arvore` refaz `data/medidas/arvore.csv`, que o caderno lê.
"""

import statistics
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path

import torch
from torch import Tensor, nn

from aulas_lib import pesos
from aulas_lib.ambiente import gerador, semear, virgula
from aulas_lib.avaliacao import N_FRECHET, Medidas, extrair, medir_conjunto, prever
from aulas_lib.avaliacao.sonda import Sonda
from aulas_lib.avaliacao.triplas import GeradorMedido, julgar_triplas, sortear_triplas
from aulas_lib.dados.carinhas import ESQUEMA, carinhas
from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.modelos.gan import imagens_de
from aulas_lib.modelos.stylegan import GeradorStyleGAN2
from aulas_lib.receitas import RECEITAS, carregar
from aulas_lib.receitas.base import arquivo_de
from aulas_lib.receitas.condicional import rotulos_de
from aulas_lib.receitas.medidas import gravar_tabela, pasta_medidas

SORTEIOS = range(10, 15)  # sementes dos z
FORCAS = (0.4, 0.6, 0.8, 1.0, 1.2, 1.4)
ALVOS = {"oculos": "com", "boca": "sorriso", "chapeu": "com", "barba": "com", "cabelo_cor": None}
BANCO = 20_000
TRECHOS, VOLTAS_POR_TRECHO = 6, 16  # do treino que se cronometra; 16 voltas têm todas as penalidades
CAMPOS = ("modelo", "pesos", "segundos", "imagens_vistas", *(f"{m}{s}" for m in Medidas._fields for s in ("", "_dp")),
          "aritmetica_z", "forca_z", "aritmetica_w", "forca_w")  # fmt: skip


@dataclass(frozen=True)
class Ramo:
    """Um gerador da árvore.

    Attributes:
        nome: da receita.
        titulo: como aparece na tabela, com o ano do artigo.
        com_rotulos: se z traz os rótulos.
    """

    nome: str
    titulo: str
    com_rotulos: bool = False

    def sortear(self, n: int, rede: nn.Module, gerador: torch.Generator) -> Tensor:
        """n códigos para o gerador deste ramo, forma (n, latentes)."""
        if self.com_rotulos:
            return rotulos_de(rede).sortear(n, rede.latentes, gerador)
        return torch.randn(n, rede.latentes, generator=gerador)


RAMOS = {
    ramo.nome: ramo
    for ramo in (
        Ramo("dcgan", "DCGAN (2016)"),
        Ramo("dcgan_longa", "DCGAN, o dobro das voltas"),
        Ramo("condicional", "DCGAN condicional", com_rotulos=True),
        Ramo("progressiva", "progressiva (2017)"),
        Ramo("sagan", "SAGAN (2019)", com_rotulos=True),
        Ramo("biggan", "BigGAN (2019)", com_rotulos=True),
        Ramo("stylegan", "StyleGAN2 (2020)"),
    )
}


def medir_sorteios(ramo: Ramo, rede: nn.Module, sonda: Sonda, reais: Tensor) -> list[Medidas]:
    """Fréchet, KID, precisão e revocação em cada um dos `SORTEIOS`.

    Args:
        ramo: de onde saem os códigos.
        rede: o gerador.
        sonda: o juiz.
        reais: características de imagens reais, forma (`N_FRECHET`, F).
    """
    medidas = []
    for semente in SORTEIOS:
        semear(semente)  # do ruído da StyleGAN2
        z = ramo.sortear(N_FRECHET, rede, gerador(semente))
        medidas.append(medir_conjunto(reais, extrair(sonda, imagens_de(rede, z))))
    return medidas


def medir_piso(sonda: Sonda, reais: Tensor) -> list[Medidas]:
    """As mesmas medidas com imagens reais no lugar das geradas."""
    outras = (carinhas(N_FRECHET, semente=semente).imagens for semente in SORTEIOS)
    return [medir_conjunto(reais, extrair(sonda, x)) for x in outras]


def medir_aritmetica(codigos: Tensor, gerar: Callable[[Tensor], Tensor], sonda: Sonda) -> tuple[float, float]:
    """Fração de 1000 contas "A − B + C" que dão certo, com a força escolhida em outras 500.

    As contas são as da lição 3: mesmas sementes, mesmos alvos, mesma definição de sucesso.

    Args:
        codigos: os do banco, em z ou em w, forma (N, Z).
        gerar: códigos → imagens.
        sonda: o juiz.

    Returns:
        A fração e a força.
    """
    rede = GeradorMedido(partial(_sem_acaso, gerar), partial(prever, sonda), ESQUEMA, codigos)
    ensaio, prova = (sortear_triplas(ESQUEMA, ALVOS, n, gerador(s)) for n, s in ((100, 30), (200, 31)))
    notas = {f: julgar_triplas(rede, ensaio, f, gerador(29)).sucesso("A − B + C") for f in FORCAS}
    forca = max(notas, key=notas.__getitem__)
    return julgar_triplas(rede, prova, forca, gerador(32)).sucesso("A − B + C"), forca


def _sem_acaso(gerar: Callable[[Tensor], Tensor], codigos: Tensor) -> Tensor:
    semear(0)
    return imagens_de(gerar, codigos)


def cronometrar(nomes: Collection[str], conjunto: ConjuntoImagens) -> dict[str, float]:
    """Segundos de processador do treino inteiro de cada receita, estimados todos na mesma corrida.

    Os tempos guardados com os pesos são de dias e máquinas diferentes. Aqui, um trecho de uma receita se alterna com
    um trecho de cada outra, do começo ao fim do treino: as voltas da progressiva não custam todas o mesmo.

    Args:
        nomes: das receitas.
        conjunto: as imagens de treino.
    """
    treinos = {nome: RECEITAS[nome].treinar(RECEITAS[nome].criar(conjunto), conjunto, 0) for nome in nomes}
    gastos = dict.fromkeys(treinos, 0.0)
    for trecho, (nome, treino) in product(range(TRECHOS), treinos.items()):
        treino.passo = int((trecho + 0.5) / TRECHOS * treino.passos) // VOLTAS_POR_TRECHO * VOLTAS_POR_TRECHO
        voltas = iter(treino)
        next(voltas)  # a primeira prepara a memória
        inicio = time.process_time()
        for _ in range(VOLTAS_POR_TRECHO):
            next(voltas)
        gastos[nome] += time.process_time() - inicio
    return {nome: gastos[nome] / (TRECHOS * VOLTAS_POR_TRECHO) * treino.passos for nome, treino in treinos.items()}


def linha(ramo: Ramo, segundos: float, sonda: Sonda, reais: Tensor) -> dict[str, float | str]:
    """Tudo o que a tabela diz de um peso, na ordem de `CAMPOS`; a StyleGAN2 faz a aritmética também em w.

    Args:
        ramo: o peso.
        segundos: do treino inteiro.
        sonda: o juiz.
        reais: características de imagens reais.
    """
    rede = carregar(ramo.nome)
    z = ramo.sortear(BANCO, rede, gerador(20))
    aritmetica, forca = medir_aritmetica(z, rede, sonda)
    valores: dict[str, float | str] = {
        "modelo": ramo.titulo, "segundos": segundos, "aritmetica_z": aritmetica, "forca_z": forca,
    } | tamanho_de(ramo.nome, rede)  # fmt: skip
    if isinstance(rede, GeradorStyleGAN2):
        w = torch.cat([rede.mapeamento(parte) for parte in z.split(500)])
        valores["aritmetica_w"], valores["forca_w"] = medir_aritmetica(w, rede.sintetizar, sonda)
    return valores | resumir(medir_sorteios(ramo, rede, sonda, reais))


def tamanho_de(nome: str, rede: nn.Module) -> dict[str, int]:
    """Quantos pesos tem a rede da receita `nome`, e quantas imagens ela viu no treino."""
    lida = pesos.ler_procedencia(arquivo_de(nome))
    vistas = int(lida["passos"]) * int(lida.get("lote", 64))
    return {"pesos": sum(p.numel() for p in rede.parameters()), "imagens_vistas": vistas}


def resumir(medidas: Iterable[Medidas]) -> dict[str, float]:
    """Média e desvio-padrão (`_dp`) de cada medida."""
    colunas = dict(zip(Medidas._fields, zip(*medidas, strict=True), strict=True))
    medias = {nome: statistics.fmean(valores) for nome, valores in colunas.items()}
    return medias | {f"{nome}_dp": statistics.stdev(valores) for nome, valores in colunas.items()}


def medir_arvore(nomes: Collection[str] = RAMOS, destino: Path | None = None) -> list[dict[str, float | str]]:
    """Mede os pesos e grava a tabela, com o piso na última linha.

    Args:
        nomes: das receitas.
        destino: arquivo CSV; None é `data/medidas/arvore.csv`.

    Raises:
        FileNotFoundError: se falta um peso.
        OSError: se a pasta não aceita o arquivo.
    """
    sonda = carregar("sonda")
    reais = extrair(sonda, carinhas(N_FRECHET, semente=1).imagens)
    segundos = cronometrar(nomes, carinhas(BANCO, semente=0))
    linhas = [linha(RAMOS[nome], segundos[nome], sonda, reais) for nome in nomes]
    linhas.append({"modelo": "piso: reais contra reais"} | resumir(medir_piso(sonda, reais)))
    gravar_tabela(destino or pasta_medidas() / "arvore.csv", CAMPOS, linhas)
    return linhas


def tabela_da_arvore(linhas: Iterable[Mapping[str, float | str]]) -> str:
    """A árvore em texto: o que cada gerador custou e as quatro medidas, com o desvio entre sorteios nas distâncias.

    Args:
        linhas: as de `ler_tabela("arvore")`.
    """
    titulos = ("pesos", "treino", "vistas", "Fréchet", "KID / 1000", "precisão", "revocação")
    larguras = (8, 8, 10, 13, 15, 10, 11)

    def alinhar(celulas: Iterable[str]) -> str:
        return "".join(f"{celula:>{largura}s}" for celula, largura in zip(celulas, larguras, strict=True))

    texto = [f"{'':25s}{alinhar(titulos)}"]
    for um in linhas:
        custo = ["", "", ""]
        if "pesos" in um:
            custo = [f"{um['pesos']:.0f}", f"{um['segundos'] / 60:.0f} min", f"{um['imagens_vistas'] / 1000:.0f} mil"]
        distancias = [
            f"{virgula(um[nome] / escala, 1)} ± {virgula(um[f'{nome}_dp'] / escala, 1)}"
            for nome, escala in (("frechet", 1), ("kid", 1000))
        ]
        fracoes = [f"{virgula(100 * um[nome], 1)} %" for nome in ("precisao", "revocacao")]
        texto.append(f"{um['modelo']:25s}{alinhar([*custo, *distancias, *fracoes])}")
    return "\n".join(texto)

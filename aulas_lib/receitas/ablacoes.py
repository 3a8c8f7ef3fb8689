"""O que cada ideia compra: a mesma receita, com as mesmas voltas e sementes, com a ideia e sem ela.

As carinhas são reduzidas a 16 × 16, para que cada treino leve poucos minutos em um núcleo. `make ablacoes` repete
tudo; cada linha é gravada assim que fica pronta, e as que já estão no arquivo não são refeitas.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.ambiente import gerador, semear
from aulas_lib.avaliacao import N_FRECHET, extrair, medir_conjunto
from aulas_lib.avaliacao.sonda import Sonda
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.modelos.gan import imagens_de, perda_discriminador, perda_gerador
from aulas_lib.modelos.stylegan import Mapeamento
from aulas_lib.modelos.taxa_igualada import NormaDoPixel
from aulas_lib.progresso import com_barra
from aulas_lib.receitas.arvore import RAMOS
from aulas_lib.receitas.biggan import criar_biggan, treinar_biggan
from aulas_lib.receitas.medidas import gravar_tabela, ler_tabela, pasta_medidas
from aulas_lib.receitas.progressiva import com_wasserstein, criar_progressiva, treinar_progressiva
from aulas_lib.receitas.sagan import LARGURAS_D, LARGURAS_G, criar_sagan, treinar_sagan
from aulas_lib.receitas.sonda import carregar_sonda
from aulas_lib.receitas.stylegan import criar_stylegan, treinar_stylegan
from aulas_lib.redes import dobrar
from aulas_lib.treino import TreinoAdversario

CAMPOS = ("familia", "variante", "semente", "voltas", "segundos", "frechet", "kid", "precisao", "revocacao")
SEMENTES = (0, 1, 2)
Criar = Callable[[ConjuntoImagens], nn.Module]
Mudar = Callable[[TreinoAdversario], None]


@dataclass(frozen=True)
class Variante:
    """Uma receita com uma ideia a menos, a mais ou trocada.

    Attributes:
        familia: a receita de que se parte.
        nome: o que muda; "completa" não muda nada.
        criar: carinhas reduzidas → gerador.
        treinar: (gerador, carinhas reduzidas, semente) → treino.
        voltas: o orçamento.
        mudar: o que se troca no treino já montado.
        com_media: se o modelo que se mede é a média dos pesos.
    """

    familia: str
    nome: str
    criar: Criar
    treinar: Callable[[nn.Module, ConjuntoImagens, int], TreinoAdversario]
    voltas: int
    mudar: Mudar = lambda treino: None
    com_media: bool = True


def mudando(criar: Criar, mudar: Callable[[nn.Module], None]) -> Criar:
    """`criar` e, em seguida, `mudar` na rede criada, antes que o treino copie os pesos dela."""

    def criada(conjunto: ConjuntoImagens) -> nn.Module:
        rede = criar(conjunto)
        mudar(rede)
        return rede

    return criada


def sem_norma_do_pixel(rede: nn.Module) -> None:
    """Troca cada `NormaDoPixel` por nada."""
    for modulo in list(rede.modules()):
        for nome, filho in modulo.named_children():
            if isinstance(filho, NormaDoPixel):
                setattr(modulo, nome, nn.Identity())


def _sem_demodular(rede: nn.Module) -> None:
    for camada in rede.camadas:
        camada.conv.demodular = False


def _sem_ruido(rede: nn.Module) -> None:
    for camada in rede.camadas:
        camada.forca.requires_grad_(False)  # começa em zero


def _sem_mapeamento(rede: nn.Module) -> None:
    rede.mapeamento = Mapeamento(rede.latentes, rede.latentes, camadas=0)


def _sem_mistura(rede: nn.Module) -> None:
    rede.mistura = 0.0


def _sem_crescer(treino: TreinoAdversario) -> None:
    treino.fase = 0.0


def _sem_desvio_do_lote(treino: TreinoAdversario) -> None:
    treino.modelo["discriminador"].fixa[0].grupo = 1  # o desvio de uma imagem só é zero


def _nao_saturante(treino: TreinoAdversario) -> None:
    treino.perda_d, treino.perda_g = perda_discriminador, perda_gerador


def _taxas_iguais(treino: TreinoAdversario) -> None:
    treino.lr_d = treino.lr_g


def _lote_menor(treino: TreinoAdversario) -> None:
    treino.lote //= 2


def _sem_ortogonalidade(treino: TreinoAdversario) -> None:
    treino.ortogonal = 0.0


def _sem_r1(treino: TreinoAdversario) -> None:
    treino.regularizador = None


def _sem_caminho(treino: TreinoAdversario) -> None:
    treino.modelo["caminho"].peso = 0.0


_P = Variante("progressiva", "completa", criar_progressiva, treinar_progressiva, 900)
_S = Variante("sagan", "completa", criar_sagan, treinar_sagan, 900)
_B = Variante("biggan", "completa", criar_biggan, treinar_biggan, 600)
_G = Variante("stylegan", "completa", criar_stylegan, treinar_stylegan, 600, com_media=False)
VARIANTES = (
    _P,
    replace(_P, nome="sem crescer", mudar=_sem_crescer),
    replace(_P, nome="sem desvio do lote", mudar=_sem_desvio_do_lote),
    replace(_P, nome="perda de Wasserstein", mudar=com_wasserstein),
    replace(_P, nome="sem norma do pixel", criar=mudando(criar_progressiva, sem_norma_do_pixel)),
    _S,
    replace(_S, nome="sem atenção", criar=partial(criar_sagan, atencao=False),
            treinar=partial(treinar_sagan, atencao=False)),
    replace(_S, nome="norma espectral só em D", criar=partial(criar_sagan, norma=False)),
    replace(_S, nome="perda não saturante", mudar=_nao_saturante),
    replace(_S, nome="taxas iguais", mudar=_taxas_iguais),
    replace(_S, nome="discriminador do artigo", treinar=partial(treinar_sagan, do_artigo=True)),
    _B,
    replace(_B, nome="metade do lote", mudar=_lote_menor),
    replace(_B, nome="larguras da SAGAN", criar=partial(criar_biggan, larguras=LARGURAS_G),
            treinar=partial(treinar_biggan, larguras=LARGURAS_D)),
    replace(_B, nome="sem código compartilhado", criar=partial(criar_biggan, codigo=None)),
    replace(_B, nome="z só na entrada", criar=partial(criar_biggan, repartir=False)),
    replace(_B, nome="sem ortogonalidade", mudar=_sem_ortogonalidade),
    replace(_B, nome="sem a média dos pesos", com_media=False),
    _G,
    replace(_G, nome="sem mapeamento", criar=mudando(criar_stylegan, _sem_mapeamento)),
    replace(_G, nome="sem demodular", criar=mudando(criar_stylegan, _sem_demodular)),
    replace(_G, nome="sem ruído", criar=mudando(criar_stylegan, _sem_ruido)),
    replace(_G, nome="sem mistura", criar=mudando(criar_stylegan, _sem_mistura)),
    replace(_G, nome="sem R1", mudar=_sem_r1),
    replace(_G, nome="discriminador residual", treinar=partial(treinar_stylegan, residual=True)),
    replace(_G, nome="sem comprimento do caminho", mudar=_sem_caminho),
)  # fmt: skip


def reduzir(conjunto: ConjuntoImagens) -> ConjuntoImagens:
    """As mesmas imagens com metade do lado: a média de cada quadrado de 2 × 2, em níveis inteiros."""
    niveis = F.avg_pool2d(conjunto.niveis.float(), 2).round().to(conjunto.niveis.dtype)
    return ConjuntoImagens(niveis, conjunto.atributos, conjunto.esquema, conjunto.nivel_max)


def rodar(
    variante: Variante, semente: int, conjunto: ConjuntoImagens, sonda: Sonda, reais: Tensor
) -> dict[str, float | str]:
    """Treina uma variante e a mede; a linha da tabela, na ordem de `CAMPOS`.

    Args:
        variante: o que treinar.
        semente: dos pesos iniciais, dos exemplos e dos z.
        conjunto: carinhas reduzidas.
        sonda: o juiz, que vê as imagens com o lado dobrado.
        reais: características de outras carinhas, reduzidas e dobradas, forma (`N_FRECHET`, F).
    """
    semear(semente)
    treino = variante.treinar(variante.criar(conjunto), conjunto, semente)
    treino.passos = variante.voltas
    variante.mudar(treino)
    inicio = time.process_time()
    for _ in com_barra(treino, len(treino), f"{variante.familia}, {variante.nome}, semente {semente}"):
        pass
    segundos = time.process_time() - inicio
    if not variante.com_media:
        treino.media = None
    rede = treino.melhor_modelo
    z = RAMOS[variante.familia].sortear(N_FRECHET, rede, gerador(2))
    medidas = medir_conjunto(reais, extrair(sonda, dobrar(imagens_de(rede, z))))
    identidade = (variante.familia, variante.nome, semente, variante.voltas, round(segundos, 1))
    return dict(zip(CAMPOS, (*identidade, *medidas), strict=True))


def medir_ablacoes(
    familias: Iterable[str] = (), sementes: Sequence[int] = SEMENTES, destino: Path | None = None
) -> list[dict[str, float | str]]:
    """Roda o que falta da tabela das ablações e a grava linha por linha.

    Args:
        familias: quais; nenhuma quer dizer todas.
        sementes: de cada variante.
        destino: arquivo CSV; None é `data/medidas/ablacoes.csv`.

    Raises:
        ValueError: se uma família não existe.
        OSError: se a pasta não aceita o arquivo.
    """
    destino = destino or pasta_medidas() / "ablacoes.csv"
    todas = list(dict.fromkeys(v.familia for v in VARIANTES))
    if estranhas := [f for f in familias if f not in todas]:
        raise ValueError(f"família: chegou {estranhas[0]!r}; esperava uma destas: {', '.join(todas)}.")
    sonda, conjunto = carregar_sonda(), reduzir(carinhas(20_000, semente=0))
    reais = extrair(sonda, dobrar(reduzir(carinhas(N_FRECHET, semente=1)).imagens))
    escolhidas = [v for v in VARIANTES if v.familia in (familias or todas)]
    for variante, semente in product(escolhidas, sementes):
        if any((p["familia"], p["variante"], p["semente"]) == (variante.familia, variante.nome, semente)
               for p in _prontas(destino)):  # fmt: skip
            continue
        nova = rodar(variante, semente, conjunto, sonda, reais)
        print({campo: nova[campo] for campo in CAMPOS[:6]}, flush=True)
        gravar_tabela(destino, CAMPOS, [*_prontas(destino), nova])
    return _prontas(destino)


def _prontas(destino: Path) -> list[dict[str, float | str]]:
    return ler_tabela(destino.stem, destino.parent) if destino.is_file() else []

"""Filmes sem kernel: todos os quadros calculados antes, em uma página que se basta.

Um filme é um pedaço de HTML com a figura parada e, por cima dela, um quadro (`iframe`) isolado que guarda
todas as imagens e poucas linhas de programa. Funciona no JupyterLab, no Colab, no HTML exportado e nos
slides, sem rede. Num caderno em que ainda não se confia, o quadro é retirado e a figura parada permanece.
"""

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from aulas_lib.interativos.eixo import Eixo, conferir_eixos
from aulas_lib.interativos.folhas import FORMATOS, codificar, montar_folhas

ALTURA_EIXO = 54
MARGEM_CONTROLES = 8


@dataclass(frozen=True, eq=False)
class Filme:
    """Filme pronto para ser o resultado de uma célula. Use a função `filme` para criar um.

    Attributes:
        quadros: uint8, forma (N, H, W, 3), com o último eixo variando mais depressa.
        eixos: de um a três eixos.
        titulo: linha acima da figura e nome do quadro para leitores de tela.
        descricao: texto alternativo da figura parada.
        legendas: frase por quadro, lida em voz alta por leitores de tela; vazia se não há.
        clicavel: retângulo da figura em que clicar escolhe as posições dos dois eixos; None se não há.
    """

    quadros: np.ndarray
    eixos: tuple[Eixo, ...]
    titulo: str
    descricao: str
    legendas: tuple[str, ...] = ()
    fps: float | None = None
    ampliar: int = 1
    formato: str = "webp"
    qualidade: int | None = None
    largura_maxima: int = 640
    clicavel: tuple[int, int, int, int] | None = None

    def quadro(self, *posicao: int) -> Image.Image:
        """Um quadro como imagem Pillow, já ampliado; sem argumentos, o inicial.

        Args:
            posicao: um índice por eixo.

        Raises:
            ValueError: se o número de índices ou um deles não serve.
        """
        posicao = posicao or tuple(eixo.partida for eixo in self.eixos)
        tamanhos = tuple(len(eixo.valores) for eixo in self.eixos)
        cabe = len(posicao) == len(tamanhos) and all(
            -n <= i < n for i, n in zip(posicao, tamanhos, strict=False)
        )
        if not cabe:
            raise ValueError(
                f"quadro recebeu a posição {posicao}, mas o filme tem os tamanhos {tamanhos}: "
                "dê um índice por eixo, menor que o tamanho dele."
            )
        indice = np.ravel_multi_index(tuple(i % n for i, n in zip(posicao, tamanhos, strict=True)), tamanhos)
        imagem = Image.fromarray(self.quadros[indice])
        largura, altura = imagem.size
        return imagem.resize((largura * self.ampliar, altura * self.ampliar), Image.Resampling.NEAREST)

    @cached_property
    def pagina(self) -> str:
        """A página que fica dentro do quadro isolado."""
        altura, largura = self.quadros.shape[1:3]
        folhas = montar_folhas(self.quadros, self.formato, self.qualidade)
        dados = {
            "eixos": [
                {"nome": e.nome, "porExtenso": e.por_extenso, "rotulos": e.rotulos, "inicial": e.partida}
                for e in self.eixos
            ],
            "legendas": self.legendas,
            "fps": self.fps or 0,
            "ampliar": self.ampliar,
            "largura": largura,
            "altura": altura,
            "colunas": folhas.colunas,
            "porFolha": folhas.por_folha,
            "folhas": folhas.enderecos,
        } | ({"clicavel": self.clicavel} if self.clicavel else {})
        return _preencher(
            "filme.html",
            TITULO=html.escape(self.titulo),
            LARGURA=str(largura),
            ALTURA=str(altura),
            ALTURA_CONTROLES=str(self._altura_controles),
            CLIQUE=Path(__file__).with_name("clique.js").read_text(encoding="utf-8") if self.clicavel else "",
            # "<" escapado: um rótulo com "</script>" não fecha o bloco
            DADOS=json.dumps(dados, ensure_ascii=False).replace("<", "\\u003c"),
        )

    @property
    def _altura_controles(self) -> int:
        return ALTURA_EIXO * len(self.eixos) + MARGEM_CONTROLES

    @cached_property
    def html(self) -> str:
        """O HTML inteiro: título, figura parada e, por cima dela, o quadro vivo."""
        return _preencher(
            "moldura.html",
            LARGURA_MAXIMA=str(self.largura_maxima),
            ALTURA_CONTROLES=str(self._altura_controles),
            TITULO=html.escape(self.titulo),
            DESCRICAO=html.escape(self.descricao),
            PARADA=codificar(self.quadro(), self.formato, self.qualidade),
            PAGINA=html.escape(self.pagina),
        )

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": f"Filme: {self.titulo}"}

    def __repr__(self) -> str:
        return f"Filme: {self.titulo}"


def filme(
    quadros: np.ndarray | Sequence[Image.Image],
    eixos: Sequence[Eixo],
    titulo: str,
    descricao: str,
    *,
    legendas: Sequence[str] = (),
    fps: float | None = None,
    ampliar: int = 1,
    formato: str = "webp",
    qualidade: int | None = None,
    largura_maxima: int = 640,
    clicavel: tuple[int, int, int, int] | None = None,
) -> Filme:
    """Monta um filme que se move sem kernel, a partir de todos os seus quadros.

    Args:
        quadros: uint8 de forma (E1, ..., H, W, 3), com uma dimensão por eixo, ou lista de E1·E2·... imagens Pillow do
            mesmo tamanho, com o último eixo variando mais depressa.
        eixos: de um a três `Eixo`, na ordem de E1, E2 e E3.
        titulo: linha acima da figura.
        descricao: texto alternativo, para quem não vê a figura.
        legendas: frase por quadro para leitores de tela (opcional).
        fps: quadros por segundo do botão "Tocar", que percorre o último eixo; `None` não põe o botão.
        ampliar: fator inteiro, com vizinho mais próximo (para imagens de poucos pixels).
        formato: "webp" ou "jpeg".
        qualidade: de 1 a 100; `None` quer dizer sem perda em "webp" e 85 em "jpeg".
        largura_maxima: largura da figura em telas largas, em pixels; nas estreitas ela encolhe.
        clicavel: (esquerda, alto, direita, baixo) do quadro, em pixels: clicar ali leva o primeiro eixo, de cima para
            baixo, e o segundo, da esquerda para a direita, à posição clicada. Pede dois eixos.

    Returns:
        `Filme`; como última linha de uma célula, aparece na página.

    Raises:
        ValueError: se formas, eixos ou opções não combinam.
    """
    eixos = tuple(eixos)
    conferir_eixos(eixos, fps)
    tamanhos = tuple(len(eixo.valores) for eixo in eixos)
    pilha = _empilhar(quadros, tamanhos)
    _conferir_opcoes(titulo, descricao, legendas, ampliar, formato, qualidade, len(pilha))
    if formato == "jpeg" and qualidade is None:
        qualidade = 85
    if clicavel and not (len(eixos) == 2 and 0 <= clicavel[0] < clicavel[2] and 0 <= clicavel[1] < clicavel[3]):
        raise ValueError(
            f"filme recebeu clicavel={clicavel} e {len(eixos)} eixo(s); esperava (esquerda, alto, direita, baixo), em "
            "pixels, e dois eixos."
        )
    return Filme(
        pilha, eixos, titulo, descricao, tuple(legendas), fps, ampliar, formato, qualidade, largura_maxima, clicavel
    )


def _preencher(molde: str, **trocas: str) -> str:
    """Troca cada @MARCA@ do molde, em uma passada só (um texto trocado não é trocado de novo)."""
    texto = Path(__file__).with_name(molde).read_text(encoding="utf-8")
    return re.sub(r"@([A-Z_]+)@", lambda marca: trocas[marca[1]], texto)


def _empilhar(quadros: np.ndarray | Sequence[Image.Image], tamanhos: tuple[int, ...]) -> np.ndarray:
    if isinstance(quadros, np.ndarray):
        certo = (
            quadros.ndim == len(tamanhos) + 3 and quadros.shape[:-3] == tamanhos and quadros.shape[-1] == 3
        )
        if quadros.dtype != np.uint8 or not certo:
            esperado = ", ".join(map(str, tamanhos))
            raise ValueError(
                f"filme recebeu quadros {quadros.dtype} de forma {quadros.shape}, mas espera uint8 de "
                f"forma ({esperado}, H, W, 3): um quadro por posição dos eixos, em RGB."
            )
        return quadros.reshape(-1, *quadros.shape[-3:])
    total = int(np.prod(tamanhos))
    if len(quadros) != total:
        raise ValueError(
            f"filme recebeu {len(quadros)} quadros, mas os eixos pedem {total}: "
            "dê um quadro por combinação de posições."
        )
    medidas = {imagem.size for imagem in quadros}
    if len(medidas) != 1:
        raise ValueError(
            f"filme recebeu quadros de tamanhos diferentes, {sorted(medidas)}: "
            "desenhe todos com a mesma largura e a mesma altura."
        )
    return np.stack([np.asarray(imagem.convert("RGB")) for imagem in quadros])


def _conferir_opcoes(
    titulo: str,
    descricao: str,
    legendas: Sequence[str],
    ampliar: int,
    formato: str,
    qualidade: int | None,
    total: int,
) -> None:
    if not titulo.strip() or not descricao.strip():
        raise ValueError(
            "filme recebeu título ou descrição em branco: escreva os dois, para quem lê com os ouvidos."
        )
    if legendas and len(legendas) != total:
        raise ValueError(
            f"filme recebeu {len(legendas)} legendas para {total} quadros: dê uma por quadro ou nenhuma."
        )
    if not isinstance(ampliar, int) or ampliar < 1:
        raise ValueError(f"filme recebeu ampliar={ampliar!r}, mas espera um inteiro a partir de 1.")
    if formato not in FORMATOS:
        raise ValueError(f"filme recebeu formato={formato!r}, mas espera 'webp' ou 'jpeg'.")
    if qualidade is not None and not 1 <= qualidade <= 100:
        raise ValueError(f"filme recebeu qualidade={qualidade}, mas espera um número de 1 a 100.")

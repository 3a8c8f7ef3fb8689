"""Caça ao erro na lição de GANs modernas: o desvio-padrão do lote medido dentro de cada imagem."""

from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import conferir, examinar_alternativa
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar

__all__ = ["conferir_caca_desvio"]


def conferir_caca_desvio(diagnostico: Any, funcao: Any) -> None:
    """Confere o conserto do desvio-padrão do lote, um número que denuncia o gerador que repete uma imagem.

    Equação: média sobre canais e posições de √(Var entre as imagens + 10⁻⁸), com a variância dividida por B
    Fonte: Karras e outros (2018), seção 3.

    Args:
        diagnostico: letra da alternativa, ou `...`.
        funcao: função consertada, `(B, C, H, W) -> um número`.
    """
    conferir(
        (diagnostico, funcao), _examinar_desvio, nome="caca_desvio",
        tarefa="escolha a letra do diagnóstico, conserte a função e rode de novo.",
        licao="Um discriminador que julga imagem por imagem não tem como ver que o gerador se repete: cada cópia, "
        "sozinha, pode ser perfeita. Este número, em um canal a mais, mostra a ele o lote.",
    )


def _var(x: Tensor, dim: Any = 0, vies: int = 0) -> Tensor:
    """Variância com divisão por n (`vies` 0) ou por n − 1 (`vies` 1)."""
    return x.var(dim=dim, correction=vies)


def _mapa(x: Tensor, dim: Any = 0, vies: int = 0) -> Tensor:
    return (_var(x, dim, vies) + 1e-8).sqrt()


def _desvio(x: Tensor) -> Tensor:
    return _mapa(x).mean()


def _com_canal(x: Tensor) -> Tensor:
    return torch.cat([x, _desvio(x).expand(len(x), 1, *x.shape[2:])], dim=1)


AS_IMAGENS = "As imagens do lote estão no eixo 0."
UM_NUMERO = "O lote inteiro vira um número só: falta a média sobre"
ENGANOS_DESVIO = (
    *(
        Engano(lambda x, d=dim, v=vies: _mapa(x, d, v).mean(), "o diagnóstico está certo, mas o defeito continua no "
               f"código: a variância ainda sai dentro de cada imagem. {AS_IMAGENS}")
        for dim in ((2, 3), (1, 2, 3)) for vies in (0, 1)
    ),
    Engano(lambda x: _mapa(x, 0, 1).mean(), "o eixo está certo, mas agora a variância se divide por B − 1. Na célula a "
           "divisão é por B: mantenha `unbiased=False`, que não falha nem com uma imagem só."),
    Engano(lambda x: x.std(dim=0).mean(), "o eixo está certo, mas o resto mudou: `std` sozinho divide por B − 1, e "
           "sumiu o 10⁻⁸ dentro da raiz. Mude só o eixo da variância."),
    Engano(lambda x: _var(x).sqrt().mean(), "o eixo está certo, mas falta o 10⁻⁸ dentro da raiz. Com imagens iguais a "
           "variância é 0, e ali a derivada da raiz é infinita: o gradiente viraria nan."),
    *(
        Engano(lambda x, d=dim, v=vies: _mapa(x, d, v).mean(), "a variância juntou as posições com as imagens. Um lote "
               f"de imagens iguais ainda daria um número alto. {AS_IMAGENS} Só ele.")
        for dim in ((0, 2, 3), (0, 1, 2, 3)) for vies in (0, 1)
    ),
    Engano(lambda x: _mapa(x, 1).mean(), f"essa é a variância entre os canais de cor. {AS_IMAGENS}"),
    Engano(lambda x: _mapa(x, (0, 1)).mean(), f"a variância juntou os canais com as imagens. {AS_IMAGENS} Só ele."),
    *(
        Engano(lambda x, v=vies: _mapa(x.mean(dim=(1, 2, 3)), 0, v), "você resumiu cada imagem pela sua média antes de "
               "comparar: duas imagens diferentes de mesmo brilho passariam por iguais. Compare posição por posição.")
        for vies in (0, 1)
    ),
    Engano(lambda x: _mapa(x.mean(dim=0), (0, 1, 2)), "você tirou a média das imagens e mediu o desvio-padrão dela. "
           "Meça, em cada posição, quanto as imagens se afastam dessa média."),
    *(
        Engano(lambda x, v=vies: _var(x, 0, v).mean(), "falta a raiz: essa é a variância média, e não o desvio-padrão. "
               "Mude só o eixo da variância.")
        for vies in (0, 1)
    ),
    *(
        Engano(lambda x, v=vies: (_var(x, 0, v).mean() + 1e-8).sqrt(), "a raiz vem antes da média: primeiro o "
               "desvio-padrão de cada posição, depois a média deles.")
        for vies in (0, 1)
    ),
    *(Engano(mapa, f"{UM_NUMERO} canais e posições.") for mapa in (_mapa, _var, lambda x: x.std(dim=0))),
    Engano(lambda x: _mapa(x).mean(dim=(1, 2)), f"{UM_NUMERO} os canais."),
    Engano(lambda x: _mapa(x).mean(dim=0), f"{UM_NUMERO} as posições."),
    Engano(lambda x: _mapa(x).sum(), "você somou os desvios-padrão. Na célula é a média: assim o número não depende do "
           "tamanho da imagem."),
    Engano(_com_canal, "a conta está certa, mas você já pôs o número ao lado da imagem, como faz a rede. Devolva só o "
           "número."),
)


def _examinar_desvio(resposta: tuple[Any, Any]) -> None:
    diagnostico, funcao = resposta
    examinar_alternativa(diagnostico, "d", {
        "a": "O 10⁻⁸ aumenta cada desvio-padrão em no máximo √10⁻⁸ = 10⁻⁴. É o 0,0001 do lote liso; não explica o "
        "0,40 da carinha repetida.",
        "b": "São 32 × 32 posições: trocar n por n − 1 multiplica o desvio-padrão por 1,0005. O 0,40 não sai daí.",
        "c": "Com a mesma carinha 16 vezes, cada imagem dá o mesmo número, e a média sobre elas não muda nada. O erro "
        "já está lá antes da média.",
    })
    g = gerador(44)
    casos = []
    for b, c, h, w in ((4, 3, 2, 5), (2, 1, 3, 3), (5, 2, 4, 2), (3, 2, 1, 2)):
        brilho = torch.randn(b, 1, 1, 1, generator=g)
        casos.append(Caso(f"x de forma ({b}, {c}, {h}, {w})", (brilho + torch.randn(b, c, h, w, generator=g),)))
    repetida = torch.randn(1, 3, 4, 4, generator=g).repeat(6, 1, 1, 1)
    casos.append(Caso("a mesma imagem seis vezes", (repetida,)))
    comparar(funcao, casos, _desvio, ENGANOS_DESVIO)
    sozinha = [Caso("um lote de uma imagem só", (repetida[:1],))]
    comparar(funcao, sozinha, _desvio)

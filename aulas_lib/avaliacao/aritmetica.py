"""Aritmética no espaço latente: a direção de um atributo e a taxa de sucesso de uma edição."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from aulas_lib.ambiente import virgula

RESTO_MINIMO = 1e-3  # fração da variância do atributo que os outros atributos não explicam


def direcao(mu: Tensor, tem: Tensor, outros: Tensor | None = None) -> Tensor:
    """Direção latente de um atributo: código médio de quem o tem menos o de quem não tem.

    Equação: d = média(μ | tem) − média(μ | não tem)
    Com `outros`, a diferença é a da regressão linear que desconta os outros atributos: se quem usa
    chapéu tem o cabelo mais curto no conjunto, a direção do chapéu não leva o cabelo junto.

    Args:
        mu: médias da posteriori aproximada, forma (N, Z).
        tem: quais imagens têm o atributo, booleanos, forma (N,).
        outros: tabela dos outros atributos, inteiros, forma (N, A).

    Returns:
        Forma (Z,). A edição é `z + forca * direcao`.

    Raises:
        ValueError: se as formas não combinam, se todas ou nenhuma imagem têm o atributo, ou se os
            outros atributos o determinam (por exemplo, a cor do chapéu determina se há chapéu).
    """
    if mu.ndim != 2 or tuple(tem.shape) != (len(mu),) or tem.dtype != torch.bool:
        raise ValueError(
            f"mu e tem: chegaram as formas {tuple(mu.shape)} e {tuple(tem.shape)} ({tem.dtype}); "
            "esperava (N, Z) e (N,), com `tem` booleano."
        )
    if tem.all() or not tem.any():
        raise ValueError("tem: a direção precisa de imagens com e sem o atributo; todas são iguais nele.")
    t = tem.double() - tem.double().mean()
    resto = t if outros is None else t - _explicado(t, outros)
    if resto.square().sum() < RESTO_MINIMO * t.square().sum():
        raise ValueError("outros: esses atributos determinam o da direção; tire o que depende dele.")
    return (resto @ mu.double() / resto.square().sum()).to(mu.dtype)


class LinhaEdicao(NamedTuple):
    """Um atributo antes e depois de uma edição, em frações entre 0 e 1.

    Se o atributo foi pedido, as frações são das imagens em que a sonda vê o valor pedido; senão, das
    imagens em que ela vê o valor verdadeiro.
    """

    pedido: str | None
    reconstrucao: float
    edicao: float


@dataclass(frozen=True)
class Edicao:
    """Resultado de uma edição em muitas imagens; `print` mostra a tabela.

    Attributes:
        linhas: de nome do atributo a `LinhaEdicao`, os pedidos primeiro.
        n: número de imagens.
    """

    linhas: dict[str, LinhaEdicao]
    n: int

    @property
    def maior_perda(self) -> float:
        """Maior queda de acerto entre os atributos que deviam ficar, em pontos percentuais."""
        quedas = [100 * (l.reconstrucao - l.edicao) for l in self.linhas.values() if l.pedido is None]
        return max(quedas, default=0.0)

    def __str__(self) -> str:
        nomes = {a: f"{a} → {l.pedido}" if l.pedido else a for a, l in self.linhas.items()}
        margem = max(len(nome) for nome in [*nomes.values(), "atributo"])
        corpo = [f"{nomes[a]:<{margem}}  {_linha(l)}" for a, l in self.linhas.items()]
        titulo = f"{'atributo':<{margem}}  {'reconstrução':>12}  {'edição':>9}  {'diferença':>11}"
        return "\n".join([f"{self.n} imagens; setas: valor pedido; demais: valor conservado", titulo, *corpo])


def taxa_de_sucesso(
    editadas: Tensor,
    reconstruidas: Tensor,
    verdadeiros: Tensor,
    esquema: dict[str, tuple[str, ...]],
    pedidos: dict[str, str | tuple[str, ...]],
    ignorar: Sequence[str] = (),
) -> Edicao:
    """Mede uma edição: o que foi pedido aconteceu? O resto ficou como estava?

    Args:
        editadas: valores que a sonda vê nas imagens editadas, inteiros, forma (N, A).
        reconstruidas: o mesmo nas reconstruções sem edição, o nível de comparação, forma (N, A).
        verdadeiros: valores verdadeiros das imagens originais, forma (N, A).
        esquema: valores de cada atributo, na ordem das colunas.
        pedidos: de atributo ao valor pedido (ou aos valores que servem), como `{"óculos": "sem"}`.
        ignorar: atributos que dependem dos pedidos, como a cor de um chapéu que não existia.

    Raises:
        ValueError: se as tabelas não têm a forma (N, A) ou se um nome não está no esquema.
    """
    _conferir_tabelas([editadas, reconstruidas, verdadeiros], len(esquema))
    aceitos = {atributo: _indices(esquema, atributo, valores) for atributo, valores in pedidos.items()}
    colunas = {atributo: i for i, atributo in enumerate(esquema)}
    _conferir_nomes(esquema, ignorar)
    linhas = {}
    for atributo in [*pedidos, *(a for a in esquema if a not in pedidos and a not in ignorar)]:
        antes, depois, certo = (t[:, colunas[atributo]] for t in (reconstruidas, editadas, verdadeiros))
        if atributo in pedidos:
            valores = pedidos[atributo]
            texto = valores if isinstance(valores, str) else " ou ".join(valores)
            servem = aceitos[atributo]
            linhas[atributo] = LinhaEdicao(texto, *(_fracao(torch.isin(t, servem)) for t in (antes, depois)))
        else:
            linhas[atributo] = LinhaEdicao(None, _fracao(antes == certo), _fracao(depois == certo))
    return Edicao(linhas, len(editadas))


def _explicado(t: Tensor, outros: Tensor) -> Tensor:
    """Parte de `t` (N,) que a regressão linear nos outros atributos (N, A) explica."""
    if outros.ndim != 2 or len(outros) != len(t):
        raise ValueError(f"outros: chegou a forma {tuple(outros.shape)}; esperava ({len(t)}, A).")
    colunas = torch.cat([F.one_hot(coluna) for coluna in outros.long().T], dim=1).double()
    colunas = colunas - colunas.mean(dim=0)
    return colunas @ (torch.linalg.pinv(colunas.T @ colunas, hermitian=True) @ (colunas.T @ t))


def _indices(esquema: dict[str, tuple[str, ...]], atributo: str, valores: str | tuple[str, ...]) -> Tensor:
    _conferir_nomes(esquema, [atributo])
    valores = (valores,) if isinstance(valores, str) else valores
    estranhos = [v for v in valores if v not in esquema[atributo]]
    if estranhos:
        existentes = ", ".join(esquema[atributo])
        raise ValueError(f"pedidos: {atributo!r} não tem o valor {estranhos[0]!r}; tem {existentes}.")
    return torch.tensor([esquema[atributo].index(v) for v in valores])


def _conferir_nomes(esquema: dict[str, tuple[str, ...]], nomes: Sequence[str]) -> None:
    for nome in nomes:
        if nome not in esquema:
            raise ValueError(f"atributo {nome!r} não existe; os nomes são {', '.join(esquema)}.")


def _conferir_tabelas(tabelas: list[Tensor], atributos: int) -> None:
    formas = [tuple(t.shape) for t in tabelas]
    if len(set(formas)) != 1 or len(formas[0]) != 2 or formas[0][1] != atributos or formas[0][0] == 0:
        raise ValueError(f"tabelas: chegaram as formas {formas}; esperava (N, {atributos}) nas três.")


def _fracao(condicao: Tensor) -> float:
    return condicao.double().mean().item()


def _linha(l: LinhaEdicao) -> str:
    antes, depois = (f"{virgula(100 * v, 1)} %" for v in (l.reconstrucao, l.edicao))
    diferenca = "pedido" if l.pedido else f"{virgula(100 * (l.edicao - l.reconstrucao), 1)} pp"
    return f"{antes:>12}  {depois:>9}  {diferenca:>11}"

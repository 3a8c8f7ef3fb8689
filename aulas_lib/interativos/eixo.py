"""O controle deslizante de um filme, e as combinações de vários deles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from aulas_lib.ambiente import virgula


@dataclass(frozen=True)
class Eixo:
    """Um controle deslizante do filme.

    Args:
        nome: rótulo curto que o leitor vê, por exemplo "μ".
        valores: o que cada posição quer dizer; números são escritos com vírgula, textos ficam como estão.
        inicial: posição de partida; negativa conta do fim.
        casas: casas decimais dos números.
        por_extenso: nome que leitores de tela dizem, por exemplo "μ, a média de q"; vazio repete `nome`.
    """

    nome: str
    valores: Sequence[float | str]
    inicial: int = 0
    casas: int = 2
    por_extenso: str = ""

    @property
    def rotulos(self) -> list[str]:
        """Texto de cada posição."""
        return [v if isinstance(v, str) else virgula(float(v), self.casas) for v in self.valores]

    @property
    def partida(self) -> int:
        """Posição inicial, sempre ≥ 0."""
        return self.inicial + len(self.valores) if self.inicial < 0 else self.inicial


def mais_perto(valores: Sequence[float], alvo: float) -> int:
    """Posição do valor mais próximo de `alvo`, para o começo de um eixo."""
    return min(range(len(valores)), key=lambda i: abs(valores[i] - alvo))


def conferir_eixos(eixos: tuple[Eixo, ...], fps: float | None) -> None:
    """Recusa eixos que não formam um filme.

    Raises:
        ValueError: se o número de eixos, os seus valores, a partida ou fps não servem.
    """
    if len(eixos) not in (1, 2, 3):
        raise ValueError(f"filme recebeu {len(eixos)} eixos, mas aceita de um a três: dê uma lista de Eixo.")
    for eixo in eixos:
        if not len(eixo.valores):
            raise ValueError(f"o eixo {eixo.nome!r} chegou sem valores: dê pelo menos um.")
        if not 0 <= eixo.partida < len(eixo.valores):
            raise ValueError(
                f"o eixo {eixo.nome!r} começa na posição {eixo.inicial}, mas tem "
                f"{len(eixo.valores)} valores: use uma posição de 0 a {len(eixo.valores) - 1}."
            )
    if fps is not None and not fps > 0:
        raise ValueError(
            f"filme recebeu fps={fps}: use um número maior que zero, e o botão Tocar percorre o último eixo; ou retire "
            "fps, e o filme fica sem botão."
        )


def combinacoes(quem: str, tabela: Mapping[tuple[Any, ...], Any], *posicoes: Sequence[Any]) -> list[tuple[Any, ...]]:
    """As posições de cada controle, combinadas, na ordem dos quadros; todas têm de estar na tabela.

    Args:
        quem: o filme que pede, para a mensagem.
        tabela: de combinação ao que se desenha.
        posicoes: as de cada controle.

    Raises:
        ValueError: se falta uma combinação.
    """
    chaves = list(product(*posicoes))
    if faltam := [chave for chave in chaves if chave not in tabela]:
        raise ValueError(f"{quem}: faltam {len(faltam)} combinações no que chegou; a primeira é {faltam[0]}.")
    return chaves

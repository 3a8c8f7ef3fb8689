"""O placar das famílias: o que cada uma responde, com que qualidade e a que preço, em uma tabela de texto."""

from collections.abc import Sequence
from dataclasses import dataclass

from aulas_lib.ambiente import virgula


@dataclass(frozen=True)
class LinhaDoPlacar:
    """Uma família no placar.

    Attributes:
        nome: a família.
        nats: −log p(x) médio no teste, ou o que há no lugar dele; None se não há.
        natureza: "exata", "limite", "estimada" ou "não há".
        modas: (cobertas, total), ou classes vistas e total.
        precisao, revocacao: entre 0 e 1, por vizinhos mais próximos.
        chamadas: chamadas da rede para produzir um lote de amostras; None no piso.
        milissegundos: tempo de 1000 amostras; None no piso.
        treino: segundos de treino; None no piso.
    """

    nome: str
    nats: float | None
    natureza: str
    modas: tuple[int, int]
    precisao: float
    revocacao: float
    chamadas: int | None = None
    milissegundos: float | None = None
    treino: float | None = None


COLUNAS = ("", "−log p", "log p é", "modas", "precisão", "revocação", "chamadas", "ms/1000", "treino")


def tabela(linhas: Sequence[LinhaDoPlacar], modas: str = "modas") -> str:
    """As linhas como texto alinhado, com vírgula decimal.

    Args:
        linhas: na ordem em que aparecem.
        modas: nome da quarta coluna ("modas" ou "classes").

    Raises:
        ValueError: se não há linhas.
    """
    if not linhas:
        raise ValueError("tabela recebeu zero linhas; esperava pelo menos uma família.")
    titulo = [modas if nome == "modas" else nome for nome in COLUNAS]
    corpo = [titulo, *map(_celulas, linhas)]
    larguras = [max(len(linha[c]) for linha in corpo) for c in range(len(COLUNAS))]
    return "\n".join(_alinhar(linha, larguras) for linha in corpo)


def _celulas(l: LinhaDoPlacar) -> list[str]:
    return [
        l.nome,
        "—" if l.nats is None else f"{virgula(l.nats, 2)} nats",
        l.natureza,
        f"{l.modas[0]} de {l.modas[1]}",
        f"{100 * l.precisao:.0f} %",
        f"{100 * l.revocacao:.0f} %",
        "—" if l.chamadas is None else str(l.chamadas),
        "—" if l.milissegundos is None else f"{l.milissegundos:.0f}",
        "—" if l.treino is None else f"{virgula(l.treino, 1)} s",
    ]


def _alinhar(celulas: list[str], larguras: list[int]) -> str:
    nome, *resto = zip(celulas, larguras, strict=True)
    return "  ".join([nome[0].ljust(nome[1]), *(texto.rjust(largura) for texto, largura in resto)]).rstrip()

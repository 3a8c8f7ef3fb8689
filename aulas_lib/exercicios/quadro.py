"""O quadro do progresso, em texto e em HTML: o que está resolvido e o que falta, em uma lição ou em todas."""

import html
from collections.abc import Mapping
from dataclasses import dataclass

from aulas_lib.exercicios.licoes import LICOES, Exercicio, Licao, licao
from aulas_lib.exercicios.registro import Resultado, ler, resumir

RESOLVIDO, EM_ABERTO = "✓", "○"
RODAPE = "Tudo fica anotado em um arquivo deste computador, e nada sai dele. O que se resolveu continua resolvido."
ESTILO = 'style="text-align: left"'  # o Jupyter alinha à direita


@dataclass(frozen=True)
class Quadro:
    """Uma tabela de progresso, que o Jupyter mostra sozinho.

    Attributes:
        titulo: o assunto e a contagem.
        colunas: cabeçalhos.
        linhas: uma por exercício, ou por lição; cada célula é um texto.
        avisos: frases sobre o arquivo, se algo nele não pôde ser lido.
    """

    titulo: str
    colunas: tuple[str, ...]
    linhas: tuple[tuple[str, ...], ...]
    avisos: tuple[str, ...] = ()

    def __repr__(self) -> str:
        larguras = [max(map(len, coluna)) for coluna in zip(*self.linhas, strict=True)]
        linhas = [
            "  ".join(texto.ljust(largura) for texto, largura in zip(linha, larguras, strict=True)).rstrip()
            for linha in self.linhas
        ]
        return "\n".join([self.titulo, *linhas, *self.avisos, RODAPE])

    def _repr_html_(self) -> str:
        def fileira(textos: tuple[str, ...], marca: str) -> str:
            return "".join(f"<{marca} {ESTILO}>{html.escape(texto)}</{marca.split()[0]}>" for texto in textos)

        cabecalho = fileira(self.colunas, 'th scope="col"')
        corpo = "".join(f"<tr>{fileira(linha, 'td')}</tr>" for linha in self.linhas)
        pe = "".join(f"<p>{html.escape(frase)}</p>" for frase in (*self.avisos, RODAPE))
        return (
            f"<p><strong>{html.escape(self.titulo)}</strong></p>"
            f"<table><thead><tr>{cabecalho}</tr></thead><tbody>{corpo}</tbody></table>{pe}"
        )


def mostrar_progresso(chave: str | None = None) -> Quadro:
    """O quadro de uma lição, ou, sem argumento, o resumo de todas.

    Args:
        chave: o começo do nome do caderno, como "05" ou "05b"; None resume todas as lições.

    Returns:
        O quadro; na última linha de uma célula, o Jupyter o mostra.

    Raises:
        ValueError: se não há lição com essa chave.
    """
    escolhida = None if chave is None else licao(chave)
    try:
        tentativas, ilegiveis = ler()
    except OSError as erro:
        tentativas, ilegiveis = [], 0
        avisos = (f"Não consigo ler o arquivo do progresso ({erro.filename}): {erro.strerror}.",)
    else:
        avisos = _avisar(ilegiveis)
    resultados = resumir(tentativas)
    return _de_todas(resultados, avisos) if escolhida is None else _de_uma(escolhida, resultados, avisos)


def _avisar(ilegiveis: int) -> tuple[str, ...]:
    if not ilegiveis:
        return ()
    linhas = "Uma linha do arquivo está ilegível e foi pulada" if ilegiveis == 1 else (
        f"{ilegiveis} linhas do arquivo estão ilegíveis e foram puladas"
    )
    return (f"{linhas}; as outras valem, e nada foi apagado.",)


def _de_uma(escolhida: Licao, resultados: Mapping[str, Resultado], avisos: tuple[str, ...]) -> Quadro:
    linhas = tuple(
        (f"{cada.numero} · {cada.titulo}", "★" * cada.estrelas, _situacao(resultados.get(cada.nome, Resultado())))
        for cada in escolhida.exercicios
    )
    prontos = _resolvidos(escolhida.exercicios, resultados)
    titulo = f"{escolhida.titulo} · resolvidos: {prontos} de {len(linhas)}"
    return Quadro(titulo, ("exercício", "dificuldade", "situação"), linhas, avisos)


def _de_todas(resultados: Mapping[str, Resultado], avisos: tuple[str, ...]) -> Quadro:
    linhas, total, resolvidos = [], 0, 0
    for cada in LICOES.values():
        quantos, prontos = len(cada.exercicios), _resolvidos(cada.exercicios, resultados)
        marca = RESOLVIDO if prontos == quantos else EM_ABERTO
        linhas.append((cada.titulo, f"{marca} {prontos} de {quantos}"))
        total, resolvidos = total + quantos, resolvidos + prontos
    titulo = f"Todas as lições · resolvidos: {resolvidos} de {total}"
    return Quadro(titulo, ("lição", "resolvidos"), tuple(linhas), avisos)


def _resolvidos(exercicios: tuple[Exercicio, ...], resultados: Mapping[str, Resultado]) -> int:
    return sum(resultados.get(exercicio.nome, Resultado()).resolvido is not None for exercicio in exercicios)


def _situacao(resultado: Resultado) -> str:
    if resultado.resolvido is None:
        quantas = resultado.tentativas
        return f"{EM_ABERTO} em aberto" + (f", {quantas} tentativa{'s' * (quantas != 1)}" if quantas else "")
    frase = f"{RESOLVIDO} resolvido em {resultado.resolvido:%d/%m/%Y}, na {resultado.tentativas}ª tentativa"
    return frase + ("" if resultado.passou else "; a última resposta, porém, não passou")

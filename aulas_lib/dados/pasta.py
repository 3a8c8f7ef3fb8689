"""Uma pasta de imagens do aluno → um `ConjuntoImagens`, e um relatório do que entrou, do que mudou e do que ficou fora.

Nada é gravado na pasta. A ordem das imagens é a dos nomes, e a divisão em treino e teste depende só dos pixels: as duas
são as mesmas em qualquer computador.
"""

import hashlib
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from aulas_lib.dados import conversao
from aulas_lib.dados.conversao import Recusada, abrir_quadrado
from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.progresso import com_barra

BRANCO = (255, 255, 255)
LADO_MAXIMO = 256
MINIMO = 60  # abaixo disso, nem o treino aprende nem as medidas dizem nada
FRACAO_DO_TESTE = 1 / 3
COM_BARRA = 1_000  # a partir de quantos arquivos a leitura mostra uma barra (uns 5 s de fotos)
NOMES_MOSTRADOS = 3
DO_SISTEMA = ("__MACOSX", "@eaDir", "Thumbs.db", "desktop.ini")
REPETIDA, ATALHO = "repetida (os mesmos pixels de outra)", "atalho: não foi seguido"


@dataclass(frozen=True)
class Relatorio:
    """O que aconteceu com cada arquivo da pasta; `print` mostra um resumo.

    Attributes:
        pasta: nome da pasta.
        forma: de cada imagem do conjunto, (C, H, W).
        usadas: nomes, na ordem do conjunto, com a subpasta.
        convertidas: o que se mudou → nomes das usadas em que se mudou isso; uma imagem pode aparecer em vários.
        puladas: motivo → nomes, com o que se viu entre parênteses.
    """

    pasta: str
    forma: tuple[int, int, int]
    usadas: tuple[str, ...]
    convertidas: Mapping[str, tuple[str, ...]]
    puladas: Mapping[str, tuple[str, ...]]

    @property
    def total_puladas(self) -> int:
        """Quantos arquivos ficaram fora."""
        return sum(map(len, self.puladas.values()))

    def __str__(self) -> str:
        canais, altura, largura = self.forma
        cor = "em cores" if canais == 3 else "em tons de cinza"
        total = len(self.usadas) + self.total_puladas
        linhas = [f'Pasta "{self.pasta}": {total} arquivos', f"usadas: {len(self.usadas)}, {altura} × {largura}, {cor}"]
        for titulo, grupos in (("convertidas", self.convertidas), ("puladas", self.puladas)):
            linhas += [f"{titulo}:"] if grupos else [f"{titulo}: nenhuma"]
            linhas += [f"  {len(nomes):>5d}  {motivo}: {_alguns(nomes)}" for motivo, nomes in grupos.items()]
        return "\n".join(linhas)


def ler_pasta(
    pasta: Path | str,
    lado: int = 32,
    menor: int | None = None,
    fundo: tuple[int, int, int] = BRANCO,
    minimo: int = MINIMO,
) -> tuple[ConjuntoImagens, Relatorio]:
    """Lê as imagens de uma pasta e das subpastas; as ruins são puladas, com o motivo.

    De cada uma fica o quadrado do meio, reduzido com filtro de Lanczos. Arquivos escondidos e os que o sistema cria não
    contam. Imagens com os mesmos pixels ficam uma vez só: uma cópia no treino e outra no teste pareceria memorização.

    Args:
        pasta: onde estão.
        lado: das imagens do conjunto, em pixels, múltiplo de 8.
        menor: imagens com o lado mais curto abaixo disso são puladas; None é a metade de `lado`.
        fundo: cor, de 0 a 255, posta atrás do que é transparente.
        minimo: com menos imagens boas que isso, um erro.

    Returns:
        O conjunto, sem atributos, na ordem dos nomes, com um canal se todas são em tons de cinza e três se alguma tem
        cor; e o relatório.

    Raises:
        FileNotFoundError: se a pasta não existe.
        NotADirectoryError: se é um arquivo.
        ValueError: se um argumento não serve, se a pasta está vazia ou se sobram menos de `minimo` imagens.
    """
    menor = _conferir(lado, menor, fundo, minimo)
    caminhos, fora = _achar(_conferir_pasta(pasta))
    mudancas: dict[str, list[str]] = {}
    vistas: dict[bytes, str] = {}  # pixels → nome, na ordem dos nomes
    for nome, caminho in com_barra(caminhos, len(caminhos), "leitura") if len(caminhos) >= COM_BARRA else caminhos:
        try:
            imagem, feitas = abrir_quadrado(caminho, lado, menor, fundo)
        except Recusada as recusa:
            _juntar(fora, recusa.motivo, f"{nome} ({recusa.detalhe})" if recusa.detalhe else nome)
            continue
        pixels = imagem.numpy().tobytes()
        if pixels in vistas:
            _juntar(fora, REPETIDA, f"{nome} (igual a {vistas[pixels]})")
            continue
        vistas[pixels] = nome
        for mudanca in feitas:
            _juntar(mudancas, mudanca, nome)
    return _acabar(Path(pasta).resolve().name, lado, minimo, vistas, mudancas, fora)


def separar(
    conjunto: ConjuntoImagens, fracao: float = FRACAO_DO_TESTE, semente: int = 0
) -> tuple[ConjuntoImagens, ConjuntoImagens]:
    """Treino e teste, sorteados pelos pixels: o nome dos arquivos e a ordem em que o disco os dá não importam.

    Cada imagem ganha um número que depende só dela e da semente, e as menores vão para o teste. Assim, uma foto a mais
    na pasta quase não muda a divisão das outras.

    Args:
        conjunto: de `ler_pasta`.
        fracao: do conjunto que vai para o teste, entre 0 e 1.
        semente: outra semente, outra divisão.

    Raises:
        ValueError: se a fração não deixa imagens dos dois lados.
    """
    no_teste = round(fracao * len(conjunto)) if isinstance(fracao, int | float) and 0 < fracao < 1 else 0
    if not 0 < no_teste < len(conjunto):
        raise ValueError(f"fracao: chegou {fracao!r}, com {len(conjunto)} imagens; esperava um número como 1/3.")
    sal = str(semente).encode()
    resumos = [hashlib.sha256(sal + x.numpy().tobytes()).digest() for x in conjunto.niveis]
    ordem = sorted(range(len(conjunto)), key=resumos.__getitem__)
    return conjunto[ordem[no_teste:]], conjunto[ordem[:no_teste]]


def _conferir(lado: int, menor: int | None, fundo: tuple[int, int, int], minimo: int) -> int:
    if not _inteiro(lado) or lado % 8 or not 8 <= lado <= LADO_MAXIMO:
        perto = max(8, min(LADO_MAXIMO, round(lado / 8) * 8)) if _inteiro(lado) else 32
        raise ValueError(
            f"lado: chegou {lado!r}; esperava um múltiplo de 8, de 8 a {LADO_MAXIMO} (as redes dividem o lado por 2 "
            f"três vezes). Tente lado={perto}."
        )
    if menor is not None and (not _inteiro(menor) or menor < 1):
        raise ValueError(f"menor: chegou {menor!r}; esperava None ou um número de pixels, a partir de 1.")
    if not _inteiro(minimo) or minimo < 1:
        raise ValueError(f"minimo: chegou {minimo!r}; esperava um inteiro a partir de 1.")
    if not (isinstance(fundo, tuple) and len(fundo) == 3 and all(_inteiro(v) and 0 <= v <= 255 for v in fundo)):
        raise ValueError(f"fundo: chegou {fundo!r}; esperava três inteiros de 0 a 255, como (255, 255, 255).")
    return lado // 2 if menor is None else menor


def _inteiro(valor: object) -> bool:
    return isinstance(valor, int) and not isinstance(valor, bool)


def _conferir_pasta(pasta: Path | str) -> Path:
    caminho = Path(pasta).expanduser()
    if caminho.is_dir():
        return caminho
    if caminho.exists():
        o_que_fazer = "descompacte-o e passe a pasta" if caminho.suffix.lower() in (".zip", ".rar", ".7z", ".gz") else (
            f"passe a pasta em que ele está, {str(caminho.parent)!r}"
        )
        raise NotADirectoryError(f"pasta: {str(pasta)!r} é um arquivo, e esperava uma pasta de imagens; {o_que_fazer}.")
    raise FileNotFoundError(
        f"Não encontrei a pasta {str(pasta)!r}, procurada em {Path.cwd()}. Confira o nome; no Colab, envie a pasta "
        "pelo painel de arquivos."
    )


def _achar(pasta: Path) -> tuple[list[tuple[str, Path]], dict[str, list[str]]]:
    """Os arquivos em ordem de nome, e o que já se sabe que fica fora.

    Atalhos para pastas não são seguidos: podem dar voltas, ou sair da pasta.
    """
    achados: list[tuple[str, Path]] = []
    fora: dict[str, list[str]] = {}
    trancadas: list[OSError] = []
    for onde, subpastas, arquivos in os.walk(pasta, onerror=trancadas.append):
        for nome in filter(_visivel, [*arquivos, *(s for s in subpastas if Path(onde, s).is_symlink())]):
            caminho = Path(onde, nome)
            if caminho.is_file():
                achados.append((_nome(caminho, pasta), caminho))
            else:  # atalho quebrado ou para uma pasta, ou uma fila do sistema, em que a leitura pararia
                _juntar(fora, ATALHO, _nome(caminho, pasta))
        subpastas[:] = filter(_visivel, subpastas)
    for erro in trancadas:
        _juntar(fora, conversao.SEM_PERMISSAO, _nome(Path(erro.filename), pasta))
    return sorted(achados), fora


def _visivel(nome: str) -> bool:
    return not nome.startswith(".") and nome not in DO_SISTEMA


def _nome(caminho: Path, pasta: Path) -> str:
    """O caminho dentro da pasta, escrito do mesmo modo em todos os sistemas (o macOS separa os acentos das letras)."""
    relativo = caminho.relative_to(pasta).as_posix()
    return unicodedata.normalize("NFC", relativo.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def _juntar(grupos: dict[str, list[str]], motivo: str, nome: str) -> None:
    grupos.setdefault(motivo, []).append(nome)


def _alguns(nomes: tuple[str, ...]) -> str:
    mostrados, resto = ", ".join(nomes[:NOMES_MOSTRADOS]), len(nomes) - NOMES_MOSTRADOS
    return f"{mostrados} e mais {resto}" if resto > 0 else mostrados


def _acabar(
    pasta: str, lado: int, minimo: int, vistas: dict[bytes, str],
    mudancas: dict[str, list[str]], fora: dict[str, list[str]],
) -> tuple[ConjuntoImagens, Relatorio]:  # fmt: skip
    if not vistas and not fora:
        raise ValueError(f'A pasta "{pasta}" está vazia: esperava pelo menos {minimo} imagens nela ou nas subpastas.')
    niveis = torch.frombuffer(bytearray(b"".join(vistas)), dtype=torch.uint8) if vistas else torch.zeros(0).byte()
    niveis = niveis.reshape(-1, 3, lado, lado)
    if (niveis == niveis[:, :1]).all():
        niveis = niveis[:, :1].contiguous()
        mudancas.pop(conversao.CINZA, None)  # ficam como são: com um canal só
    convertidas, puladas = ({m: tuple(sorted(nomes)) for m, nomes in g.items()} for g in (mudancas, fora))
    relatorio = Relatorio(pasta, tuple(niveis.shape[1:]), tuple(vistas.values()), convertidas, puladas)
    if len(niveis) < minimo:
        raise ValueError(
            f"Sobraram {len(niveis)} imagens boas, e o mínimo para treinar e medir é {minimo}. Ponha mais imagens na "
            f"pasta ou veja por que as outras ficaram fora:\n{relatorio}"
        )
    return ConjuntoImagens(niveis, torch.zeros(len(niveis), 0, dtype=torch.int64), {}), relatorio

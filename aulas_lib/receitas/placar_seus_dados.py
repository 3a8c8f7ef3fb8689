"""O placar dos dados do aluno: as medidas do curso em imagens quaisquer, com o piso de reais contra reais ao lado.

Fréchet, KID, precisão e revocação são contra o teste, que ninguém viu no treino, nas características de um
`Olhar`. Os números só se comparam dentro do mesmo placar: outra pasta, outro olhar.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador, virgula
from aulas_lib.avaliacao import (
    N_FRECHET,
    Memorizacao,
    distancia_frechet,
    kid,
    memorizacao,
    precisao_revocacao,
)
from aulas_lib.avaliacao.distancias import PISO
from aulas_lib.avaliacao.olhar import Olhar
from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.receitas.medidas import gravar_tabela
from aulas_lib.receitas.seus_dados import Treinada

MINIMO_PARA_MEDIR = 20  # imagens de teste
POR_DIMENSAO = 5  # imagens por característica para que a covariância, e com ela o Fréchet, queira dizer algo
SORTEIOS_DO_TREINO = 5  # para o piso e para f


@dataclass(frozen=True)
class Linha:
    """Um modelo no placar; `None` é o que não se mede.

    Attributes:
        modelo: o nome.
        frechet, kid, precisao, revocacao: contra o teste.
        frechet_dp, kid_dp: no piso, o desvio-padrão entre sorteios das imagens reais.
        copia, copia_erro: f, a fração dos gerados mais perto do treino que do teste, e o erro-padrão dela, com o
            sorteio dos gerados e o das imagens reais.
        segundos_por_imagem: de processador.
        segundos: de treino, no relógio.
    """

    modelo: str
    frechet: float | None
    kid: float
    precisao: float
    revocacao: float
    frechet_dp: float | None = None
    kid_dp: float | None = None
    copia: float | None = None
    copia_erro: float | None = None
    segundos_por_imagem: float | None = None
    segundos: float | None = None


@dataclass(frozen=True)
class PlacarSeusDados:
    """O placar; `print` mostra a tabela.

    Attributes:
        linhas: uma por modelo, e o piso no fim.
        n: imagens de cada conjunto nas contas.
        dimensao: quantas características.
        copia_total: o f esperado de quem só copia o treino, ½ (1 + n/N), com N imagens de treino; cada conta usa n.
    """

    linhas: tuple[Linha, ...]
    n: int
    dimensao: int
    copia_total: float

    def __str__(self) -> str:
        larguras = (9, 17, 10, 11, 14, 12, 9)
        nomes = ("Fréchet", "KID", "precisão", "revocação", "cópia f", "por imagem", "treino")
        margem = max(len(linha.modelo) for linha in self.linhas)
        texto = [
            f"n = {self.n} imagens de cada conjunto; em Fréchet e KID, menor é melhor; em f, 0,5 é não copiar, e "
            f"{virgula(self.copia_total)}, só copiar"
        ]
        for nome, resto in [("", nomes), *((l.modelo, _celulas(l)) for l in self.linhas)]:
            texto.append(nome.ljust(margem) + "".join(f"{t:>{w}s}" for t, w in zip(resto, larguras, strict=True)))
        if self.linhas[-1].frechet is None:
            texto.append(
                f"Sem Fréchet: {self.dimensao} características pedem {POR_DIMENSAO * self.dimensao} imagens de teste, "
                f"e há {self.n}. Compare pelo KID, e só o que passa do piso por mais de duas vezes o ± dele."
            )
        return "\n".join(texto)

    def gravar(self, arquivo: Path | str) -> None:
        """Grava as linhas em um CSV, um número por célula.

        Raises:
            OSError: se a pasta não aceita o arquivo.
        """
        linhas = [asdict(linha) | {"n": self.n} for linha in self.linhas]
        gravar_tabela(Path(arquivo), linhas[0], linhas)


def placar_seus_dados(
    treinadas: Sequence[Treinada], treino: ConjuntoImagens, teste: ConjuntoImagens, semente: int = 1
) -> PlacarSeusDados:
    """Mede todos os modelos nas mesmas imagens.

    O piso é a média de cinco sorteios de n imagens do treino no lugar das geradas: nenhum gerador honesto fica muito
    abaixo dele, e a diferença entre dois modelos só conta se passa do ± dele. Um modelo que copia o treino chega ao
    piso; quem o denuncia é f, que sai de 0,5 e vai a `copia_total`. Com a precisão perto de 0, f não diz nada: longe de
    todas as imagens reais, a mais próxima é sempre a mesma.

    Args:
        treinadas: de `treinar_familia`, todas com o mesmo treino.
        treino, teste: de `separar`.
        semente: das imagens geradas e do piso.

    Raises:
        ValueError: se não há modelos, se as formas diferem ou se há menos de `MINIMO_PARA_MEDIR` imagens de teste.
    """
    _conferir(treinadas, treino, teste)
    n = min(len(treino), len(teste), N_FRECHET)
    olhar = Olhar(treino.imagens[:N_FRECHET])
    vistas, reais = olhar.extrair(treino.imagens), olhar.extrair(teste.imagens[:n])
    sorte = gerador(semente)
    sorteios = [vistas[torch.randperm(len(vistas), generator=sorte)[:n]] for _ in range(SORTEIOS_DO_TREINO)]
    linhas, parte = [], n / len(vistas)
    for uma in treinadas:
        inicio = time.process_time()
        imagens = uma.gerar(n, semente)
        tempo = (time.process_time() - inicio) / n
        geradas = olhar.extrair(imagens)
        copia = _copia(geradas, sorteios, reais, parte)
        linhas.append(Linha(uma.titulo, *_medir(reais, geradas), None, None, *copia, tempo, uma.segundos))
    return PlacarSeusDados((*linhas, _piso(reais, sorteios)), n, olhar.dimensao, (1 + parte) / 2)


def _medir(reais: Tensor, outras: Tensor) -> tuple[float | None, float, float, float]:
    n, dimensao = reais.shape
    frechet = distancia_frechet(reais, outras, n) if n >= POR_DIMENSAO * dimensao else None
    return frechet, kid(reais, outras), *precisao_revocacao(reais, outras)


def _copia(geradas: Tensor, sorteios: Sequence[Tensor], reais: Tensor, parte: float) -> Memorizacao:
    """f, na média dos sorteios do treino; o erro conta também que outro treino e outro teste dariam outro f.

    A variância entre sorteios, que tiram `parte` do treino cada um e por isso se repetem em parte, se corrige por
    1 − parte; o sorteio do teste, que é um só, conta como o do treino.
    """
    fs = torch.tensor([memorizacao(geradas, vistas, reais).fracao for vistas in sorteios], dtype=torch.float64)
    f, dos_conjuntos = fs.mean().item(), 2 * fs.var().item() / (1 - parte) if parte < 1 else 0.0
    return Memorizacao(f, math.sqrt(f * (1 - f) / len(geradas) + dos_conjuntos))


def _piso(reais: Tensor, sorteios: Sequence[Tensor]) -> Linha:
    medidas = [_medir(reais, vistas) for vistas in sorteios]
    colunas = [None if None in coluna else torch.tensor(coluna) for coluna in zip(*medidas, strict=True)]
    medias = [None if c is None else c.mean().item() for c in colunas]
    return Linha(PISO, *medias, *(None if c is None else c.std().item() for c in colunas[:2]))


def _conferir(treinadas: Sequence[Treinada], treino: ConjuntoImagens, teste: ConjuntoImagens) -> None:
    if not treinadas:
        raise ValueError("treinadas: chegou uma lista vazia; esperava pelo menos um modelo de treinar_familia.")
    formas = {tuple(c.niveis.shape[1:]) for c in (treino, teste)} | {uma.forma for uma in treinadas}
    if len(formas) > 1:
        chegaram = " e ".join(map(str, sorted(formas)))
        raise ValueError(f"Chegaram imagens de formas {chegaram}; esperava modelos, treino e teste da mesma pasta.")
    if min(len(treino), len(teste)) < MINIMO_PARA_MEDIR:
        raise ValueError(
            f"Chegaram {len(treino)} imagens de treino e {len(teste)} de teste; para medir, esperava "
            f"{MINIMO_PARA_MEDIR} ou mais de cada. Ponha mais imagens na pasta, ou mude a fração em separar."
        )


def _celulas(l: Linha) -> tuple[str, ...]:
    def fracao(valor: float) -> str:
        return f"{virgula(100 * valor, 1)} %"

    return (
        "—" if l.frechet is None else virgula(l.frechet, 2),
        virgula(l.kid, 3) + ("" if l.kid_dp is None else f" ± {virgula(l.kid_dp, 3)}"),
        fracao(l.precisao),
        fracao(l.revocacao),
        "—" if l.copia is None else f"{virgula(l.copia)} ± {virgula(l.copia_erro)}",
        "—" if l.segundos_por_imagem is None else f"{virgula(1000 * l.segundos_por_imagem, 2)} ms",
        "—" if l.segundos is None else f"{l.segundos:.0f} s",
    )

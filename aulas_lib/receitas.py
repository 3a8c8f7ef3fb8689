"""Uma receita por peso que acompanha o curso: dados + modelo + perda + orçamento + métrica.

`python -m aulas_lib treinar vae` refaz um peso; `carregar("vae")` devolve o modelo já treinado.
"""

import datetime
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib import pesos
from aulas_lib.ambiente import dispositivo, nome_do_dispositivo, pasta_cache, pasta_pesos, pasta_projeto, semear
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.dados.imagens import ConjuntoImagens, digitos, fashion_mnist, mnist
from aulas_lib.modelos.reconstrucao import reconstrucao_gaussiana
from aulas_lib.modelos.vae import VAE, perda_elbo
from aulas_lib.progresso import com_barra
from aulas_lib.redes import DecoderConv, EncoderConv
from aulas_lib.treino import Treino, cosseno

CONJUNTOS = ("carinhas", "digitos", "mnist", "fashion_mnist")
PASSOS_ENTRE_PONTOS = 500  # a cada tantos passos grava-se um ponto de retomada


@dataclass(frozen=True)
class Receita:
    """O que é preciso para refazer um peso.

    Attributes:
        titulo: o que é, em uma frase.
        criar: conjunto de treino → rede ainda sem treino.
        treinar: (rede, conjunto de treino, semente) → `Treino` pronto para percorrer.
        medir: (rede, conjunto de teste) → métricas, em texto, para a procedência.
    """

    titulo: str
    criar: Callable[[ConjuntoImagens], nn.Module]
    treinar: Callable[[nn.Module, ConjuntoImagens, int], Treino]
    medir: Callable[[nn.Module, ConjuntoImagens], dict[str, str]]


def conjuntos(nome: str) -> tuple[ConjuntoImagens, ConjuntoImagens]:
    """Treino e teste de um conjunto, com lado múltiplo de 8 (o MNIST ganha uma moldura, de 28 para 32).

    Args:
        nome: "carinhas", "digitos", "mnist" ou "fashion_mnist".

    Raises:
        ValueError: se o nome não é um desses.
    """
    if nome == "carinhas":
        return carinhas(20_000, semente=0), carinhas(4_000, semente=1)
    if nome == "digitos":
        partes = digitos()
        return partes.treino, partes.teste
    if nome in ("mnist", "fashion_mnist"):
        ler = mnist if nome == "mnist" else fashion_mnist
        return _com_moldura(ler("treino")), _com_moldura(ler("teste"))
    raise ValueError(f"dados: chegou {nome!r}; esperava um destes: {', '.join(CONJUNTOS)}.")


def _com_moldura(conjunto: ConjuntoImagens) -> ConjuntoImagens:
    niveis = F.pad(conjunto.niveis, (2, 2, 2, 2))
    return ConjuntoImagens(niveis, conjunto.atributos, conjunto.esquema, conjunto.nivel_max)


# --- vae ------------------------------------------------------------------------------------------


def criar_vae(conjunto: ConjuntoImagens, latentes: int = 64) -> VAE:
    """VAE convolucional para imagens do tamanho das do conjunto."""
    canais, tamanho = conjunto.niveis.shape[1], conjunto.niveis.shape[2]
    return VAE(
        EncoderConv(canais, tamanho, (32, 64, 96), 2 * latentes),
        DecoderConv(latentes, tamanho, (96, 64, 32), canais),
        latentes,
    )


def treinar_vae(modelo: nn.Module, conjunto: ConjuntoImagens, semente: int) -> Treino:
    """Decoder Gaussiano com variância fixa, somas sobre pixels e latentes, β = 1."""
    perda = partial(perda_elbo, reconstrucao=partial(reconstrucao_gaussiana, variancia=VARIANCIA_VAE))
    x = conjunto.imagens.to(next(modelo.parameters()).device)
    return Treino(
        modelo, perda, x, passos=4_000, lote=64, lr=2e-3, agenda=cosseno, recorte=100.0, media=0.995, semente=semente
    )


VARIANCIA_VAE = 0.05  # variância de cada pixel do decoder, em pixels de [−1, 1]


def medir_vae(modelo: nn.Module, conjunto: ConjuntoImagens) -> dict[str, str]:
    """−ELBO e erro de reconstrução no teste."""
    raise NotImplementedError  # helper "carinhas"


# --- o que vale para todas ------------------------------------------------------------------------

RECEITAS = {
    "vae": Receita("VAE convolucional", criar_vae, treinar_vae, medir_vae),
}


def _achar(nome: str) -> Receita:
    if nome not in RECEITAS:
        raise ValueError(f"receita: chegou {nome!r}; esperava uma destas: {', '.join(RECEITAS)}.")
    return RECEITAS[nome]


def arquivo_de(nome: str, dados: str = "carinhas") -> Path:
    """Arquivo de pesos de uma receita: `vae.safetensors`, ou `vae-mnist.safetensors` com outros dados."""
    return pasta_pesos() / (f"{nome}.safetensors" if dados == "carinhas" else f"{nome}-{dados}.safetensors")


def carregar(nome: str, dados: str = "carinhas") -> nn.Module:
    """Modelo treinado de uma receita, em modo de avaliação, na CPU.

    Args:
        nome: nome da receita.
        dados: conjunto em que ela foi treinada.

    Raises:
        ValueError: se a receita não existe ou o arquivo não combina com ela.
        FileNotFoundError: se o peso não está em `data/pesos`.
    """
    receita = _achar(nome)
    modelo = receita.criar(_exemplo(dados))
    pesos.carregar(modelo, arquivo_de(nome, dados))
    return modelo.eval().requires_grad_(False)


def _exemplo(dados: str) -> ConjuntoImagens:
    """Umas poucas imagens, só para saber tamanho, canais e esquema, sem baixar nada."""
    if dados == "carinhas":
        return carinhas(1, semente=0, cache=False)
    return conjuntos(dados)[1][:1]


def treinar_receita(
    nome: str, dados: str = "carinhas", semente: int = 0, destino: str | Path | None = None, do_zero: bool = False
) -> nn.Module:
    """Refaz um peso, com pontos de retomada, e grava com a procedência.

    Args:
        nome: nome da receita.
        dados: conjunto de imagens.
        semente: dos pesos iniciais, da ordem dos exemplos e do ruído.
        destino: arquivo a gravar; None é o do curso, em `data/pesos`.
        do_zero: ignora o ponto de retomada de um treino interrompido.
    """
    receita = _achar(nome)
    treino_, teste = conjuntos(dados)
    aparelho = dispositivo()
    semear(semente)
    treino = receita.treinar(receita.criar(treino_).to(aparelho), treino_, semente)
    ponto = pasta_cache() / "retomada" / f"{nome}-{dados}-{semente}.pt"
    if ponto.is_file() and not do_zero:
        treino.carregar(ponto)
        print(f"Retomando do passo {treino.passo} ({ponto}).")
    segundos = _percorrer(treino, ponto, nome)
    modelo = treino.melhor_modelo.cpu().eval()
    medidas = receita.medir(modelo, teste)
    arquivo = Path(destino) if destino else arquivo_de(nome, dados)
    pesos.salvar(modelo, arquivo, _procedencia(nome, dados, semente, treino, segundos, aparelho) | medidas)
    ponto.unlink(missing_ok=True)
    print(f"Gravado {arquivo.name} ({arquivo.stat().st_size / 1e6:.2f} MB): {medidas}")
    return modelo


def _percorrer(treino: Treino, ponto: Path, nome: str) -> float:
    inicio = time.perf_counter()
    for registro in com_barra(treino, len(treino), nome):
        if registro.passo % PASSOS_ENTRE_PONTOS == 0:
            treino.salvar(ponto)
            print(f"passo {registro.passo}: " + ", ".join(f"{k} {v:.2f}" for k, v in registro.valores.items()), flush=True)
    return time.perf_counter() - inicio


def _procedencia(
    nome: str, dados: str, semente: int, treino: Treino, segundos: float, aparelho: torch.device
) -> dict[str, str]:
    return {
        "receita": nome,
        "dados": dados,
        "semente": str(semente),
        "passos": str(treino.passos),
        "segundos": f"{segundos:.0f}",
        "dispositivo": nome_do_dispositivo(aparelho),
        "data": datetime.date.today().isoformat(),
        "commit": _commit(),
        "torch": torch.__version__,
    }


def _commit() -> str:
    saida = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=pasta_projeto(), capture_output=True, text=True, check=False
    )
    return saida.stdout.strip() or "desconhecido"

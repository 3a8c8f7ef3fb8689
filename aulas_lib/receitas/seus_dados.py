"""Os seus dados: qualquer das famílias do curso, treinada em uma pasta de imagens com uma chamada.

    conjunto, relatorio = ler_pasta("minhas_fotos", lado=32)
    treino, teste = separar(conjunto)
    vae = treinar_familia("vae", treino)
    print(placar_seus_dados([vae], treino, teste))

As redes, as perdas e as taxas são as das receitas do curso. Mudam o número de passos, que cabe em um notebook, a média
dos pesos, que acompanha os passos, e a U-Net, que é menor.
"""

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from aulas_lib import pesos
from aulas_lib.ambiente import dispositivo, gerador, semear
from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.modelos.gan import imagens_de
from aulas_lib.precisao import Precisao, precisao
from aulas_lib.receitas.dcgan import criar_dcgan, treinar_dcgan
from aulas_lib.receitas.difusao import criar_difusao, gerar_difusao, treinar_difusao
from aulas_lib.receitas.vae import criar_vae, gerar_vae, treinar_vae
from aulas_lib.treino import Registro, Treino, TreinoAdversario, acompanhar

LARGURAS_LEVES = (32, 64, 96)
FRACAO_DA_MEDIA = 0.1  # a média dos pesos lembra, no máximo, os últimos 10 % dos passos
Preparar = Callable[[nn.Module, ConjuntoImagens, int, int, float], Treino | TreinoAdversario]


@dataclass(frozen=True)
class Familia:
    """Uma família de modelos, do jeito que se treina nos dados do aluno.

    Attributes:
        titulo: como aparece no placar.
        criar: conjunto → rede sem treino (na GAN, o gerador).
        preparar: (rede, conjunto, semente, passos, média dos pesos) → o treino, pronto para percorrer.
        gerar: (rede, n, semente) → imagens (n, C, H, W).
        passos: quantos, se ninguém diz.
        media: dos pesos, a maior.
    """

    titulo: str
    criar: Callable[[ConjuntoImagens], nn.Module]
    preparar: Preparar
    gerar: Callable[[nn.Module, int, int], Tensor]
    passos: int
    media: float


@dataclass(frozen=True, eq=False)
class Treinada:
    """Uma família treinada nos dados do aluno.

    Attributes:
        familia: a chave em `FAMILIAS`.
        rede: com a média dos pesos, na CPU, em modo de uso.
        forma: de uma imagem, (C, H, W).
        passos: quantos foram dados.
        segundos: de treino, no relógio.
        semente: a do treino.
        treino: o laço, que `continuar` retoma de onde parou; None se a rede veio de um arquivo.
        registros: um por passo.
    """

    familia: str
    rede: nn.Module
    forma: tuple[int, int, int]
    passos: int
    segundos: float
    semente: int
    treino: Treino | TreinoAdversario | None = None
    registros: tuple[Registro, ...] = ()

    @property
    def titulo(self) -> str:
        """O nome por extenso, com os passos dados."""
        return f"{FAMILIAS[self.familia].titulo}, {self.passos} passos"

    def gerar(self, n: int, semente: int = 0) -> Tensor:
        """n imagens novas, em [−1, 1], forma (n, C, H, W); a mesma semente, as mesmas imagens.

        Raises:
            ValueError: se n não é um inteiro positivo ou a semente não serve.
        """
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise ValueError(f"n: chegou {n!r}; esperava um inteiro positivo.")
        with torch.no_grad():
            return FAMILIAS[self.familia].gerar(self.rede, n, semente)


def treinar_familia(
    familia: str, conjunto: ConjuntoImagens, passos: int | None = None, semente: int = 0
) -> Treinada:
    """Treina uma família nas imagens do aluno.

    Interromper (■ no JupyterLab, Ctrl-C no terminal) para o treino e devolve o que ele já aprendeu; `continuar` retoma.

    Args:
        familia: "vae", "gan" ou "difusao".
        conjunto: as imagens de treino, de lado múltiplo de 8.
        passos: None é o padrão da família: em um núcleo, com imagens de 32 × 32, uns 3 minutos no VAE, 11 na GAN e 15
            na difusão; com 64 × 64, quatro vezes isso.
        semente: dos pesos iniciais, da ordem dos exemplos e do ruído.

    Raises:
        ValueError: se a família não existe, ou se o lado, os passos ou a semente não servem.
        TreinoDivergiu: se a perda deixa de ser um número.
    """
    escolhida = achar_familia(familia)
    passos = escolhida.passos if passos is None else passos
    _conferir(conjunto, passos)
    semear(semente)
    rede = escolhida.criar(conjunto).to(dispositivo())
    media = min(escolhida.media, max(0.5, 1 - 1 / (FRACAO_DA_MEDIA * passos)))
    treino = escolhida.preparar(rede, conjunto, semente, passos, media)
    return continuar(Treinada(familia, rede, tuple(conjunto.niveis.shape[1:]), 0, 0.0, semente, treino))


def continuar(treinada: Treinada) -> Treinada:
    """Dá os passos que faltam a um treino interrompido; se não faltam, devolve o mesmo modelo.

    Raises:
        ValueError: se a rede veio de um arquivo, que não guarda o estado do treino.
        TreinoDivergiu: se a perda deixa de ser um número.
    """
    treino = treinada.treino
    if treino is None:
        raise ValueError("treinada: veio de um arquivo, sem o estado do treino; treine de novo com treinar_familia.")
    inicio = time.perf_counter()
    registros = treinada.registros + tuple(acompanhar(treino, FAMILIAS[treinada.familia].titulo))
    segundos = treinada.segundos + time.perf_counter() - inicio
    rede = copy.deepcopy(treino.melhor_modelo).cpu().eval().requires_grad_(False)
    return replace(treinada, rede=rede, passos=treino.passo, segundos=segundos, registros=registros)


def guardar(treinada: Treinada, arquivo: Path | str, medidas: Mapping[str, str] | None = None) -> None:
    """Grava os pesos em safetensors, com o que `reabrir` precisa saber.

    Args:
        treinada: a rede.
        arquivo: `.safetensors`.
        medidas: o que mais pôr na procedência, em texto.

    Raises:
        OSError: se a pasta não aceita o arquivo.
    """
    lida = {
        "familia": treinada.familia, "forma": "×".join(map(str, treinada.forma)), "passos": str(treinada.passos),
        "segundos": f"{treinada.segundos:.0f}", "semente": str(treinada.semente),
    }  # fmt: skip
    pesos.salvar(treinada.rede, arquivo, lida | dict(medidas or {}))


def reabrir(arquivo: Path | str) -> Treinada:
    """A rede que `guardar` gravou, pronta para gerar.

    Raises:
        FileNotFoundError: se o arquivo não existe.
        ValueError: se não foi `guardar` que o gravou, ou se está estragado.
    """
    arquivo = Path(arquivo)
    if not arquivo.is_file():
        raise FileNotFoundError(f"Não encontrei {arquivo}, procurado em {Path.cwd()}; passe o .safetensors gravado.")
    try:
        lida = pesos.ler_procedencia(arquivo)
        forma = tuple(int(parte) for parte in lida["forma"].split("×"))
        numeros = int(lida["passos"]), float(lida["segundos"]), int(lida["semente"])
        familia = achar_familia(lida["familia"])
    except (KeyError, ValueError, SafetensorError) as erro:
        raise ValueError(f"{arquivo.name} não é de uma família treinada nos seus dados, ou está estragado.") from erro
    um = ConjuntoImagens(torch.zeros(1, *forma, dtype=torch.uint8), torch.zeros(1, 0, dtype=torch.int64), {})
    rede = familia.criar(um)
    pesos.carregar(rede, arquivo)
    return Treinada(lida["familia"], rede.eval().requires_grad_(False), forma, *numeros)


def achar_familia(nome: str) -> Familia:
    """A família com esse nome.

    Raises:
        ValueError: se não há.
    """
    if not isinstance(nome, str) or nome not in FAMILIAS:
        raise ValueError(f"familia: chegou {nome!r}; esperava uma destas: {', '.join(FAMILIAS)}.")
    return FAMILIAS[nome]


def _conferir(conjunto: ConjuntoImagens, passos: int) -> None:
    altura, largura = conjunto.niveis.shape[2:]
    perto = max(8, round(min(altura, largura) / 8) * 8)
    if altura != largura or altura % 8:
        raise ValueError(
            f"conjunto: chegaram imagens de {altura} × {largura}; esperava quadrados de lado múltiplo de 8, porque as "
            f"redes dividem o lado por 2 três vezes. Leia a pasta com lado={perto}."
        )
    if not len(conjunto):
        raise ValueError("conjunto: chegou vazio; esperava imagens. Leia-as com ler_pasta.")
    if isinstance(passos, bool) or not isinstance(passos, int) or passos < 1:
        raise ValueError(f"passos: chegou {passos!r}; esperava um inteiro positivo, como 2000.")


def _gerar_gan(rede_g: nn.Module, n: int, semente: int) -> Tensor:
    return imagens_de(rede_g, torch.randn(n, rede_g.latentes, generator=gerador(semente)))


def _preparar_difusao(
    rede: nn.Module, conjunto: ConjuntoImagens, semente: int, passos: int, media: float
) -> Treino:
    """A da receita usa bfloat16 em toda CPU, para que o peso se refaça; aqui vale a mais rápida da máquina do aluno."""
    mais_rapida: Precisao = precisao(dispositivo())
    return treinar_difusao(rede, conjunto, semente, passos, media, mais_rapida)


FAMILIAS = {
    "vae": Familia("VAE", criar_vae, treinar_vae, gerar_vae, 4_000, 0.995),
    "gan": Familia("DCGAN", criar_dcgan, treinar_dcgan, _gerar_gan, 6_000, 0.998),
    "difusao": Familia(
        "difusão", partial(criar_difusao, larguras=LARGURAS_LEVES), _preparar_difusao, gerar_difusao, 4_000, 0.999
    ),
}

"""Edição de carinhas no espaço latente, julgada pela sonda: "− óculos + chapéu" e semelhantes."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

from aulas_lib.avaliacao.aritmetica import Edicao, direcao, taxa_de_sucesso
from aulas_lib.avaliacao.sonda import Sonda, prever
from aulas_lib.dados.imagens import ConjuntoImagens

LOTE = 500
FORCAS = (0.7, 0.8, 0.85, 0.875, 0.9, 1.0, 1.25)  # entre elas se escolhe a força da edição


class Codificador(Protocol):
    """O que a edição pede de um modelo: codificar em (μ, log σ²) e decodificar."""

    def codificar(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, H, W) → μ e log σ², forma (B, Z)."""

    def decodificar(self, z: Tensor) -> Tensor:
        """(B, Z) → imagens médias (B, C, H, W)."""


@torch.no_grad()
def codigos(modelo: Codificador, imagens: Tensor) -> Tensor:
    """μ de muitas imagens, em lotes e sem gradiente: (N, C, H, W) → (N, Z)."""
    return torch.cat([modelo.codificar(parte)[0] for parte in imagens.split(LOTE)])


@torch.no_grad()
def decodificar(modelo: Codificador, z: Tensor) -> Tensor:
    """Imagens de muitos códigos, em lotes e sem gradiente, recortadas em [−1, 1]: (N, Z) → (N, C, H, W)."""
    return torch.cat([modelo.decodificar(parte).clamp(-1, 1) for parte in z.split(LOTE)])


def direcao_do_atributo(mu: Tensor, conjunto: ConjuntoImagens, atributo: str, valor: str) -> Tensor:
    """Direção latente que dá a um rosto o valor pedido de um atributo, descontados os outros atributos.

    Args:
        mu: códigos das imagens do conjunto, forma (N, Z).
        conjunto: as imagens, com a tabela de atributos.
        atributo: nome do atributo, por exemplo "chapeu".
        valor: um de seus valores, por exemplo "com".

    Returns:
        Forma (Z,). Ver `direcao`.

    Raises:
        ValueError: se o atributo ou o valor não existe, ou se algum dos outros o determina.
    """
    coluna = conjunto.atributo(atributo)
    if valor not in conjunto.esquema[atributo]:
        opcoes = ", ".join(conjunto.esquema[atributo])
        raise ValueError(f"valor: chegou {valor!r}; {atributo} tem os valores {opcoes}.")
    tem = coluna == conjunto.esquema[atributo].index(valor)
    # A cor do chapéu fica de fora dos descontos: ela determina se há chapéu.
    outros = [a for a, nome in enumerate(conjunto.esquema) if nome not in (atributo, "cor_chapeu")]
    return direcao(mu, tem, conjunto.atributos[:, outros])


def medir_edicao(
    modelo: Codificador,
    sonda: Sonda,
    conjunto: ConjuntoImagens,
    passo: Tensor,
    pedidos: Mapping[str, str],
    ignorar: Sequence[str] = ("cor_chapeu",),
) -> Edicao:
    """Soma `passo` ao código de cada imagem e pergunta à sonda o que mudou e o que ficou.

    Equação: x_editado = decoder(μ(x) + passo), comparado com a reconstrução decoder(μ(x)).

    Args:
        modelo: um VAE.
        sonda: a sonda treinada nos mesmos atributos.
        conjunto: imagens que não serviram para treinar o modelo nem para achar o passo.
        passo: deslocamento no espaço latente, forma (Z,), por exemplo força · (d_chapéu − d_óculos).
        pedidos: atributo -> valor que a edição quer produzir.
        ignorar: atributos que mudam por força dos pedidos.

    Returns:
        A tabela de `taxa_de_sucesso`: acertos na reconstrução e na edição, atributo por atributo.
    """
    mu = codigos(modelo, conjunto.imagens)
    reconstruidas, editadas = (prever(sonda, decodificar(modelo, z)) for z in (mu, mu + passo))
    return taxa_de_sucesso(
        editadas, reconstruidas, conjunto.atributos, conjunto.esquema, dict(pedidos), ignorar=ignorar
    )


def oculos_por_chapeu(
    modelo: Codificador,
    sonda: Sonda,
    referencia: ConjuntoImagens,
    escolha: ConjuntoImagens,
    julgados: ConjuntoImagens,
    ignorar: Sequence[str] = ("cor_chapeu",),
) -> tuple[float, Edicao]:
    """A edição "− óculos + chapéu": z = μ + força · (d_chapéu − d_óculos).

    A força é escolhida em `escolha`: a que perde menos no pior dos três critérios (chapéu que não veio,
    óculos que ficaram, atributo que se perdeu). O resultado é o dos rostos `julgados`, lidos uma vez só.

    Args:
        modelo: um VAE de carinhas.
        sonda: a sonda treinada.
        referencia: carinhas de onde saem as direções.
        escolha: carinhas novas com óculos e sem chapéu, para escolher a força.
        julgados: outras carinhas novas com óculos e sem chapéu.
        ignorar: atributos que mudam por força da edição.

    Returns:
        A força e a tabela da edição.
    """
    mu = codigos(modelo, referencia.imagens)
    mais = direcao_do_atributo(mu, referencia, "chapeu", "com")
    passo = mais - direcao_do_atributo(mu, referencia, "oculos", "com")
    pedidos = {"chapeu": "com", "oculos": "sem"}
    tentativas = {f: medir_edicao(modelo, sonda, escolha, f * passo, pedidos, ignorar) for f in FORCAS}
    forca = min(FORCAS, key=lambda f: _pior_falha(tentativas[f]))
    return forca, medir_edicao(modelo, sonda, julgados, forca * passo, pedidos, ignorar)


def _pior_falha(edicao: Edicao) -> float:
    """A maior das falhas; a unidade é o tolerado: 5 % sem chapéu, 1 % com óculos, 3 pontos nos outros."""
    sem_chapeu, com_oculos = (1 - edicao.linhas[nome].edicao for nome in ("chapeu", "oculos"))
    return max(sem_chapeu / 0.05, com_oculos / 0.01, edicao.maior_perda / 3)

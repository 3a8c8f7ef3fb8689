"""Exercícios do confronto: a parcela de um degrau, o que se aprende, densidade contra probabilidade, a escolha."""

from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import Pendente, Recusa, conferir, em_branco, examinar_alternativa
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar

__all__ = ["conferir_aprendidas", "conferir_densidade", "conferir_escolha", "conferir_parcela"]

MEIO_NIVEL = 1 / 16  # metade da distância entre dois dos 17 níveis de [−1, 1]


def conferir_parcela(resposta: Any) -> None:
    """Confere a função `(x_0, x_0_previsto, snr_antes, snr) -> nats`, a KL de um degrau da difusão.

    Equação: ½ (SNR(t − 1) − SNR(t)) ‖x_0 − x̂_0‖²
    Fonte: Kingma e outros (2021), equação 14.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_parcela, nome="parcela",
        tarefa="escreva o corpo de `minha_parcela` e rode de novo.",
        licao="A KL de um degrau não pergunta por β nem por σ²: só pela SNR antes e depois. Por isso, com T grande, "
        "duas agendas de mesmas pontas dão o mesmo limite.",
    )


def _parcela(x_0: Tensor, previsto: Tensor, antes: float, depois: float) -> Tensor:
    return (antes - depois) / 2 * (x_0 - previsto).square().flatten(1).sum(dim=1)


ENGANOS_PARCELA = (
    Engano(lambda x, p, a, d: (d - a) / 2 * (x - p).square().flatten(1).sum(1), "o sinal da diferença está trocado: a "
           "SNR cai quando t cresce, e uma KL não é negativa."),
    Engano(lambda x, p, a, d: (a - d) * (x - p).square().flatten(1).sum(1), "falta o ½ da KL entre gaussianas."),
    Engano(lambda x, p, a, d: (a - d) / 2 * (x - p).square().flatten(1).mean(1), "isso é a média sobre os pixels; a KL "
           "soma sobre eles."),
    Engano(lambda x, p, a, d: (a - d) / 2 * (x - p).square().sum(), "falta separar os exemplos: um número por imagem, "
           "com a soma só sobre os pixels dela."),
    Engano(lambda x, p, a, d: (a - d) / 2 * (x - p).flatten(1).norm(dim=1), "é o quadrado da distância, sem a raiz."),
    Engano(lambda x, p, a, d: d / 2 * (x - p).square().flatten(1).sum(1), "quem pesa o erro é a diferença entre as "
           "duas SNR: o que o degrau perde."),
)


def _examinar_parcela(funcao: Any) -> None:
    g = gerador(70)
    casos = [
        Caso(f"imagens de forma {forma}, SNR de {antes} a {depois}".replace(".", ","),
             (torch.randn(forma, generator=g), torch.randn(forma, generator=g), antes, depois))
        for forma, antes, depois in (((3, 1, 2, 2), 4.0, 3.5), ((2, 5), 0.3, 0.1), ((4, 3, 2, 2), 20.0, 19.0))
    ]
    comparar(funcao, casos, _parcela, ENGANOS_PARCELA)


def conferir_aprendidas(resposta: Any) -> None:
    """Confere quais parcelas do limite da difusão têm gradiente em θ.

    Args:
        resposta: a letra, ou `...`.
    """
    conferir(
        resposta, _examinar_aprendidas, nome="aprendidas",
        tarefa="escreva a letra e rode de novo.",
        licao="O encoder é fixo, e a KL do topo só depende dele. No VAE, ao contrário, a KL é metade do que se treina.",
    )


def _examinar_aprendidas(resposta: Any) -> None:
    examinar_alternativa(resposta, "c", {
        "a": "As KLs dos degraus comparam a posteriori exata com o passo da rede, e a rede está ali.",
        "b": "A reconstrução, −log p_θ(x_0 | x_1), sai da mesma rede, em t = 1.",
        "d": "A KL do topo compara q(x_T | x_0) com N(0, I): nenhuma das duas tem θ.",
    })


def conferir_densidade(diagnostico: Any, funcao: Any) -> None:
    """Confere o conserto de quem comparou uma densidade com uma probabilidade.

    Equação: −Σ_j log[Φ((x_j + ½Δ − μ_j)/σ) − Φ((x_j − ½Δ − μ_j)/σ)], com Δ = 2/16 e as pontas abertas
    Fonte: Ho e outros (2020), equação 13.

    Args:
        diagnostico: letra da alternativa, ou `...`.
        funcao: função consertada, `(x, media, desvio) -> nats`, forma (B,).
    """
    conferir(
        (diagnostico, funcao), _examinar_densidade, nome="densidade",
        tarefa="escolha a letra do diagnóstico, conserte a função e rode de novo.",
        licao="Uma densidade muda com a unidade dos pixels e pode passar de 1. Uma probabilidade, não: só depois de "
        "somar a massa de cada nível os nats de dois modelos se comparam.",
    )


def _surpresa_dos_niveis(x: Tensor, media: Tensor, desvio: float) -> Tensor:
    acima = torch.special.ndtr((x + MEIO_NIVEL - media) / desvio)
    abaixo = torch.special.ndtr((x - MEIO_NIVEL - media) / desvio)
    acima, abaixo = torch.where(x > 1 - MEIO_NIVEL, 1.0, acima), torch.where(x < MEIO_NIVEL - 1, 0.0, abaixo)
    return -(acima - abaixo).log().flatten(1).sum(dim=1)


def _sem_pontas(x: Tensor, media: Tensor, desvio: float) -> Tensor:
    partes = (torch.special.ndtr((x + s * MEIO_NIVEL - media) / desvio) for s in (1, -1))
    acima, abaixo = partes
    return -(acima - abaixo).log().flatten(1).sum(dim=1)


def _densidade(x: Tensor, media: Tensor, desvio: float) -> Tensor:
    return -torch.distributions.Normal(media, desvio).log_prob(x).flatten(1).sum(dim=1)


def _densidade_vezes_delta(x: Tensor, media: Tensor, desvio: float) -> Tensor:
    return _densidade(x, media, desvio) - torch.tensor(2 * MEIO_NIVEL).log() * x[0].numel()


ENGANOS_DENSIDADE = (
    Engano(_densidade, "isso ainda é menos o logaritmo da densidade. Integre-a entre as bordas do nível: "
           "ndtr((x + 1/16 − media)/desvio) − ndtr((x − 1/16 − media)/desvio)."),
    Engano(_densidade_vezes_delta, "a densidade vezes a largura do nível só serve quando o desvio é bem maior que "
           "ela; com ele pequeno, integre de verdade, com `ndtr`."),
    Engano(_sem_pontas, "faltam as pontas: o nível 1 leva tudo o que está acima dele, e o nível −1, tudo o que está "
           "abaixo, para que as 17 probabilidades somem 1."),
    Engano(lambda x, m, d: -_surpresa_dos_niveis(x, m, d), "o sinal está trocado: −log de uma probabilidade não é "
           "negativo."),
)


def _examinar_densidade(resposta: tuple[Any, Any]) -> None:
    diagnostico, funcao = resposta
    examinar_alternativa(diagnostico, "b", {
        "a": "Os dois números são médias sobre as mesmas imagens de teste.",
        "c": "O ELBO é um limite nos dois modelos, e a folga dele não dá um valor negativo.",
        "d": "Um treino ruim aumenta os nats; não os faz passar para baixo de zero.",
    })
    g = gerador(71)
    casos = []
    for desvio in (0.05, 0.3):
        x = torch.randint(0, 17, (5, 1, 3, 3), generator=g) / 8 - 1.0
        x[0, 0, 0, :2] = torch.tensor([1.0, -1.0])
        media = (x + 0.04 * torch.randn(x.shape, generator=g)).clamp(-1, 1)
        casos.append(Caso(f"imagens de forma (5, 1, 3, 3) e desvio {desvio}".replace(".", ","), (x, media, desvio)))
    comparar(funcao, casos, _surpresa_dos_niveis, ENGANOS_DENSIDADE,
             "uma probabilidade saiu zero ou negativa, e o logaritmo não existe: confira a ordem dos dois limites.")


SITUACOES = {
    "exata": ("a", "a pergunta pede −log p(x) exato: o VAE e a difusão só dão um limite, e a GAN, nada."),
    "rapida": ("c", "aqui se pedem velocidade e nitidez: a GAN faz uma chamada de uma rede pequena; o VAE é rápido, "
               "mas borra."),
    "codigo": ("b", "é preciso um encoder que leve cada foto a um código curto: a GAN não o tem, e o da difusão é fixo "
               "e dá um código do tamanho da imagem."),
    "variada": ("d", "há tempo de máquina de sobra, e os pedidos mudam: a difusão cobre bem os dados e, com a "
                "orientação, atende ao pedido na hora de gerar."),
}


def conferir_escolha(resposta: Any) -> None:
    """Confere que família serve a cada uma de quatro situações.

    Args:
        resposta: dicionário com as chaves de `SITUACOES` e uma letra em cada uma, ou `...`.
    """
    conferir(
        resposta, _examinar_escolha, nome="escolha",
        tarefa="escreva uma letra no lugar de cada `...` e rode de novo.",
        licao="Nenhuma família ganha em tudo: a pergunta vem antes do modelo.",
    )


def _examinar_escolha(resposta: Any) -> None:
    if not isinstance(resposta, dict) or set(resposta) != set(SITUACOES):
        raise Recusa(f"esperava um dicionário com as chaves {', '.join(SITUACOES)}, uma letra em cada uma.")
    if em_branco(tuple(resposta.values())):
        raise Pendente
    for nome, (certa, dica) in SITUACOES.items():
        try:
            examinar_alternativa(resposta[nome], certa, {letra: dica for letra in "abcd" if letra != certa})
        except Recusa as recusa:
            raise Recusa(f"em {nome!r}, {recusa}") from None

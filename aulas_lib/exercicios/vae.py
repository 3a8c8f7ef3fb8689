"""Conferências da lição de VAE e ELBO: as fórmulas (KL, variância, β efetivo, limite por importância).

As demais conferências da lição vêm de `vae_sorteio`, `vae_latente` e `vae_caca`; todas se chamam daqui.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import Recusa, conferir, examinar_numero, ler_numero, mostrar_numero
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar
from aulas_lib.exercicios.vae_caca import conferir_caca_log_sigma, conferir_caca_reducoes
from aulas_lib.exercicios.vae_latente import (
    conferir_direcao_atributo,
    conferir_slerp,
    conferir_unidades_ativas,
)
from aulas_lib.exercicios.vae_sorteio import conferir_reparametrizar
from aulas_lib.modelos.vae import beta_efetivo, kl_gaussiana

__all__ = [
    "conferir_beta_efetivo",
    "conferir_caca_log_sigma",
    "conferir_caca_reducoes",
    "conferir_direcao_atributo",
    "conferir_kl_gaussiana",
    "conferir_limite_importancia",
    "conferir_reparametrizar",
    "conferir_slerp",
    "conferir_unidades_ativas",
    "conferir_variancia_da_elbo",
]

# Cada termo errado é a KL de uma dimensão; o certo é ½(μ² + σ² − 1 − log σ²).
TERMOS_ERRADOS: tuple[tuple[Callable[[Tensor, Tensor], Tensor], str], ...] = (
    (lambda m, v: -0.5 * (m**2 + v.exp() - 1 - v), "o sinal está trocado: uma KL nunca é negativa."),
    (lambda m, v: m**2 + v.exp() - 1 - v, "falta o fator ½ diante da soma."),
    (lambda m, v: 0.5 * (m**2 + v.exp() - v), "falta o −1. Com mu = 0 e logvar = 0, q é igual a p e a KL "
     "tem de dar zero."),
    (lambda m, v: 0.5 * (m**2 + v**2 - 1 - (v**2).log()), "você leu `logvar` como o desvio-padrão σ. "
     "Ele é log σ²: a variância é `logvar.exp()`."),
    (lambda m, v: 0.5 * (m**2 + v**2 - 1 - v), "você usou `logvar**2` como variância. `logvar` é log σ²: "
     "a variância é `logvar.exp()`."),
    (lambda m, v: 0.5 * (m**2 + v - 1 - v.log()), "você leu `logvar` como a variância σ². Ele já é o "
     "logaritmo: log σ² é o próprio `logvar` e σ² é `logvar.exp()`."),
    (lambda m, v: 0.5 * (m**2 + (2 * v).exp() - 1 - 2 * v), "você leu `logvar` como log σ. Ele é log σ²: não "
     "há fator 2."),
    (lambda m, v: 0.5 * (m**2 + (2 * v).exp() - 1 - v), "você elevou a variância ao quadrado: `logvar.exp()` "
     "já é σ²."),
    (lambda m, v: 0.5 * (m**2 + (v / 2).exp() - 1 - v), "você usou o desvio-padrão `exp(logvar / 2)` onde a "
     "fórmula pede a variância σ²."),
    (lambda m, v: 0.5 * (m + v.exp() - 1 - v), "falta elevar `mu` ao quadrado."),
    (lambda m, v: 0.5 * (m**2 + v.exp() - 1 + v), "o sinal de log σ² está trocado dentro da soma."),
    (lambda m, v: 0.5 * ((m**2 + 1) * (-v).exp() - 1 + v), "essa é a KL no outro sentido, de p para q. A do ELBO "
     "vai de q, a posteriori aproximada, para p, a priori."),
)
REDUCOES_ERRADAS: tuple[tuple[Callable[[Tensor], Tensor], str], ...] = (
    (lambda k: k.mean(dim=1), "você tirou a média sobre os latentes; a KL de um exemplo é a soma."),
    (lambda k: k.sum(dim=0), "você somou sobre o lote (dim=0). A soma é sobre os latentes "
     "(dim=1)."),
    (lambda k: k.mean(dim=0), "você tirou a média sobre o lote (dim=0). Falta somar sobre os "
     "latentes (dim=1) e deixar um valor por exemplo."),
    (lambda k: k.sum(dim=1).mean(), "você tirou a média do lote. A função devolve um valor por exemplo; a "
     "média fica para quem treina."),
    (lambda k: k.sum(), "você somou tudo, também sobre o lote. Some só sobre os latentes (dim=1)."),
    (lambda k: k.mean(), "você tirou a média de tudo. Some sobre os latentes (dim=1) e deixe um "
     "valor por exemplo."),
    (lambda k: k, "falta somar sobre os latentes (dim=1)."),
)


def conferir_kl_gaussiana(resposta: Any) -> None:
    """Confere a função `(mu, logvar) -> KL` de forma (B,), em nats.

    Equação: ½ Σ_j (μ_j² + σ_j² − 1 − log σ_j²)   (slide "VAE: função de perda ELBO")

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_kl, nome="kl_gaussiana",
        tarefa="escreva o corpo de `minha_kl` e rode de novo.",
        licao="Esta é a parcela que puxa q para a priori; por ter forma fechada, ela entra no ELBO sem "
        "sorteio.",
    )


def _examinar_kl(funcao: Any) -> None:
    g = gerador(1)
    casos = [
        Caso(f"mu e logvar de forma ({b}, {z})", tuple(torch.randn(b, z, generator=g) for _ in range(2)))
        for b, z in ((4, 3), (1, 1), (6, 1), (1, 5), (3, 16))
    ]
    casos.append(Caso("mu e logvar iguais a zero, de forma (2, 3)", (torch.zeros(2, 3), torch.zeros(2, 3))))
    positivos = torch.rand(3, 4, generator=g) + 0.1  # separa os enganos que tiram o logaritmo de logvar
    casos.append(Caso("mu e logvar positivos, de forma (3, 4)", (positivos, positivos.flip(0))))
    comparar(funcao, casos, kl_gaussiana, enganos_kl())


def enganos_kl() -> list[Engano]:
    """Um termo errado, uma redução errada, ou um de cada."""
    def certo(m: Tensor, v: Tensor) -> Tensor:
        return 0.5 * (m**2 + v.exp() - 1 - v)

    termos = [Engano(lambda m, v, t=t: t(m, v).sum(dim=1), dica) for t, dica in TERMOS_ERRADOS]
    reducoes = [Engano(lambda m, v, r=r: r(certo(m, v)), dica) for r, dica in REDUCOES_ERRADAS]
    ambos = [
        Engano(lambda m, v, t=t, r=r: r(t(m, v)), f"são dois enganos. Na redução: {dica_r} "
               f"Na fórmula: {dica_t}")
        for t, dica_t in TERMOS_ERRADOS for r, dica_r in REDUCOES_ERRADAS
    ]
    return [*termos, *reducoes, *ambos]


def conferir_variancia_da_elbo(resposta: Any) -> None:
    """Confere a variância do decoder gaussiano para a qual −ELBO = ‖x − x̃‖² + KL + constante.

    Equação: −log N(x; x̃, v I) = ‖x − x̃‖² / (2v) + constante

    Args:
        resposta: um número, ou `...`.
    """
    conferir(
        resposta, _examinar_variancia, nome="variancia_da_elbo",
        tarefa="faça a conta, escreva o número em `variancia` e rode de novo.",
        licao="Escolher o peso do erro quadrático é escolher uma variância: com v = ½ o peso é 1. Outro peso "
        "descreve outro decoder.",
    )


def _examinar_variancia(resposta: Any) -> None:
    valor = ler_numero(resposta)
    if valor <= 0:
        raise Recusa(f"uma variância é positiva; chegou {mostrar_numero(valor)}.")
    peso = mostrar_numero(1 / (2 * valor))
    enganos = [
        (1.0, "com variância 1, −log p(x|z) tem ½‖x − x̃‖²: o erro quadrático fica com peso ½, não 1."),
        (2.0, "2 é o inverso da resposta. O quadrado é dividido por 2v, e esse divisor tem de ser 1."),
        (math.sqrt(0.5), "1/√2 é o desvio-padrão. A pergunta é pela variância, o quadrado dele."),
        (0.25, "¼ é o quadrado da resposta. Confira se você não elevou a variância ao quadrado."),
    ]
    examinar_numero(valor, 0.5, enganos, f"com variância {mostrar_numero(valor)}, o peso de ‖x − x̃‖² fica "
                    f"{peso}; ele tem de ser 1. Compare com ‖x − x̃‖² / (2v).")


def conferir_beta_efetivo(resposta: Any) -> None:
    """Confere o β efetivo de um código com média sobre 784 pixels, soma sobre 16 latentes e peso 0,005 na KL.

    Args:
        resposta: um número, ou `...`.
    """
    conferir(
        resposta, _examinar_beta, nome="beta_efetivo",
        tarefa="leia as três linhas de código, escreva o número em `beta` e rode de novo.",
        licao="Um peso de 0,005 parece uma KL quase desligada, mas a média sobre os pixels faz dele um β de "
        "quase 4. Antes de comparar dois VAEs, confira as reduções.",
    )


def _examinar_beta(resposta: Any) -> None:
    pixels, latentes, peso = 784, 16, 0.005
    certo = beta_efetivo("media", "soma", pixels, latentes, peso_kl=peso)
    desvio = abs(ler_numero(resposta) / certo - 1)
    if desvio <= 0.02:
        return
    if desvio <= 0.05:
        raise Recusa("quase: você arredondou; escreva a conta.")
    enganos = [
        (1 / certo, "essa é a razão inversa. β multiplica a KL quando a reconstrução é a soma com peso 1: "
         "multiplique a perda toda por 784 e leia o que ficou diante da KL."),
        (pixels, "784 desfaz a média sobre os pixels, mas falta o peso que o código põe na KL."),
        (peso, "0,005 é o peso escrito no código. Falta desfazer a média sobre os pixels."),
        (peso / pixels, "você dividiu por 784. A média encolhe a reconstrução; em proporção, a KL cresce."),
        (beta_efetivo("media", "media", pixels, latentes, peso_kl=peso), "você tratou a KL como média sobre "
         "as 16 dimensões; releia: `.sum(dim=1)` soma sobre elas, e o `.mean()` de fora é sobre o lote."),
        (certo * latentes, "você multiplicou também por 16. A KL já é a soma sobre os latentes."),
        (peso / latentes, "0,005 / 16 troca os papéis: quem tem média é a reconstrução, sobre 784 pixels."),
        (1.0, "com β = 1 as duas parcelas seriam somas com o mesmo peso; aqui uma delas é uma média."),
        (pixels / latentes, "49 seria média nas duas parcelas, e sem o peso do código."),
    ]
    examinar_numero(resposta, certo, enganos, "escreva a perda como (soma sobre os pixels) / 784 + 0,005 · "
                    "KL e multiplique tudo por 784: o número diante da KL é o β efetivo.")


def conferir_limite_importancia(resposta: Any) -> None:
    """Confere a função `log_w (K, B) -> (B,)`, o limite por importância em nats.

    Equação: log (1/K) Σ_k w_k, com log w_k = log p(x|z_k) + log p(z_k) − log q(z_k|x)
    Fonte: Burda, Grosse e Salakhutdinov (2016).

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_limite, nome="limite_importancia",
        tarefa="escreva o corpo de `meu_limite` e rode de novo.",
        licao="Com K = 1 este limite é o ELBO; com K maior ele se aproxima de log p(x), sem passar dele em "
        "média.",
    )


def _limite(log_w: Tensor) -> Tensor:
    return log_w.logsumexp(dim=0) - math.log(log_w.shape[0])


ENGANOS_LIMITE = (
    Engano(lambda w: w.mean(dim=0), "essa é a média dos logaritmos, isto é, o ELBO. O limite por importância "
           "é o logaritmo da média."),
    Engano(lambda w: w.logsumexp(dim=0), "falta subtrair log K: é o logaritmo da média, não o da soma."),
    Engano(lambda w: w.logsumexp(dim=0) + math.log(w.shape[0]), "o sinal de log K está trocado: dividir por "
           "K é subtrair log K."),
    Engano(lambda w: w.logsumexp(dim=0) - w.shape[0], "você subtraiu K; era log K."),
    Engano(lambda w: w.logsumexp(dim=0) / w.shape[0], "você dividiu o logaritmo por K. Dividir a soma por K "
           "é subtrair log K do logaritmo."),
    Engano(lambda w: w.logsumexp(dim=0) - math.log(w.shape[1]), "você subtraiu o logaritmo do tamanho do "
           "lote. K é o número de amostras, `log_w.shape[0]`."),
    Engano(lambda w: w.logsumexp(dim=1) - math.log(w.shape[1]), "você reduziu o eixo errado. As K amostras "
           "estão no eixo 0; o resultado tem um valor por exemplo."),
    Engano(lambda w: w.exp().mean(dim=0), "falta o logaritmo da média."),
    Engano(lambda w: w.sum(dim=0), "essa é a soma dos logaritmos, o logaritmo de um produto. O limite é o "
           "logaritmo da média dos pesos."),
    Engano(lambda w: _limite(w).mean(), "você tirou a média do lote. Devolva um valor por exemplo."),
)


def _examinar_limite(funcao: Any) -> None:
    g = gerador(5)
    moderados = [
        Caso(f"log_w de forma ({k}, {b})", (torch.randn(k, b, generator=g) * 2,))
        for k, b in ((8, 3), (1, 4), (5, 1), (1, 1), (2, 7))
    ]
    comparar(funcao, moderados, _limite, ENGANOS_LIMITE)
    extremos = [
        Caso(f"log_w perto de {centro} (forma (6, 2))", (torch.randn(6, 2, generator=g) + centro,))
        for centro in (-900, 900)
    ]
    comparar(funcao, extremos, _limite, dica_nao_finito="a fórmula está certa, mas não aguenta números "
             "grandes: exp(−900) vira zero e exp(900) vira infinito em float32. Use `torch.logsumexp`, que "
             "subtrai o máximo antes de exponenciar.")

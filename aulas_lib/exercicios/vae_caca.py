"""Caça ao erro na lição de VAE: um diagnóstico (letra) e, depois, a função consertada."""

from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import conferir, examinar_alternativa
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar
from aulas_lib.modelos.vae import beta_efetivo, kl_gaussiana


def conferir_caca_reducoes(diagnostico: Any, perda: Any) -> None:
    """Confere o conserto da perda com média sobre os pixels e soma sobre os latentes (um β-VAE sem aviso).

    Args:
        diagnostico: letra da alternativa, ou `...`.
        perda: função consertada, `(x, x_til, mu, logvar) -> (B,)`.
    """
    conferir(
        (diagnostico, perda), _examinar_reducoes, nome="caca_reducoes",
        tarefa="escolha a letra do diagnóstico, conserte a função e rode de novo.",
        licao="Nada avisa desse defeito: a perda cai e nenhuma linha falha. Por isso, ao ler um código de "
        "VAE, a primeira pergunta é: soma ou média, e sobre o quê?",
    )


def _quadrado(x: Tensor, x_til: Tensor) -> Tensor:
    return ((x - x_til) ** 2).flatten(1)  # (B, C·H·W)


def _perda_certa(x: Tensor, x_til: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return _quadrado(x, x_til).sum(dim=1) + kl_gaussiana(mu, logvar)


def _perda_com_defeito(x: Tensor, x_til: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return _quadrado(x, x_til).mean(dim=1) + kl_gaussiana(mu, logvar)


BETA_64 = f"{beta_efetivo('media', 'soma', 64, 16):.0f}"
FIXOU_64 = "você fixou 64: em outra imagem são outros tantos pixels. Use a soma."
ENGANOS_REDUCOES = (
    Engano(_perda_com_defeito, "o diagnóstico está certo, mas o defeito continua no código. Em imagens 8×8 "
           f"ele vale um β efetivo de {BETA_64}. Faça das duas parcelas somas."),
    Engano(lambda x, r, m, v: _quadrado(x, r).mean(dim=1) + kl_gaussiana(m, v) / m.shape[1], "agora as duas "
           "parcelas são médias, mas sobre números diferentes de termos: o β efetivo é pixels / latentes, e "
           "não 1. Use soma nas duas."),
    Engano(lambda x, r, m, v: _quadrado(x, r).mean(dim=1) + kl_gaussiana(m, v) / _quadrado(x, r).shape[1],
           "o β efetivo agora é 1, mas a perda ficou dividida pelo número de pixels e já não está em nats. "
           "Em vez de dividir a KL, some sobre os pixels."),
    Engano(lambda x, r, m, v: 64 * _quadrado(x, r).mean(dim=1) + kl_gaussiana(m, v), FIXOU_64),
    Engano(lambda x, r, m, v: _quadrado(x, r).mean(dim=1) + kl_gaussiana(m, v) / 64, FIXOU_64),
    Engano(lambda x, r, m, v: x[0, 0].numel() * _quadrado(x, r).mean(dim=1) + kl_gaussiana(m, v), "você "
           "multiplicou a média por altura × largura; em uma imagem colorida faltam os canais. Use a soma."),
    Engano(lambda x, r, m, v: _quadrado(x, r).sum(dim=1) + kl_gaussiana(m, v) / m.shape[1], "você consertou "
           "a reconstrução e pôs a média na KL. As duas são somas."),
    Engano(lambda x, r, m, v: ((x - r) ** 2).sum(dim=(1, 2, 3)).mean() + kl_gaussiana(m, v).mean(), "as "
           "reduções por exemplo estão certas, mas você tirou a média do lote. Devolva um valor por "
           "exemplo."),
    Engano(lambda x, r, m, v: ((x - r) ** 2).sum() + kl_gaussiana(m, v).sum(), "você somou também sobre o "
           "lote. Devolva um valor por exemplo: use `.flatten(1).sum(dim=1)`."),
    Engano(lambda x, r, m, v: ((x - r) ** 2).sum() + kl_gaussiana(m, v), "o erro quadrático somou o lote "
           "inteiro em cada exemplo. Use `.flatten(1).sum(dim=1)`."),
    Engano(lambda x, r, m, v: _quadrado(x, r).sum(dim=1) - kl_gaussiana(m, v), "a KL entra somando: a perda "
           "é o negativo do ELBO."),
    Engano(lambda x, r, m, v: 0.5 * _quadrado(x, r).sum(dim=1) + kl_gaussiana(m, v), "a soma está certa, mas "
           "o fator ½ muda a variância do decoder de ½ para 1. Deixe o quadrado com peso 1."),
)


def _examinar_reducoes(resposta: tuple[Any, Any]) -> None:
    diagnostico, perda = resposta
    examinar_alternativa(diagnostico, "c", {
        "a": "Com o sinal da KL trocado, a perda cairia sem parar e a KL cresceria, em vez de ir a zero.",
        "b": "`logvar` entra na KL como log σ², do modo certo: compare termo a termo com `minha_kl`.",
        "d": "z já foi sorteado antes desta função; ela recebe x_til pronto.",
    })
    g = gerador(7)
    casos = [
        Caso(f"x de forma ({b}, {c}, {h}, {h}) e {z} latentes", (
            torch.rand(b, c, h, h, generator=g) * 2 - 1, torch.rand(b, c, h, h, generator=g) * 2 - 1,
            torch.randn(b, z, generator=g), torch.randn(b, z, generator=g),
        ))
        for b, c, h, z in ((4, 1, 8, 16), (1, 1, 8, 2), (3, 3, 6, 5))
    ]
    comparar(perda, casos, _perda_certa, ENGANOS_REDUCOES)


def conferir_caca_log_sigma(diagnostico: Any, funcao: Any) -> None:
    """Confere o conserto de uma função em que a rede entrega log σ e a KL a lê como log σ².

    Args:
        diagnostico: letra da alternativa, ou `...`.
        funcao: função consertada, `(mu, log_sigma, eps) -> (z, kl)`.
    """
    conferir(
        (diagnostico, funcao), _examinar_log_sigma, nome="caca_log_sigma",
        tarefa="escolha a letra do diagnóstico, conserte a função e rode de novo.",
        licao="z e KL têm de falar da mesma q. Quando falam de duas, a conta deixa de ser um limite e pode "
        "passar de log p(x).",
    )


def _kl_misturada(mu: Tensor, logaritmo: Tensor, variancia: Tensor) -> Tensor:
    return -0.5 * (1 + logaritmo - mu**2 - variancia).sum(dim=1)


def _certa(mu: Tensor, s: Tensor, eps: Tensor) -> tuple[Tensor, Tensor]:
    return mu + s.exp() * eps, kl_gaussiana(mu, 2 * s)


def _com_defeito(mu: Tensor, s: Tensor, eps: Tensor) -> tuple[Tensor, Tensor]:
    return mu + s.exp() * eps, kl_gaussiana(mu, s)


def _com_kl(logaritmo: float, expoente: float) -> Any:
    """Fórmula com z certo e a KL com `logaritmo`·s e exp(`expoente`·s) nos lugares de log σ² e σ²."""
    return lambda mu, s, eps: (mu + s.exp() * eps, _kl_misturada(mu, logaritmo * s, (expoente * s).exp()))


ENGANOS_LOG_SIGMA = (
    Engano(_com_defeito, "o diagnóstico está certo, mas o defeito continua no código: a KL ainda lê log σ "
           "como se fosse log σ². Lembre que log σ² = 2 log σ."),
    Engano(lambda mu, s, eps: (mu + (s / 2).exp() * eps, kl_gaussiana(mu, s)), "assim z e KL concordam, mas "
           "sobre outra grandeza: o enunciado diz que a rede entrega log σ, e exp(log σ / 2) não é σ. Volte "
           "z ao que era e mude a KL."),
    Engano(lambda mu, s, eps: (mu + (s / 2).exp() * eps, kl_gaussiana(mu, 2 * s)), "a KL está certa, mas "
           "você mudou também z. Ele já estava certo: exp(log σ) é σ."),
    Engano(lambda mu, s, eps: (mu + (2 * s).exp() * eps, kl_gaussiana(mu, 2 * s)), "a KL está certa, mas z "
           "agora multiplica eps pela variância. O desvio-padrão é exp(log σ)."),
    Engano(_com_kl(2, 1), "meio conserto: o logaritmo está certo, mas a última parcela ainda é σ. Ela é "
           "σ² = exp(2 log σ)."),
    Engano(_com_kl(1, 2), "meio conserto: σ² está certo, mas a parcela do logaritmo ainda é log σ. Ela é "
           "log σ² = 2 log σ."),
    Engano(_com_kl(0.5, 0.5), "é o contrário: log σ² = 2 log σ, e não metade."),
    *(
        Engano(lambda mu, s, eps, z=z, v=v, p=p: (mu + z(s) * eps, _kl_misturada(mu, p(s), v(s))), "log σ² é 2 "
               "log σ, e não (log σ)²: em `log_sigma**2`, quem vai ao quadrado é o logaritmo.")
        for z, p, v in (
            (torch.exp, torch.square, lambda s: s.square().exp()),
            (torch.exp, torch.square, torch.exp),
            (torch.exp, torch.square, lambda s: (2 * s).exp()),
            (torch.exp, lambda s: s, lambda s: s.square().exp()),
            (torch.exp, lambda s: 2 * s, lambda s: s.square().exp()),
            (lambda s: (s.square() / 2).exp(), torch.square, lambda s: s.square().exp()),
        )
    ),
)


def _examinar_log_sigma(resposta: tuple[Any, Any]) -> None:
    diagnostico, funcao = resposta
    examinar_alternativa(diagnostico, "b", {
        "a": "A rede entrega log σ, e exp(log σ) é σ: z está certo.",
        "c": "O erro de um sorteio some na média de muitos; o ELBO médio passou de log p(x).",
        "d": "Com o sinal trocado a KL sairia negativa; confira com mu = 0 e log_sigma = 0, onde ela dá "
        "zero, e com mu = 1, onde ela dá ½ por dimensão.",
    })
    g = gerador(8)
    casos = [
        Caso(f"mu, log_sigma e eps ({b}, {z})", tuple(torch.randn(b, z, generator=g) for _ in range(3)))
        for b, z in ((4, 3), (1, 1), (2, 8))
    ]
    comparar(funcao, casos, _certa, ENGANOS_LOG_SIGMA)

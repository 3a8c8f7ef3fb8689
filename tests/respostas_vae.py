"""Respostas aos exercícios de VAE como um aluno as escreveria: as certas e as que têm um engano."""

import math

import numpy as np
import torch
from torch.distributions import Normal, kl_divergence

from aulas_lib.exercicios import vae
from aulas_lib.modelos.vae import kl_gaussiana, reparametrizar


def kl_certa(mu, logvar):
    q = Normal(mu, (logvar / 2).exp())
    return kl_divergence(q, Normal(0.0, 1.0)).sum(-1)


def z_certo(mu, logvar):
    return Normal(mu, (logvar / 2).exp()).rsample()


def limite_certo(log_w):
    return torch.logsumexp(log_w - math.log(len(log_w)), 0)


def slerp_certo(a, b, t):
    cosseno = torch.nn.functional.cosine_similarity(a, b, dim=0).clamp(-1, 1)
    teta = torch.arccos(cosseno)
    if teta < 1e-5:
        return (1 - t) * a + t * b
    return torch.sin((1 - t) * teta) / torch.sin(teta) * a + torch.sin(t * teta) / torch.sin(teta) * b


def direcao_certa(mu, tem):
    tem = tem.float()
    return tem @ mu / tem.sum() - (1 - tem) @ mu / (1 - tem).sum()


def ativas_certas(kl_dim):
    return sum(media > 0.01 for media in kl_dim.mean(0).tolist())


def perda_certa(x, x_til, mu, logvar):
    return (x - x_til).pow(2).sum(dim=(1, 2, 3)) + kl_certa(mu, logvar)


def z_e_kl_certos(mu, log_sigma, eps):
    z = mu + torch.exp(log_sigma) * eps
    return z, -0.5 * (1 + 2 * log_sigma - mu**2 - torch.exp(log_sigma) ** 2).sum(dim=1)


def reducoes(perda):
    return ("c", perda)


def log_sigma(funcao):
    return ("b", funcao)


CERTAS = [
    (vae.conferir_kl_gaussiana, (kl_certa,)),
    (vae.conferir_kl_gaussiana, (kl_gaussiana,)),
    (vae.conferir_reparametrizar, (z_certo,)),
    (vae.conferir_reparametrizar, (reparametrizar,)),
    (vae.conferir_variancia_da_elbo, (0.5,)),
    (vae.conferir_variancia_da_elbo, (np.float32(0.5),)),
    (vae.conferir_variancia_da_elbo, (torch.tensor(0.5),)),
    (vae.conferir_beta_efetivo, (3.92,)),
    (vae.conferir_beta_efetivo, (784 * 0.005,)),
    (vae.conferir_beta_efetivo, (3.9,)),
    (vae.conferir_limite_importancia, (limite_certo,)),
    (vae.conferir_slerp, (slerp_certo,)),
    (vae.conferir_direcao_atributo, (direcao_certa,)),
    (vae.conferir_unidades_ativas, (ativas_certas,)),
    (vae.conferir_unidades_ativas, (lambda k: (k.mean(0) > 0.01).sum(),)),
    (vae.conferir_caca_reducoes, reducoes(perda_certa)),
    (vae.conferir_caca_reducoes, (" C) ", perda_certa)),
    (vae.conferir_caca_log_sigma, log_sigma(z_e_kl_certos)),
]


def com_desvio(desvio):
    return lambda mu, logvar: mu + desvio(logvar) * torch.randn_like(mu)


def normal_sem_gradiente(mu, logvar):
    return torch.normal(mu, (logvar / 2).exp())


def semente_fixa(mu, logvar):
    g = torch.Generator().manual_seed(0)
    return mu + (logvar / 2).exp() * torch.randn(mu.shape, generator=g)


def arco(a, b, t, teta):
    return torch.sin((1 - t) * teta) / torch.sin(teta) * a + torch.sin(t * teta) / torch.sin(teta) * b


def cosseno(a, b):
    return torch.dot(a, b) / (a.norm() * b.norm())


def soma_kl(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu**2 - torch.exp(logvar), dim=1)


def perda(reconstrucao):
    return lambda x, r, m, v: reconstrucao((x - r) ** 2) + soma_kl(m, v)


ERRADAS_POR_CONFERENCIA = {
    vae.conferir_kl_gaussiana: [
        ((lambda m, v: 0.5 * (1 + v - m**2 - v.exp()).sum(1),), "nunca é negativa"),
        ((lambda m, v: -(1 + v - m**2 - v.exp()).sum(1),), "falta o fator ½"),
        ((lambda m, v: -0.5 * (v - m**2 - v.exp()).sum(1),), "falta o −1"),
        ((lambda m, v: -0.5 * (1 + 2 * v.abs().log() - m**2 - v**2).sum(1),),
         "como o desvio-padrão σ"),
        ((lambda m, v: -0.5 * (1 + v - m**2 - v**2).sum(1),), "`logvar**2` como variância"),
        ((lambda m, v: -0.5 * (1 + v.log() - m**2 - v).sum(1),), "como a variância σ²"),
        ((lambda m, v: -0.5 * (1 + v - m**2 - v.exp() ** 2).sum(1),), "já é σ²"),
        ((lambda m, v: soma_kl(m, v) / m.shape[1],), "a média sobre os latentes"),
        ((lambda m, v: soma_kl(m, v).sum(),), "você somou tudo"),
        ((lambda m, v: soma_kl(m, v).mean(),), "a média do lote"),
        ((lambda m, v: -0.5 * (1 + v - m**2 - v.exp()).sum(0),), "sobre o lote (dim=0)"),
        ((lambda m, v: -0.5 * (1 + v - m**2 - v.exp()),), "falta somar"),
        ((lambda m, v: -(1 + v - m**2 - v.exp()).mean(1),), "são dois enganos"),
    ],
    vae.conferir_reparametrizar: [
        ((com_desvio(lambda v: v.exp()),), "pela variância"),
        ((com_desvio(lambda v: v),), "`logvar`, que é um logaritmo"),
        ((com_desvio(torch.ones_like),), "falta multiplicar eps por σ"),
        ((com_desvio(lambda v: (-v / 2).exp()),), "o sinal do expoente"),
        ((com_desvio(lambda v: v.sqrt()),), "nan ou infinito"),
        ((lambda m, v: m + 0 * v,), "falta o ruído"),
        ((lambda m, v: (v / 2).exp() * torch.randn_like(m),), "falta somar mu"),
        ((lambda m, v: m + (v / 2).exp() * torch.randn(m.shape[1]),), "o lote inteiro"),
        ((lambda m, v: m + (v / 2).exp() * torch.randn(len(m), 1),),
         "em todas as dimensões"),
        ((lambda m, v: m + (v / 2).exp() * torch.rand_like(m),), "isso é `rand`"),
        ((semente_fixa,), "Não fixe a semente"),
        ((lambda m, v: Normal(m, (v / 2).exp()).sample(),), "não passa por z"),
        ((lambda m, v: z_certo(m.detach(), v),), "não chega a mu"),
        ((normal_sem_gradiente,), "não chega a mu"),
        ((lambda m, v: z_certo(m, v.detach()),), "não chega a logvar"),
        ((lambda m, v: z_certo(m, v).squeeze(),), "a forma do resultado"),
    ],
    vae.conferir_variancia_da_elbo: [
        ((1,), "com peso ½, não 1"),
        ((2.0,), "o inverso da resposta"),
        ((1 / 2**0.5,), "é o desvio-padrão"),
        ((0.25,), "o quadrado da resposta"),
        ((-0.5,), "uma variância é positiva"),
        ((0.1,), "o peso de ‖x − x̃‖² fica 5,0000"),
    ],
    vae.conferir_beta_efetivo: [
        ((1 / 3.92,), "a razão inversa"),
        ((784,), "falta o peso"),
        ((0.005,), "Falta desfazer a média"),
        ((0.005 / 784,), "você dividiu por 784"),
        ((784 / 16 * 0.005,), "tratou a KL como média"),
        ((784 * 16 * 0.005,), "multiplicou também por 16"),
        ((1,), "com β = 1"),
        ((49,), "média nas duas parcelas"),
        ((10,), "multiplique tudo por 784"),
        ((4,), "ainda não: quase: você arredondou; escreva a conta"),
        ((3.8,), "quase: você arredondou"),
    ],
    vae.conferir_limite_importancia: [
        ((lambda w: w.mean(0),), "média dos logaritmos"),
        ((lambda w: w.logsumexp(0),), "falta subtrair log K"),
        ((lambda w: w.logsumexp(0) + math.log(len(w)),), "o sinal de log K"),
        ((lambda w: w.exp().mean(0).log(),), "torch.logsumexp"),
        ((lambda w: w.exp().mean(0),), "falta o logaritmo"),
        ((lambda w: w.logsumexp(1) - math.log(w.shape[1]),), "o eixo errado"),
        ((lambda w: w.sum(0),), "a soma dos logaritmos"),
    ],
    vae.conferir_slerp: [
        ((lambda a, b, t: (1 - t) * a + t * b,), "linha reta"),
        ((lambda a, b, t: slerp_certo(b, a, t),), "estão trocados"),
        ((lambda a, b, t: arco(a, b, t, torch.dot(a, b).arccos()),), "sem dividir pelas normas"),
        ((lambda a, b, t: arco(a, b, t, cosseno(a, b).arccos()),), "divide por zero"),
        ((lambda a, b, t: slerp_certo(a / a.norm(), b / b.norm(), t),), "os próprios códigos"),
        ((lambda a, b, t: arco(a, b, t, cosseno(a, b)),), "falta o arco cosseno"),
        ((lambda a, b, t: a if cosseno(a, b) > 0.9999 else slerp_certo(a, b, t),), "outra norma"),
    ],
    vae.conferir_direcao_atributo: [
        ((lambda m, t: m[~t].mean(0) - m[t].mean(0),), "o sentido está trocado"),
        ((lambda m, t: m[t].mean(0),), "um rosto inteiro"),
        ((lambda m, t: m[t].mean(0) - m.mean(0),), "a média de todos"),
        ((lambda m, t: m[t].sum(0) - m[~t].sum(0),), "você subtraiu somas"),
        ((lambda m, t: m[t].mean() - m[~t].mean(),), "sobre os exemplos (dim=0)"),
        ((lambda m, t: torch.nn.functional.normalize(direcao_certa(m, t), dim=0),), "não normalize"),
    ],
    vae.conferir_unidades_ativas: [
        ((lambda k: int((k.mean(0) < 0.01).sum()),), "os latentes inativos"),
        ((lambda k: int((k.max(0).values > 0.01).sum()),), "um só exemplo"),
        ((lambda k: int((k.min(0).values > 0.01).sum()),), "todos os exemplos passem"),
        ((lambda k: int((k.sum(0) > 0.01).sum()),), "somou sobre os exemplos"),
        ((lambda k: int((k.mean(1) > 0.01).sum()),), "você contou exemplos"),
        ((lambda k: int((k > 0.01).sum()),), "elementos da matriz"),
        ((lambda k: k.mean(0) > 0.01,), "falta contar"),
        ((lambda k: len(k.mean(0) > 0.01),), "`len` conta todos os latentes: some os verdadeiros com `.sum()`"),
        ((lambda k: len(k > 0.01),), "`len` conta as linhas"),
        ((lambda k: torch.count_nonzero(k.mean(0)),), "falta o limiar"),
    ],
    vae.conferir_caca_reducoes: [
        (("a", perda_certa), "o diagnóstico não é (a)"),
        (("b", perda_certa), "o diagnóstico não é (b)"),
        (("d", perda_certa), "o diagnóstico não é (d)"),
        (reducoes(perda(lambda e: e.flatten(1).mean(1))), "β efetivo de 64"),
        (reducoes(lambda x, r, m, v: ((x - r) ** 2).flatten(1).mean(1) + soma_kl(m, v) / m.shape[1]),
         "pixels / latentes"),
        (reducoes(lambda x, r, m, v: ((x - r) ** 2).flatten(1).mean(1) + soma_kl(m, v) / x[0].numel()),
         "já não está em nats"),
        (reducoes(perda(lambda e: 64 * e.flatten(1).mean(1))), "você fixou 64: em outra imagem são outros"),
        (reducoes(lambda x, r, m, v: ((x - r) ** 2).mean((1, 2, 3)) + soma_kl(m, v) / 64), "você fixou 64"),
        (reducoes(perda(lambda e: e.mean((1, 2, 3)) * e.shape[2] * e.shape[3])), "faltam os canais"),
        (reducoes(perda(lambda e: e.sum())), "o lote inteiro em cada exemplo"),
        (reducoes(perda(lambda e: 0.5 * e.flatten(1).sum(1))), "de ½ para 1"),
        (reducoes(lambda *a: perda_certa(*a).mean()), "a média do lote"),
        (reducoes(lambda *a: perda_certa(*a).sum()), "somou também sobre o lote"),
    ],
    vae.conferir_caca_log_sigma: [
        (("a", z_e_kl_certos), "o diagnóstico não é (a)"),
        (("c", z_e_kl_certos), "o diagnóstico não é (c)"),
        (("d", z_e_kl_certos), "o diagnóstico não é (d)"),
        (log_sigma(lambda m, s, e: (m + s.exp() * e, soma_kl(m, s))), "continua no código"),
        (log_sigma(lambda m, s, e: (m + (s / 2).exp() * e, soma_kl(m, s))), "outra grandeza"),
        (log_sigma(lambda m, s, e: (m + (s / 2).exp() * e, soma_kl(m, 2 * s))),
         "mudou também z"),
        (log_sigma(lambda m, s, e: (m + s.exp() * e, -(1 + 2 * s - m**2 - s.exp()).sum(1) / 2)), "ainda é σ"),
        (log_sigma(lambda m, s, e: (m + s.exp() * e, -(1 + s - m**2 - s.exp() ** 2).sum(1) / 2)),
         "ainda é log σ"),
        (log_sigma(lambda m, s, e: (m + s.exp() * e, soma_kl(m, s**2))), "log σ² é 2 log σ, e não (log σ)²"),
        (log_sigma(lambda m, s, e: (m + s.exp() * e, -(1 + s**2 - m**2 - s.exp() ** 2).sum(1) / 2)),
         "log σ² é 2 log σ, e não (log σ)²"),
        (log_sigma(lambda m, s, e: m + s.exp() * e), "era esperado um tensor de forma (4, 3) e"),
    ],
}
ERRADAS = [
    (conferir, *par) for conferir, pares in ERRADAS_POR_CONFERENCIA.items() for par in pares
]

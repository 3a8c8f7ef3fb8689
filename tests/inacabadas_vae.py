"""Funções que o aluno ainda não acabou: rascunhos, corpos sem `return` e contas que param com um erro."""

import math
from functools import partial
from math import exp

import torch

from aulas_lib.exercicios import vae


def so_a_docstring(*argumentos):
    """Nada além disto."""
    ...  # escreva aqui


def nao_implementada(*argumentos):
    parcial = argumentos[0] + 1  # noqa: F841
    raise NotImplementedError


def sem_return(*argumentos):
    resultado = argumentos[0] + 1  # noqa: F841


def antes_do_rascunho(*argumentos):
    """A conta está escrita, mas não vai a lugar nenhum."""
    argumentos[0].sum(-1)
    ...  # escreva aqui


def return_em_um_caminho(*argumentos):
    if len(argumentos) > 9:
        return argumentos[0]


# de um `partial` não se vê o código: na dúvida, é rascunho
RASCUNHOS = [so_a_docstring, nao_implementada, partial(sem_return), lambda *a: None, lambda *a: ...]
SEM_RETURN = [sem_return, antes_do_rascunho, torch.no_grad()(sem_return)]


def kl_com_math(mu, logvar):
    return 0.5 * (mu**2 + math.exp(logvar) - 1 - logvar).sum(1)


def z_com_exp_importada(mu, logvar):
    return mu + exp(logvar / math.log(8)) * torch.randn_like(mu)


def sem_importar_math(log_w):
    return eval("log_w.logsumexp(0) - math.log(len(log_w))", {}, {"log_w": log_w})


PARADAS = [
    (vae.conferir_kl_gaussiana, kl_com_math, "Use `logvar.exp()`: `math.exp` só aceita um número"),
    (vae.conferir_reparametrizar, z_com_exp_importada, "Use `logvar.exp()`: `math.exp` só"),
    (vae.conferir_kl_gaussiana, lambda m, v: math.exp(v), "Use `torch.exp` para tensores: `math.exp` só"),
    (vae.conferir_kl_gaussiana, lambda m, v: math.log(2) * float(v), "não vira um número"),
    (vae.conferir_kl_gaussiana, lambda m, v: math.log(2) * v.item(), "não vira um número"),
    (vae.conferir_limite_importancia, lambda w: math.log(w.exp().mean(0)), "Use `torch.log` para tensores"),
    (vae.conferir_limite_importancia, lambda w: w.logsumexp(0) - torch.log(len(w)), "Use `math.log` para números"),
    (vae.conferir_limite_importancia, lambda w: w.logsumexp(0) - len(w).log(), "Use `math.log` para números"),
    (vae.conferir_limite_importancia, sem_importar_math, "Falta `import math`"),
]

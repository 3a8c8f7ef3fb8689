"""Calibração de um classificador: quando ele diz 0,7, acontece em 70 % dos casos?"""

import math
from typing import NamedTuple

import numpy as np
import torch
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from torch import Tensor


class Confiabilidade(NamedTuple):
    """Uma faixa de D por posição; faixas vazias ficam de fora.

    Attributes:
        previsto: média de D na faixa, forma (F,).
        frequencia: fração de rótulos 1 na faixa, forma (F,).
        contagem: exemplos na faixa, forma (F,).
    """

    previsto: Tensor
    frequencia: Tensor
    contagem: Tensor


def curva_confiabilidade(d: Tensor, rotulo: Tensor, faixas: int = 10) -> Confiabilidade:
    """A curva de confiabilidade, em faixas de D de mesma largura (de `sklearn.calibration`).

    Args:
        d: D(x), em [0, 1], forma (N,).
        rotulo: 1 se o exemplo veio de p e 0 se veio de q, forma (N,).
        faixas: quantas.

    Raises:
        ValueError: se as formas diferem, d sai de [0, 1] ou faixas < 1.
    """
    _conferir(d, rotulo)
    if not ((d >= 0) & (d <= 1)).all() or faixas < 1:
        raise ValueError(
            f"curva_confiabilidade: d vai de {d.min().item():g} a {d.max().item():g}, com {faixas} faixas; esperava "
            "probabilidades em [0, 1] e uma faixa ou mais. Passe o logit por torch.sigmoid."
        )
    probabilidade = d.detach().cpu().double().numpy()
    frequencia, previsto = calibration_curve(rotulo.cpu().numpy(), probabilidade, n_bins=faixas)
    bordas = np.linspace(0, 1, faixas + 1)  # as mesmas de calibration_curve
    contagem = np.bincount(np.searchsorted(bordas[1:-1], probabilidade), minlength=faixas)
    return Confiabilidade(*map(torch.as_tensor, (previsto, frequencia, contagem[contagem > 0])))


def erro_calibracao(curva: Confiabilidade) -> float:
    """Distância média entre o que o classificador diz e o que acontece, com o peso de cada faixa.

    Equação: Σ_f (n_f / N) |frequência_f − previsto_f|, o ECE
    Fonte: Guo, Pleiss, Sun e Weinberger (2017), equação 3.

    Args:
        curva: a de `curva_confiabilidade`.
    """
    pesos = curva.contagem / curva.contagem.sum()
    return float((pesos * (curva.frequencia - curva.previsto).abs()).sum())


def ajustar_temperatura(logit: Tensor, rotulo: Tensor) -> float:
    """A temperatura T que minimiza a entropia cruzada de σ(a/T).

    T > 1 desfaz o excesso de confiança: encolhe todos os logits na mesma proporção, sem mudar a sua ordem. Use
    dados que o classificador não viu.
    Fonte: Guo, Pleiss, Sun e Weinberger (2017).

    Args:
        logit: a(x), forma (N,).
        rotulo: 1 se o exemplo veio de p e 0 se veio de q, forma (N,).

    Raises:
        ValueError: se as formas diferem, se só há um rótulo, ou se o logit não cresce com o rótulo (T não existe).
    """
    _conferir(logit, rotulo)
    if len(rotulo.unique()) < 2:
        raise ValueError("ajustar_temperatura: todos os rótulos são iguais; esperava exemplos de p (1) e de q (0).")
    ajuste = LogisticRegression(C=math.inf, fit_intercept=False, tol=1e-8)
    ajuste.fit(logit.detach().cpu().double().numpy()[:, None], rotulo.cpu().numpy())
    inverso = float(ajuste.coef_[0, 0])
    if inverso <= 0:
        raise ValueError(
            f"ajustar_temperatura: 1/T saiu {inverso:.3g}; esperava um número positivo. O logit cresce quando o "
            "rótulo diminui: confira se os rótulos não estão trocados (1 em p, 0 em q)."
        )
    return 1 / inverso


def _conferir(valores: Tensor, rotulo: Tensor) -> None:
    if valores.ndim != 1 or valores.shape != rotulo.shape or len(valores) == 0:
        raise ValueError(
            f"calibração: chegaram as formas {tuple(valores.shape)} e {tuple(rotulo.shape)}; esperava (N,) nas "
            "duas, um rótulo por exemplo."
        )
    if not ((rotulo == 0) | (rotulo == 1)).all():
        raise ValueError("calibração: esperava rótulos 0 e 1 (1 em p, 0 em q); chegaram outros valores.")

"""O que as distribuições exatas conferem nos seus argumentos, com mensagens para quem está aprendendo."""

import functools
from collections.abc import Sequence

import torch
from torch import Tensor


def tipo_comum(*tensores: Tensor) -> torch.dtype:
    """O tipo de ponto flutuante em que todos os tensores cabem."""
    tipo = functools.reduce(torch.promote_types, (t.dtype for t in tensores))
    return tipo if tipo.is_floating_point else torch.get_default_dtype()


def conferir_pesos(pesos: Tensor, medias: Tensor) -> None:
    """Recusa pesos que não sejam positivos e de soma 1, um por média (`ValueError`)."""
    if pesos.ndim != 1 or medias.ndim != 2 or len(pesos) != len(medias):
        raise ValueError(
            f"pesos e medias devem ser (K,) e (K, D); chegaram {tuple(pesos.shape)} e {tuple(medias.shape)}"
        )
    if pesos.is_meta:
        return
    if not (pesos > 0).all():
        raise ValueError(f"os pesos devem ser positivos; chegou {pesos.tolist()}")
    if abs(pesos.sum().item() - 1) > 1e-5:
        raise ValueError(f"os pesos devem somar 1, e somam {pesos.sum().item():.6g}; divida-os pela soma")


def covariancias_cheias(covariancias: Tensor, componentes: int, dimensao: int) -> Tensor:
    """Covariâncias (K, D, D), dadas assim ou como variâncias (K, D), (K,) ou (); senão, `ValueError`."""
    if covariancias.shape == (componentes, dimensao, dimensao):
        return covariancias
    if covariancias.shape in ((), (componentes,), (componentes, dimensao)):
        por_componente = covariancias[:, None] if covariancias.ndim == 1 else covariancias
        return por_componente.expand(componentes, dimensao).diag_embed()
    raise ValueError(
        f"covariancias deve ter forma ({componentes}, {dimensao}, {dimensao}), ou, se forem variâncias, "
        f"({componentes}, {dimensao}), ({componentes},) ou (); chegou {tuple(covariancias.shape)}"
    )


def cholesky(covariancias: Tensor) -> Tensor:
    """L com Σ = L Lᵀ para cada covariância; `ValueError` se alguma não é simétrica e positiva definida."""
    fator, falhas = torch.linalg.cholesky_ex(covariancias)
    if covariancias.is_meta:
        return fator
    simetricas = torch.allclose(covariancias, covariancias.mT, atol=1e-6)
    if not simetricas or falhas.any() or not fator.isfinite().all():
        raise ValueError(
            "cada covariância deve ser simétrica e positiva definida (variâncias maiores que zero)"
        )
    return fator


def conferir_gerador(gerador: torch.Generator | None, device: torch.device) -> None:
    """Recusa um gerador que está em outro dispositivo (`ValueError`)."""
    if gerador is not None and device.type != "meta" and gerador.device.type != device.type:
        raise ValueError(
            f"o gerador está em {gerador.device} e a distribuição em {device}; "
            f"crie-o com gerador(semente, '{device}')"
        )


def normal(forma: Sequence[int], como: Tensor, gerador: torch.Generator | None) -> Tensor:
    """Sorteio de N(0, I), do tipo e no dispositivo de `como`."""
    return torch.randn(forma, generator=gerador, dtype=como.dtype, device=como.device)

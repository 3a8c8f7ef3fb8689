"""Os caminhos de volta contra o pacote `diffusers`, e contra o que os índices prometem."""

from collections.abc import Callable

import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.modelos.amostradores import (
    chegar,
    instantes_igualados,
    percorrer_ddim,
    percorrer_ddpm,
    percorrer_dpm,
)
from aulas_lib.modelos.difusao import Agenda, agenda_cosseno, agenda_linear

AGENDAS = [agenda(T) for T in (40, 200, 1000) for agenda in (agenda_linear, agenda_cosseno)]
NOMES = [f"{nome}, T={T}" for T in (40, 200, 1000) for nome in ("linear", "cosseno")]


def modelo(x: Tensor, t: Tensor) -> Tensor:
    """Um ε_θ qualquer, que depende de x e de t."""
    return (1.3 * x).sin() + 0.001 * t.to(x.dtype)[:, None]


def igualar(deles: DDPMScheduler, agenda: Agenda) -> None:
    deles.betas, deles.alphas = agenda.betas[1:], 1 - agenda.betas[1:]
    deles.alphas_cumprod = agenda.alfa_barra[1:]
    deles.final_alpha_cumprod = torch.ones((), dtype=torch.float64)


@pytest.mark.parametrize("agenda", AGENDAS, ids=NOMES)
@pytest.mark.parametrize("tipo", ["fixed_small", "fixed_large"])
@pytest.mark.parametrize("recorte", [None, 1.0])
def test_ddpm(agenda: Agenda, tipo: str, recorte: float | None) -> None:
    deles = DDPMScheduler(
        agenda.T, trained_betas=agenda.betas[1:].tolist(), variance_type=tipo, clip_sample=recorte is not None
    )
    igualar(deles, agenda)
    variancias = agenda.betas if tipo == "fixed_large" else None
    x, nosso, g = torch.randn(5, 3, generator=gerador(0)), gerador(1), gerador(1)
    caminho = percorrer_ddpm(modelo, x, agenda, nosso, variancias, recorte)
    for t, parada in zip(range(agenda.T, 0, -1), caminho, strict=True):
        if t == 1:
            torch.testing.assert_close(parada.x, parada.x_0)  # o último passo não tem ruído
        x = deles.step(modelo(x, torch.full((5,), t)), t - 1, x, generator=g).prev_sample.float()
        assert parada.t == t - 1
        torch.testing.assert_close(parada.x, x, atol=1e-5, rtol=1e-5)
        x = parada.x  # cada passo se compara sozinho: os erros de arredondamento não se somam


@pytest.mark.parametrize("agenda", AGENDAS, ids=NOMES)
@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("chamadas", [5, 20])
def test_ddim(agenda: Agenda, eta: float, chamadas: int) -> None:
    deles = DDIMScheduler(
        agenda.T, trained_betas=agenda.betas[1:].tolist(), clip_sample=False, timestep_spacing="trailing"
    )
    igualar(deles, agenda)
    deles.set_timesteps(chamadas)
    instantes = instantes_igualados(agenda, chamadas)
    assert [t + 1 for t in deles.timesteps.tolist()] == instantes
    x, nosso, g = torch.randn(5, 3, generator=gerador(0)), gerador(1), gerador(1)
    for t, parada in zip(instantes, percorrer_ddim(modelo, x, agenda, instantes, nosso, eta), strict=True):
        passo = deles.step(modelo(x, torch.full((5,), t)), t - 1, x, eta=eta, generator=g)
        x = passo.prev_sample.float()
        torch.testing.assert_close(parada.x, x, atol=1e-5, rtol=1e-5)
        x = parada.x
    assert parada.t == 0


@pytest.mark.parametrize("agenda", AGENDAS, ids=NOMES)
@pytest.mark.parametrize("chamadas", [1, 2, 10, 25])
def test_dpm(agenda: Agenda, chamadas: int) -> None:
    deles = DPMSolverMultistepScheduler(
        agenda.T, trained_betas=agenda.betas[1:].tolist(), algorithm_type="dpmsolver++", solver_order=2,
        final_sigmas_type="zero", lower_order_final=False, euler_at_final=True,
    )  # fmt: skip
    instantes = instantes_igualados(agenda, chamadas)
    deles.set_timesteps(timesteps=[t - 1 for t in instantes])
    ab = agenda.alfa_barra[instantes]
    deles.sigmas = torch.cat([((1 - ab) / ab).sqrt(), torch.zeros(1)])
    x = torch.randn(5, 3, generator=gerador(0))
    caminho = percorrer_dpm(modelo, x, agenda, instantes)
    for t, parada in zip(instantes, caminho, strict=True):
        x = deles.step(modelo(x, torch.full((5,), t)), t - 1, x).prev_sample
        torch.testing.assert_close(parada.x, x.float(), atol=1e-5, rtol=1e-5)
        x = parada.x


def test_ddim_com_eta_um_e_a_ddpm() -> None:
    agenda, x = agenda_linear(60), torch.randn(4, 2, generator=gerador(0)).double()
    um = chegar(percorrer_ddpm(modelo, x, agenda, gerador(3)))
    outro = chegar(percorrer_ddim(modelo, x, agenda, range(60, 0, -1), gerador(3), eta=1.0))
    torch.testing.assert_close(um, outro)


@pytest.mark.parametrize(
    "caminho",
    [
        lambda *a: percorrer_ddpm(*a),
        lambda *a: percorrer_ddim(*a, [50, 30, 10]),
        lambda *a: percorrer_dpm(*a, [50, 30, 10]),
    ],
    ids=["ddpm", "ddim", "dpm"],
)
def test_com_o_ruido_certo_chega_ao_dado(caminho: Callable) -> None:
    """Se a rede sabe que x_0 = 0,7, todo caminho termina nele."""
    agenda = agenda_linear(50)

    def certo(x: Tensor, t: Tensor) -> Tensor:
        ab = agenda.alfa_barra[t][:, None].to(x.dtype)
        return (x - ab.sqrt() * 0.7) / (1 - ab).sqrt()

    fim = chegar(caminho(certo, torch.randn(6, 2, generator=gerador(0)), agenda))
    torch.testing.assert_close(fim, torch.full((6, 2), 0.7), atol=1e-5, rtol=0)


@pytest.mark.parametrize("instantes", [[], [51, 3], [10, 10], [10, 0], [3, 5]])
def test_instantes_que_nao_descem(instantes: list[int]) -> None:
    for percorrer in (percorrer_ddim, percorrer_dpm):
        with pytest.raises(ValueError, match="T = 50 a 1"):
            chegar(percorrer(modelo, torch.zeros(1, 1), agenda_linear(50), instantes))


def test_chamadas_demais() -> None:
    with pytest.raises(ValueError, match="chegou 51; com T = 50"):
        instantes_igualados(agenda_linear(50), 51)
    assert instantes_igualados(agenda_linear(50), 4, 40) == [40, 30, 20, 10]
    with pytest.raises(ValueError, match="inicio: chegou 51; com T = 50"):
        instantes_igualados(agenda_linear(50), 4, 51)
    with pytest.raises(ValueError, match="chamadas: chegou 41; com T = 40"):
        instantes_igualados(agenda_linear(50), 41, 40)

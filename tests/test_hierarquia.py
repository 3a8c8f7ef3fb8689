"""O VAE e a difusão pelo mesmo limite: contra as perdas das lições 2 e 5, o PyTorch e leis conhecidas."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Independent, Normal, kl_divergence
from torch.testing import assert_close

from aulas_lib.ambiente import gerador, semear
from aulas_lib.modelos.difusao import Agenda, agenda_de_betas, difundir, perda_simples, x0_do_ruido
from aulas_lib.modelos.difusao_em_niveis import (
    PreditorDeNiveis,
    RedeDensa,
    agenda_do_log_snr,
    erro_em_x0,
    pesos_do_limite,
    surpresa_em_x0,
)
from aulas_lib.modelos.elbo_difusao import termo_do_passo, termo_final
from aulas_lib.modelos.hierarquia import (
    DecoderDaDifusao,
    DecoderDoVAE,
    EncoderAprendido,
    EncoderFixo,
    Gaussiana,
    kl_diagonal,
    termos_do_limite,
)
from aulas_lib.modelos.reconstrucao import reconstrucao_categorica
from aulas_lib.modelos.vae import VAE, perda_elbo
from aulas_lib.redes import MLP

LEI = torch.tensor([0.5, 0.3, 0.2])  # de um pixel de três níveis


class RedeZero(nn.Module):
    """Não sabe nada dos outros pixels."""

    forma = (1, 2, 2)

    def forward(self, x_t: Tensor, t: Tensor) -> Tensor:
        """Zeros, forma (B, 3, 2, 2)."""
        return torch.zeros(len(x_t), 3, 2, 2)


def niveis_aleatorios(n: int, niveis: int, forma: tuple[int, ...], semente: int = 0) -> Tensor:
    return torch.randint(0, niveis, (n, *forma), generator=gerador(semente)).float() / (niveis - 1) * 2 - 1


def preditor_de_bayes(agenda: Agenda) -> PreditorDeNiveis:
    """Conhece a lei de cada pixel; o 0,01 que a rede soma à frequência é descontado."""
    frequencia = (LEI * (1 + 0.01 * len(LEI)) - 0.01)[:, None, None, None].expand(3, 1, 2, 2)
    return PreditorDeNiveis(RedeZero(), frequencia, agenda)


def preditor_qualquer(agenda: Agenda) -> PreditorDeNiveis:
    """Uma rede que já saiu do zero, com cinco níveis."""
    semear(0)
    rede = RedeDensa((1, 4, 4), 5, largura=16, blocos=1)
    nn.init.normal_(rede.saida.linear.weight, std=0.3)
    return PreditorDeNiveis(rede, torch.full((5, 1, 4, 4), 0.2), agenda)


def test_kl_igual_a_do_pytorch() -> None:
    sorte = gerador(0)
    medias = [torch.randn(6, 3, 2, generator=sorte, requires_grad=True) for _ in range(2)]
    variancias = [torch.rand(6, 3, 2, generator=sorte) + 0.2 for _ in range(2)]
    nossa = kl_diagonal(*(Gaussiana(m, v) for m, v in zip(medias, variancias, strict=True)))
    leis = [Independent(Normal(m, v.sqrt()), 2) for m, v in zip(medias, variancias, strict=True)]
    certa = kl_divergence(*leis)
    assert_close(nossa, certa)
    assert_close(torch.autograd.grad(nossa.sum(), medias[0]), torch.autograd.grad(certa.sum(), medias[0]))


def test_com_encoder_aprendido_e_o_elbo_do_vae() -> None:
    semear(1)
    vae = VAE(MLP(16, (8,), 6), MLP(3, (8,), (5, 1, 4, 4)), latentes=3)
    x = niveis_aleatorios(40, 5, (1, 4, 4))
    partes = perda_elbo(vae, x, reconstrucao_categorica, gerador(2))
    termos = termos_do_limite(EncoderAprendido(vae), DecoderDoVAE(vae, reconstrucao_categorica), x, gerador(2))
    assert_close(termos, torch.stack([partes["reconstrucao"].mean(), partes["kl"].mean()]).detach())


def test_com_encoder_fixo_sao_os_termos_da_difusao() -> None:
    agenda = agenda_do_log_snr(6, 3.0, -6.0)
    rede, x = preditor_qualquer(agenda), niveis_aleatorios(30, 5, (1, 4, 4))
    termos = termos_do_limite(EncoderFixo(agenda), DecoderDaDifusao(rede, agenda), x, gerador(3))
    sorte = gerador(3)
    torch.randn(x.shape, generator=sorte)  # o de z_1
    for passo in range(2, agenda.T + 1):
        t, eps = torch.full((len(x),), passo), torch.randn(x.shape, generator=sorte)
        certo = termo_do_passo(rede, x, t, eps, agenda, agenda.variancia_posterior)
        assert_close(termos[passo - 1], certo.mean(), rtol=2e-4, atol=1e-5)
    assert_close(termos[-1], termo_final(x, agenda).mean())


def test_a_ultima_parcela_e_uma_probabilidade_sobre_os_niveis() -> None:
    agenda = agenda_do_log_snr(6, 3.0, -6.0)
    x = torch.cartesian_prod(*[torch.tensor([-1.0, 0.0, 1.0])] * 4).reshape(81, 1, 2, 2)  # todas as imagens que há
    z_1 = torch.randn(1, 1, 2, 2, generator=gerador(4)).expand(81, -1, -1, -1)
    probabilidades = (-DecoderDaDifusao(preditor_de_bayes(agenda), agenda).surpresa(z_1, x)).exp()
    assert_close(probabilidades.sum(), torch.tensor(1.0))


def test_com_a_regra_de_bayes_o_limite_e_a_entropia() -> None:
    """Pixels independentes, de lei conhecida: com muitos passos, o limite não deixa folga."""
    agenda = agenda_do_log_snr(400, 5.0, -9.0)
    indices = torch.multinomial(LEI, 4 * 4000, replacement=True, generator=gerador(5)).reshape(-1, 1, 2, 2)
    termos = termos_do_limite(
        EncoderFixo(agenda), DecoderDaDifusao(preditor_de_bayes(agenda), agenda), indices.float() - 1, gerador(6)
    )
    entropia = -4 * (LEI * LEI.log()).sum().item()
    assert termos.sum().item() == pytest.approx(entropia, rel=0.015)


def test_com_um_degrau_fixo_o_limite_nao_chega_a_entropia() -> None:
    """Ou z_1 guarda x, e não é N(0, I), ou é N(0, I), e não diz nada; nos dois casos o decoder certo não basta."""
    indices = torch.multinomial(LEI, 4 * 4000, replacement=True, generator=gerador(5)).reshape(-1, 1, 2, 2)
    entropia, somas = -4 * (LEI * LEI.log()).sum().item(), []
    for alfa_barra in (0.9, 0.5, 1e-4):
        agenda = agenda_de_betas(torch.tensor([1 - alfa_barra]))
        decoder = DecoderDaDifusao(preditor_de_bayes(agenda), agenda)
        somas.append(termos_do_limite(EncoderFixo(agenda), decoder, indices.float() - 1, gerador(6)).sum().item())
    assert somas[0] > somas[1] > entropia + 0.1
    assert somas[2] == pytest.approx(entropia, rel=0.01)


def test_por_degrau_estima_a_mesma_soma() -> None:
    agenda = agenda_do_log_snr(200, 5.0, -9.0)
    indices = torch.multinomial(LEI, 4 * 1000, replacement=True, generator=gerador(5)).reshape(-1, 1, 2, 2)
    partes = EncoderFixo(agenda), DecoderDaDifusao(preditor_de_bayes(agenda), agenda), indices.float() - 1
    todos, alguns = (termos_do_limite(*partes, gerador(7), por_degrau=n).sum() for n in (None, 50))
    assert_close(alguns, todos, rtol=0.03, atol=0)


@pytest.mark.parametrize("parte", [EncoderAprendido, DecoderDoVAE])
def test_vae_nao_tem_segundo_degrau(parte: type) -> None:
    vae = VAE(MLP(4, (4,), 2), MLP(1, (4,), 4), latentes=1)
    z = torch.zeros(1, 1)
    with pytest.raises(ValueError, match="um degrau só"):
        if parte is EncoderAprendido:
            EncoderAprendido(vae).posteriori(torch.zeros(1, 4), z, 2)
        else:
            DecoderDoVAE(vae, reconstrucao_categorica).passo(z, 2)


def test_log_snr_desce_em_linha_reta() -> None:
    agenda = agenda_do_log_snr(50, 4.0, -8.0)
    assert_close(agenda.snr[1:].log(), torch.linspace(4, -8, 50, dtype=torch.float64))
    with pytest.raises(ValueError, match="descesse"):
        agenda_do_log_snr(50, -8.0, 4.0)


def test_rede_em_zero_e_a_regra_de_bayes() -> None:
    agenda = agenda_do_log_snr(10, 3.0, -5.0)
    x_t, t = torch.randn(7, 1, 2, 2, generator=gerador(8)), torch.arange(1, 8)
    ab = agenda.alfa_barra[t].float()[:, None, None, None]
    verossimilhancas = [torch.exp(-((x_t - ab.sqrt() * n) ** 2) / (2 * (1 - ab))) for n in (-1.0, 0.0, 1.0)]
    juntas = torch.stack([p * v for p, v in zip(LEI, verossimilhancas, strict=True)])
    certo = (juntas * torch.tensor([-1.0, 0.0, 1.0])[:, None, None, None, None]).sum(0) / juntas.sum(0)
    rede = preditor_de_bayes(agenda)
    assert_close(rede.prever_x0(x_t, t), certo, rtol=1e-4, atol=1e-5)
    assert_close(x0_do_ruido(x_t, rede(x_t, t), t, agenda), certo, rtol=1e-3, atol=1e-4)


def test_com_peso_snr_e_a_loss_simple() -> None:
    agenda = agenda_do_log_snr(10, 3.0, -5.0)
    rede, x, t = preditor_qualquer(agenda), niveis_aleatorios(10, 5, (1, 4, 4)), torch.arange(1, 11)
    eps = torch.randn(x.shape, generator=gerador(9))
    snr = torch.cat([torch.zeros(1, dtype=torch.float64), agenda.snr[1:]])
    assert_close(erro_em_x0(rede, x, t, eps, agenda, snr), perda_simples(rede, x, t, eps, agenda), rtol=1e-3, atol=1e-4)


def test_pesos_do_limite_sao_os_da_kl_do_degrau() -> None:
    agenda = agenda_do_log_snr(8, 3.0, -5.0)
    rede, x = preditor_qualquer(agenda), niveis_aleatorios(9, 5, (1, 4, 4))
    encoder, decoder, pesos = EncoderFixo(agenda), DecoderDaDifusao(rede, agenda), pesos_do_limite(agenda)
    for passo in range(2, 9):
        t, eps = torch.full((9,), passo), torch.randn(x.shape, generator=gerador(passo))
        z_t = difundir(x, t, eps, agenda)
        kl = kl_diagonal(encoder.posteriori(x, z_t, passo), decoder.passo(z_t, passo))
        assert_close(erro_em_x0(rede, x, t, eps, agenda, pesos) / agenda.T, kl, rtol=1e-3, atol=1e-5)
    assert pesos[0] == 0 and pesos[1] == pesos[2]
    razao = pesos[2:] / agenda.snr[2:]  # com λ em linha reta, a mesma para todo t
    assert_close(razao, torch.full_like(razao, agenda.T / 2 * (math.exp(8 / 7) - 1)))
    with pytest.raises(ValueError, match="T ≥ 2"):
        pesos_do_limite(agenda_de_betas(torch.tensor([0.5])))


def test_surpresa_em_x0_em_t_1_e_a_reconstrucao() -> None:
    agenda = agenda_do_log_snr(6, 3.0, -6.0)
    rede, x = preditor_qualquer(agenda), niveis_aleatorios(5, 5, (1, 4, 4))
    eps, t = torch.randn(x.shape, generator=gerador(11)), torch.ones(5, dtype=torch.long)
    z_1 = difundir(x, t, eps, agenda)
    assert_close(surpresa_em_x0(rede, x, t, eps, agenda), DecoderDaDifusao(rede, agenda).surpresa(z_1, x))


def test_a_rede_densa_comeca_sem_dizer_nada_e_ve_o_instante() -> None:
    x_t = torch.randn(2, 1, 4, 4, generator=gerador(12))
    rede = RedeDensa((1, 4, 4), 5, largura=16)
    saida = rede(x_t, torch.tensor([1, 900]))
    assert saida.shape == (2, 5, 4, 4) and saida.std() < 1e-6
    outra = preditor_qualquer(agenda_do_log_snr(1000)).rede
    assert not torch.allclose(outra(x_t[:1], torch.tensor([1])), outra(x_t[:1], torch.tensor([900])))

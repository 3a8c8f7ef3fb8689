"""StyleGAN2: cada camada contra uma conta independente."""

import math

import pytest
import torch
import torch.nn.functional as F

from aulas_lib.ambiente import gerador, semear
from aulas_lib.modelos.caminho import PenalidadeDoCaminho, comprimentos
from aulas_lib.modelos.discriminador_stylegan import BlocoResidual, DiscriminadorStyleGAN2
from aulas_lib.modelos.stylegan import (
    ConvModulada,
    GeradorStyleGAN2,
    Mapeamento,
    misturar,
    suavizar,
)
from aulas_lib.modelos.taxa_igualada import ConvIgualada, DesvioDoLote, LinearIgualada


def sorteio(*forma: int) -> torch.Tensor:
    return torch.randn(forma, generator=gerador(1))


@pytest.mark.parametrize("demodular", [True, False])
def test_pesos_modulados_contra_a_formula(demodular: bool) -> None:
    """Um núcleo por exemplo, escrito por extenso: w' = s w, w'' = w' / √(Σ w'²)."""
    semear(0)
    camada, x, w = ConvModulada(4, 5, 6, 3, demodular), sorteio(3, 4, 7, 7), sorteio(3, 6)
    vies = torch.nn.init.normal_(camada.bias)
    y, s = camada(x, w), camada.estilo(w)
    for b in range(3):
        peso = camada.weight / math.sqrt(4 * 9) * s[b][None, :, None, None]
        if demodular:
            peso = torch.stack([p / (p.square().sum() + 1e-8).sqrt() for p in peso])
            assert peso.square().sum(dim=(1, 2, 3)).detach() == pytest.approx(torch.ones(5), abs=1e-4)
        torch.testing.assert_close(y[b], F.conv2d(x[b : b + 1], peso, vies, padding=1)[0], atol=1e-5, rtol=1e-4)


def test_ampliar_e_uma_convolucao_transposta_e_um_filtro() -> None:
    """Um núcleo por exemplo, aplicado à imagem com zeros entre os pixels; depois, [1, 2, 1]/4 nas duas direções."""
    semear(0)
    camada, x, w = ConvModulada(4, 5, 6, ampliar=True), sorteio(3, 4, 6, 6), sorteio(3, 6)
    y, s = camada(x, w), camada.estilo(w)
    assert y.shape == (3, 5, 12, 12)
    filtro = torch.tensor([1.0, 2.0, 1.0]) / 4
    filtro = (filtro[:, None] * filtro).expand(5, 1, 3, 3)
    for b in range(3):
        peso = camada.weight / math.sqrt(4 * 16) * s[b][None, :, None, None]
        peso = 2 * torch.stack([p / (p.square().sum() + 1e-8).sqrt() for p in peso])
        espacado = torch.zeros(1, 4, 12, 12)
        espacado[..., ::2, ::2] = x[b]
        cru = F.conv2d(F.pad(espacado, (2, 1, 2, 1)), peso.flip(2, 3))  # convolução, e não correlação
        torch.testing.assert_close(y[b, :, 1:-1, 1:-1], F.conv2d(cru, filtro, groups=5)[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(suavizar(torch.full((1, 2, 4, 4), 3.0)), torch.full((1, 2, 4, 4), 3.0))  # a borda também


def test_taxa_igualada() -> None:
    """Na partida a saída tem variância 1, e a camada é linear com os pesos divididos por √entrada."""
    semear(0)
    densa, conv = LinearIgualada(400, 300, taxa=0.01), ConvIgualada(50, 60)
    x, mapa = sorteio(200, 400), sorteio(2, 50, 9, 9)
    assert densa(x).var().item() == pytest.approx(1, abs=0.1)
    torch.testing.assert_close(densa(x), x @ (0.01 * densa.weight / 20).T, atol=1e-4, rtol=1e-4)
    assert conv(mapa)[..., 1:-1, 1:-1].var().item() == pytest.approx(1, abs=0.1)
    torch.testing.assert_close(conv(mapa), F.conv2d(mapa, conv.weight / math.sqrt(450), padding=1))


def test_o_mapeamento_so_ve_a_direcao_de_z() -> None:
    semear(0)
    rede, z = Mapeamento(8, 5), sorteio(4, 8)
    torch.testing.assert_close(rede(3 * z), rede(z), atol=1e-4, rtol=1e-4)
    assert rede(z).shape == (4, 5)


def test_desvio_do_lote_a_mao() -> None:
    x = sorteio(6, 2, 3, 3)
    junto = DesvioDoLote(grupo=3)(x)
    assert torch.equal(junto[:, :2], x)
    for i in range(6):
        grupo = x[i % 2 :: 2]  # os grupos são intercalados
        esperado = ((grupo - grupo.mean(dim=0)).square().mean(dim=0) + 1e-8).sqrt().mean()
        torch.testing.assert_close(junto[i, 2], esperado.expand(3, 3))
    assert DesvioDoLote()(x[:1].expand(4, -1, -1, -1))[:, 2].max() < 1e-3  # imagens iguais se denunciam


def test_um_w_por_camada_e_as_formas() -> None:
    semear(0)
    rede, z = GeradorStyleGAN2(3, 16, (8, 8, 4), latentes=6, estilo=5).eval(), sorteio(2, 6)
    x = rede(z)
    assert x.shape == (2, 3, 16, 16) and rede.niveis == 5
    w = rede.mapeamento(z)
    torch.testing.assert_close(rede.sintetizar(w[:, None].repeat(1, 5, 1)), x)  # a força do ruído começa em zero
    muitos = rede.mapeamento(torch.randn(500, 6, generator=gerador(3)))
    torch.testing.assert_close(rede.centro(500, gerador(3)), muitos.mean(dim=0))
    misto = w[:, None].repeat(1, 5, 1)
    misto[0, 3:] = w[1]
    mistas = rede.sintetizar(misto)
    torch.testing.assert_close(mistas[1], x[1], atol=1e-5, rtol=1e-4)
    assert (mistas[0] - x[0]).abs().max() > 0.01
    assert DiscriminadorStyleGAN2(3, 16, (4, 8))(x).shape == (2, 1)
    with pytest.raises(ValueError, match="e não a 32"):
        GeradorStyleGAN2(3, 32, (8, 8, 4))


def test_comprimento_do_caminho_contra_o_jacobiano() -> None:
    semear(0)
    rede = GeradorStyleGAN2(3, 8, (4, 4), latentes=6, estilo=5)
    w = sorteio(2, 5)
    obtido = comprimentos(rede, w, gerador(7))
    assert not w.requires_grad  # o de quem chamou fica como estava
    y = torch.randn(2, 3, 8, 8, generator=gerador(7)) / 8
    for b in range(2):
        j = torch.autograd.functional.jacobian(lambda v: rede.sintetizar(v[None])[0].flatten(), w[b])  # (192, 5)
        torch.testing.assert_close(obtido[b], (j.T @ y[b].flatten()).norm(), atol=1e-5, rtol=1e-3)
    obtido.sum().backward()
    assert rede.camadas[1].conv.weight.grad.abs().max() > 0


def test_penalidade_do_caminho_mede_a_distancia_a_media_movel() -> None:
    semear(0)
    rede, penalidade = GeradorStyleGAN2(3, 8, (4, 4), latentes=6, estilo=5), PenalidadeDoCaminho(2.0, 0.25)
    z = sorteio(4, 6)
    a = None
    for _ in range(3):
        semear(3)
        medidos = comprimentos(rede, rede.mapeamento(z))
        semear(3)
        a = medidos.mean() if a is None else 0.75 * a + 0.25 * medidos.mean()
        torch.testing.assert_close(penalidade(rede, z), 2 * (medidos - a).square())
    assert penalidade.state_dict()["a"] == pytest.approx(a.item())  # viaja no ponto de retomada
    penalidade(rede, z).sum().backward()
    assert rede.mapeamento.camadas[0].weight.grad.abs().max() > 0


def test_mistura_troca_o_estilo_a_partir_do_corte() -> None:
    w, outro = sorteio(3, 5), sorteio(6, 5)[3:]
    misto = misturar(w, outro, torch.tensor([0, 2, 4]), 4)
    for b, corte in enumerate((0, 2, 4)):
        torch.testing.assert_close(misto[b], torch.stack([w[b]] * corte + [outro[b]] * (4 - corte)))


def test_mistura_so_no_treino_e_na_fracao_pedida() -> None:
    """Sem ruído (a força começa em zero), a imagem com dois estilos difere da que só tem o primeiro."""
    semear(0)
    rede, z = GeradorStyleGAN2(3, 8, (4, 4), latentes=6, estilo=5, mistura=0.6), sorteio(400, 6)
    simples = rede.eval()(z)
    assert torch.equal(simples, rede.sintetizar(rede.mapeamento(z)))
    mudou = (rede.train()(z) - simples).flatten(1).abs().amax(dim=1) > 1e-6
    assert 0.5 < mudou.float().mean() < 0.7


def test_bloco_residual_soma_o_atalho_e_divide_por_raiz_de_dois() -> None:
    semear(0)
    bloco, x = BlocoResidual(3, 5), sorteio(2, 3, 8, 8)
    y = bloco(x)
    with torch.no_grad():
        bloco.atalho.weight.zero_()
        so_convolucoes = bloco(x)
    atalho = BlocoResidual(3, 5)
    for conv in (atalho.conv2.weight, atalho.conv2.bias):
        torch.nn.init.zeros_(conv)
    semear(0)
    atalho.atalho.load_state_dict(BlocoResidual(3, 5).atalho.state_dict())
    esperado = F.conv2d(F.avg_pool2d(x, 2), atalho.atalho.weight) / math.sqrt(2)
    torch.testing.assert_close(atalho(x), esperado)
    torch.testing.assert_close(y, so_convolucoes + esperado)


@pytest.mark.parametrize("residual", [False, True])
def test_discriminador_ve_a_falta_de_variedade_do_grupo(residual: bool) -> None:
    """A nota de uma imagem muda se as outras do grupo são cópias dela."""
    semear(0)
    rede_d, x = DiscriminadorStyleGAN2(3, 16, (4, 8), residual=residual), sorteio(4, 3, 16, 16)
    assert (rede_d(x)[0] - rede_d(x[:1].expand(4, -1, -1, -1))[0]).abs() > 1e-4

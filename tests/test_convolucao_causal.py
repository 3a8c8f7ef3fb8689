"""Convolução mascarada: soma um, vê exatamente o passado, e aprende a lei de pixels independentes no início."""

import pytest
import torch
from torch.testing import assert_close

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao import nats_independentes
from aulas_lib.dados.imagens import digitos
from aulas_lib.modelos import autorregressivo as fvbn
from aulas_lib.modelos import convolucao_causal as conv
from aulas_lib.modelos.mascaras import campo_receptivo
from aulas_lib.modelos.reconstrucao import niveis_de


def sorteada(forma=(1, 3, 4), niveis=2, semente=0) -> conv.ConvolucaoCausal:
    modelo, g = conv.ConvolucaoCausal(forma, niveis, canais=8, blocos=2), gerador(semente)
    with torch.no_grad():
        for w in modelo.parameters():
            w.copy_(0.4 * torch.randn(w.shape, generator=g))
    return modelo.eval()


def todas(forma=(1, 3, 4)) -> torch.Tensor:
    bits = torch.Size(forma).numel()
    numeros = torch.arange(2**bits).unsqueeze(1)
    return (numeros >> torch.arange(bits) & 1).float().view(-1, *forma) * 2 - 1


def soma(modelo) -> float:
    return fvbn.log_prob(modelo, todas()).double().exp().sum().item()


def test_a_probabilidade_de_todas_as_imagens_soma_um():
    modelo = sorteada()
    assert fvbn.log_prob(modelo, todas()).std() > 0.5
    assert_close(soma(modelo), 1.0, atol=1e-5, rtol=0)


@pytest.mark.parametrize("camada", ["primeira", "outra"])
def test_mascara_errada_nao_soma_um(camada):
    """A em vez de B na primeira camada vê o próprio pixel; um filtro adiantado em outra vê o seguinte."""
    modelo = sorteada()
    alvo = modelo.entrada if camada == "primeira" else modelo.blocos[0].conv
    largura = alvo.kernel_size[1]
    alvo.mascara[-1, largura // 2 + (camada == "outra")] = 1
    assert abs(soma(modelo) - 1) > 0.05


def test_cada_pixel_ve_todos_os_anteriores_e_so_eles():
    modelo, x = sorteada((1, 8, 8), 3), torch.rand(2, 1, 8, 8, generator=gerador(1)) * 2 - 1
    ve = torch.stack([campo_receptivo(modelo, x, i).flatten() > 0 for i in range(64)])
    assert torch.equal(ve, torch.ones(64, 64).tril(-1).bool())


def test_mudar_o_futuro_nao_muda_nada():
    """Sem gradientes: troca o valor de um pixel e compara os logits, bit a bit."""
    modelo, x = sorteada((1, 8, 8), 3), torch.rand(1, 1, 8, 8, generator=gerador(1)) * 2 - 1
    antes = modelo(x).flatten(2)
    for i in (0, 7, 8, 30, 63):
        outro = x.clone().flatten()
        outro[i] += 0.7
        depois = modelo(outro.view_as(x)).flatten(2)
        assert torch.equal(antes[:, :, : i + 1], depois[:, :, : i + 1])
        assert i == 63 or not torch.equal(antes[:, :, i + 1 :], depois[:, :, i + 1 :])


def test_mascaras_a_e_b_de_um_filtro_pequeno():
    assert conv.mascara_causal(2, 3, ve_a_si=False).tolist() == [[1, 1, 1], [1, 0, 0]]
    assert conv.mascara_causal(2, 3, ve_a_si=True).tolist() == [[1, 1, 1], [1, 1, 0]]


def test_conv_mascarada_e_a_soma_dos_vizinhos_anteriores():
    camada = conv.ConvMascarada(1, 1, 2, 3, ve_a_si=False)
    with torch.no_grad():
        camada.weight.fill_(1.0)
        camada.bias.zero_()
    x = torch.arange(1.0, 10).view(1, 1, 3, 3)
    esperado = torch.tensor(
        [[0.0, 1, 2], [1 + 2, 1 + 2 + 3 + 4, 2 + 3 + 5], [4 + 5, 4 + 5 + 6 + 7, 5 + 6 + 8]]
    )
    assert_close(camada(x)[0, 0].detach(), esperado)


def test_a_mascara_nao_encolhe_a_saida():
    """Um terço dos pesos morre; os vivos começam maiores, e a saída tem a escala da convolução inteira."""
    torch.manual_seed(0)
    x = torch.randn(4, 64, 20, 20, generator=gerador(5))
    inteira, mascarada = torch.nn.Conv2d(64, 64, (2, 3)), conv.ConvMascarada(64, 64, 2, 3, ve_a_si=False)
    assert_close(mascarada(x)[..., 2:, 2:-2].std(), inteira(x).std(), rtol=0.05, atol=0)


def test_comeca_na_lei_dos_pixels_independentes():
    dados = digitos()
    treino, teste = niveis_de(dados.treino.imagens, 17), dados.teste.imagens
    contagens = torch.nn.functional.one_hot(treino, 17).sum(0).permute(3, 0, 1, 2) + 1.0
    frequencia = contagens / contagens.sum(0) - 0.01  # a rede soma 0,01
    modelo = conv.ConvolucaoCausal((1, 8, 8), 17, frequencia=frequencia)
    nats = -fvbn.log_prob(modelo, teste).mean().item()
    assert_close(nats, nats_independentes(treino, niveis_de(teste, 17), 17), atol=1e-3, rtol=0)


def test_frequencias_do_sorteio_sao_as_probabilidades():
    modelo = sorteada((1, 2, 2))
    p = fvbn.log_prob(modelo, todas((1, 2, 2))).exp().detach()
    n = 20000
    amostras = fvbn.amostrar(modelo, n, gerador(4))
    codigo = ((amostras.flatten(1) > 0) * 2 ** torch.arange(4)).sum(1)
    frequencia = torch.bincount(codigo, minlength=16) / n
    assert (n * (frequencia - p) ** 2 / p).sum() < 45


def test_recusas_ensinam():
    with pytest.raises(ValueError, match="um só canal"):
        conv.ConvolucaoCausal((3, 8, 8), 17)
    with pytest.raises(ValueError, match="ímpar"):
        conv.ConvMascarada(1, 1, 2, 4, ve_a_si=True)
    with pytest.raises(ValueError, match=r"frequencia: chegou a forma \(2, 8, 8\)"):
        conv.ConvolucaoCausal((1, 8, 8), 2, frequencia=torch.ones(2, 8, 8))
    with pytest.raises(ValueError, match="pixel=64"):
        campo_receptivo(sorteada((1, 8, 8)), torch.zeros(1, 1, 8, 8), 64)

"""As peças pequenas rodam em "meta": nenhuma cria tensores em outro dispositivo nem lê valores no caminho."""

import torch

from aulas_lib.ambiente import semear
from aulas_lib.dados.aumento import aumentar, desfazer_contagem
from aulas_lib.dados.distribuicoes import LinearGaussiano
from aulas_lib.modelos import reconstrucao as leis
from aulas_lib.modelos.amostradores import chegar, instantes_igualados, passo_ddim, passo_ddpm, percorrer_dpm
from aulas_lib.modelos.autoencoder import Autoencoder, perda_autoencoder
from aulas_lib.modelos.difusao import agenda_linear, difundir, perda_simples, posteriori
from aulas_lib.modelos.gradientes import gradiente_escore, gradiente_reparametrizacao
from aulas_lib.modelos.latente import slerp
from aulas_lib.modelos.linear import vae_otimo
from aulas_lib.modelos.unet import UNet
from aulas_lib.modelos.velocidade import PreditorDeVelocidade, perda_da_velocidade
from aulas_lib.redes import MLP, SaidaDeNiveis


def vazio(*forma: int) -> torch.Tensor:
    return torch.empty(*forma, device="meta")


def confere(tensor: torch.Tensor, *forma: int) -> None:
    assert tensor.is_meta and tensor.shape == forma


def test_saida_de_niveis() -> None:
    with torch.device("meta"):
        camada = SaidaDeNiveis(5, torch.empty(17, 1, 8, 8))
    confere(camada(vazio(3, 5)), 3, 17, 1, 8, 8)


def test_autoencoder_e_perda() -> None:
    with torch.device("meta"):
        modelo = Autoencoder(MLP(64, (16,), 2), MLP(2, (16,), (1, 8, 8)))
    perda = perda_autoencoder(modelo, vazio(3, 1, 8, 8))
    confere(perda, 3)
    perda.mean().backward()
    assert all(p.grad.is_meta for p in modelo.parameters())


def test_medias_e_amostras_das_leis() -> None:
    for calculo in (leis.media_bernoulli, leis.amostra_bernoulli, leis.amostra_gaussiana):
        confere(calculo(vazio(3, 1, 8, 8)), 3, 1, 8, 8)
    for calculo in (leis.media_categorica, leis.amostra_categorica):
        confere(calculo(vazio(3, 17, 1, 8, 8)), 3, 1, 8, 8)


def test_vae_linear_otimo() -> None:
    semear(0)
    lei = LinearGaussiano(torch.randn(5, 2), torch.randn(5), 0.3)
    vae = vae_otimo(lei).to("meta")
    saida = vae(vazio(4, 5))
    confere(saida.params, 4, 5)
    confere(saida.mu, 4, 2)


def test_estimadores_do_gradiente() -> None:
    for estimador in (gradiente_reparametrizacao, gradiente_escore):
        confere(estimador(lambda z: z.square().sum(1), vazio(2), vazio(2), 6), 6, 2)


def test_caminho_no_espaco_latente() -> None:
    """`amostrar_gaussiana_ajustada` fica de fora: `torch.cov` lê os valores e não existe em "meta"."""
    confere(slerp(vazio(7, 3), vazio(7, 3), 0.4), 7, 3)


def test_aumento_dos_digitos() -> None:
    confere(desfazer_contagem(vazio(3, 1, 8, 8)), 3, 1, 32, 32)
    confere(aumentar(vazio(3, 1, 8, 8), 2), 6, 1, 8, 8)


def test_difusao_e_um_passo_de_cada_amostrador() -> None:
    """As tabelas da agenda moram na CPU; o que sai fica onde está x."""
    agenda, t = agenda_linear(20), torch.full((3,), 7)
    x, z = vazio(3, 2, 4, 4), vazio(3, 2, 4, 4)
    for onde in (t, t.to("meta")):
        confere(difundir(x, onde, z, agenda), 3, 2, 4, 4)
        media, variancia = posteriori(x, z, onde, agenda)
        confere(media, 3, 2, 4, 4)
        confere(variancia, 3, 1, 1, 1)
        confere(passo_ddpm(x, z, onde, z, agenda, agenda.betas), 3, 2, 4, 4)
    confere(passo_ddim(x, z, t, t - 3, z, agenda, 0.5), 3, 2, 4, 4)
    confere(perda_simples(lambda x, t: x, x, t, z, agenda), 3)
    confere(perda_da_velocidade(lambda x, t: x, x, t, z, agenda), 3)
    instantes = instantes_igualados(agenda, 4)
    confere(chegar(percorrer_dpm(lambda x, t: x, x, agenda, instantes)), 3, 2, 4, 4)
    with torch.device("meta"):
        rede = PreditorDeVelocidade(UNet(3, 16, (32, 32), condicao=4), agenda)
    confere(rede(vazio(2, 3, 16, 16), t[:2].to("meta"), vazio(2, 4)), 2, 3, 16, 16)

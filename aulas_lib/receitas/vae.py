"""O VAE convolucional das carinhas (e do MNIST, com `--dados mnist`)."""

from functools import partial

import torch
from torch import Tensor, nn

from aulas_lib.ambiente import gerador, virgula
from aulas_lib.avaliacao import N_FRECHET
from aulas_lib.avaliacao.edicao import codigos, decodificar, oculos_por_chapeu
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.modelos.gan import imagens_de
from aulas_lib.modelos.reconstrucao import reconstrucao_gaussiana
from aulas_lib.modelos.vae import VAE, perda_elbo
from aulas_lib.receitas.base import Receita, precisao_da_receita, so_carinhas
from aulas_lib.receitas.dcgan import texto_das_medidas
from aulas_lib.receitas.sonda import carregar_sonda
from aulas_lib.redes import DecoderConv, EncoderConv
from aulas_lib.treino import Treino, cosseno

PASSOS, PASSOS_LONGO = 6_000, 66_000
VARIANCIA_VAE = 0.05  # variância de cada pixel do decoder, em pixels de [−1, 1]


def criar_vae(conjunto: ConjuntoImagens, latentes: int = 64) -> VAE:
    """VAE convolucional para imagens do tamanho das do conjunto (lado múltiplo de 4)."""
    canais, tamanho = conjunto.niveis.shape[1], conjunto.niveis.shape[2]
    return VAE(
        EncoderConv(canais, tamanho, (24, 48), 192, 2 * latentes),
        DecoderConv(latentes, tamanho, (48, 24), 192, canais),
        latentes,
    )


def treinar_vae(
    modelo: nn.Module, conjunto: ConjuntoImagens, semente: int, passos: int = PASSOS, media: float = 0.995
) -> Treino:
    """Decoder gaussiano com variância fixa, somas sobre pixels e latentes, β = 1."""
    perda = partial(perda_elbo, reconstrucao=partial(reconstrucao_gaussiana, variancia=VARIANCIA_VAE))
    x = conjunto.imagens.to(next(modelo.parameters()).device)
    return Treino(
        modelo, perda, x, passos=passos, lote=64, lr=2e-3, agenda=cosseno, recorte=500.0,
        media=media, precisao=precisao_da_receita(modelo), semente=semente,
    )  # fmt: skip


def medir_vae(modelo: nn.Module, conjunto: ConjuntoImagens) -> dict[str, str]:
    """−ELBO e erro de reconstrução no teste; nas carinhas, também a edição "− óculos + chapéu"."""
    reconstrucao = partial(reconstrucao_gaussiana, variancia=VARIANCIA_VAE)
    sorteio = gerador(0)
    with torch.no_grad():
        partes = [perda_elbo(modelo, x, reconstrucao, sorteio)["perda"] for x in conjunto.imagens.split(500)]
    erro = (decodificar(modelo, codigos(modelo, conjunto.imagens)) - conjunto.imagens).square().mean().item()
    metrica = f"−ELBO {virgula(torch.cat(partes).mean().item(), 1)} nats; erro quadrático {virgula(erro, 4)}"
    return {"metrica": metrica} | (medir_oculos_por_chapeu(modelo) if "oculos" in conjunto.esquema else {})


def medir_oculos_por_chapeu(modelo: nn.Module) -> dict[str, str]:
    """A edição "− óculos + chapéu" em 8000 rostos novos, julgada pela sonda do curso; imprime a tabela."""
    fixos = {"oculos": "com", "chapeu": "sem"}
    escolha, julgados = carinhas(4_000, semente=2, fixos=fixos), carinhas(8_000, semente=3, fixos=fixos)
    forca, edicao = oculos_por_chapeu(modelo, carregar_sonda(), carinhas(20_000), escolha, julgados)
    print(f"− óculos + chapéu, com força {virgula(forca)} (escolhida em outros rostos)\n{edicao}")
    chapeu, oculos = edicao.linhas["chapeu"].edicao, 1 - edicao.linhas["oculos"].edicao
    texto = (
        f"− óculos + chapéu em {edicao.n} rostos novos: chapéu {virgula(100 * chapeu, 1)} %, "
        f"óculos {virgula(100 * oculos, 1)} %, maior perda nos outros {virgula(edicao.maior_perda, 1)} pontos"
    )
    return {"edicao": texto, "forca": str(forca)}


def gerar_vae(modelo: VAE, n: int, semente: int) -> Tensor:
    """n imagens, a média do decoder em z ~ N(0, I): forma (n, C, H, W)."""
    z = torch.randn(n, modelo.latentes, generator=gerador(semente))
    return imagens_de(modelo.decodificar, z).clamp(-1, 1)


@so_carinhas
def medir_geradas(modelo: nn.Module, conjunto: ConjuntoImagens) -> dict[str, str]:
    """As medidas da DCGAN, nas imagens que o VAE gera (só carinhas)."""
    return {"metrica": texto_das_medidas(gerar_vae(modelo, N_FRECHET, 2), conjunto)}


RECEITA = Receita("VAE convolucional", criar_vae, treinar_vae, medir_vae)
LONGO = Receita(
    "VAE com o tempo da DCGAN longa", criar_vae, partial(treinar_vae, passos=PASSOS_LONGO), medir_geradas
)

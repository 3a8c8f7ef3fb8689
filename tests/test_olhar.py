"""O olhar sem rótulos: concorda com a sonda, que os viu, e enxerga o que estraga uma imagem."""

import pytest
import torch
import torch.nn.functional as F
from scipy.stats import spearmanr
from torch import Tensor

from aulas_lib.ambiente import gerador, semear
from aulas_lib.avaliacao import distancia_frechet
from aulas_lib.avaliacao.olhar import Olhar
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.receitas import carregar
from aulas_lib.receitas.arvore import RAMOS
from aulas_lib.receitas.confronto import da_gan
from aulas_lib.receitas.medidas import ler_tabela
from aulas_lib.receitas.vae import gerar_vae

N = 320


@pytest.fixture(scope="module")
def treino() -> Tensor:
    return carinhas(2 * N, semente=0, cache=False).imagens


@pytest.fixture(scope="module")
def reais() -> tuple[Tensor, Tensor]:
    novas = carinhas(2 * N, semente=1, cache=False).imagens
    return novas[:N], novas[N:]


@pytest.fixture(scope="module")
def olhar(treino: Tensor) -> Olhar:
    return Olhar(treino)


def test_ordena_os_geradores_do_curso_como_a_sonda(olhar: Olhar, reais: tuple[Tensor, Tensor]) -> None:
    da_sonda = {um["modelo"]: um["frechet"] for um in ler_tabela("arvore") + ler_tabela("confronto")}
    semear(0)  # do ruído da StyleGAN2
    geradas = {ramo.titulo: da_gan(nome, carregar(nome), N, 0) for nome, ramo in RAMOS.items()}
    geradas["VAE longo"] = gerar_vae(carregar("vae_longo"), N, 0)
    referencia = olhar.extrair(reais[0])
    do_olhar = {nome: distancia_frechet(referencia, olhar.extrair(x), N) for nome, x in geradas.items()}
    assert len(do_olhar) == 8
    assert spearmanr([da_sonda[nome] for nome in do_olhar], list(do_olhar.values())).statistic >= 0.8


def borrar(x: Tensor) -> Tensor:
    return F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)


def com_ruido(x: Tensor) -> Tensor:
    return x + 0.1 * torch.randn(x.shape, generator=gerador(0))


def so_um_decimo(x: Tensor) -> Tensor:
    return x[: len(x) // 10].repeat(10, 1, 1, 1)


@pytest.mark.parametrize(("estragar", "vezes"), [(borrar, 8), (com_ruido, 1.5), (so_um_decimo, 3)])
def test_enxerga_o_que_estraga(estragar, vezes: float, olhar: Olhar, reais: tuple[Tensor, Tensor]) -> None:
    referencia, outras = olhar.extrair(reais[0]), reais[1]
    piso = distancia_frechet(referencia, olhar.extrair(outras), N)
    assert distancia_frechet(referencia, olhar.extrair(estragar(outras)), N) > vezes * piso


def test_caracteristicas_do_treino_sao_centradas_e_sem_correlacao(olhar: Olhar, treino: Tensor) -> None:
    f = olhar.extrair(treino)
    covariancia = torch.cov(f.T)
    assert f.shape == (2 * N, 32) and f.dtype == torch.float64
    torch.testing.assert_close(f.mean(dim=0), torch.zeros(32, dtype=torch.float64), atol=1e-4, rtol=0)
    torch.testing.assert_close(covariancia, covariancia.diag().diag(), atol=1e-4, rtol=0)
    assert covariancia.trace().item() == pytest.approx(32, rel=1e-4)


def test_mesma_semente_mesmo_olhar(olhar: Olhar, treino: Tensor) -> None:
    torch.manual_seed(123)  # o gerador padrão não conta
    assert torch.equal(olhar.extrair(treino[:5]), Olhar(treino).extrair(treino[:5]))
    assert not torch.allclose(olhar.extrair(treino[:5]), Olhar(treino, semente=1).extrair(treino[:5]))


def test_serve_a_imagens_pequenas_de_um_canal_e_a_imagens_iguais(treino: Tensor) -> None:
    pequenas = F.avg_pool2d(treino[:60, :1], 4)
    assert Olhar(pequenas).extrair(pequenas).isfinite().all()
    iguais = torch.full((60, 1, 8, 8), 0.3)
    assert Olhar(iguais).extrair(iguais).isfinite().all()


def test_recusa_o_que_nao_serve(olhar: Olhar, treino: Tensor) -> None:
    with pytest.raises(ValueError, match="esperava mais que F"):
        Olhar(treino[:32])
    with pytest.raises(ValueError, match="lado ≥ 8"):
        Olhar(treino[:, :, :7, :7])
    with pytest.raises(ValueError, match=r"esperava \(N, 3, 32, 32\)"):
        olhar.extrair(treino[:, :1])

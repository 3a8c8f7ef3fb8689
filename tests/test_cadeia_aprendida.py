"""A cadeia aprendida contra a forma fechada: o conserto exato de uma gaussiana, e a cadeia que ele define."""

import math
from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from aulas_lib.ambiente import gerador, semear
from aulas_lib.avaliacao.modas import modas_cobertas
from aulas_lib.dados.distribuicoes import anel_de_oito
from aulas_lib.modelos.cadeia_aprendida import Conserto, caminhar, consertar, passo_da_cadeia, perda_denoising
from aulas_lib.redes import MLP
from aulas_lib.treino import Treino


class ConsertoExato(nn.Module):
    """p(x|x̃) exato quando p(x) = N(m, s²) em cada eixo: média m + k (x̃ − m), variância k σ², k = s²/(s² + σ²)."""

    def __init__(self, m: float, s2: float, sigma: float, componentes: int = 1) -> None:
        super().__init__()
        self.m, self.k, self.sigma, self.componentes = m, s2 / (s2 + sigma**2), sigma, componentes

    def forward(self, x_til: Tensor) -> Tensor:
        mu = self.m + self.k * (x_til - self.m)
        logvar = torch.full_like(mu, math.log(self.k * self.sigma**2))
        uma = torch.cat([torch.zeros_like(mu[:, :1]), mu, logvar], dim=1)
        return uma[:, None].expand(-1, self.componentes, -1)


class Constante(nn.Module):
    def __init__(self, saida: Tensor) -> None:
        super().__init__()
        self.saida = nn.Parameter(saida)

    def forward(self, x: Tensor) -> Tensor:
        return self.saida.expand(len(x), *self.saida.shape)


def sorteado(b: int, k: int, d: int) -> tuple[Conserto, MixtureSameFamily]:
    g = gerador(0)
    peso, mu, logvar = (torch.randn(*f, generator=g, dtype=torch.float64) for f in ((b, k), (b, k, d), (b, k, d)))
    normais = Independent(Normal(mu, (logvar / 2).exp()), 1)
    return Conserto(peso.log_softmax(1), mu, logvar), MixtureSameFamily(Categorical(logits=peso), normais)


def test_log_prob_do_conserto_e_a_do_torch() -> None:
    conserto, oraculo = sorteado(5, 3, 4)
    x = torch.randn(5, 4, generator=gerador(1), dtype=torch.float64)
    torch.testing.assert_close(conserto.log_prob(x), oraculo.log_prob(x))


def test_amostras_do_conserto_tem_os_momentos_da_mistura() -> None:
    conserto, oraculo = sorteado(1, 3, 2)
    muitos = Conserto(*(parte.expand(60_000, *parte.shape[1:]) for parte in conserto))
    x = muitos.amostrar(gerador(2))
    torch.testing.assert_close(x.mean(0), oraculo.mean[0], atol=0.03, rtol=0)
    torch.testing.assert_close(x.var(0), oraculo.variance[0], atol=0.06, rtol=0.02)


def test_a_rede_da_pesos_medias_e_log_variancias_nesta_ordem() -> None:
    saida = torch.tensor([[0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 5.0, 6.0, 7.0, -50.0]])
    conserto = consertar(Constante(saida), torch.zeros(2, 2))
    torch.testing.assert_close(conserto.log_pi, torch.full((2, 2), math.log(0.5)))
    torch.testing.assert_close(conserto.mu[0], torch.tensor([[1.0, 2.0], [5.0, 6.0]]))
    torch.testing.assert_close(conserto.logvar[0], torch.tensor([[3.0, 4.0], [4.0, -8.0]]))  # 7 e −50 são segurados


@pytest.mark.parametrize("componentes", [1, 3])
def test_a_perda_do_conserto_exato_e_a_entropia_condicional(componentes: int) -> None:
    """H(x|x̃) = ½ log(2πe k σ²) por eixo; nenhuma rede faz menos."""
    s2, sigma = 0.5, 0.8
    x0 = 1.0 + math.sqrt(s2) * torch.randn(100_000, 2, generator=gerador(3))
    exato = ConsertoExato(1.0, s2, sigma, componentes)
    entropia = 2 * 0.5 * math.log(2 * math.pi * math.e * exato.k * sigma**2)
    perda = perda_denoising(exato, x0, gerador(4), sigma=sigma).mean().item()
    assert perda == pytest.approx(entropia, abs=0.015)
    pior = perda_denoising(ConsertoExato(1.0, 2 * s2, sigma), x0, gerador(4), sigma=sigma).mean().item()
    assert pior > perda + 0.05


def test_a_lei_estacionaria_da_cadeia_exata_e_a_dos_dados() -> None:
    exato = ConsertoExato(1.0, 0.5, 0.8)
    x = caminhar(exato, 10 * torch.randn(20_000, 1, generator=gerador(5)), 40, 0.8, gerador(6))
    assert x.shape == (20_000, 41, 1)
    assert x[:, -1].mean().item() == pytest.approx(1.0, abs=0.02)
    assert x[:, -1].var().item() == pytest.approx(0.5, abs=0.02)


def test_gradiente_so_passa_pelo_conserto_cobrado() -> None:
    """Os recuos andam sem gradiente: a derivada é a de uma perda com x̃ dado."""
    semear(0)
    rede = MLP(2, (8,), (2, 5))
    x0 = torch.randn(6, 2, generator=gerador(7))
    perda_denoising(rede, x0, gerador(8), sigma=0.5, recuos=3).sum().backward()
    obtido = rede.camadas[1].weight.grad.clone()
    g, x = gerador(8), x0
    for _ in range(int(torch.randint(4, (), generator=g))):
        x = passo_da_cadeia(rede, x, 0.5, g).detach()
    x_til = x + 0.5 * torch.randn(6, 2, generator=g)
    rede.zero_grad()
    (-consertar(rede, x_til).log_prob(x0).sum()).backward()
    torch.testing.assert_close(obtido, rede.camadas[1].weight.grad)


def test_sem_recuos_o_estrago_e_sigma_vezes_o_ruido() -> None:
    visto = []

    class Espia(ConsertoExato):
        def forward(self, x_til: Tensor) -> Tensor:
            visto.append(x_til)
            return super().forward(x_til)

    x0 = torch.ones(4, 2)
    perda_denoising(Espia(0, 1, 0.3), x0, gerador(9), sigma=0.3)
    torch.testing.assert_close(visto[0], x0 + 0.3 * torch.randn(4, 2, generator=gerador(9)))
    assert len(visto) == 1


def test_aprende_o_anel_e_cobre_as_oito_modas() -> None:
    anel = anel_de_oito()
    semear(0)
    rede = MLP(2, (64, 64), (8, 5))
    perda = partial(perda_denoising, sigma=0.7, recuos=1)
    treino = Treino(rede, perda, anel.amostrar(2000, gerador(0)), passos=300, lote=256, lr=5e-3, media=0.98)
    for _ in treino:
        pass
    x = caminhar(treino.melhor_modelo.eval(), 3 * torch.randn(1000, 2, generator=gerador(1)), 30, 0.7, gerador(2))
    modas = modas_cobertas(x[:, -1], anel)
    assert modas.cobertas == 8 and modas.perto > 0.75
    assert modas_cobertas(x[:, 0], anel).perto < 0.1  # a partida é ruído


def test_serve_aos_64_pixels() -> None:
    rede = MLP(64, (16,), (3, 129))
    x = caminhar(rede, torch.randn(2, 64, generator=gerador(0)), 3, 0.5, gerador(1))
    assert x.shape == (2, 4, 64) and perda_denoising(rede, x[:, -1]).shape == (2,)
    with pytest.raises(ValueError, match="flatten"):
        caminhar(rede, torch.zeros(2, 1, 8, 8), 1, 0.5)


def test_cadeia_que_foge_diz_em_que_passo() -> None:
    class Empurra(ConsertoExato):
        def forward(self, x_til: Tensor) -> Tensor:
            return super().forward(10 * x_til)

    with pytest.raises(ValueError, match=r"fugiu no passo [3-9].*mais recuos"):
        caminhar(Empurra(0, 1, 0.1), torch.ones(2, 2), 50, 0.1, gerador(0))


def test_argumentos_que_nao_servem() -> None:
    x = torch.zeros(2, 2)
    with pytest.raises(ValueError, match="MLP\\(2, \\(128, 128\\), \\(8, 5\\)\\)"):
        perda_denoising(MLP(2, (4,), 2), x)
    with pytest.raises(ValueError, match="sigma positivo"):
        perda_denoising(MLP(2, (4,), (1, 5)), x, sigma=0.0)
    with pytest.raises(ValueError, match="passos=-1"):
        caminhar(MLP(2, (4,), (1, 5)), x, -1, 0.5)

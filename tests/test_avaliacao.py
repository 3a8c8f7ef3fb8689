"""Avaliação: cada medida contra uma forma fechada, uma conta à mão ou o torchmetrics."""

import math

import pytest
import torch
from torch import nn

from aulas_lib import compat
from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao import (
    Sonda,
    acertos,
    comparar,
    direcao,
    distancia_frechet,
    extrair,
    kid,
    media_em_lotes,
    perda_sonda,
    precisao_revocacao,
    prever,
    taxa_de_sucesso,
    unidades_ativas,
)

ESQUEMA = {"posição": ("coluna 10", "coluna 11", "coluna 18"), "cor": ("vermelha", "verde", "azul")}


def _normal(n, f, semente):
    return torch.randn(n, f, generator=gerador(semente), dtype=torch.float64)


def _brancas(x):
    """Transforma x (n, F) de modo que a média amostral seja 0 e a covariância amostral, I exatas."""
    x = x - x.mean(dim=0)
    return x @ torch.linalg.inv(torch.linalg.cholesky(torch.cov(x.T))).T


@pytest.fixture(scope="module")
def torchmetrics_imagem():
    compat.torchvision()  # conserta a instalação em que o torchmetrics não conseguiria importar o torchvision
    from torchmetrics.image import fid
    from torchmetrics.image import kid as kid_tm

    return fid, kid_tm


def _listras(n, semente):
    """Imagens com uma barra vertical de cor e coluna dadas pelos atributos."""
    g = gerador(semente)
    atributos = torch.stack([torch.randint(0, 3, (n,), generator=g) for _ in range(2)], dim=1)
    x = 0.2 * torch.rand(n, 3, 32, 32, generator=g) - 0.5
    for imagem, (posicao, cor) in zip(x, atributos.tolist(), strict=True):
        imagem[cor, 10:20, (10, 11, 18)[posicao]] += 1.0
    return x, atributos


# Sonda ------------------------------------------------------------------------------------------


def test_sonda_formas_e_tamanho():
    sonda = Sonda({f"a{i}": ("x", "y", "z") for i in range(12)})
    for lado in (8, 32, 64):
        x = torch.rand(2, 3, lado, lado) * 2 - 1
        assert sonda.caracteristicas(x).shape == (2, 64)
        assert {nome: tuple(l.shape) for nome, l in sonda(x).items()} == {f"a{i}": (2, 3) for i in range(12)}
    assert 2 * sum(p.numel() for p in sonda.parameters()) <= 1_000_000  # bytes em fp16


def test_sonda_no_dispositivo_meta():
    sonda = Sonda(ESQUEMA).to("meta")
    x = torch.empty(4, 3, 32, 32, device="meta")
    atributos = torch.zeros(4, 2, dtype=torch.long, device="meta")
    assert perda_sonda(sonda, x, atributos).shape == (4,)


def test_sonda_nao_depende_do_lote_nem_do_modo():
    sonda, x = Sonda(ESQUEMA), _listras(6, 0)[0]
    juntas = sonda.train().caracteristicas(x)
    sozinhas = torch.cat([sonda.eval().caracteristicas(xi[None]) for xi in x])
    torch.testing.assert_close(juntas, sozinhas)


def test_perda_da_sonda_sem_informacao_e_a_entropia():
    sonda = Sonda(ESQUEMA)
    nn.init.zeros_(sonda.saida.weight), nn.init.zeros_(sonda.saida.bias)
    x, atributos = _listras(5, 1)
    torch.testing.assert_close(perda_sonda(sonda, x, atributos), torch.full((5,), 2 * math.log(3)))


def test_sonda_aprende_uma_posicao_de_um_pixel():
    torch.manual_seed(0)
    sonda, (x, atributos) = Sonda(ESQUEMA, largura=8), _listras(512, 2)
    otimizador = torch.optim.AdamW(sonda.parameters(), 3e-3)
    for passo in range(40):
        i = torch.arange(64) + 64 * (passo % 6)
        otimizador.zero_grad()
        perda_sonda(sonda, x[i], atributos[i]).mean().backward()
        otimizador.step()
    taxas = acertos(sonda, x[384:], atributos[384:], lote=100)
    assert set(taxas) == set(ESQUEMA) and min(taxas.values()) > 0.98


def test_acertos_prever_e_extrair_concordam_com_a_rede():
    sonda, (x, _) = Sonda(ESQUEMA), _listras(7, 3)
    previstos = prever(sonda, x, lote=3)
    assert torch.equal(previstos[:, 1], sonda(x)["cor"].argmax(dim=1))
    torch.testing.assert_close(extrair(sonda, x, lote=2), sonda.caracteristicas(x).detach())
    assert not extrair(sonda, x).requires_grad
    trocados = previstos.clone()
    trocados[:2, 0] = (trocados[:2, 0] + 1) % 3
    assert acertos(sonda, x, trocados) == pytest.approx({"posição": 5 / 7, "cor": 1.0})


def test_sonda_erros():
    sonda = Sonda(ESQUEMA)
    for forma in ((2, 1, 32, 32), (2, 3, 33, 32), (2, 3, 4, 4), (3, 32, 32)):
        with pytest.raises(ValueError, match=r"imagens: chegou a forma"):
            sonda(torch.zeros(forma))
    with pytest.raises(ValueError, match=r"atributos: chegou a forma \(2, 3\); esperava \(2, 2\)"):
        perda_sonda(sonda, torch.zeros(2, 3, 32, 32), torch.zeros(2, 3, dtype=torch.long))
    with pytest.raises(ValueError, match="vazio"):
        extrair(sonda, torch.zeros(0, 3, 32, 32))
    with pytest.raises(ValueError, match="esquema"):
        Sonda({})
    with pytest.raises(ValueError, match="largura"):
        Sonda(ESQUEMA, largura=12)


# Fréchet ----------------------------------------------------------------------------------------


def test_frechet_forma_fechada():
    a, b = _brancas(_normal(300, 4, 0)), _brancas(_normal(300, 4, 1))
    m = torch.tensor([1.0, -2.0, 0.0, 0.5], dtype=torch.float64)
    sigma = torch.tensor([0.5, 2.0, 1.0, 3.0], dtype=torch.float64)
    esperada = m.square().sum() + (1 - sigma).square().sum()  # gaussianas com covariâncias diagonais
    assert distancia_frechet(a, m + sigma * b, n=300) == pytest.approx(esperada.item(), rel=1e-9)
    assert distancia_frechet(a, a, n=300) == pytest.approx(0, abs=1e-9)


def test_frechet_contra_torchmetrics(torchmetrics_imagem):
    fid, _ = torchmetrics_imagem
    mistura = _normal(6, 6, 5)
    a, b = _normal(500, 6, 2).exp() @ mistura, _normal(500, 6, 3).square() + 0.3
    identidade = nn.Identity()
    identidade.num_features = 6
    juiz = fid.FrechetInceptionDistance(feature=identidade)
    juiz.set_dtype(torch.float64)
    juiz.update(a, real=True), juiz.update(b, real=False)
    assert distancia_frechet(a, b, n=500) == pytest.approx(juiz.compute().item(), rel=1e-6)
    assert distancia_frechet(a, b, n=500) == pytest.approx(distancia_frechet(b, a, n=500), rel=1e-9)


def test_frechet_covariancia_degenerada_e_real():
    a, b = _normal(200, 5, 6), _normal(200, 5, 7)
    a[:, 0], b[:, 1] = 2.0, a[:, 2]  # uma característica constante: o produto tem autovalores nulos
    assert math.isfinite(distancia_frechet(a, b, n=200))


def test_frechet_usa_as_n_primeiras():
    a, b = _normal(300, 3, 8), _normal(300, 3, 9)
    assert distancia_frechet(a, b, n=100) == distancia_frechet(a[:100], b[:100], n=100)


def test_frechet_erros():
    a = _normal(100, 8, 0)
    with pytest.raises(ValueError, match="chegaram 100 linhas e a conta usa n = 4000"):
        distancia_frechet(a, a)
    with pytest.raises(ValueError, match="posto completo"):
        distancia_frechet(a, a, n=8)
    with pytest.raises(ValueError, match="mesmo F"):
        distancia_frechet(a, a[:, :4], n=100)
    for ruim in (a / 0 * 0, a.to(torch.complex64)):
        with pytest.raises(ValueError, match="complexos, infinitos ou NaN"):
            distancia_frechet(a, ruim, n=100)


# KID --------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Metric `Kernel Inception Distance`:UserWarning")
def test_kid_contra_torchmetrics(torchmetrics_imagem):
    _, kid_tm = torchmetrics_imagem
    a, b = _normal(700, 6, 0), 1.2 * _normal(700, 6, 1) + 0.1
    assert kid(a, b) == pytest.approx(kid_tm.poly_mmd(a, b).item(), rel=1e-9)
    identidade = nn.Identity()
    identidade.num_features = 6
    juiz = kid_tm.KernelInceptionDistance(feature=identidade, subsets=1, subset_size=700)
    juiz.set_dtype(torch.float64)
    juiz.update(a, real=True), juiz.update(b, real=False)
    assert kid(a, b) == pytest.approx(juiz.compute()[0].item(), rel=1e-6)


def test_kid_sem_vies():
    valores = [kid(_normal(40, 5, 2 * s), _normal(40, 5, 2 * s + 1)) for s in range(200)]
    media, erro = torch.tensor(valores).mean(), torch.tensor(valores).std() / 200**0.5
    assert abs(media) < 3 * erro and min(valores) < 0


def test_kid_tamanhos_diferentes_e_erro():
    a, b = _normal(3, 2, 0), _normal(2, 2, 1)

    def k(u, v):
        return ((u @ v).item() / 2 + 1) ** 3

    dentro_a = sum(k(a[i], a[j]) for i in range(3) for j in range(3) if i != j) / 6
    cruzado = sum(k(u, v) for u in a for v in b) / 6
    assert kid(a, b) == pytest.approx(dentro_a + k(b[0], b[1]) - 2 * cruzado)
    with pytest.raises(ValueError, match="KID"):
        kid(a, b[:1])


# Precisão e revocação ----------------------------------------------------------------------------


def test_precisao_revocacao_a_mao():
    reais = torch.tensor([[0.0], [1.0], [2.0], [10.0]])
    gerados = torch.tensor([[0.5], [2.5], [40.0], [41.0]])
    # k = 1. Raios dos reais 1, 1, 1, 8: cobrem 0,5 e 2,5. Raios dos gerados 2, 2, 1, 1: cobrem 0, 1 e 2.
    assert precisao_revocacao(reais, gerados, k=1) == (0.5, 0.75)


def test_precisao_revocacao_forca_bruta():
    reais, gerados, k = _normal(60, 3, 0) + 5, 0.5 * _normal(50, 3, 1) + 5.3, 3

    def fracao(pontos, centros):
        raios = [sorted((c - d).norm().item() for d in centros)[k] for c in centros]
        bolas = list(zip(centros, raios, strict=True))
        return sum(any((p - c).norm() <= r for c, r in bolas) for p in pontos) / len(pontos)

    achada = precisao_revocacao(reais, gerados, k)
    assert achada == pytest.approx((fracao(gerados, reais), fracao(reais, gerados)))
    assert achada.precisao > achada.revocacao  # gerados concentrados: parecem reais, mas não cobrem


def test_precisao_revocacao_empates():
    reais, gerados = (2.0 * (_normal(n, 64, s) > 0.8) - 1 for n, s in ((200, 0), (150, 1)))  # só −1 e 1: há empates

    def fracao(pontos, centros):  # distâncias de Hamming: inteiros, sem arredondamento
        def hamming(a, b):
            return (a.shape[1] - a.long() @ b.long().T) // 2

        raios = hamming(centros, centros).sort(dim=1).values[:, 3]
        return (hamming(pontos, centros) <= raios).any(dim=1).double().mean().item()

    assert precisao_revocacao(reais, gerados, k=3) == (fracao(gerados, reais), fracao(reais, gerados))


def test_precisao_revocacao_limites_e_lotes():
    a = _normal(1203, 4, 0)  # três lotes, o último incompleto
    assert precisao_revocacao(a, a) == (1.0, 1.0)
    assert precisao_revocacao(a, a + 100) == (0.0, 0.0)
    with pytest.raises(ValueError, match="k: chegou 5"):
        precisao_revocacao(a, a[:5], k=5)


# Comparação -------------------------------------------------------------------------------------


def test_comparacao_traz_o_piso_e_diz_n():
    a, b, c = (_normal(300, 4, s) for s in range(3))
    comparacao = comparar(a, {"perto": 1.1 * b, "longe": b + 9}, c, n=250, k=4)
    piso, perto, longe = (comparacao.linhas[nome] for nome in ("piso: reais contra reais", "perto", "longe"))
    assert piso.frechet < perto.frechet < longe.frechet and longe.precisao == 0
    assert piso.frechet == distancia_frechet(a, c, n=250)
    assert perto.kid == pytest.approx(kid(a[:250], 1.1 * b[:250]))
    assert perto[2:] == precisao_revocacao(a[:250], 1.1 * b[:250], k=4)
    texto = str(comparacao)
    assert "n = 250" in texto and "k = 4" in texto and "piso: reais contra reais" in texto
    assert "." not in texto and len({len(linha) for linha in texto.splitlines()[1:]}) == 1


def test_piso_recusa_as_mesmas_imagens():
    a = _normal(50, 2, 0)
    with pytest.raises(ValueError, match="outros_reais"):
        comparar(a, {"b": a + 1}, a, n=50)


# Verossimilhança ----------------------------------------------------------------------------------


def test_media_em_lotes():
    dados = _normal(23, 2, 0).requires_grad_()
    resultado = media_em_lotes(lambda x: x.square().sum(dim=1), dados, lote=5)
    valores = dados.detach().square().sum(dim=1)
    assert resultado == pytest.approx((valores.mean().item(), valores.std().item() / 23**0.5, 23))
    assert str(resultado._replace(media=93.016, erro=0.5)) == "93,02 ± 0,50"


def test_media_em_lotes_erros():
    for funcao in (lambda x: x, lambda x: x.sum(), lambda x: 1.0):
        with pytest.raises(ValueError, match="um valor por exemplo"):
            media_em_lotes(funcao, torch.zeros(4, 2))
    with pytest.raises(ValueError, match="pelo menos 2"):
        media_em_lotes(lambda x: x[:, 0], torch.zeros(1, 2))


def test_unidades_ativas():
    mu = _normal(1000, 3, 0) * torch.tensor([1.0, 0.05, 0.2])
    assert unidades_ativas(mu + 7).tolist() == [True, False, True]
    with pytest.raises(ValueError, match="mu"):
        unidades_ativas(mu[0])


# Aritmética -------------------------------------------------------------------------------------


def _codigos(n):
    """Códigos que somam um vetor por atributo; o segundo atributo acompanha o primeiro em 80 % dos casos."""
    g = gerador(0)
    chapeu = torch.rand(n, generator=g) < 0.5
    cabelo = torch.where(torch.rand(n, generator=g) < 0.8, chapeu, ~chapeu)
    mu = chapeu[:, None] * torch.tensor([2.0, 0.0, 1.0]) + cabelo[:, None] * torch.tensor([0.0, 3.0, 0.0])
    return mu, chapeu, cabelo


def test_direcao_com_e_sem_desconto():
    mu, chapeu, cabelo = _codigos(2000)
    simples = direcao(mu, chapeu)
    torch.testing.assert_close(simples, mu[chapeu].mean(dim=0) - mu[~chapeu].mean(dim=0))
    assert simples[1] > 1.5  # leva o cabelo junto
    limpa = direcao(mu, chapeu, cabelo[:, None].long())
    torch.testing.assert_close(limpa, torch.tensor([2.0, 0.0, 1.0]), atol=1e-5, rtol=1e-5)


def test_direcao_erros():
    mu, chapeu, cabelo = _codigos(50)
    with pytest.raises(ValueError, match="com e sem"):
        direcao(mu, torch.ones(50, dtype=torch.bool))
    with pytest.raises(ValueError, match="determinam"):
        direcao(mu, chapeu, torch.stack([chapeu, cabelo], dim=1).long())
    with pytest.raises(ValueError, match="booleano"):
        direcao(mu, chapeu.long())
    with pytest.raises(ValueError, match="outros: chegou a forma"):
        direcao(mu, chapeu, torch.zeros(49, 1, dtype=torch.long))


def test_taxa_de_sucesso_a_mao():
    bocas, chapeus = ("riso", "neutra", "triste"), ("sem", "boné", "gorro")
    esquema = {"óculos": ("sem", "com"), "boca": bocas, "chapéu": chapeus}
    verdadeiros = torch.tensor([[1, 0, 0], [1, 1, 0], [1, 2, 0], [1, 0, 0]])
    reconstruidas = torch.tensor([[1, 0, 0], [1, 1, 0], [1, 2, 0], [0, 1, 0]])
    editadas = torch.tensor([[0, 0, 1], [0, 0, 2], [0, 0, 1], [1, 0, 0]])
    pedidos = {"óculos": "sem", "chapéu": ("boné", "gorro")}
    edicao = taxa_de_sucesso(editadas, reconstruidas, verdadeiros, esquema, pedidos)
    assert edicao.linhas == {
        "óculos": ("sem", 0.25, 0.75),
        "chapéu": ("boné ou gorro", 0.0, 0.75),
        "boca": (None, 0.75, 0.5),
    }
    assert edicao.maior_perda == pytest.approx(25.0)
    texto = str(edicao)
    assert "óculos → sem" in texto and "−25,0 pp" in texto and "." not in texto
    sem_boca = taxa_de_sucesso(editadas, reconstruidas, verdadeiros, esquema, pedidos, ignorar=["boca"])
    assert set(sem_boca.linhas) == {"óculos", "chapéu"} and sem_boca.maior_perda == 0


def test_taxa_de_sucesso_erros():
    t = torch.zeros(3, 1, dtype=torch.long)
    with pytest.raises(ValueError, match="não tem o valor 'talvez'; tem sem, com"):
        taxa_de_sucesso(t, t, t, {"óculos": ("sem", "com")}, {"óculos": "talvez"})
    with pytest.raises(ValueError, match="'barba' não existe"):
        taxa_de_sucesso(t, t, t, {"óculos": ("sem", "com")}, {"barba": "com"})
    with pytest.raises(ValueError, match="tabelas"):
        taxa_de_sucesso(t, t[:2], t, {"óculos": ("sem", "com")}, {"óculos": "com"})

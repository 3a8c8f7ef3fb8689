"""As conferências da lição de GANs: respostas certas, rascunhos, cada engano com a sua dica, respostas absurdas."""

import math
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from aulas_lib.ambiente import gerador
from aulas_lib.avaliacao import distancia_frechet, modas_cobertas
from aulas_lib.dados.distribuicoes import MisturaGaussiana
from aulas_lib.exercicios import (
    ExercicioNaoResolvido,
    gan_aritmetica,
    gan_caca,
    gan_jogo,
    gan_medidas,
    gan_memorizacao,
    rigor,
)
from aulas_lib.exercicios.gan_caca import conferir_caca_detach, conferir_caca_saturante
from aulas_lib.exercicios.gan_jogo import conferir_d_otimo, conferir_valor_final
from aulas_lib.exercicios.gan_medidas import (
    conferir_aritmetica,
    conferir_frechet_1d,
    conferir_memorizacao,
    conferir_modas,
)


# --- respostas
def inclinacoes_do_caderno(a):
    d = torch.sigmoid(a)
    return -(1 - d), -d


def inclinacoes_pelo_autograd(a):
    a = a.clone().requires_grad_()
    perdas = F.logsigmoid(-a).sum(), -F.logsigmoid(a).sum()
    return tuple(torch.autograd.grad(perda, a)[0] for perda in perdas)


def passo_do_caderno(rede_g, rede_d, otimizador_d, x, z):
    otimizador_d.zero_grad()
    a_real, a_falso = rede_d(x), rede_d(rede_g(z))
    perda = (F.softplus(-a_real) + F.softplus(a_falso)).mean()
    perda.backward()
    otimizador_d.step()
    return perda.item()


def passo_com_detach(rede_g, rede_d, otimizador_d, x, z):
    otimizador_d.zero_grad()
    a_real, a_falso = rede_d(x), rede_d(rede_g(z).detach())
    perda = (F.softplus(-a_real) + F.softplus(a_falso)).mean()
    perda.backward()
    otimizador_d.step()
    return perda.item()


def passo_sem_grad(rede_g, rede_d, otimizador_d, x, z):
    with torch.no_grad():
        x_til = rede_g(z)
    perda = F.softplus(-rede_d(x)).mean() + F.softplus(rede_d(x_til)).mean()
    otimizador_d.zero_grad()
    perda.backward()
    otimizador_d.step()
    return perda


def passo_por_grad(rede_g, rede_d, otimizador_d, x, z):
    """Sem cortar nada: deriva só em relação aos pesos de D, como o laço da biblioteca."""
    pesos = list(rede_d.parameters())
    perda = (F.softplus(-rede_d(x)) + F.softplus(rede_d(rede_g(z)))).mean()
    for peso, gradiente in zip(pesos, torch.autograd.grad(perda, pesos), strict=True):
        peso.grad = gradiente
    otimizador_d.step()
    return perda.item()


def modas_em_laco(amostras, medias, raio, minimo):
    pontos = [0] * len(medias)
    for x in amostras:
        distancias = [(x - m).norm().item() for m in medias]
        k = distancias.index(min(distancias))
        pontos[k] += distancias[k] <= raio
    return sum(p >= minimo for p in pontos)


def modas_pelo_argmin(amostras, medias, raio, minimo):
    d = ((amostras[:, None] - medias) ** 2).sum(dim=-1)
    ganha = F.one_hot(d.argmin(dim=1), len(medias)) * (d < raio**2)
    return (ganha.sum(dim=0) >= minimo).sum()


def frechet_da_populacao(a, b):
    return (a.mean() - b.mean()) ** 2 + (a.std(correction=0) - b.std(correction=0)) ** 2


def memorizacao_em_laco(gerados, treino, outros):
    n = min(len(treino), len(outros))
    perto = [((treino[:n] - x) ** 2).sum(1).min() < ((outros[:n] - x) ** 2).sum(1).min() for x in gerados]
    return sum(bool(p) for p in perto) / len(perto)


def memorizacao_com_cdist(gerados, treino, outros):
    n = min(len(treino), len(outros))
    de_treino, de_outros = (torch.cdist(gerados, y[:n]).min(dim=1).values for y in (treino, outros))
    return (de_treino < de_outros).float().mean().item()


MEIO = math.log(2)
CERTAS = [
    (conferir_d_otimo, (lambda p, g: torch.sigmoid(p - g),)),
    (conferir_d_otimo, (lambda p, g: 1 / (1 + torch.exp(g - p)),)),
    (conferir_d_otimo, (lambda p, g: torch.stack([p, g]).softmax(dim=0)[0],)),
    (conferir_d_otimo, (lambda p, g: (p - torch.logaddexp(p, g)).exp(),)),
    (conferir_valor_final, ((-math.log(4), MEIO, 0),)),
    (conferir_valor_final, ([-1.386, 0.693, 0.0],)),
    (conferir_valor_final, ((torch.tensor(-1.3863), np.float64(0.6931), 1e-9),)),
    (conferir_caca_saturante, ("a", lambda a: (-torch.sigmoid(a), torch.sigmoid(a) - 1))),
    (conferir_caca_saturante, (" A) ", inclinacoes_pelo_autograd)),
    (conferir_caca_detach, ("c", passo_com_detach)),
    (conferir_caca_detach, ("C", passo_sem_grad)),
    (conferir_caca_detach, ("c", passo_por_grad)),
    (conferir_modas, (modas_em_laco,)),
    (conferir_modas, (modas_pelo_argmin,)),
    (conferir_frechet_1d, (lambda a, b: (a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2,)),
    (conferir_frechet_1d, (frechet_da_populacao,)),
    (conferir_memorizacao, (memorizacao_em_laco,)),
    (conferir_memorizacao, (memorizacao_com_cdist,)),
    (conferir_aritmetica, (lambda a, b, c, f: c + f * (a.mean(0) - b.mean(0)),)),
    (conferir_aritmetica, (lambda a, b, c, f: torch.lerp(c, c + a.mean(0) - b.mean(0), f),)),
]
TABELAS = [
    *[(conferir_d_otimo, (), e) for e in (*gan_jogo.ENGANOS_D_OTIMO, *gan_jogo.ENGANOS_EXTREMOS)],
    *[(conferir_caca_saturante, ("a",), e) for e in gan_caca.ENGANOS_SATURANTE],
    *[(conferir_caca_detach, ("c",), e) for e in gan_caca.ENGANOS_DETACH],
    *[(conferir_modas, (), e) for e in gan_medidas.ENGANOS_MODAS],
    *[(conferir_frechet_1d, (), e) for e in gan_medidas.ENGANOS_FRECHET],
    *[(conferir_memorizacao, (), e) for e in gan_memorizacao.ENGANOS_MEMORIZACAO],
    *[(conferir_aritmetica, (), e)
      for e in (*gan_aritmetica.ENGANOS_ARITMETICA, *gan_aritmetica.ENGANOS_DE_EIXO)],
]
FUNCOES = [
    (conferir_d_otimo, ()), (conferir_caca_saturante, ("a",)), (conferir_caca_detach, ("c",)), (conferir_modas, ()),
    (conferir_frechet_1d, ()), (conferir_memorizacao, ()), (conferir_aritmetica, ()),
]
NUMEROS = [
    *[((v, MEIO, 0), f"V(G, D): {dica}") for v, dica in gan_jogo.ENGANOS_V],
    *[((-2 * MEIO, p, 0), f"perda com peso ½: {dica}") for p, dica in gan_jogo.ENGANOS_PERDA],
    *[((-2 * MEIO, MEIO, a), f"logit de D: {dica}") for a, dica in gan_jogo.ENGANOS_LOGIT],
    ((MEIO, -2 * MEIO, 0), "os dois primeiros números estão trocados: V vem antes da perda."),
    ((3, MEIO, 0), "V(G, D): ponha D = ½ nas duas parcelas, E[log D(x)] e E[log(1 − D(G(z)))]."),
    ((-2 * MEIO, 3, 0), "perda com peso ½: multiplique V por −½."),
    ((-2 * MEIO, MEIO, 3), "logit de D: D = σ(a) = ½: resolva para a."),
    ((-2 * MEIO, (0, 69), 0), "perda com peso ½: em Python o separador decimal é o ponto."),
    ((-2 * MEIO, MEIO, "0"), "logit de D: chegou o texto '0'."),
    ((math.nan, MEIO, 0), "V(G, D): era esperado um número finito"),
    ((-2 * MEIO, MEIO), "eram esperados três números entre parênteses; chegou uma tupla (tipo tuple), com 2."),
    (-2 * MEIO, "eram esperados três números entre parênteses; chegou um número (tipo float)."),
]


@pytest.mark.parametrize(("conferir", "resposta"), CERTAS)
def test_resposta_certa(veredito, conferir, resposta) -> None:
    assert veredito(conferir, *resposta).startswith("certo!")
    with rigor():
        conferir(*resposta)


def test_toda_conferencia_tem_resposta_certa() -> None:
    modulos = (gan_jogo, gan_caca, gan_medidas)
    assert {conferir.__name__ for conferir, _ in CERTAS} == {nome for m in modulos for nome in m.__all__}


@pytest.mark.parametrize(("conferir", "antes", "engano"), TABELAS)
def test_todo_engano_da_tabela_recebe_a_sua_dica(veredito, conferir, antes, engano) -> None:
    assert veredito(conferir, *antes, engano.formula) == f"ainda não: {' '.join(engano.dica.split())}"
    with rigor(), pytest.raises(ExercicioNaoResolvido, match="ainda não"):
        conferir(*antes, engano.formula)


@pytest.mark.parametrize(("resposta", "dica"), NUMEROS)
def test_numeros_errados(veredito, resposta, dica: str) -> None:
    assert veredito(conferir_valor_final, resposta).startswith(f"ainda não: {dica}")


# --- caça ao erro
def test_as_celulas_do_caderno_tem_mesmo_o_defeito(veredito) -> None:
    assert "o defeito continua" in veredito(conferir_caca_saturante, "a", inclinacoes_do_caderno)
    assert "o defeito continua" in veredito(conferir_caca_detach, "c", passo_do_caderno)


@pytest.mark.parametrize(("conferir", "funcao", "letras"), [
    (conferir_caca_saturante, inclinacoes_pelo_autograd, "bcd"), (conferir_caca_detach, passo_com_detach, "abd"),
])
def test_diagnostico_errado(veredito, conferir, funcao, letras: str) -> None:
    for letra in letras:
        assert f"o diagnóstico não é ({letra})" in veredito(conferir, letra, funcao)
    for letra in ("e", "", 3, ["a"]):
        assert veredito(conferir, letra, funcao).startswith("ainda não: o diagnóstico")
    assert veredito(conferir, ..., funcao).startswith("ainda não resolvido: escolha a letra")


def test_inclinacao_que_divide_por_zero(veredito) -> None:
    def produto(a):
        d = torch.sigmoid(a)
        return -d * (1 - d) / (1 - d), -d * (1 - d) / d

    assert "Simplifique no papel" in veredito(conferir_caca_saturante, "a", produto)


def sem_grafo(rede_g, rede_d, otimizador_d, x, z):
    with torch.no_grad():
        return passo_com_detach(rede_g, rede_d, otimizador_d, x, z)


def so_o_z(rede_g, rede_d, otimizador_d, x, z):
    perda = (F.softplus(-rede_d(x.detach())) + F.softplus(rede_d(rede_g(z.detach())))).mean()
    otimizador_d.zero_grad()
    perda.backward()
    otimizador_d.step()
    return perda.item() / 2


def congela(rede_g, rede_d, otimizador_d, x, z):
    return passo_do_caderno(rede_g.requires_grad_(False), rede_d, otimizador_d, x, z)


def anda_com_g(rede_g, rede_d, otimizador_d, x, z):
    valor_d = passo_com_detach(rede_g, rede_d, otimizador_d, x, z)
    with torch.no_grad():
        rede_g[0].weight -= 0.1
    return valor_d


def dois_passos(rede_g, rede_d, otimizador_d, x, z):
    valor_d = passo_com_detach(rede_g, rede_d, otimizador_d, x, z)
    otimizador_d.step()
    return valor_d


def perda_depois(*argumentos):
    return passo_com_detach(*argumentos) + 0.1


def perda_por_exemplo(*argumentos):
    return passo_com_detach(*argumentos) * torch.ones(3)


@pytest.mark.parametrize(("passo", "dica"), [
    (sem_grafo, gan_caca.SEM_GRAFO), (so_o_z, gan_caca.GRAD_DE_G), (congela, gan_caca.G_CONGELADO),
    (anda_com_g, gan_caca.PESOS_DE_G), (dois_passos, "os pesos de D não foram para onde deviam"),
    (perda_depois, "a perda média está errada: chegou ["), (perda_por_exemplo, "devolva a perda média do lote"),
])
def test_passos_com_outros_defeitos(veredito, passo, dica: str) -> None:
    assert dica in veredito(conferir_caca_detach, "c", passo)


# --- o que os enunciados afirmam
def treinar_sgd(passo, voltas: int, semente: int) -> tuple[float, float]:
    """O jogo do enunciado: quanto a média das amostras andou e o D(G(z)) médio no fim."""
    torch.manual_seed(semente)
    rede_g, rede_d = (nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1)) for _ in range(2))
    otimizador_g, otimizador_d = (torch.optim.SGD(r.parameters(), lr=0.05) for r in (rede_g, rede_d))
    z = torch.randn(4000, 1)
    inicio = rede_g(z).mean().item()
    for _ in range(voltas):
        passo(rede_g, rede_d, otimizador_d, 2 + 0.5 * torch.randn(128, 1), torch.randn(128, 1))
        perda = F.logsigmoid(-rede_d(rede_g(torch.randn(128, 1)))).mean()
        perda.backward()
        otimizador_g.step()
        otimizador_g.zero_grad()
    return rede_g(z).mean().item() - inicio, rede_d(rede_g(z)).sigmoid().mean().item()


def test_o_vazamento_para_o_gerador() -> None:
    with torch.random.fork_rng(devices=[]):
        for semente in range(4):
            andou, d = treinar_sgd(passo_do_caderno, 20, semente)
            assert abs(andou) < 0.2 and 0.2 < d < 0.4
            assert treinar_sgd(passo_com_detach, 20, semente)[0] > 1
        assert abs(treinar_sgd(passo_do_caderno, 400, 1)[0]) < 0.2


def test_inclinacoes_do_enunciado() -> None:
    minimax, nao_saturante = inclinacoes_pelo_autograd(torch.tensor([-6.0, 6.0]))
    assert [round(v, 3) for v in minimax.tolist()] == [-0.002, -0.998]
    assert [round(v, 3) for v in nao_saturante.tolist()] == [-0.998, -0.002]
    assert [round(v, 3) for v in inclinacoes_do_caderno(torch.tensor([-6.0, 6.0]))[0].tolist()] == [-0.998, -0.002]


def test_valores_do_equilibrio() -> None:
    """D = ½ dá V = −log 4 seja qual for o gerador; o melhor D contra p_g ≠ p passa disso, e contra p_g = p, não."""
    grade = torch.linspace(-12, 12, 4001, dtype=torch.float64)
    log_p, log_pg = (-((grade - m) ** 2) / 2 - math.log(2 * math.pi) / 2 for m in (0, 1))

    def v(a, log_pg):
        real, falso = log_p.exp() * F.logsigmoid(a), log_pg.exp() * F.logsigmoid(-a)
        return torch.trapezoid(real + falso, grade).item()

    assert v(torch.zeros_like(grade), log_p) == pytest.approx(-2 * MEIO)
    assert v(torch.zeros_like(grade), log_pg) == pytest.approx(-2 * MEIO)
    assert v(log_p - log_pg, log_pg) > -2 * MEIO + 0.1
    assert -v(torch.zeros_like(grade), log_p) / 2 == pytest.approx(MEIO)


def test_gabarito_das_modas_concorda_com_a_biblioteca() -> None:
    g = gerador(3)
    medias = 3 * torch.randn(6, 2, generator=g)
    lei = MisturaGaussiana(torch.full((6,), 1 / 6), medias, torch.eye(2).expand(6, 2, 2))
    donos = torch.tensor([0] * 40 + [1] * 12 + [2] * 9 + [3] * 59)
    amostras = medias[donos] + torch.randn(120, 2, generator=g)
    for minimo in (1, 8, 10, 30):  # a fração da parte justa que pede esse número de pontos
        certo = modas_cobertas(amostras, lei, raio=1.5, minimo=(minimo - 1e-4) / 20).cobertas
        assert gan_medidas._modas(amostras, medias, 1.5, minimo) == certo


def test_gabarito_de_frechet_concorda_com_a_biblioteca() -> None:
    g = gerador(5)
    a, b = torch.randn(5000, generator=g), 1 + 3 * torch.randn(5000, generator=g)
    duplas = (torch.stack([x, torch.zeros_like(x)], dim=1) for x in (a, b))  # a segunda vale sempre zero
    assert gan_medidas._frechet(a, b).item() == pytest.approx(distancia_frechet(*duplas, n=5000), rel=1e-4)


def test_o_acaso_da_memorizacao_e_meio_so_com_tamanhos_iguais() -> None:
    g = gerador(4)
    gerados, treino, outros = (torch.randn(n, 3, generator=g) for n in (4000, 900, 300))
    assert memorizacao_com_cdist(gerados, treino, outros) == pytest.approx(0.5, abs=0.06)
    desigual = torch.cdist(gerados, treino).amin(1) < torch.cdist(gerados, outros).amin(1)
    assert desigual.double().mean().item() == pytest.approx(900 / 1200, abs=0.06)


# --- rascunhos e respostas absurdas
def so_a_docstring(*argumentos):
    """Nada além disto."""
    ...  # escreva aqui


def nao_implementada(*argumentos):
    raise NotImplementedError


def sem_return(*argumentos):
    resultado = argumentos[0]  # noqa: F841


RASCUNHOS = [so_a_docstring, nao_implementada, partial(sem_return), lambda *a: None, lambda *a: ...]


@pytest.mark.parametrize("rascunho", [None, ..., *RASCUNHOS])
@pytest.mark.parametrize(("conferir", "antes"), FUNCOES)
def test_por_fazer(veredito, conferir, antes, rascunho) -> None:
    assert veredito(conferir, *antes, rascunho).startswith("ainda não resolvido: ")


@pytest.mark.parametrize("resposta", [..., None, (..., ..., ...), (-2 * MEIO, MEIO, ...), [..., MEIO, 0]])
def test_numeros_por_fazer(veredito, resposta) -> None:
    assert veredito(conferir_valor_final, resposta).startswith("ainda não resolvido: dê um número")


@pytest.mark.parametrize("devolve", [
    "texto", [], {}, math.nan, np.zeros(3), torch.zeros(0), torch.zeros(2, 2), torch.zeros(3) + 1j, 33.0,
    torch.full((4,), math.inf), object(),
])
@pytest.mark.parametrize(("conferir", "antes"), FUNCOES)
def test_respostas_absurdas(veredito, conferir, antes, devolve) -> None:
    assert veredito(conferir, *antes, lambda *a: devolve).startswith("ainda não: ")
    assert "era esperada uma função" in veredito(conferir, *antes, 3.0)


@pytest.mark.parametrize(("conferir", "antes"), FUNCOES)
def test_funcao_inacabada(veredito, conferir, antes) -> None:
    def quebrada(*argumentos):
        raise RuntimeError("tamanhos 3 e 4 não combinam")

    texto = veredito(conferir, *antes, quebrada)
    assert "sua função parou com um erro" in texto and "tamanhos 3 e 4" in texto and "Traceback" not in texto
    assert "falta o `return`" in veredito(conferir, *antes, sem_return)


@pytest.mark.parametrize(("conferir", "resposta", "conselho"), [
    (conferir_memorizacao, lambda x, t, o: torch.cdist(x, t).min(dim=1) < torch.cdist(x, t).min(dim=1), "`.values`"),
    (conferir_memorizacao, lambda x, t, o: (torch.cdist(x, t).amin(1) < 1).mean(), "`.float().mean()`"),
    (conferir_frechet_1d, lambda a, b: (a.mean() - b.mean()) ^ 2, "a potência é `**`"),
    (conferir_frechet_1d, lambda a, b: ((a - b) ** 2).mean(), "resuma cada um"),
])
def test_erros_do_torch_recebem_o_conselho_certo(veredito, conferir, resposta, conselho) -> None:
    assert conselho in veredito(conferir, resposta)

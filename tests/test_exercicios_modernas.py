"""As conferências da lição de GANs modernas: respostas certas, rascunhos, cada engano com a sua dica, absurdos."""

import math
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from aulas_lib.ambiente import gerador
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.exercicios import ExercicioNaoResolvido, gan_estilo, gan_modernas, gan_modernas_caca, rigor
from aulas_lib.exercicios.gan_estilo import conferir_demodulacao, conferir_mistura, conferir_truncagem_w
from aulas_lib.exercicios.gan_modernas import conferir_atencao, conferir_entrada_gradual, conferir_ortogonal
from aulas_lib.exercicios.gan_modernas_caca import conferir_caca_desvio
from aulas_lib.modelos.biggan import penalidade_ortogonal
from aulas_lib.modelos.progressiva import GeradorProgressivo
from aulas_lib.modelos.stylegan import ConvModulada
from aulas_lib.modelos.taxa_igualada import DesvioDoLote


# --- respostas
def entrada_repetida(antiga, nova, alfa):
    dobrada = antiga.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    return (1 - alfa) * dobrada + alfa * nova


def entrada_por_quadrados(antiga, nova, alfa):
    """Escreve em cada quadrado de 2 × 2, posição por posição."""
    saida = alfa * nova
    for i in range(nova.shape[2]):
        for j in range(nova.shape[3]):
            saida[..., i, j] += (1 - alfa) * antiga[..., i // 2, j // 2]
    return saida


def atencao_por_einsum(f, g, h):
    beta = torch.einsum("bcn,bcm->bnm", g, f).softmax(dim=-1)
    return torch.einsum("bnm,bdm->bdn", beta, h)


def atencao_com_beta_deitado(f, g, h):
    return h @ (f.mT @ g).softmax(dim=1)


def atencao_de_transformer(f, g, h):
    return F.scaled_dot_product_attention(g.mT, f.mT, h.mT, scale=1.0).mT


def atencao_com_exp(f, g, h):
    pesos = (g.mT @ f).exp()
    return h @ (pesos / pesos.sum(dim=2, keepdim=True)).mT


def ortogonal_em_laco(w, beta):
    pares = [(w[k] @ w[l]) ** 2 for k in range(len(w)) for l in range(len(w)) if k != l]
    return beta * sum(pares)


def ortogonal_com_mascara(w, beta):
    return beta * ((w @ w.T) * (1 - torch.eye(len(w)))).pow(2).sum()


def ortogonal_por_diferenca(w, beta):
    produtos = w @ w.T
    return beta * (produtos.norm() ** 2 - produtos.diagonal().norm() ** 2)


def desvio_do_caderno(x):
    variancia = x.var(dim=(2, 3), unbiased=False)
    return (variancia + 1e-8).sqrt().mean()


def desvio_consertado(x):
    variancia = x.var(dim=0, unbiased=False)
    return (variancia + 1e-8).sqrt().mean()


def desvio_por_extenso(x):
    afastamento = x - x.mean(dim=0, keepdim=True)
    return torch.sqrt(afastamento.square().mean(dim=0) + 1e-8).flatten().mean().item()


def demodulacao_em_laco(peso, s):
    saida = []
    for estilo in s:
        modulado = peso * estilo[:, None, None]
        normas = [(canal.square().sum() + 1e-8).sqrt() for canal in modulado]
        saida.append(torch.stack([canal / norma for canal, norma in zip(modulado, normas, strict=True)]))
    return torch.stack(saida)


def demodulacao_com_eixos(peso, s):
    w = peso.unsqueeze(0) * s[:, None, :, None, None]
    return w / (w.flatten(2).square().sum(dim=2) + 1e-8).sqrt()[:, :, None, None, None]


def mistura_em_pilha(w, outro, corte, niveis):
    return torch.stack([w if i < corte else outro for i in range(niveis)], dim=1)


def mistura_por_escrita(w, outro, corte, niveis):
    saida = outro[:, None].repeat(1, niveis, 1)
    saida[:, :corte] = w[:, None]
    return saida


CERTAS = [
    (conferir_entrada_gradual, (entrada_repetida,)),
    (conferir_entrada_gradual, (entrada_por_quadrados,)),
    (conferir_entrada_gradual, (lambda x, y, a: F.interpolate(x, scale_factor=2) * (1 - a) + a * y,)),
    (conferir_atencao, (atencao_por_einsum,)),
    (conferir_atencao, (atencao_com_beta_deitado,)),
    (conferir_atencao, (atencao_de_transformer,)),
    (conferir_ortogonal, (ortogonal_em_laco,)),
    (conferir_ortogonal, (ortogonal_com_mascara,)),
    (conferir_ortogonal, (ortogonal_por_diferenca,)),
    (conferir_caca_desvio, ("d", desvio_consertado)),
    (conferir_caca_desvio, (" D) ", desvio_por_extenso)),
    (conferir_demodulacao, (demodulacao_em_laco,)),
    (conferir_demodulacao, (demodulacao_com_eixos,)),
    (conferir_mistura, (mistura_em_pilha,)),
    (conferir_mistura, (mistura_por_escrita,)),
    (conferir_truncagem_w, (lambda w, c, p: c + p * (w - c),)),
    (conferir_truncagem_w, (lambda w, c, p: p * w + (1 - p) * c,)),
]
TABELAS = [
    *[(conferir_entrada_gradual, (), e) for e in gan_modernas.ENGANOS_ENTRADA],
    *[(conferir_atencao, (), e) for e in (*gan_modernas.ENGANOS_ATENCAO, *gan_modernas.ENGANOS_DE_EIXO)],
    *[(conferir_ortogonal, (), e) for e in gan_modernas.ENGANOS_ORTOGONAL],
    *[(conferir_caca_desvio, ("d",), e) for e in gan_modernas_caca.ENGANOS_DESVIO],
    *[(conferir_demodulacao, (), e)
      for e in (*gan_estilo.ENGANOS_DEMODULACAO, *gan_estilo.ENGANOS_DE_EIXO, *gan_estilo.ENGANOS_EXTREMOS)],
    *[(conferir_mistura, (), e) for e in gan_estilo.ENGANOS_MISTURA],
    *[(conferir_truncagem_w, (), e) for e in gan_estilo.ENGANOS_TRUNCAGEM],
]
FUNCOES = [
    (conferir_entrada_gradual, ()), (conferir_atencao, ()), (conferir_ortogonal, ()), (conferir_caca_desvio, ("d",)),
    (conferir_demodulacao, ()), (conferir_mistura, ()), (conferir_truncagem_w, ()),
]  # fmt: skip


@pytest.mark.parametrize(("conferir", "resposta"), CERTAS)
def test_resposta_certa(veredito, conferir, resposta) -> None:
    assert veredito(conferir, *resposta).startswith("certo!")
    with rigor():
        conferir(*resposta)


def test_toda_conferencia_tem_duas_respostas_certas() -> None:
    nomes = [conferir.__name__ for conferir, _ in CERTAS]
    modulos = (gan_modernas, gan_modernas_caca, gan_estilo)
    assert set(nomes) == {nome for m in modulos for nome in m.__all__} == {c.__name__ for c, _ in FUNCOES}
    assert min(nomes.count(nome) for nome in nomes) >= 2


@pytest.mark.parametrize(("conferir", "antes", "engano"), TABELAS)
def test_todo_engano_da_tabela_recebe_a_sua_dica(veredito, conferir, antes, engano) -> None:
    """Nenhum engano é aceito, nenhum fica à sombra de outro que venha antes na lista."""
    assert veredito(conferir, *antes, engano.formula) == f"ainda não: {' '.join(engano.dica.split())}"
    with rigor(), pytest.raises(ExercicioNaoResolvido, match="ainda não"):
        conferir(*antes, engano.formula)


# --- caça ao erro
def test_a_celula_do_caderno_tem_mesmo_o_defeito(veredito) -> None:
    assert "o defeito continua" in veredito(conferir_caca_desvio, "d", desvio_do_caderno)


def test_diagnostico_errado(veredito) -> None:
    for letra in "abc":
        assert f"o diagnóstico não é ({letra})" in veredito(conferir_caca_desvio, letra, desvio_consertado)
    for letra in ("e", "", 3, ["d"]):
        assert veredito(conferir_caca_desvio, letra, desvio_consertado).startswith("ainda não: o diagnóstico")
    assert veredito(conferir_caca_desvio, ..., desvio_do_caderno).startswith("ainda não resolvido: escolha a letra")


def test_numeros_do_enunciado() -> None:
    """O que o enunciado e as dicas da caça dizem das carinhas e dos cinzas."""
    x = carinhas(16, semente=6, cache=False).imagens
    repetida = x[:1].expand_as(x)
    lisas = torch.linspace(-1, 1, 16)[:, None, None, None].expand_as(x)
    com_defeito = [round(desvio_do_caderno(lote).item(), 4) for lote in (x, repetida, lisas)]
    assert com_defeito == pytest.approx([0.44, 0.40, 0.0001], abs=0.005) and com_defeito[2] == 0.0001
    assert [round(desvio_consertado(lote).item(), 4) for lote in (x, repetida, lisas)] == [0.3977, 0.0001, 0.6146]
    vezes = desvio_com_n_menos_1(repetida) / desvio_do_caderno(repetida)
    assert round(vezes.item(), 4) == 1.0005
    assert desvio_do_caderno(x[:1]) == pytest.approx(desvio_do_caderno(repetida).item())


def desvio_com_n_menos_1(x):
    return (x.var(dim=(2, 3)) + 1e-8).sqrt().mean()


# --- outras respostas erradas
def o_maior_desvio(x):
    return (x.var(dim=0, unbiased=False) + 1e-8).sqrt().amax()


def uma_so(x):
    return desvio_consertado(x) if len(x) > 1 else torch.tensor(math.nan)


def demodulacao_so_do_primeiro(peso, s):
    return demodulacao_em_laco(peso, s[:1])


def demodulacao_de_tres(peso, s):
    """Só acerta quando todos os eixos têm 3."""
    saida = demodulacao_com_eixos(peso, s)
    return saida if set(saida.shape) == {3} else saida.flatten()


OUTRAS = [
    (conferir_atencao, (), lambda f, g, h: atencao_por_einsum(f, g, h).view_as(h), "parou com um erro"),  # N ≠ M
    (conferir_demodulacao, (), demodulacao_de_tres, "a forma do resultado está errada"),
    (conferir_atencao, (), atencao_com_exp, gan_modernas.NAN_NA_ATENCAO),
    (conferir_atencao, (), lambda f, g, h: h @ (g.mT @ f).softmax(dim=2), gan_modernas.ENGANOS_DE_EIXO[0].dica),
    (conferir_atencao, (), lambda f, g, h: h @ (f.mT @ g).softmax(dim=2), gan_modernas.ENGANOS_ATENCAO[0].dica),
    (conferir_atencao, (), lambda f, g, h: atencao_por_einsum(f, g, h)[:, :1], "a forma do resultado está errada"),
    (conferir_entrada_gradual, (), lambda x, y, a: torch.lerp(x, y, a), gan_modernas.SEM_DOBRAR),
    (conferir_entrada_gradual, (), lambda x, y, a: x.repeat_interleave(2, 2) + y, gan_modernas.SEM_DOBRAR),
    (conferir_entrada_gradual, (), lambda x, y, a: 2 * entrada_repetida(x, y, a), "o valor está errado"),
    (conferir_entrada_gradual, (), lambda x, y, a: y.mul_(a) + (1 - a) * x.repeat_interleave(2, 2)
     .repeat_interleave(2, 3), "alterou um dos tensores"),
    (conferir_ortogonal, (), lambda w, b: b * w @ w.T, "a forma do resultado está errada"),
    (conferir_ortogonal, (), lambda w, b: 3 * ortogonal_em_laco(w, b), "era esperado: ["),
    (conferir_caca_desvio, ("d",), o_maior_desvio, "o valor está errado"),
    (conferir_caca_desvio, ("d",), uma_so, "um lote de uma imagem só"),
    (conferir_demodulacao, (), demodulacao_so_do_primeiro, "a forma do resultado está errada"),
    (conferir_mistura, (), lambda w, o, c, n: [w if i < c else o for i in range(n)], "`torch.stack` os junta"),
    (conferir_mistura, (), lambda w, o, c, n: mistura_em_pilha(w, -o, c, n), "o valor está errado"),
    (conferir_truncagem_w, (), lambda w, c, p: c + p**2 * (w - c), "o valor está errado"),
    (conferir_truncagem_w, (), lambda w, c, p: c + min(p, (w - c).norm().item()) * (w - c), "o valor está errado"),
]


@pytest.mark.parametrize(("conferir", "antes", "funcao", "dica"), OUTRAS)
def test_outras_respostas_erradas(veredito, conferir, antes, funcao, dica: str) -> None:
    texto = veredito(conferir, *antes, funcao)
    assert texto.startswith("ainda não: ") and dica in texto
    with rigor(), pytest.raises(ExercicioNaoResolvido, match="ainda não"):
        conferir(*antes, funcao)


# --- os gabaritos contra a biblioteca
def test_gabarito_da_entrada_concorda_com_o_gerador_progressivo() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        rede = GeradorProgressivo(3, (8, 6), latentes=5, lado=4)
        z = torch.randn(2, 5)
    with torch.no_grad():
        rede.crescer(0)
        antiga = rede(z)[..., ::2, ::2]  # a saída vem repetida até o lado final
        rede.crescer(1)
        nova = rede(z)
        rede.crescer(1, alfa=0.3)
        torch.testing.assert_close(gan_modernas._entrada(antiga, nova, 0.3), rede(z))


def test_gabarito_da_penalidade_ortogonal_concorda_com_a_biblioteca() -> None:
    camada = nn.Linear(5, 3, bias=False)
    camada.weight.data = torch.randn(3, 5, generator=gerador(1))
    esperada = penalidade_ortogonal(camada, 0.5)
    torch.testing.assert_close(gan_modernas._ortogonal(camada.weight, 0.5), esperada)


def test_gabarito_do_desvio_concorda_com_a_biblioteca() -> None:
    x = torch.randn(4, 3, 5, 5, generator=gerador(2))
    canal = DesvioDoLote(grupo=4)(x)[:, 3:]
    torch.testing.assert_close(canal, gan_modernas_caca._desvio(x).expand_as(canal))


def test_gabarito_da_demodulacao_concorda_com_a_biblioteca() -> None:
    g = gerador(3)
    camada = ConvModulada(4, 6, estilo=5)
    camada.weight.data = torch.randn(camada.weight.shape, generator=g)
    x, w = torch.randn(2, 4, 7, 7, generator=g), torch.randn(2, 5, generator=g)
    with torch.no_grad():
        pesos = gan_estilo._demodulacao(camada.ganho * camada.weight, camada.estilo(w))  # (B, O, I, k, k)
        saida = torch.cat([F.conv2d(x[i : i + 1], pesos[i], padding=1) for i in range(2)])
        torch.testing.assert_close(saida, camada(x, w), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(pesos.flatten(2).norm(dim=2), torch.ones(2, 6), rtol=1e-4, atol=1e-5)


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
    with rigor(), pytest.raises(ExercicioNaoResolvido, match="ainda não resolvido"):
        conferir(*antes, rascunho)


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

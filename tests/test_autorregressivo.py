"""FVBN: a soma sobre todas as imagens, o gradiente em forma fechada, quem vê quem, e os sorteios."""

import math

import matplotlib.pyplot as plt
import pytest
import torch
from torch.testing import assert_close

from aulas_lib import figuras
from aulas_lib.ambiente import gerador
from aulas_lib.modelos import autorregressivo as fvbn
from aulas_lib.modelos import mascaras
from aulas_lib.modelos.reconstrucao import niveis_de

BITS = (1, 1, 10)


def todas(bits: int = 10) -> torch.Tensor:
    """As 2^D imagens de bits, em {−1, 1}, forma (2^D, 1, 1, D)."""
    numeros = torch.arange(2**bits)
    return (numeros.unsqueeze(1) >> torch.arange(bits) & 1).float().view(-1, 1, 1, bits) * 2 - 1


def sorteada(modelo: torch.nn.Module, semente: int = 0, escala: float = 0.8) -> torch.nn.Module:
    """Pesos grandes ao acaso: uma lei bem longe da uniforme."""
    g = gerador(semente)
    with torch.no_grad():
        for w in modelo.parameters():
            w.copy_(escala * torch.randn(w.shape, generator=g))
    return modelo.eval()


def fazer(nome: str, forma=BITS, niveis: int = 2, ordem=None) -> torch.nn.Module:
    if nome == "logística":
        return sorteada(fvbn.FVBNLogistica(forma, niveis, ordem))
    return sorteada(fvbn.MADE(forma, niveis, (32, 24), ordem), escala=0.5)


ORDENS = {
    "leitura": None,
    "inversa": torch.arange(9, -1, -1),
    "ao acaso": torch.randperm(10, generator=gerador(3)),
}
NOMES = ("logística", "MADE")


@pytest.mark.parametrize("nome", NOMES)
@pytest.mark.parametrize("ordem", ORDENS.values(), ids=ORDENS)
def test_a_probabilidade_de_todas_as_imagens_soma_um(nome, ordem):
    log_p = fvbn.log_prob(fazer(nome, ordem=ordem), todas()).double()
    assert log_p.std() > 0.5  # não é a uniforme, que somaria 1 com qualquer máscara
    assert_close(log_p.exp().sum().item(), 1.0, atol=1e-5, rtol=0)


@pytest.mark.parametrize("nome", NOMES)
def test_tres_niveis_tambem_somam_um(nome):
    x = torch.cartesian_prod(*[torch.tensor([-1.0, 0.0, 1.0])] * 6).view(-1, 1, 2, 3)
    log_p = fvbn.log_prob(fazer(nome, (1, 2, 3), 3), x).double()
    assert_close(log_p.exp().sum().item(), 1.0, atol=1e-5, rtol=0)


def test_mascara_errada_nao_soma_um(monkeypatch):
    """O pixel que vê a si mesmo (máscara B na última camada): a soma denuncia."""

    def com_defeito(saidas, entradas, estrita=False):
        return entradas <= saidas.unsqueeze(1)

    monkeypatch.setattr(fvbn, "mascara_de_vezes", com_defeito)
    for nome in NOMES:
        soma = fvbn.log_prob(fazer(nome), todas()).double().exp().sum().item()
        assert abs(soma - 1) > 0.05, nome


def dependencias(modelo: torch.nn.Module, forma: tuple[int, ...]) -> torch.Tensor:
    """(D, D): True em [i, j] se algum logit do pixel i muda com o pixel j, pelo gradiente."""
    x = (torch.rand(1, *forma, generator=gerador(1)) * 2 - 1).requires_grad_()
    logits = modelo(x).flatten(2)  # (1, K, D)
    linhas = []
    for i in range(logits.shape[2]):
        grads = [
            torch.autograd.grad(logits[0, k, i], x, retain_graph=True)[0] for k in range(logits.shape[1])
        ]
        linhas.append(torch.stack(grads).abs().sum(0).flatten() > 0)
    return torch.stack(linhas)


@pytest.mark.parametrize("nome", NOMES)
@pytest.mark.parametrize("ordem", ORDENS.values(), ids=ORDENS)
def test_cada_pixel_ve_todos_os_anteriores_e_so_eles(nome, ordem):
    modelo = fazer(nome, ordem=ordem)
    vez = modelo.vez
    esperado = vez.unsqueeze(0) < vez.unsqueeze(1)  # [i, j]: j vem antes de i
    assert torch.equal(dependencias(modelo, BITS), esperado)


def test_made_de_64_pixels_ve_so_o_passado():
    modelo = sorteada(fvbn.MADE((1, 8, 8), 2, (128, 128)), escala=0.2)
    esperado = torch.ones(64, 64).tril(-1).bool()
    assert torch.equal(dependencias(modelo, (1, 8, 8)), esperado)


def test_logistica_tem_o_gradiente_da_regressao_logistica():
    """Por pixel: dL/dw = média de (σ(w·x + b) − y) x, com L em nats e logit = logit_1 − logit_0."""
    modelo, x = fazer("logística"), todas()[torch.randperm(1024, generator=gerador(0))[:50]]
    fvbn.perda_nats(modelo, x).mean().backward()
    plano, D = x.flatten(1), 10
    logits = modelo(x).flatten(2)
    p = torch.sigmoid(logits[:, 1] - logits[:, 0])  # (B, D)
    erro = p - (plano + 1) / 2
    esperado = (erro.T @ plano / len(x)).tril(-1)  # (D, D): pixel i, entrada j < i
    gradiente = modelo.camada.weight.grad.view(2, D, D)
    assert_close(gradiente[1], esperado)
    assert_close(gradiente[0], -esperado)
    assert_close(modelo.camada.bias.grad.view(2, D)[1], erro.mean(0))


def test_logistica_treinada_concorda_com_o_sklearn():
    from sklearn.linear_model import LogisticRegression

    g = gerador(5)
    x = (torch.rand(400, 1, 1, 4, generator=g) < 0.5).float() * 2 - 1
    x[..., 3] = torch.where(torch.rand(400, 1, 1, generator=g) < 0.2, -x[..., 0], x[..., 0])
    modelo = fvbn.FVBNLogistica((1, 1, 4), 2)
    otimizador = torch.optim.LBFGS(modelo.parameters(), max_iter=200, tolerance_grad=1e-9)

    def fechar():
        otimizador.zero_grad()
        perda = fvbn.perda_nats(modelo, x).mean()
        perda.backward()
        return perda

    otimizador.step(fechar)
    plano = x.flatten(1).numpy()
    independente = LogisticRegression(C=1e8, tol=1e-8).fit(plano[:, :3], plano[:, 3])
    logits = modelo(x).flatten(2)[:, :, 3]
    p = torch.sigmoid(logits[:, 1] - logits[:, 0]).detach().double()
    assert_close(
        p, torch.from_numpy(independente.predict_proba(plano[:, :3])[:, 1]).double(), atol=1e-3, rtol=0
    )


def test_log_prob_e_a_regra_da_cadeia():
    modelo, x = fazer("MADE", (1, 2, 3), 3), torch.tensor([[[[-1.0, 0, 1], [1, 0, -1]]]])
    total, niveis = 0.0, niveis_de(x, 3).flatten()
    for i in range(6):
        cortado = x.clone().flatten()
        cortado[i:] = 0.37  # o que vem depois não pode importar
        p = modelo(cortado.view_as(x)).flatten(2)[0, :, i].softmax(0)
        total += math.log(p[niveis[i]].item())
    assert_close(fvbn.log_prob(modelo, x).item(), total, atol=1e-4, rtol=0)


@pytest.mark.parametrize("nome", NOMES)
def test_frequencias_do_sorteio_sao_as_probabilidades(nome):
    ordem = torch.tensor([2, 0, 3, 1])
    modelo = fazer(nome, (1, 1, 4), 2, ordem)
    x = todas(4)
    p = fvbn.log_prob(modelo, x).exp().detach()
    n = 20000
    amostras = fvbn.amostrar(modelo, n, gerador(7))
    codigo = ((amostras.flatten(1) > 0) * 2 ** torch.arange(4)).sum(1)
    frequencia = torch.bincount(codigo, minlength=16) / n
    qui2 = (n * (frequencia - p) ** 2 / p).sum()
    assert qui2 < 45  # 15 graus de liberdade: passa de 45 uma vez em 10 mil


def test_completar_sorteia_da_condicional_exata():
    modelo = fazer("MADE", (1, 1, 4), 2)
    conhecidos = torch.tensor([True, True, False, False]).view(1, 1, 4)
    x = torch.tensor([1.0, -1.0, 0.0, 0.0]).view(1, 1, 1, 4).repeat(20000, 1, 1, 1)
    completas = fvbn.completar(modelo, x, conhecidos, gerador(2))
    assert torch.equal(completas[..., :2], x[..., :2])
    todos = todas(4)
    p = fvbn.log_prob(modelo, todos).exp().detach()
    casam = (todos.flatten(1)[:, :2] == torch.tensor([1.0, -1.0])).all(1)
    for a, b in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        alvo = casam & (todos.flatten(1)[:, 2:] == torch.tensor([a, b])).all(1)
        medida = (completas.flatten(1)[:, 2:] == torch.tensor([a, b])).all(1).float().mean()
        assert_close(medida, p[alvo].sum() / p[casam].sum(), atol=0.012, rtol=0)


def test_conhecido_que_vem_depois_nao_influi():
    """Por isso apagar o começo não é um sorteio da condicional."""
    modelo = fazer("MADE", (1, 1, 4), 2)
    conhecidos = torch.tensor([False, False, True, True]).view(1, 1, 4)
    um, outro = torch.ones(50, 1, 1, 4), -torch.ones(50, 1, 1, 4)
    a = fvbn.completar(modelo, um, conhecidos, gerador(1))
    b = fvbn.completar(modelo, outro, conhecidos, gerador(1))
    assert torch.equal(a[..., :2], b[..., :2])
    assert (a[..., 2:] == 1).all() and (b[..., 2:] == -1).all()


def test_pixel_a_pixel_segue_a_ordem_e_da_as_probabilidades():
    ordem = torch.tensor([3, 1, 0, 2])
    modelo = fazer("MADE", (1, 2, 2), 3, ordem)
    vazio, nada = torch.zeros(5, 1, 2, 2), torch.zeros(1, 2, 2, dtype=torch.bool)
    passos = list(fvbn.pixel_a_pixel(modelo, vazio, nada, gerador(0)))
    assert [p.pixel for p in passos] == ordem.tolist()
    final = passos[-1].x
    for passo in passos:
        assert passo.p.shape == (5, 3)
        exato = modelo(final).flatten(2)[:, :, passo.pixel].softmax(1)
        assert_close(passo.p, exato.detach())
    assert torch.equal(final, fvbn.amostrar(modelo, 5, gerador(0)))
    assert set(final.unique().tolist()) <= {-1.0, 0.0, 1.0}


def test_bits_por_dimensao():
    assert fvbn.bits_por_dimensao(64 * math.log(17), 64) == pytest.approx(math.log2(17))
    with pytest.raises(ValueError, match="dimensoes=0"):
        fvbn.bits_por_dimensao(1.0, 0)


@pytest.mark.parametrize("ordem", [torch.tensor([0, 0, 1]), torch.arange(2), torch.arange(1, 4)])
def test_ordem_que_nao_e_permutacao_e_recusada(ordem):
    with pytest.raises(ValueError, match="uma só vez"):
        fvbn.MADE((1, 1, 3), 2, (8,), ordem)


def test_recusas_ensinam():
    with pytest.raises(ValueError, match="FVBNLogistica"):
        fvbn.MADE((1, 1, 3), 2, ())
    with pytest.raises(ValueError, match="2 níveis ou mais"):
        fvbn.FVBNLogistica((1, 1, 3), 1)
    modelo = fazer("logística")
    with pytest.raises(ValueError, match="mesma máscara"):
        fvbn.completar(modelo, torch.zeros(2, 1, 1, 9), torch.zeros(1, 1, 10))


def test_peso_mascarado_nao_recebe_gradiente():
    camada = mascaras.LinearMascarada(torch.tensor([[True, False], [False, True]]))
    camada(torch.randn(4, 2, generator=gerador(0))).square().sum().backward()
    assert (camada.weight.grad[~camada.mascara.bool()] == 0).all()
    assert (camada.weight.grad[camada.mascara.bool()] != 0).all()


def test_partir_da_frequencia_confere_a_forma_e_da_a_lei_de_pixels_independentes():
    frequencia = torch.tensor([0.2, 0.7, 0.5, 0.8, 0.3, 0.5]).view(2, 1, 1, 3)
    for modelo in (
        fvbn.FVBNLogistica((1, 1, 3), 2, None, frequencia),
        fvbn.MADE((1, 1, 3), 2, (8,), None, frequencia),
    ):
        p = modelo(torch.ones(1, 1, 1, 3)).softmax(1)[0].detach()
        assert_close(p, (frequencia + 0.01) / 1.02)
    with pytest.raises(ValueError, match=r"esperava \(K, C, H, W\)"):
        fvbn.MADE((1, 1, 4), 2, (8,), None, frequencia)


def test_figura_marca_com_x_tudo_o_que_nao_influi():
    modelo = sorteada(fvbn.MADE((1, 4, 4), 2, (64,)))
    campos = [mascaras.campo_receptivo(modelo, torch.ones(2, 1, 4, 4), i) for i in (5, 15)]
    eixos = figuras.campos_receptivos(campos, (5, 15))
    assert [len(ax.texts) for ax in eixos] == [16 - 5 - 1, 0]
    assert [ax.get_title(loc="left") for ax in eixos] == ["linha 2, coluna 2", "linha 4, coluna 4"]
    with pytest.raises(ValueError, match="mesmo número"):
        figuras.campos_receptivos(campos, (5,))
    plt.close("all")

"""O laço de dois jogadores: quem anda, quando, e o que se guarda."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from aulas_lib.ambiente import gerador, semear
from aulas_lib.modelos.gan import RuidoNaEntrada, gerar, perda_discriminador, perda_gerador
from aulas_lib.modelos.regularizadores import com_norma_espectral, penalidade_r1
from aulas_lib.precisao import Precisao
from aulas_lib.treino import TreinoAdversario, TreinoDivergiu, acompanhar, cosseno


def redes(semente=0):
    semear(semente)
    return nn.Linear(2, 1), nn.Sequential(nn.Linear(1, 8), nn.SiLU(), nn.Linear(8, 1))


def novo(passos=20, perda_d=perda_discriminador, perda_g=perda_gerador, **opcoes):
    rede_g, rede_d = redes()
    dados = 3 + 0.5 * torch.randn(200, 1, generator=gerador(1))
    return TreinoAdversario(rede_g, rede_d, dados, perda_d, perda_g, latentes=2, passos=passos, lote=64, **opcoes)


def pesos(rede):
    return torch.cat([p.detach().flatten().clone() for p in rede.parameters()])


def test_cada_jogador_so_muda_os_seus_pesos():
    """Com a perda de um deles constante, só o outro anda."""
    parado_g = novo(passos=3, perda_g=lambda a: 0 * a[:, 0])
    antes = pesos(parado_g.modelo["gerador"]), pesos(parado_g.modelo["discriminador"])
    list(parado_g)
    assert torch.equal(pesos(parado_g.modelo["gerador"]), antes[0])
    assert not torch.equal(pesos(parado_g.modelo["discriminador"]), antes[1])

    parado_d = novo(passos=3, perda_d=lambda a, b: 0 * (a + b)[:, 0])
    list(parado_d)
    assert not torch.equal(pesos(parado_d.modelo["gerador"]), antes[0])
    assert torch.equal(pesos(parado_d.modelo["discriminador"]), antes[1])


def test_cada_jogador_anda_com_a_sua_taxa():
    """No primeiro passo do Adam, um peso anda no máximo a taxa de aprendizado."""
    treino = novo(passos=1, lr_g=0.1, lr_d=1e-3)
    antes = [pesos(rede) for rede in treino.modelo.values()]
    list(treino)
    andou = [(pesos(rede) - w).abs().max().item() for rede, w in zip(treino.modelo.values(), antes, strict=True)]
    assert andou == pytest.approx([0.1, 1e-3], rel=1e-2)


def test_volta_ao_modo_de_treino_depois_de_uma_parada():
    """`acompanhar` deixa as redes em modo de uso; quem continua treina de novo com dropout e ruído."""
    modos = []

    def perda_g(a):
        modos.append([rede.training for rede in treino.modelo.values()])
        return perda_gerador(a)

    treino = novo(passos=2, perda_g=perda_g)
    treino.modelo.eval()
    list(treino)
    assert modos == [[True, True]] * 2


def test_passos_d_por_volta():
    chamadas = []

    def perda_d(a, b):
        chamadas.append("d")
        return perda_discriminador(a, b)

    def perda_g(a):
        chamadas.append("g")
        return perda_gerador(a)

    list(novo(passos=2, perda_d=perda_d, perda_g=perda_g, passos_d=3))
    assert chamadas == ["d", "d", "d", "g"] * 2


def test_parar_e_continuar_da_os_mesmos_bits():
    seguido, em_partes = novo(), novo()
    valores = [r.valores for r in seguido]
    partes = []
    for registro in em_partes:
        partes.append(registro.valores)
        if registro.passo == 7:
            break
    assert len(em_partes) == 13
    partes += [r.valores for r in em_partes]
    assert valores == partes
    assert torch.equal(pesos(seguido.modelo), pesos(em_partes.modelo))


def test_o_gerador_chega_a_media_dos_dados():
    """Com G afim e D treinado, a média gerada vai para 3, onde o discriminador não separa mais."""
    treino = novo(passos=600, lr_g=5e-3, lr_d=5e-3)
    inicio = gerar(treino.modelo["gerador"], 2000, 2, gerador(2)).mean().item()
    registros = acompanhar(treino)
    fim = gerar(treino.modelo["gerador"], 2000, 2, gerador(2)).mean().item()
    assert len(registros) == 600
    assert abs(inicio - 3) > 1.5 and abs(fim - 3) < 0.3


def test_divergencia_avisa_e_guarda_os_pesos():
    treino = novo(perda_g=lambda a: a[:, 0] * float("nan"))
    antes = pesos(treino.modelo["gerador"])
    with pytest.raises(TreinoDivergiu, match="perda do gerador foi nan"):
        list(treino)
    assert torch.equal(pesos(treino.modelo["gerador"]), antes)


def test_gradiente_que_nao_e_numero_tambem_avisa():
    """A perda vale zero, mas a raiz não tem inclinação em zero."""
    treino = novo(perda_g=lambda a: (a - a.detach())[:, 0].abs().sqrt())
    antes = pesos(treino.modelo["gerador"])
    with pytest.raises(TreinoDivergiu, match="norma do gradiente, nan"):
        list(treino)
    assert torch.equal(pesos(treino.modelo["gerador"]), antes)


def test_entrada_ruim():
    with pytest.raises(ValueError, match="inteiros positivos"):
        novo(passos=0)
    with pytest.raises(ValueError, match=r"passos_d=0.*esperava inteiros positivos"):
        novo(passos_d=0)
    with pytest.raises(ValueError, match="número positivo"):
        novo(lr_d=-1.0)
    with pytest.raises(ValueError, match="um valor por exemplo"):
        list(novo(perda_g=lambda a: a.mean()))


# Retomada, retratos e média dos pesos ---------------------------------------------------------------


class GeradorComBatchNorm(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(2, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.1), nn.Linear(6, 1))


def completo(semente_da_rede=0, passos=20, dados=None, **opcoes):
    """Tudo ligado: em G, BatchNorm, dropout e EMA; em D, ruído, norma espectral e R1 a cada três passos; agenda."""
    semear(semente_da_rede)
    rede_g = GeradorComBatchNorm()
    rede_d = com_norma_espectral(nn.Sequential(RuidoNaEntrada(0.1), nn.Linear(1, 8), nn.SiLU(), nn.Linear(8, 1)))
    dados = 3 + 0.5 * torch.randn(200, 1, generator=gerador(1)) if dados is None else dados
    padrao = {"lote": 32, "lr_g": 2e-3, "passos_d": 2, "agenda": cosseno, "media": 0.9}
    padrao |= {"regularizador": penalidade_r1(0.1), "regularizar_a_cada": 3}
    return TreinoAdversario(rede_g, rede_d, dados, perda_discriminador, perda_gerador, latentes=2, passos=passos,
                            **(padrao | opcoes))  # fmt: skip


def andar(treino, voltas):
    return [r.valores for _, r in zip(range(voltas), treino, strict=False)]


def achatado(estado):
    """Todos os números de um estado, em cópia, na ordem em que aparecem."""
    if isinstance(estado, torch.Tensor):
        return [estado.clone()]
    if isinstance(estado, dict):
        return [x for chave in estado for x in achatado(estado[chave])]
    if isinstance(estado, list | tuple):
        return [x for parte in estado for x in achatado(parte)]
    return [torch.tensor(estado, dtype=torch.float64)] if isinstance(estado, int | float) else []


def iguais(a, b):
    return len(a) == len(b) and all(map(torch.equal, a, b))


def test_salvar_e_carregar_continua_com_os_mesmos_bits(tmp_path):
    seguido = completo()
    valores = andar(seguido, 20)
    metade = completo()
    primeiros = andar(metade, 7)  # 14 passos de D: o próximo R1 só vem no passo 15
    metade.salvar(tmp_path / "ponto.pt")

    torch.rand(100)  # outra coisa usa o acaso no meio do caminho
    outro = completo(semente_da_rede=5)
    outro.carregar(tmp_path / "ponto.pt")
    assert len(outro) == 13
    assert valores == primeiros + andar(outro, 13)
    assert iguais(achatado(seguido.estado()), achatado(outro.estado()))
    assert iguais(achatado(seguido.melhor_modelo.state_dict()), achatado(outro.melhor_modelo.state_dict()))


def test_retrato_restaurado_nao_muda_com_o_treino():
    treino = completo()
    andar(treino, 5)
    retrato = deepcopy(treino.estado())
    antes = achatado(retrato)
    primeira = andar(treino, 6)
    for _ in range(2):  # o mesmo retrato serve mais de uma vez
        treino.restaurar(retrato)
        assert treino.passo == 5 and iguais(achatado(treino.estado()), antes)
        assert andar(treino, 6) == primeira
        assert iguais(achatado(retrato), antes)


OUTROS = {
    "passos": {"passos": 30}, "lote": {"lote": 16}, "semente": {"semente": 1}, "lr_d": {"lr_d": 5e-4},
    "passos_d": {"passos_d": 1}, "exemplos": {"dados": torch.zeros(199, 1)}, "media": {"media": None},
}  # fmt: skip


@pytest.mark.parametrize("nome", OUTROS)
def test_ponto_de_outro_treino_e_recusado_e_nada_muda(nome, tmp_path):
    gravado = completo()
    andar(gravado, 2)
    gravado.salvar(tmp_path / "ponto.pt")
    outro = completo(semente_da_rede=5, **OUTROS[nome])
    andar(outro, 1)
    antes = achatado(outro.estado())
    with pytest.raises(ValueError, match=rf"não é um ponto de retomada.*{nome}"):
        outro.carregar(tmp_path / "ponto.pt")
    assert iguais(achatado(outro.estado()), antes) and outro.passo == 1


@pytest.mark.parametrize(
    "estrago",
    [
        {"otimizador_d": {"state": {}, "param_groups": []}},  # o de G já teria sido lido
        {"gerador": torch.zeros(3, dtype=torch.uint8)},
        {"gerador_padrao": torch.zeros(3, dtype=torch.uint8)},
    ],
)
def test_ponto_estragado_e_recusado_e_nada_muda(estrago, tmp_path):
    gravado = completo()
    andar(gravado, 3)
    torch.save(gravado.estado() | estrago, tmp_path / "ponto.pt")
    outro = completo(semente_da_rede=5)
    andar(outro, 1)
    antes = achatado(outro.estado())
    with pytest.raises(ValueError, match="não é um ponto de retomada deste treino"):
        outro.carregar(tmp_path / "ponto.pt")
    assert iguais(achatado(outro.estado()), antes)
    andar(outro, 1)


def test_media_exponencial_dos_pesos_do_gerador():
    treino = completo()
    esperada = None
    for _ in range(5):
        andar(treino, 1)
        atual = pesos(treino.modelo["gerador"])
        esperada = atual if esperada is None else 0.9 * esperada + 0.1 * atual
    torch.testing.assert_close(pesos(treino.melhor_modelo), esperada)


def test_melhor_modelo_refaz_o_batchnorm_e_vem_em_modo_de_uso():
    """As estatísticas têm de ser as da camada anterior com os pesos médios: W m_z + b e a diagonal de W Wᵀ."""
    treino = completo(passos=60, lr_g=2e-2, lote=200)
    list(treino)
    treino.media.module[1].running_mean.fill_(100.0)  # as do gerador que anda não servem
    melhor = treino.melhor_modelo
    assert not melhor.training and melhor is not treino.modelo["gerador"]
    camada, normalizacao = melhor[0], melhor[1]
    torch.testing.assert_close(normalizacao.running_mean, camada.bias, atol=0.05, rtol=0)
    torch.testing.assert_close(normalizacao.running_var, camada.weight.square().sum(1), atol=0.05, rtol=0.05)
    antes = achatado(melhor.state_dict())
    melhor(torch.randn(8, 2))  # em modo de uso, olhar não muda as estatísticas
    assert iguais(antes, achatado(melhor.state_dict()))


def test_olhar_o_melhor_modelo_nao_muda_o_treino():
    quieto = andar(completo(), 6)
    olhado = completo()
    for esperado in quieto:
        assert andar(olhado, 1) == [esperado]
        olhado.melhor_modelo(torch.zeros(4, 2))
    sem_media = novo()
    assert sem_media.melhor_modelo is sem_media.modelo["gerador"] and not sem_media.melhor_modelo.training


# Divergência, pesos congelados, e quem anda em cada passo ---------------------------------------------


def test_divergencia_devolve_as_estatisticas_das_duas_redes():
    treino = completo(passos=9)
    andar(treino, 3)
    antes = [b.clone() for b in treino.modelo.buffers()]
    parados = pesos(treino.modelo)
    treino.dados = torch.full((200, 1), float("nan"))
    with pytest.raises(TreinoDivergiu, match="Na volta 4 a perda do discriminador foi nan"):
        andar(treino, 1)
    assert iguais(antes, list(treino.modelo.buffers())) and torch.equal(pesos(treino.modelo), parados)


def test_pesos_congelados_ficam_parados():
    treino = completo()
    primeira_g, ultima_d = treino.modelo["gerador"][0], treino.modelo["discriminador"][3]
    primeira_g.requires_grad_(False), ultima_d.requires_grad_(False)
    antes = pesos(primeira_g), pesos(ultima_d), pesos(treino.modelo)
    andar(treino, 3)
    assert torch.equal(pesos(primeira_g), antes[0]) and torch.equal(pesos(ultima_d), antes[1])
    assert not torch.equal(pesos(treino.modelo), antes[2])


@pytest.mark.parametrize("parado", ["gerador", "discriminador"])
def test_um_jogador_inteiro_congelado(parado):
    treino = novo(passos=4)
    treino.modelo[parado].requires_grad_(False)
    antes = {nome: pesos(rede) for nome, rede in treino.modelo.items()}
    registros = list(treino)
    assert len(registros) == 4 and set(registros[-1].valores) == {"gerador", "discriminador"}
    mudou = [nome for nome, rede in treino.modelo.items() if not torch.equal(pesos(rede), antes[nome])]
    assert mudou == [nome for nome in treino.modelo if nome != parado]


def test_cada_passo_mexe_so_em_um_jogador():
    treino = completo()
    rede_g, rede_d = treino.modelo["gerador"], treino.modelo["discriminador"]
    g, d = pesos(rede_g), pesos(rede_d)
    assert isinstance(treino.passo_discriminador(), float)
    assert torch.equal(pesos(rede_g), g) and not torch.equal(pesos(rede_d), d)
    d = pesos(rede_d)
    assert isinstance(treino.passo_gerador(), float)
    assert not torch.equal(pesos(rede_g), g) and torch.equal(pesos(rede_d), d)
    assert treino.passo == 0 and treino.passos_de_d == 1  # uma volta é contada por quem percorre


def test_regularizador_de_tantos_em_tantos_passos():
    """Chamado nos passos 0, 3, 6, ... de D, com três vezes o peso; o valor do registro não o inclui."""
    quando, perdas = [], []

    def regularizador(rede_d, x, x_til):
        quando.append(treino.passos_de_d)
        assert x.shape == x_til.shape == (64, 1) and not x_til.requires_grad
        return 100 + 0 * rede_d(x)[:, 0]

    treino = novo(passos=5, passos_d=2, regularizador=regularizador, regularizar_a_cada=3)
    perdas = [r.valores for r in treino]
    assert quando == [0, 3, 6, 9]
    assert perdas == [r.valores for r in novo(passos=5, passos_d=2)]  # uma constante não muda nada


def test_o_peso_do_regularizador_compensa_os_passos_pulados():
    """Um passo de gradiente puro: com um em cada quatro, a inclinação do regularizador vale quatro vezes."""

    def inclinacao(a_cada):
        treino = novo(
            perda_d=lambda a, b: 0 * (a + b)[:, 0], regularizador=lambda d, x, _: d(x)[:, 0], regularizar_a_cada=a_cada
        )
        treino.passo_discriminador()
        return torch.cat([p.grad.flatten() for p in treino.modelo["discriminador"].parameters()])

    torch.testing.assert_close(inclinacao(4), 4 * inclinacao(1))
    assert inclinacao(1).abs().max() > 0


def test_agenda_muda_as_duas_taxas():
    treino = novo(passos=4, lr_g=0.1, lr_d=0.2, agenda=lambda fracao: 1 - fracao)
    taxas = [tuple(o.param_groups[0]["lr"] for o in (treino.otimizador_g, treino.otimizador_d)) for _ in treino]
    assert taxas == [pytest.approx((0.1 * f, 0.2 * f)) for f in (1, 0.75, 0.5, 0.25)]


def test_bfloat16_com_canais_por_ultimo():
    tipos = set()

    def perda_d(a, b):
        tipos.add(("perda", a.dtype))
        return perda_discriminador(a, b)

    def regularizador(rede_d, x, x_til):
        tipos.add(("regularizador", x.dtype, x_til.dtype, x.is_contiguous(memory_format=torch.channels_last)))
        return penalidade_r1(1.0)(rede_d, x, x_til)

    semear(0)
    rede_g = nn.Sequential(nn.Linear(2, 48), nn.Unflatten(1, (3, 4, 4)), nn.Conv2d(3, 3, 3, padding=1))
    rede_d = nn.Sequential(nn.Conv2d(3, 4, 3), nn.SiLU(), nn.Flatten(), nn.Linear(16, 1))
    dados = torch.randn(20, 3, 4, 4, generator=gerador(0))
    treino = TreinoAdversario(
        rede_g, rede_d, dados, perda_d, perda_gerador, latentes=2, passos=3, lote=8, media=0.9,
        regularizador=regularizador, precisao=Precisao(torch.bfloat16, True, "teste"),
    )  # fmt: skip
    antes = pesos(treino.modelo)
    assert all(0 < v < 5 for r in treino for v in r.valores.values())
    assert tipos == {("perda", torch.bfloat16), ("regularizador", torch.float32, torch.float32, True)}
    assert not torch.equal(pesos(treino.modelo), antes)
    assert {p.dtype for p in treino.modelo.parameters()} == {torch.float32}


@pytest.mark.parametrize(
    ("devolver", "trecho"),
    [(lambda a: None, "devolveu None"), (lambda a: {"kl": a}, "chave"), (lambda a: a[:5, 0], r"esperava \(64,\)")],
)
def test_perda_que_nao_e_uma_por_exemplo(devolver, trecho):
    with pytest.raises(ValueError, match=trecho):
        list(novo(perda_g=devolver))


def test_inteiros_e_decaimento_ruins():
    with pytest.raises(ValueError, match="regularizar_a_cada=0; esperava inteiros positivos"):
        novo(regularizar_a_cada=0)
    with pytest.raises(ValueError, match=r"media: chegou 1\.0"):
        novo(media=1.0)


def test_penalidade_do_gerador_entra_no_passo_dele() -> None:
    """Com a perda do gerador constante, só a penalidade move os pesos: um passo de Adam, na direção dela."""

    class ComPenalidade(TreinoAdversario):
        def penalidade_g(self) -> torch.Tensor:
            return 3 * self.modelo["gerador"].weight.sum()

    rede_g, rede_d = nn.Linear(2, 2), nn.Linear(2, 1)
    antes_g = rede_g.weight.clone()
    treino = ComPenalidade(
        rede_g, rede_d, torch.randn(8, 2), perda_discriminador, lambda a: 0 * a.flatten(), latentes=2, passos=1,
        lr_g=0.1,
    )  # fmt: skip
    next(iter(treino))
    torch.testing.assert_close(rede_g.weight, antes_g - 0.1)

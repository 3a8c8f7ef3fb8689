"""O laço de treino: retomada exata, interrupção, divergência, média dos pesos."""

import math

import pytest
import torch
from torch import nn

from aulas_lib.ambiente import gerador, semear
from aulas_lib.dados.carinhas import carinhas
from aulas_lib.modelos.dcgan import DiscriminadorDC, GeradorDC
from aulas_lib.modelos.gan import perda_discriminador, perda_gerador
from aulas_lib.modelos.regularizadores import penalidade_r1
from aulas_lib.precisao import Precisao
from aulas_lib.treino import Gravador, Treino, TreinoAdversario, TreinoDivergiu, acompanhar, cosseno


def rede(semente=0):
    semear(semente)
    return nn.Sequential(nn.Linear(4, 16), nn.Dropout(0.2), nn.Tanh(), nn.Linear(16, 4))


def perda(modelo, x, gerador=None):
    ruido = torch.randn(x.shape, generator=gerador)
    return (modelo(x + 0.1 * ruido) - x).square().sum(1)


def dados(n=37):
    return torch.randn(n, 4, generator=gerador(9))


def novo(modelo, passos=100, **opcoes):
    return Treino(modelo, perda, dados(), passos=passos, lote=8, lr=1e-2, agenda=cosseno, media=0.9, **opcoes)


def pesos(modelo):
    return torch.cat([p.detach().flatten() for p in modelo.parameters()])


def test_retomada_exata(tmp_path):
    """100 passos seguidos e 50 + 50 com gravação no meio dão os mesmos bits."""
    seguido = novo(rede())
    perdas = [r.valores["perda"] for r in seguido]

    semear(0)
    metade = novo(rede())
    primeiros = []
    for registro in metade:
        primeiros.append(registro.valores["perda"])
        if registro.passo == 50:
            break
    metade.salvar(tmp_path / "ponto.pt")

    torch.rand(100)  # outra coisa usa o acaso no meio do caminho
    outro = novo(rede(semente=5))
    outro.carregar(tmp_path / "ponto.pt")
    depois = [r.valores["perda"] for r in outro]
    assert perdas == primeiros + depois
    assert torch.equal(pesos(seguido.modelo), pesos(outro.modelo))
    assert torch.equal(pesos(seguido.melhor_modelo), pesos(outro.melhor_modelo))


def test_cada_epoca_ve_cada_exemplo_uma_vez():
    vistos = []
    x = torch.arange(12.0).unsqueeze(1)

    def anota(modelo, lote, gerador=None):
        vistos.append(lote.flatten().tolist())
        return modelo(lote).sum(1)

    list(Treino(nn.Linear(1, 1), anota, x, passos=6, lote=4))
    primeira, segunda = sum(vistos[:3], []), sum(vistos[3:], [])
    assert sorted(primeira) == sorted(segunda) == list(range(12))
    assert primeira != segunda


def test_media_exponencial_dos_pesos():
    treino = Treino(rede(), perda, dados(), passos=5, lote=8, lr=1e-2, media=0.9)
    esperada = None
    for _ in treino:
        atual = pesos(treino.modelo)
        esperada = atual if esperada is None else 0.9 * esperada + 0.1 * atual
    torch.testing.assert_close(pesos(treino.melhor_modelo), esperada)


def test_divergencia_guarda_os_ultimos_pesos_bons():
    treino = Treino(rede(), perda, dados(), passos=50, lote=8, lr=1e-3)
    antes = None
    with pytest.raises(TreinoDivergiu, match=r"passo 4.*pesos do passo 3"):
        for registro in treino:
            antes = pesos(treino.modelo)
            if registro.passo == 3:
                treino.dados = (torch.full((37, 4), math.nan),)
    assert torch.equal(pesos(treino.modelo), antes)
    assert torch.isfinite(antes).all()


def test_interromper_guarda_o_que_foi_treinado(capsys):
    treino = novo(rede())

    def interrompe(registro):
        if registro.passo == 7:
            raise KeyboardInterrupt

    registros = acompanhar(treino, a_cada=interrompe)
    assert [r.passo for r in registros] == list(range(1, 8))
    assert "interrompido no passo 7 de 100" in capsys.readouterr().out
    assert len(treino) == 93
    assert acompanhar(treino)[-1].passo == 100  # continua de onde parou
    assert not treino.modelo.training


def test_aprende():
    torch.manual_seed(0)
    registros = acompanhar(Treino(nn.Linear(4, 4), perda, dados(), passos=300, lote=37, lr=3e-2))
    assert registros[-1].valores["perda"] < 0.1 * registros[0].valores["perda"]


def test_transformar_chega_a_perda_e_muda_so_o_lote():
    x = dados()
    copia = x.clone()

    def confere(modelo, lote, gerador=None):
        assert (lote > 50).all()
        return perda(modelo, lote, gerador)

    list(Treino(rede(), confere, x, passos=3, transformar=lambda lote, g: lote + 100))
    assert torch.equal(x, copia)


def test_agenda_muda_a_taxa_a_cada_passo():
    treino = Treino(rede(), perda, dados(), passos=4, lr=0.1, agenda=lambda fracao: 1 - fracao)
    taxas = [treino.otimizador.param_groups[0]["lr"] for _ in treino]
    assert taxas == pytest.approx([0.1, 0.075, 0.05, 0.025])
    assert [cosseno(f) for f in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0])


def test_varios_tensores_chegam_casados():
    x, y = torch.arange(10.0).unsqueeze(1), torch.arange(10)

    def confere(modelo, a, b, gerador=None):
        assert torch.equal(a.flatten().long(), b)
        return modelo(a).sum(1)

    list(Treino(nn.Linear(1, 1), confere, (x, y), passos=7, lote=3))


def test_bfloat16_com_canais_por_ultimo():
    modelo = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(8 * 36, 2))
    tipos = set()

    def perda_imagens(rede, x, gerador=None):
        saida = rede(x)
        tipos.add((saida.dtype, x.is_contiguous(memory_format=torch.channels_last)))
        return saida.square().sum(1)

    x = torch.randn(6, 3, 8, 8, generator=gerador(0))
    list(Treino(modelo, perda_imagens, x, passos=2, precisao=Precisao(torch.bfloat16, True, "teste")))
    assert tipos == {(torch.bfloat16, True)}
    assert next(modelo.parameters()).dtype == torch.float32


@pytest.mark.parametrize(
    ("argumentos", "trecho"),
    [
        ({"dados": torch.zeros(0, 4)}, "maior que zero"),
        ({"dados": (torch.zeros(3, 4), torch.zeros(2))}, r"\[2, 3\]"),
        ({"dados": torch.zeros(3, 4, device="meta")}, "mesmo dispositivo"),
        ({"passos": 0}, "passos=0"),
        ({"passos": 2.0}, r"passos=2\.0"),
        ({"passos": True}, "passos=True"),
        ({"lote": -1}, "lote=-1"),
        ({"lote": 8.5}, r"lote=8\.5"),
        ({"lr": 0}, "lr: chegou 0"),
        ({"lr": -1e-3}, r"lr: chegou -0\.001"),
        ({"lr": math.nan}, "lr: chegou nan"),
        ({"lr": math.inf}, "lr: chegou inf"),
        ({"lr": "1e-3"}, "lr: chegou '1e-3'"),
        ({"media": 0}, "media: chegou 0"),
        ({"media": 1.0}, r"media: chegou 1\.0"),
        ({"media": True}, "media: chegou True"),
        ({"modelo": nn.Flatten()}, "Flatten não tem parâmetros"),
    ],
)
def test_argumentos_ruins(argumentos, trecho):
    padrao = {"modelo": rede(), "perda": perda, "dados": torch.zeros(3, 4), "passos": 10}
    with pytest.raises(ValueError, match=trecho):
        Treino(**(padrao | argumentos))


@pytest.mark.parametrize(
    ("devolver", "trecho"),
    [
        (lambda erro: {"kl": erro}, r"dicionário com \['kl'\].*chave \"perda\""),
        (lambda erro: None, "devolveu None"),
        (lambda erro: erro.mean(), r"forma \(\); esperava \(8,\)"),
        (lambda erro: {"perda": erro.unsqueeze(1)}, r"forma \(8, 1\); esperava \(8,\)"),
    ],
)
def test_perda_que_nao_e_uma_por_exemplo(devolver, trecho):
    treino = Treino(
        rede(), lambda modelo, x, gerador: devolver(perda(modelo, x, gerador)), dados(), passos=3, lote=8
    )
    with pytest.raises(ValueError, match=trecho):
        next(iter(treino))


def test_gradiente_infinito_com_perda_finita():
    modelo = nn.Linear(1, 1)
    nn.init.zeros_(modelo.weight)

    def raiz(rede, x, gerador=None):
        return rede.weight.sqrt().sum() + 0 * x[:, 0]  # em zero vale 0, com derivada infinita

    with pytest.raises(TreinoDivergiu, match=r"a perda foi 0\.0 e a norma do gradiente, inf"):
        list(Treino(modelo, raiz, torch.ones(4, 1), passos=2, recorte=1.0))
    assert modelo.weight.item() == 0


def test_divergencia_devolve_as_estatisticas_do_batchnorm_e_os_registros():
    modelo = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
    treino = Treino(modelo, perda, dados(), passos=9, lote=8)
    antes = []

    def estragar(registro):
        antes[:] = [b.clone() for b in modelo.buffers()]
        if registro.passo == 3:
            treino.dados = (torch.full((37, 4), math.nan),)

    with pytest.raises(TreinoDivergiu) as erro:
        acompanhar(treino, a_cada=estragar)
    assert [r.passo for r in erro.value.registros] == [1, 2, 3]
    assert len(antes) == 3 and all(map(torch.equal, antes, modelo.buffers()))
    assert not modelo.training


def test_erro_ao_acompanhar_deixa_o_modelo_em_avaliacao():
    treino = novo(rede())

    def falhar(registro):
        raise OSError("disco cheio")

    with pytest.raises(OSError, match="disco cheio"):
        acompanhar(treino, a_cada=falhar)
    assert not treino.modelo.training


def test_ponto_de_retomada_ruim(tmp_path):
    ruim = tmp_path / "ponto.pt"
    with pytest.raises(FileNotFoundError, match=r"Não encontrei .*ponto\.pt"):
        novo(rede()).carregar(ruim)
    ruim.write_bytes(b"isto nao e um ponto de retomada")
    with pytest.raises(ValueError, match=r"ponto\.pt não é um ponto de retomada"):
        novo(rede()).carregar(ruim)
    torch.save({"modelo": {}}, ruim)
    with pytest.raises(ValueError, match="faltam assinatura"):
        novo(rede()).carregar(ruim)
    (tmp_path / "arquivo").write_text("")
    with pytest.raises(OSError, match="Escolha uma pasta"):
        novo(rede()).salvar(tmp_path / "arquivo" / "ponto.pt")


def _tudo(treino):
    partes = [*treino.modelo.state_dict().values(), *treino.melhor_modelo.state_dict().values()]
    return [p.clone() for p in partes] + [treino.gerador.get_state(), torch.get_rng_state()]


@pytest.mark.parametrize(
    ("mudanca", "trecho"),
    [
        ({"passos": 80}, "gravado com passos=100, .*; aqui, passos=80"),
        ({"lote": 4}, "lote=8.*lote=4"),
        ({"dados": torch.zeros(36, 4)}, "exemplos=37.*exemplos=36"),
        ({"semente": 1}, "semente=0.*semente=1"),
        ({"lr": 2e-2}, r"lr=0\.01.*lr=0\.02"),
        ({"media": None}, "media: "),
        ({"modelo": nn.Linear(4, 4)}, "modelo: 0.bias tem forma"),
        ({"modelo": nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Tanh(), nn.Linear(16, 3))}, r"\(3,\) aqui"),
    ],
)
def test_ponto_de_outro_treino_e_recusado_e_nada_muda(mudanca, trecho, tmp_path):
    padrao = {"modelo": rede(), "perda": perda, "dados": dados(), "passos": 100, "lote": 8, "lr": 1e-2}
    padrao["media"] = 0.9
    gravado = Treino(**padrao)
    next(iter(gravado))
    gravado.salvar(tmp_path / "ponto.pt")
    outro = Treino(**(padrao | {"modelo": rede(semente=5)} | mudanca))
    antes = _tudo(outro)
    with pytest.raises(ValueError, match=trecho):
        outro.carregar(tmp_path / "ponto.pt")
    assert all(map(torch.equal, antes, _tudo(outro))) and outro.passo == 0


def test_ponto_com_otimizador_estragado_e_recusado_e_nada_muda(tmp_path):
    treino = novo(rede())
    treino.salvar(tmp_path / "ponto.pt")
    estado = torch.load(tmp_path / "ponto.pt")
    torch.save(estado | {"otimizador": {"state": {}, "param_groups": []}}, tmp_path / "ponto.pt")
    outro = novo(rede(semente=5))
    antes = _tudo(outro)
    with pytest.raises(ValueError, match="não é um ponto de retomada"):
        outro.carregar(tmp_path / "ponto.pt")
    assert all(map(torch.equal, antes, _tudo(outro)))


def test_gravador_guarda_do_primeiro_ao_ultimo_passo():
    treino = novo(rede(), passos=50)
    gravador = Gravador(lambda registro: registro.passo, passos=50, quadros=12)
    acompanhar(treino, a_cada=gravador)
    assert gravador.retratos[0] == 1 and gravador.retratos[-1] == 50
    assert len(gravador.retratos) <= 13
    saltos = [b - a for a, b in zip(gravador.retratos, gravador.retratos[1:], strict=False)]
    assert saltos[0] < saltos[-1]
    with pytest.raises(ValueError, match="quadros=0"):
        Gravador(print, passos=3, quadros=0)


def test_a_ordem_de_memoria_nao_muda_o_passo() -> None:
    """Com canais por último, a R1 devolve gradientes em outra ordem de memória que a dos pesos; o passo é o mesmo."""
    passos = {}
    for canais_por_ultimo in (False, True):
        semear(0)
        precisao = Precisao(torch.float32, canais_por_ultimo, "teste")
        treino = TreinoAdversario(
            GeradorDC(3, 16, (8, 8), 4), DiscriminadorDC(3, 16, (8, 8)), carinhas(64).imagens[..., ::2, ::2],
            perda_discriminador, perda_gerador, latentes=4, passos=1, lote=16, regularizador=penalidade_r1(1.0),
            precisao=precisao,
        )  # fmt: skip
        antes = [p.detach().clone() for p in treino.modelo.parameters()]
        next(iter(treino))
        passos[canais_por_ultimo] = [p.detach() - a for p, a in zip(treino.modelo.parameters(), antes, strict=True)]
    for a, b in zip(*passos.values(), strict=True):
        assert ((a - b).abs() > 0.1 * treino.lr_d).float().mean() < 0.05

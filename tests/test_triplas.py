"""A − B + C: triplas em um mundo em que a resposta é conhecida, e o interativo."""

import pytest
import torch

from aulas_lib.ambiente import gerador, virgula
from aulas_lib.avaliacao.triplas import (
    Banco,
    GeradorMedido,
    Tripla,
    codigos_das_contas,
    julgar_triplas,
    sortear_triplas,
)
from aulas_lib.dados.carinhas import ESQUEMA as CARINHAS
from aulas_lib.interativos.triplas import estado_triplas, quadro_triplas, triplas_de_carinhas

ESQUEMA = {"oculos": ("sem", "com"), "chapeu": ("sem", "com"), "barba": ("sem", "com")}
COM_COR = ESQUEMA | {"cor_chapeu": ("nenhuma", "azul")}


def mundo(n=4000):
    """Um mundo em que cada atributo é o sinal de uma coordenada: a aritmética dá certo."""
    z = torch.randn(n, 8, generator=gerador(0))
    return GeradorMedido(lambda z: z, lambda x: (x[:, :3] > 0).long(), ESQUEMA, z)


def test_triplas_em_um_mundo_linear():
    triplas = sortear_triplas(ESQUEMA, {"oculos": "com", "barba": "com"}, 100, gerador(1))
    assert all(t.a["oculos" if t.alvo == "oculos" else "barba"] == "com" and t.c[t.alvo] == "sem" for t in triplas)
    placar = julgar_triplas(mundo(), triplas, 2.0, gerador(2))
    assert placar.sucesso("A − B + C") > 0.75
    assert placar.sucesso("C sozinho") == 0 and placar.sucesso("direção ao acaso") < 0.3
    assert placar.n == {"oculos": 100, "barba": 100}
    totais = [virgula(100 * placar.sucesso(modo), 1) for modo in placar.linhas["barba"]]
    assert str(placar).splitlines()[-1].split() == ["em", "tudo", totais[0], "%", totais[1], "%", totais[2], "%"]


def test_grupos_que_nao_existem():
    with pytest.raises(ValueError, match="não existe"):
        mundo().banco.quais({"oculos": "talvez"})
    so_um = Banco(torch.zeros(1, 2), torch.zeros(1, 3, dtype=torch.long), ESQUEMA)
    with pytest.raises(ValueError, match="Nenhum dos 1 rostos"):
        so_um.quais({"oculos": "com"})


def test_quadro_das_triplas():
    rosto = GeradorMedido(
        lambda z: z[:, :3, None, None].expand(-1, 3, 8, 8).tanh(), lambda x: (x[:, :, 0, 0] > 0).long(), ESQUEMA,
        torch.randn(200, 8, generator=gerador(0)),
    )
    com, sem, barba = {"oculos": "com"}, {"oculos": "sem"}, {"barba": "com", "oculos": "sem"}
    medias, antes, depois = estado_triplas(rosto, com, sem, barba, 2.0)
    assert len(medias) == 4 and (antes[:, 0] < 0).all() and (depois[:, 0] > antes[:, 0]).all()
    assert quadro_triplas(medias, antes, depois).size == (500, 336)
    with pytest.raises(ValueError, match="pelo menos 1 e 3"):
        triplas_de_carinhas({"rede": rosto}, {"a": com})


def test_placar_contado_a_mao():
    chamadas = []
    rede = GeradorMedido(
        lambda z: chamadas.append(z) or z, lambda x: (x[:, :4] > 0).long(), COM_COR,
        torch.randn(400, 8, generator=gerador(0)),
    )  # fmt: skip
    oculos = Tripla("oculos", {"oculos": "com"}, {"oculos": "sem"}, {"oculos": "sem"})
    chapeu = Tripla("chapeu", {"chapeu": "com", "cor_chapeu": "azul"}, {"chapeu": "sem"}, {"chapeu": "sem"})
    triplas = [oculos] * 60 + [chapeu] * 20
    placar = julgar_triplas(rede, triplas, 1.3, gerador=gerador(2))
    c, d = codigos_das_contas(rede.banco, triplas, gerador=gerador(2))
    modos = dict(zip(("A − B + C", "C sozinho", "direção ao acaso"), chamadas[2:], strict=True))
    torch.testing.assert_close(modos["A − B + C"], c + 1.3 * d)
    torch.testing.assert_close((modos["direção ao acaso"] - c).norm(dim=1), 1.3 * d.norm(dim=1))
    for modo, z in modos.items():
        certos = 0
        for alvo, faixa, resto in (("oculos", slice(0, 60), (1, 2, 3)), ("chapeu", slice(60, 80), (0, 2))):
            antes, depois = c[faixa] > 0, z[faixa] > 0
            pedido = depois[:, list(COM_COR).index(alvo)]
            ficou = (antes[:, resto] == depois[:, resto]).all(dim=1)
            esperado = [v.double().mean().item() for v in (pedido, ficou, pedido & ficou)]
            assert placar.linhas[alvo][modo] == pytest.approx(esperado)
            certos += int((pedido & ficou).sum())
        assert placar.sucesso(modo) == pytest.approx(certos / 80)


def test_triplas_sorteadas():
    triplas = sortear_triplas(CARINHAS, {"cabelo_cor": None, "chapeu": "com"}, 50, gerador(1))
    assert {t.pedido for t in triplas[:50]} == set(CARINHAS["cabelo_cor"])
    assert not any("cor_chapeu" in t.a | t.c for t in triplas[50:])
    for t in triplas:
        assert t.a | {t.alvo: ""} == t.b | {t.alvo: ""} and t.b[t.alvo] == t.c[t.alvo] != t.pedido
    for alvos, dito in (({"bigode": "com"}, "'bigode' não existe"), ({"oculos": "talvez"}, "não existe; há sem, com")):
        with pytest.raises(ValueError, match=dito):
            sortear_triplas(CARINHAS, alvos, 1, gerador(1))


def test_triplas_estado_e_a_conta():
    z = torch.randn(200, 8, generator=gerador(0))
    rede = GeradorMedido(lambda z: z, lambda x: (x[:, :4] > 0).long(), COM_COR, z)
    a, b, c = z[z[:, 0] > 0].mean(0), z[z[:, 0] <= 0].mean(0), z[z[:, 2] > 0]
    medias, _, depois = estado_triplas(rede, {"oculos": "com"}, {"oculos": "sem"}, {"barba": "com"}, 0.5)
    torch.testing.assert_close(medias, torch.stack([a, b, c.mean(0), c.mean(0) + 0.5 * (a - b)]))
    torch.testing.assert_close(depois, c[:6] + 0.5 * (a - b))


def test_um_gasta_um_sorteio_so():
    """Se uma leitura da sonda muda em outra máquina, as contas seguintes continuam as mesmas."""
    z = torch.randn(50, 8, generator=gerador(0))
    vistos = (z[:, :3] > 0).long()
    mudado = vistos.clone()
    mudado[0] = 1 - mudado[0]
    codigos = []
    for tabela in (vistos, mudado):
        g, banco = gerador(4), Banco(z, tabela, ESQUEMA)
        banco.um({"oculos": "com"}, g)
        codigos.append(torch.rand(1, generator=g))
    assert torch.equal(*codigos)

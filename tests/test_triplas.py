"""A − B + C: triplas em um mundo em que a resposta é conhecida, e o interativo."""

import pytest
import torch

from aulas_lib.ambiente import gerador, virgula
from aulas_lib.avaliacao.triplas import Banco, GeradorMedido, julgar_triplas, sortear_triplas
from aulas_lib.interativos.triplas import estado_triplas, quadro_triplas, triplas_de_carinhas

ESQUEMA = {"oculos": ("sem", "com"), "chapeu": ("sem", "com"), "barba": ("sem", "com")}


def mundo(n=4000):
    """Um mundo em que cada atributo é o sinal de uma coordenada: a aritmética dá certo."""
    z = torch.randn(n, 8, generator=gerador(0))
    return GeradorMedido(lambda z: z, lambda x: (x[:, :3] > 0).long(), ESQUEMA, z)


def test_triplas_em_um_mundo_linear():
    triplas = sortear_triplas(ESQUEMA, {"oculos": "com", "barba": "com"}, 100, gerador(1))
    assert all(t.a["oculos" if t.alvo == "oculos" else "barba"] == "com" and t.c[t.alvo] == "sem" for t in triplas)
    placar = julgar_triplas(mundo(), triplas, 2.0, 1, gerador(2))
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

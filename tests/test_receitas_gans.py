"""As receitas da lição 4: o treino retomado é o mesmo, e as penalidades do gerador entram quando devem."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from aulas_lib import receitas
from aulas_lib.ambiente import gerador, semear
from aulas_lib.avaliacao import prever
from aulas_lib.dados.carinhas import ESQUEMA, carinhas
from aulas_lib.dados.imagens import ConjuntoImagens, digitos
from aulas_lib.modelos.biggan import penalidade_ortogonal
from aulas_lib.modelos.gan import imagens_de
from aulas_lib.receitas import condicional
from aulas_lib.receitas.ablacoes import reduzir
from aulas_lib.receitas.arvore import RAMOS
from aulas_lib.receitas.biggan import criar_biggan, treinar_biggan
from aulas_lib.receitas.condicional import com_rotulos, retratar_com_rotulos, rotulos_das_carinhas
from aulas_lib.receitas.dcgan import retratar_sem_rotulos
from aulas_lib.receitas.progressiva import criar_progressiva, momento_da_volta, treinar_progressiva
from aulas_lib.receitas.sagan import criar_sagan, treinar_sagan
from aulas_lib.receitas.stylegan import CAMINHO_A_CADA, criar_stylegan, treinar_stylegan
from aulas_lib.treino import TreinoAdversario

TODAS = {
    "progressiva": (criar_progressiva, treinar_progressiva, retratar_sem_rotulos),
    "sagan": (criar_sagan, treinar_sagan, retratar_com_rotulos),
    "biggan": (criar_biggan, treinar_biggan, retratar_com_rotulos),
    "stylegan": (criar_stylegan, treinar_stylegan, retratar_sem_rotulos),
}


@pytest.fixture(scope="module")
def conjunto() -> ConjuntoImagens:
    return reduzir(carinhas(8, cache=False))


def montar(nome: str, conjunto: ConjuntoImagens) -> TreinoAdversario:
    criar, treinar, _ = TODAS[nome]
    semear(3)
    treino = treinar(criar(conjunto), conjunto, 3)
    treino.passos = 12
    return treino


def andar(treino: TreinoAdversario, voltas: int) -> None:
    for _, _ in zip(range(voltas), treino, strict=False):
        pass


@pytest.mark.parametrize("nome", TODAS)
def test_retomado_no_meio_da_o_mesmo_gerador(nome: str, conjunto: ConjuntoImagens, tmp_path: Path) -> None:
    inteiro = montar(nome, conjunto)
    andar(inteiro, 9)
    primeiro = montar(nome, conjunto)
    andar(primeiro, 5)
    primeiro.salvar(tmp_path / "ponto.pt")
    segundo = montar(nome, conjunto)
    segundo.carregar(tmp_path / "ponto.pt")
    andar(segundo, 4)
    assert inteiro.passo == segundo.passo == 9
    for a, b in zip(inteiro.modelo.state_dict().values(), segundo.modelo.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    for a, b in zip(inteiro.melhor_modelo.parameters(), segundo.melhor_modelo.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("nome", TODAS)
def test_retrato_tem_dez_imagens_e_se_repete(nome: str, conjunto: ConjuntoImagens) -> None:
    criar, _, retratar = TODAS[nome]
    rede = criar(conjunto).eval()
    imagens = retratar(rede)
    assert imagens.shape == (10, 3, 16, 16) and torch.equal(imagens, retratar(rede))


def test_condicional_pede_carinhas() -> None:
    with pytest.raises(ValueError, match="use --dados carinhas"):
        com_rotulos(digitos().treino, rotulos_das_carinhas())


def test_ortogonalidade_em_toda_volta(conjunto: ConjuntoImagens) -> None:
    treino = montar("biggan", conjunto)
    treino.modelo.eval()  # no modo de treino, cada leitura de um peso dá mais um passo do método das potências
    torch.testing.assert_close(treino.penalidade_g(), penalidade_ortogonal(treino.modelo["gerador"], 1e-4))
    treino.ortogonal = 0.0
    assert treino.penalidade_g() == 0


def test_comprimento_do_caminho_em_uma_de_cada_tantas_voltas(conjunto: ConjuntoImagens) -> None:
    treino = montar("stylegan", conjunto)
    for volta in range(CAMINHO_A_CADA + 1):
        treino.passo = volta
        ha = isinstance(treino.penalidade_g(), torch.Tensor)
        assert ha == (volta % CAMINHO_A_CADA == 0)
    caminho, rede_g = treino.modelo["caminho"], treino.modelo["gerador"]
    a, treino.passo = caminho.a.clone(), 0
    treino.gerador = gerador(9)
    z = torch.randn(treino.lote // 2, 64, generator=gerador(9))
    semear(4)
    obtida = treino.penalidade_g()
    caminho.a.copy_(a)
    semear(4)
    torch.testing.assert_close(obtida, CAMINHO_A_CADA * caminho(rede_g, z).mean())


def test_a_norma_espectral_e_a_atencao_da_sagan_se_tiram(conjunto: ConjuntoImagens) -> None:
    def normas(rede: nn.Module) -> int:
        return sum("original" in nome for nome, _ in rede.named_parameters())

    assert normas(criar_sagan(conjunto)) == 15 and normas(criar_sagan(conjunto, norma=False)) == 0
    assert normas(criar_sagan(conjunto, atencao=False)) == 11


def test_os_rotulos_da_biggan_sao_os_que_definem_a_classe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Contra as colunas achadas pelo nome: no par real, no sorteio da árvore e na imagem do peso."""
    conjunto, rede = carinhas(6, cache=False), receitas.carregar("biggan")
    nomes = [nome for nome in ESQUEMA if nome != "inclinacao"]
    assert list(rede.rotulos.esquema) == nomes
    pares = com_rotulos(conjunto, rede.rotulos)[:, conjunto.imagens[0].numel() :]
    colunas = [F.one_hot(conjunto.atributos[:, list(ESQUEMA).index(nome)], len(ESQUEMA[nome])) for nome in nomes]
    assert torch.equal(pares, torch.cat(colunas, dim=1).float())
    z = RAMOS["biggan"].sortear(300, rede, gerador(1))
    vistos = prever(receitas.carregar("sonda"), imagens_de(rede, z))[:, list(ESQUEMA).index("oculos")]
    onde = rede.rotulos.coordenadas[0]  # os óculos vêm depois da boca
    assert (vistos == (z[:, onde] > 0)).double().mean() > 0.95
    monkeypatch.setattr(condicional, "N_FRECHET", 300)
    monkeypatch.setattr(condicional, "texto_das_medidas", lambda imagens, conjunto: f"{len(imagens)} imagens")
    metrica = condicional.medir_condicional(rede, conjunto)["metrica"]
    assert int(re.match(r"300 imagens; rótulos de z vistos: média (\d+),", metrica)[1]) > 85
    with pytest.raises(ValueError, match="'olhr'"):
        rotulos_das_carinhas(("olhr",))


@pytest.mark.parametrize("volta", [0, 909, 910, 1365, 1820, 2730, 3185, 6999])
def test_momento_da_volta_na_receita_progressiva(volta: int) -> None:
    """Fases de 910 voltas: 8, 16 entrando, 16, 32 entrando, 32 até o fim."""
    fase, resto = divmod(volta, 910)
    esperado = [(0, 1.0), (1, resto / 910), (1, 1.0), (2, resto / 910), (2, 1.0)][min(fase, 4)]
    assert momento_da_volta(volta, 7000) == pytest.approx(esperado)

"""Interativos: os filmes (sem kernel), os controles (com kernel) e as figuras da aula de VAE."""

import base64
import html as biblioteca_html
import io
import json
import math
import re

import numpy as np
import pytest
import torch
from PIL import Image

from aulas_lib.interativos import desenho, kl
from aulas_lib.interativos.aritmetica import (
    NADA,
    aritmetica_carinhas,
    escrever_conta,
    quadro_carinhas,
    somar_direcoes,
)
from aulas_lib.interativos.controles import TAMANHO_MINIMO, Controles, Deslizante, Lista, codificar
from aulas_lib.interativos.filme import Eixo, Filme, filme
from aulas_lib.interativos.folhas import montar_folhas
from aulas_lib.interativos.interpolacao import filme_interpolacao, quadro_interpolacao
from aulas_lib.interativos.latente import explorador_latente, mapa_latente, quadro_latente
from aulas_lib.interativos.viagem import Instante, viagem_no_tempo

NADA_DE_REDE = re.compile(r"https?://|(?:src|href)=[\"']//|url\(|import\s*\(|fetch\s*\(")


def quadros_de_cor(*tamanhos: int, altura: int = 8, largura: int = 10) -> np.ndarray:
    """Quadro k todo com o nível k: dá para saber qual apareceu."""
    total = math.prod(tamanhos)
    niveis = np.arange(total, dtype=np.uint8).reshape(*tamanhos, 1, 1, 1)
    return np.broadcast_to(niveis, (*tamanhos, altura, largura, 3)).copy()


def filme_pequeno(**opcoes: object) -> Filme:
    eixos = [Eixo("μ", (-1.5, 0.0, 1.5), 1), Eixo("σ", (0.5, 1.0), -1)]
    return filme(quadros_de_cor(3, 2), eixos, "Filme de prova", "Seis cores", **opcoes)


def dados_da_pagina(objeto: Filme) -> dict:
    achado = re.search(r'<script type="application/json" id="dados">(.*?)</script>', objeto.pagina, re.DOTALL)
    return json.loads(achado[1])


def abrir(endereco: str) -> np.ndarray:
    conteudo = base64.b64decode(endereco.split(",", 1)[1])
    return np.asarray(Image.open(io.BytesIO(conteudo)).convert("RGB"))


# Filmes


def test_filme_guarda_cada_quadro_onde_a_pagina_o_procura() -> None:
    quadros = np.random.default_rng(0).integers(0, 256, (11, 30, 40, 3), dtype=np.uint8)
    folhas = montar_folhas(quadros, "webp", None, lado_maximo=100)
    assert len(folhas.enderecos) == 2  # 2 colunas × 3 linhas por folha
    for k in range(11):
        folha, resto = abrir(folhas.enderecos[k // folhas.por_folha]), k % folhas.por_folha
        assert max(folha.shape[:2]) <= 100
        x, y = resto % folhas.colunas * 40, resto // folhas.colunas * 30
        np.testing.assert_array_equal(folha[y : y + 30, x : x + 40], quadros[k])


def test_filme_sem_rede_isolado_e_com_nomes() -> None:
    objeto = filme_pequeno()
    assert 'sandbox="allow-scripts"' in objeto.html
    assert "allow-same-origin" not in objeto.html
    assert not NADA_DE_REDE.search(objeto.html)
    fora = re.sub(r'srcdoc="[^"]*"', "", objeto.html)
    assert re.search(r'<img src="data:image/webp;base64,[^"]+" alt="Seis cores"', fora)
    assert "<script" not in fora
    assert 'title="Filme de prova"' in fora
    assert biblioteca_html.unescape(re.search(r'srcdoc="([^"]*)"', objeto.html)[1]) == objeto.pagina
    dados = dados_da_pagina(objeto)
    assert [e["rotulos"] for e in dados["eixos"]] == [["−1,50", "0,00", "1,50"], ["0,50", "1,00"]]
    assert [e["inicial"] for e in dados["eixos"]] == [1, 1]


def test_filme_de_dois_eixos_pode_tocar() -> None:
    objeto = filme_pequeno(fps=6)  # que o último eixo toca se vê em tests/navegador/test_laboratorio_gan.py
    assert dados_da_pagina(objeto)["fps"] == 6
    assert dados_da_pagina(filme_pequeno())["fps"] == 0


def test_figura_parada_e_o_quadro_inicial() -> None:
    objeto = filme_pequeno(ampliar=3)
    parada = abrir(re.search(r'<img src="([^"]+)"', objeto.html)[1])
    assert parada.shape == (24, 30, 3)
    assert (parada == 3).all()  # eixos em (1, 1): quadro 1·2 + 1
    assert np.asarray(objeto.quadro(2, 0))[0, 0, 0] == 4


def test_texto_do_filme_e_constante() -> None:
    um, outro = filme_pequeno(), filme_pequeno(formato="jpeg")
    assert um._repr_mimebundle_()["text/plain"] == outro._repr_mimebundle_()["text/plain"] == repr(um)
    assert um.html == filme_pequeno().html
    assert "data:image/jpeg" in outro.html


def test_texto_do_autor_nao_vira_codigo() -> None:
    ruim = '</script><b onclick="x">@DADOS@'
    eixo = Eixo(ruim, ("</script>", "b"))
    objeto = filme(quadros_de_cor(2), [eixo], ruim, ruim, legendas=[ruim, "b"], fps=4)
    assert "<b onclick" not in objeto.html
    assert "<b onclick" not in objeto.pagina
    assert dados_da_pagina(objeto)["eixos"][0]["nome"] == ruim
    assert dados_da_pagina(objeto)["legendas"][0] == ruim


def test_filme_aceita_lista_de_imagens() -> None:
    imagens = [Image.new("RGB", (4, 3), (k, k, k)) for k in range(6)]
    objeto = filme(imagens, [Eixo("a", (1, 2)), Eixo("b", (1, 2, 3))], "t", "d")
    assert objeto.quadros.shape == (6, 3, 4, 3)
    assert objeto.quadro(1, 0).getpixel((0, 0)) == (3, 3, 3)


@pytest.mark.parametrize(
    ("mudanca", "pedaco"),
    [
        ({"quadros": quadros_de_cor(4)}, "mas espera uint8"),
        ({"quadros": quadros_de_cor(3).astype(np.float32)}, "float32"),
        ({"quadros": [Image.new("RGB", (2, 2))]}, "recebeu 1 quadros"),
        ({"quadros": [Image.new("RGB", (2, k)) for k in (1, 2, 2)]}, "tamanhos diferentes"),
        ({"eixos": []}, "0 eixos"),
        ({"eixos": [Eixo("a", ())]}, "sem valores"),
        ({"eixos": [Eixo("a", (1, 2, 3), 3)]}, "posição 3"),
        ({"eixos": [Eixo("a", (1, 2, 3), -4)]}, "posição -4"),
        ({"fps": 0}, "fps=0"),
        ({"formato": "gif"}, "'gif'"),
        ({"qualidade": 101}, "qualidade=101"),
        ({"ampliar": 1.5}, "ampliar=1.5"),
        ({"legendas": ["a"]}, "1 legendas para 3"),
        ({"descricao": " "}, "em branco"),
    ],
)
def test_filme_recusa_com_explicacao(mudanca: dict, pedaco: str) -> None:
    argumentos = {
        "quadros": quadros_de_cor(3),
        "eixos": [Eixo("a", (1, 2, 3))],
        "titulo": "t",
        "descricao": "d",
    }
    with pytest.raises(ValueError, match=re.escape(pedaco)):
        filme(**argumentos | mudanca)


def test_quadro_recusa_posicao_que_nao_existe() -> None:
    for posicao in ((3, 0), (0,), (0, 0, 0)):
        with pytest.raises(ValueError, match="dê um índice por eixo"):
            filme_pequeno().quadro(*posicao)


# Controles


def pintar(nivel: float, cor: str = "cinza") -> Image.Image:
    """Estado de prova: 100 níveis, com ou sem vermelho."""
    valor = round(nivel * 100)
    return Image.new("RGB", (20, 10), (valor, 0, 0) if cor == "vermelho" else (valor,) * 3)


def test_controle_movido_troca_os_bytes_da_imagem() -> None:
    controles = {"nivel": Deslizante("Nível", 0, 2, 0.1, 0.93), "cor": Lista("Cor", ("cinza", "vermelho"))}
    objeto = Controles(pintar, controles, "Prova")
    assert objeto.valores() == {"nivel": 0.9, "cor": "cinza"}
    assert [rotulo for rotulo, _ in objeto.entradas["nivel"].options][:3] == ["0,0", "0,1", "0,2"]
    objeto.entradas["nivel"].value = 1.5
    assert objeto.imagem.value == codificar(pintar(1.5), "jpeg")
    objeto.entradas["cor"].value = "vermelho"
    assert objeto.imagem.value == codificar(pintar(1.5, "vermelho"), "jpeg")


def test_controles_deixam_uma_imagem_para_quem_nao_tem_kernel() -> None:
    objeto = Controles(pintar, {"nivel": Deslizante("Nível", -1, 1, 0.5, 0)}, "Prova")
    pacote = objeto._repr_mimebundle_()
    assert pacote["text/plain"] == "Interativo: Prova"
    assert pacote["application/vnd.jupyter.widget-view+json"]["model_id"] == objeto.caixa.model_id
    guardada = Image.open(io.BytesIO(base64.b64decode(pacote["image/png"])))
    assert guardada.size == (20, 10)
    assert objeto.imagem.format == "jpeg"
    assert [rotulo for rotulo, _ in objeto.entradas["nivel"].options] == ["−1,0", "−0,5", "0,0", "0,5", "1,0"]


def test_erro_no_estado_e_mostrado_e_o_interativo_continua() -> None:
    def estado(nivel: float) -> Image.Image:
        if nivel > 1:
            raise ValueError("passou de <1>")
        return pintar(nivel)

    objeto = Controles(estado, {"nivel": Deslizante("Nível", 0, 2, 0.5, 0.5)}, "Prova")
    boa = objeto.imagem.value
    objeto.entradas["nivel"].value = 2.0
    assert objeto.imagem.value == boa
    assert "Não foi possível desenhar" in objeto.aviso.value
    assert "passou de &lt;1&gt;" in objeto.aviso.value
    objeto.entradas["nivel"].value = 1.0
    assert objeto.aviso.value == ""
    assert objeto.imagem.value != boa


@pytest.mark.parametrize(
    "controles",
    [
        {},
        {"nivel": Deslizante("N", 1, 0, 0.1, 0)},
        {"nivel": Deslizante("N", 0, 1, 0, 0)},
        {"nivel": Lista("N", ())},
    ],
)
def test_controles_recusam_com_explicacao(controles: dict) -> None:
    with pytest.raises(ValueError, match=r"dê pelo menos|use mínimo|dê opções"):
        Controles(pintar, controles, "Prova")


# Figuras da aula


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 1.0), (1.0, 0.6), (-2.0, 0.4), (0.5, 2.0)])
def test_kl_escrita_e_a_do_torch_e_a_da_area(mu: float, sigma: float) -> None:
    from torch.distributions import Normal, kl_divergence

    total, media, largura = kl.partes_kl(mu, sigma)
    certa = float(kl_divergence(Normal(mu, sigma), Normal(0.0, 1.0)))
    assert total == pytest.approx(certa, abs=1e-6)
    assert media + largura == pytest.approx(total, abs=1e-12)
    x = np.linspace(mu - 12 * sigma, mu + 12 * sigma, 4001)
    _, q, nats = kl.integrando(mu, sigma, x)
    passo = x[1] - x[0]
    assert q.sum() * passo == pytest.approx(1, abs=1e-6)
    assert nats.sum() * passo == pytest.approx(total, abs=1e-6)


def test_legenda_da_kl() -> None:
    assert kl.legenda_kl(1.0, 1.0) == "KL(q‖p) = 0,50 nats = 0,50 (média) + 0,00 (largura)"
    with pytest.raises(ValueError, match="maior que zero"):
        kl.partes_kl(0.0, 0.0)


def test_filme_kl_desenha_o_que_o_eixo_diz() -> None:
    objeto = kl.filme_kl((-1.0, 0.0, 1.0), (0.6, 1.0))
    np.testing.assert_array_equal(np.asarray(objeto.quadro(2, 0)), np.asarray(kl.quadro_kl(1.0, 0.6)))
    np.testing.assert_array_equal(np.asarray(objeto.quadro()), np.asarray(kl.quadro_kl(1.0, 0.6)))
    assert objeto.legendas[4] == kl.legenda_kl(1.0, 0.6)
    assert len({quadro.tobytes() for quadro in objeto.quadros}) == 6


def test_filme_kl_inteiro_cabe_no_orcamento() -> None:
    # 2,5 MB para os filmes de um caderno; este é um dos três da aula
    assert len(kl.filme_kl().html) <= 650_000


def test_kl_estreita_cabe_no_quadro_e_diz_o_que_passa_dele() -> None:
    q = kl.integrando(0.0, min(kl.SIGMAS), kl.GRADE)[1]
    assert q.max() <= kl.DENSIDADE_MAXIMA
    # perto de p não há aviso; longe, o canto oposto ao pico diz até onde vai
    perto, longe = (np.asarray(kl.quadro_kl(mu, 0.25))[206:226, 14:160] for mu in (0.0, 2.0))
    assert (perto > 250).all()
    assert (longe < 100).any()


def test_imagem_a_cada_movimento_parte_na_hora() -> None:
    bytes_da_imagem = codificar(pintar(1.0), "jpeg")
    assert len(bytes_da_imagem) >= TAMANHO_MINIMO
    assert Image.open(io.BytesIO(bytes_da_imagem)).size == (20, 10)


def test_para_pillow_leva_os_extremos_a_preto_e_branco() -> None:
    imagem = torch.tensor([[[-1.0, 1.0], [0.0, 5.0]]])
    desenhada = desenho.para_pillow(imagem, 4)
    assert desenhada.size == (4, 4)
    assert [desenhada.getpixel(p)[0] for p in ((0, 0), (3, 0), (3, 3))] == [0, 255, 255]
    assert desenhada.getpixel((0, 3)) == (128, 128, 128)
    with pytest.raises(ValueError, match="uma imagem de cada vez"):
        desenho.para_pillow(imagem[0])


def test_mapa_latente_poe_cada_classe_no_lugar_e_na_cor() -> None:
    mapa = np.asarray(mapa_latente(torch.tensor([[2.0, -1.0]]), torch.tensor([3]), lado=300))
    cor = desenho.PALETA[3]
    y, x = np.nonzero((mapa == cor).all(-1))
    assert abs(x.mean() - 250) < 3  # z₁ = 2 em [−3, 3] → 5/6 de 300
    assert abs(y.mean() - 200) < 3  # z₂ = −1 fica abaixo do meio
    with pytest.raises(ValueError, match="duas dimensões"):
        mapa_latente(torch.zeros(4, 3), torch.zeros(4, dtype=torch.long))


def test_explorador_decodifica_o_ponto_da_mira() -> None:
    pedidos = []

    def decodificar(z: torch.Tensor) -> torch.Tensor:
        pedidos.append(z.clone())
        return z.sum().tanh().expand(1, 1, 8, 8)

    mu, rotulos = torch.zeros(2, 2), torch.tensor([0, 1])
    objeto = explorador_latente(decodificar, mu, rotulos)
    antes = objeto.imagem.value
    objeto.entradas["z1"].value = -1.2
    assert objeto.imagem.value != antes
    torch.testing.assert_close(pedidos[-1], torch.tensor([[-1.2, 0.5]]))
    esperada = quadro_latente(mapa_latente(mu, rotulos), torch.tensor(-0.7).tanh().expand(1, 8, 8), -1.2, 0.5)
    assert objeto.imagem.value == codificar(esperada, "jpeg")


def test_somar_direcoes() -> None:
    z, direcoes = (
        torch.tensor([1.0, 1.0]),
        {"chapéu": torch.tensor([0.0, 2.0]), "óculos": torch.tensor([3.0, 0.0])},
    )
    torch.testing.assert_close(
        somar_direcoes(z, direcoes, "óculos", "chapéu", 0.5), torch.tensor([-0.5, 2.0])
    )
    torch.testing.assert_close(somar_direcoes(z, direcoes, NADA, NADA, 2.0), z)
    assert escrever_conta("óculos", "chapéu", 0.5) == "z + 0,5 · (chapéu − óculos)"
    assert escrever_conta(NADA, NADA, 2.0) == "z + 2,0 · (0)"
    assert escrever_conta("chapéu", "chapéu", 1.0).endswith("\nos dois se anulam")
    with pytest.raises(ValueError, match="não conhece 'barba'"):
        somar_direcoes(z, direcoes, "barba", NADA, 1.0)


def test_aritmetica_mostra_original_reconstrucao_e_resultado() -> None:
    codigos, originais = torch.zeros(2, 3), torch.full((2, 3, 4, 4), -1.0)

    def decodificar(z: torch.Tensor) -> torch.Tensor:
        return z.tanh()[:, :, None, None].expand(-1, -1, 4, 4)

    objeto = aritmetica_carinhas(codigos, originais, {"chapéu": torch.ones(3)}, decodificar)
    objeto.entradas["acrescentar"].value = "chapéu"
    objeto.entradas["forca"].value = 2.0
    mudada = torch.tensor(2.0).tanh().expand(3, 4, 4)
    esperada = quadro_carinhas(
        torch.stack([originais[0], torch.zeros(3, 4, 4), mudada]),
        ("original", "reconstrução", "resultado"),
        "z + 2,0 · (chapéu)",
    )
    assert objeto.imagem.value == codificar(esperada, "jpeg")
    with pytest.raises(ValueError, match="um código por carinha"):
        aritmetica_carinhas(codigos, originais[:1], {}, decodificar)


def test_interpolacao_anda_com_t() -> None:
    imagens = torch.linspace(-1, 1, 5)[None, :, None, None, None].expand(4, 5, 1, 8, 8)
    objeto = filme_interpolacao(imagens, ["lerp", "slerp"], qualidade=None)
    assert len(objeto.quadros) == 5
    assert objeto.eixos[0].rotulos == ["0,00", "0,25", "0,50", "0,75", "1,00"]
    esperado = quadro_interpolacao(imagens[:, 3], ["lerp", "slerp"], 2)
    np.testing.assert_array_equal(objeto.quadros[3], np.asarray(esperado))
    assert objeto.quadros[0][60, 200, 0] == 0
    assert objeto.quadros[4][60, 200, 0] == 255
    with pytest.raises(ValueError, match="múltiplo do número de linhas"):
        filme_interpolacao(imagens[:3], ["lerp", "slerp"])


def test_viagem_comeca_no_fim_e_diz_a_perda() -> None:
    gerador = torch.Generator().manual_seed(0)
    instantes = [
        Instante(
            100 * i, torch.full((2, 1, 8, 8), i / 2 - 1), torch.randn(9, 2, generator=gerador) * i, 90.0 - i
        )
        for i in range(3)
    ]
    originais, rotulos = torch.zeros(2, 1, 8, 8), torch.arange(9)
    objeto = viagem_no_tempo(instantes, originais, rotulos)
    assert objeto.eixos[0].partida == 2
    assert objeto.legendas == ("perda 90,0 nats", "perda 89,0 nats", "perda 88,0 nats")
    assert len({quadro.tobytes() for quadro in objeto.quadros}) == 3
    with pytest.raises(ValueError, match="pelo menos dois"):
        viagem_no_tempo(instantes[:1], originais, rotulos)
    with pytest.raises(ValueError, match="sempre as mesmas imagens"):
        viagem_no_tempo(instantes, originais[:1], rotulos)

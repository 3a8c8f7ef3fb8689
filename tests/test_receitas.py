"""As receitas gravam o que prometem e retomam de onde pararam; os pesos do curso valem o que dizem."""

import dataclasses
import hashlib
import signal
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from aulas_lib import ambiente, pesos, receitas
from aulas_lib.avaliacao.edicao import codigos, direcao_do_atributo, medir_edicao, oculos_por_chapeu
from aulas_lib.avaliacao.sonda import acertos
from aulas_lib.dados.carinhas import ESQUEMA, carinhas
from aulas_lib.dados.imagens import ConjuntoImagens, digitos
from aulas_lib.precisao import Precisao
from aulas_lib.receitas import sonda as receita_sonda
from aulas_lib.receitas import vae as receita_vae
from aulas_lib.receitas.base import conjuntos, exemplo
from aulas_lib.receitas.interrupcao import parada_entre_passos
from aulas_lib.receitas.tabela import escrever_tabela, tabela_de_pesos
from aulas_lib.treino import Treino

PASSOS = 7


@pytest.fixture
def miniatura(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A receita do VAE com sete passos, nos dígitos, com cache e pesos em uma pasta do teste."""

    def treinar(modelo: nn.Module, conjunto: ConjuntoImagens, semente: int) -> Treino:
        completo = receita_vae.treinar_vae(modelo, conjunto[:64], semente)
        return Treino(
            modelo, completo.perda, completo.dados, passos=PASSOS, lote=16, media=0.9, semente=semente
        )

    curta = dataclasses.replace(receita_vae.RECEITA, treinar=treinar)
    monkeypatch.setitem(receitas.RECEITAS, "vae", curta)
    monkeypatch.setattr(receitas, "PASSOS_ENTRE_PONTOS", 2)
    monkeypatch.setenv("AULAS_CACHE", str(tmp_path / "cache"))
    return tmp_path


def _pontos(pasta: Path) -> list[Path]:
    """O ponto de retomada e o diário que o acompanha."""
    return list((pasta / "cache" / "retomada").glob("*"))


def test_treinar_grava_peso_com_procedencia_e_apaga_o_ponto(miniatura: Path) -> None:
    arquivo = miniatura / "vae.safetensors"
    modelo = receitas.treinar_receita("vae", "digitos", destino=arquivo)
    novo = receita_vae.criar_vae(digitos().treino)
    lida = pesos.carregar(novo, arquivo)
    assert lida["receita"] == "vae" and lida["dados"] == "digitos" and lida["passos"] == str(PASSOS)
    assert lida["precisao"] == "float32"
    assert {"semente", "commit", "data", "dispositivo", "metrica", "segundos"} <= set(lida)
    assert "ELBO" in lida["metrica"]
    for a, b in zip(modelo.parameters(), novo.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-3, rtol=1e-3)  # fp16 no disco
    assert _pontos(miniatura) == []
    assert [linha.split(",")[0] for linha in (miniatura / "vae.csv").read_text().split()] == ["passo", *"1234567"]


def test_treino_interrompido_retoma_e_da_o_mesmo_modelo(
    miniatura: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """O Ctrl-C chega no meio do quinto passo: o passo termina, e o ponto é o dele."""
    inteiro = receitas.treinar_receita("vae", "digitos", destino=miniatura / "a.safetensors")
    original, chamadas = receita_vae.perda_elbo, []

    def interrompida(modelo: nn.Module, x: Tensor, *resto: object, **nomeados: object) -> dict[str, Tensor]:
        termos = original(modelo, x, *resto, **nomeados)
        chamadas.append(x)
        if len(chamadas) == 5:
            signal.raise_signal(signal.SIGINT)
        return termos

    antes = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as contexto:
        contexto.setattr(receita_vae, "perda_elbo", interrompida)
        with pytest.raises(KeyboardInterrupt):
            receitas.treinar_receita("vae", "digitos", destino=miniatura / "b.safetensors")
    assert signal.getsignal(signal.SIGINT) is antes
    assert "Interrompido no passo 5; repita o comando" in capsys.readouterr().out
    assert len(_pontos(miniatura)) == 2 and not (miniatura / "b.safetensors").exists()
    retomado = receitas.treinar_receita("vae", "digitos", destino=miniatura / "b.safetensors")
    assert "Retomando do passo 5" in capsys.readouterr().out
    for a, b in zip(inteiro.parameters(), retomado.parameters(), strict=True):
        assert torch.equal(a, b)
    assert (miniatura / "a.csv").read_text() == (miniatura / "b.csv").read_text()  # o diário também continua


def test_segundo_ctrl_c_interrompe_na_hora() -> None:
    with pytest.raises(KeyboardInterrupt), parada_entre_passos() as pedidos:
        signal.raise_signal(signal.SIGINT)
        assert pedidos
        signal.raise_signal(signal.SIGINT)
        pytest.fail("o segundo pedido tinha de interromper")


@pytest.mark.parametrize("conteudo", [b"lixo", None])
def test_ponto_que_nao_combina_e_ignorado(
    conteudo: bytes | None, miniatura: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inteiro = receitas.treinar_receita("vae", "digitos", destino=miniatura / "a.safetensors")
    ponto = miniatura / "cache" / "retomada" / "vae-digitos-0.pt"
    outro = Treino(nn.Linear(4, 4), lambda modelo, x, gerador: modelo(x).sum(1), torch.zeros(64, 4), passos=9)
    outro.salvar(ponto)
    if conteudo is not None:
        ponto.write_bytes(conteudo)
    refeito = receitas.treinar_receita("vae", "digitos", destino=miniatura / "b.safetensors")
    assert "não é deste treino; começo do zero." in capsys.readouterr().out
    assert all(map(torch.equal, inteiro.parameters(), refeito.parameters()))


@pytest.mark.parametrize("nome", ["sonda", "vae"])
def test_precisao_so_e_medida_na_gpu(nome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rede é a verdadeira; só o aparelho é de mentira ("meta" faz as vezes da GPU)."""
    medida = Precisao(torch.bfloat16, False, "bfloat16: medida")
    monkeypatch.setattr("aulas_lib.receitas.base.precisao", lambda aparelho: medida)
    receita, conjunto = receitas.RECEITAS[nome], carinhas(2, cache=False)
    assert receita.treinar(receita.criar(conjunto), conjunto, 0).precisao is None
    monkeypatch.setattr("aulas_lib.treino.laco.gerador", lambda *_: None)  # não há gerador em "meta"
    assert receita.treinar(receita.criar(conjunto).to("meta"), conjunto, 0).precisao is medida


def test_nomes_desconhecidos_dizem_quais_existem() -> None:
    with pytest.raises(ValueError, match=r"'gan'.*sonda, stylegan, vae"):
        receitas.carregar("gan")
    with pytest.raises(ValueError, match=r"'celeba'.*carinhas, digitos, mnist"):
        conjuntos("celeba")


def test_peso_que_falta_diz_o_que_fazer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aulas_lib.receitas.base.pasta_pesos", lambda: tmp_path)
    with pytest.raises(FileNotFoundError, match="treinar"):
        receitas.carregar("vae")


@pytest.mark.parametrize("forma", [(1, 8), (1, 32), (3, 32), (3, 64)])
def test_vae_serve_a_qualquer_conjunto(forma: tuple[int, int]) -> None:
    canais, lado = forma
    niveis = torch.zeros(2, canais, lado, lado, dtype=torch.uint8)
    conjunto = ConjuntoImagens(niveis, torch.zeros(2, 0, dtype=torch.long), {})
    saida = receita_vae.criar_vae(conjunto)(conjunto.imagens, ambiente.gerador(0))
    assert saida.params.shape == niveis.shape and saida.mu.shape == (2, 64)


def test_degradar_borra_metade_e_suja_pouco() -> None:
    x = carinhas(400, cache=False).imagens
    y = receita_sonda.degradar(x, ambiente.gerador(0))
    assert y.shape == x.shape and torch.equal(y, receita_sonda.degradar(x, ambiente.gerador(0)))
    liso = torch.full((400, 1, 8, 8), 0.3)  # borrar não muda uma imagem lisa: sobra o ruído
    desvios = (receita_sonda.degradar(liso, ambiente.gerador(0)) - liso).flatten(1).std(1)
    assert desvios.max() < 0.19 and abs(desvios.mean() - 0.075) < 0.01
    xadrez = (torch.arange(8)[:, None] + torch.arange(8)) % 2 * 2.0 - 1
    contraste = receita_sonda.degradar(xadrez.expand(400, 1, 8, 8), ambiente.gerador(0)).flatten(1).std(1)
    assert 0.4 < (contraste > 0.98).float().mean() < 0.65


# --- a edição, com um modelo de que se sabe tudo: o código é a imagem, cada pixel é um atributo ---


class _Pixels(nn.Module):
    """Código = pixels; a sonda lê cada atributo no seu pixel."""

    esquema = {"oculos": ("sem", "com"), "chapeu": ("sem", "com"), "barba": ("sem", "com")}  # noqa: RUF012

    def codificar(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x.flatten(1), torch.zeros(len(x), 3)

    def decodificar(self, z: Tensor) -> Tensor:
        return z.view(-1, 1, 1, 3)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {nome: torch.stack([-x[:, 0, 0, a], x[:, 0, 0, a]], 1) for a, nome in enumerate(self.esquema)}


def _conjunto_de_pixels(n: int, **fixos: int) -> ConjuntoImagens:
    tabela = torch.randint(0, 2, (n, 3), generator=ambiente.gerador(n))
    for nome, valor in fixos.items():
        tabela[:, list(_Pixels.esquema).index(nome)] = valor
    niveis = (102 + 51 * tabela).to(torch.uint8).view(n, 1, 1, 3)  # −0,2 ou 0,2
    return ConjuntoImagens(niveis, tabela, dict(_Pixels.esquema))


def test_direcao_do_atributo_e_a_exata_quando_cada_pixel_e_um_atributo() -> None:
    conjunto = _conjunto_de_pixels(500)
    d = direcao_do_atributo(conjunto.imagens.flatten(1), conjunto, "chapeu", "com")
    torch.testing.assert_close(d, torch.tensor([0.0, 0.4, 0.0]), atol=1e-5, rtol=0)
    with pytest.raises(ValueError, match="'talvez'"):
        direcao_do_atributo(conjunto.imagens.flatten(1), conjunto, "chapeu", "talvez")


def test_medir_edicao_conta_o_que_mudou_e_o_que_se_perdeu() -> None:
    conjunto, modelo = _conjunto_de_pixels(300, oculos=1, chapeu=0), _Pixels()
    pedidos = {"chapeu": "com", "oculos": "sem"}
    certa = medir_edicao(modelo, modelo, conjunto, torch.tensor([-0.4, 0.4, 0.0]), pedidos, ignorar=())
    assert certa.linhas["chapeu"].edicao == certa.linhas["oculos"].edicao == 1 and certa.maior_perda == 0
    assert certa.linhas["chapeu"].reconstrucao == certa.linhas["oculos"].reconstrucao == 0
    errada = medir_edicao(modelo, modelo, conjunto, torch.tensor([-0.1, 0.1, 0.4]), pedidos, ignorar=())
    sem_barba = 100 * (conjunto.atributo("barba") == 0).float().mean().item()
    assert errada.linhas["chapeu"].edicao == 0 and errada.linhas["oculos"].edicao == 0
    assert errada.maior_perda == pytest.approx(sem_barba, abs=1e-4)


def test_forca_escolhida_e_a_menor_que_basta() -> None:
    modelo, referencia = _Pixels(), _conjunto_de_pixels(500)
    escolha, julgados = (_conjunto_de_pixels(n, oculos=1, chapeu=0) for n in (200, 100))
    forca, edicao = oculos_por_chapeu(modelo, modelo, referencia, escolha, julgados, ignorar=())
    assert forca == 0.7 and edicao.n == 100 and edicao.linhas["chapeu"].edicao == 1


# --- os pesos que acompanham o curso --------------------------------------------------------------


def test_sonda_e_a_de_sempre_e_cabe() -> None:
    arquivo = receitas.arquivo_de("sonda")
    assert hashlib.sha256(arquivo.read_bytes()).hexdigest() == receita_sonda.RESUMO
    assert arquivo.stat().st_size <= 1e6 and receitas.carregar("sonda").dimensao == 64


def test_sonda_acerta_98_por_cento_em_cada_atributo_de_rostos_novos() -> None:
    novos = carinhas(2_000, semente=4, cache=False)
    fracoes = acertos(receitas.carregar("sonda"), novos.imagens, novos.atributos)
    assert list(fracoes) == list(ESQUEMA)
    assert min(fracoes.values()) >= 0.98, fracoes


def test_vae_troca_oculos_por_chapeu() -> None:
    """O combinado do curso: chapéu ≥ 95 %, óculos ≤ 1 %, os outros a no máximo 3 pontos da reconstrução."""
    arquivo, modelo = receitas.arquivo_de("vae"), receitas.carregar("vae")
    assert arquivo.stat().st_size <= 3e6
    forca = float(pesos.ler_procedencia(arquivo)["forca"])  # escolhida em outros rostos
    referencia, sonda = carinhas(20_000), receitas.carregar("sonda")
    mu = codigos(modelo, referencia.imagens)
    mais, menos = (direcao_do_atributo(mu, referencia, nome, "com") for nome in ("chapeu", "oculos"))
    julgados = carinhas(1_000, semente=6, fixos={"oculos": "com", "chapeu": "sem"}, cache=False)
    pedidos = {"chapeu": "com", "oculos": "sem"}
    edicao = medir_edicao(modelo, sonda, julgados, forca * (mais - menos), pedidos)
    assert edicao.n == 1_000
    assert edicao.linhas["chapeu"].edicao >= 0.95, str(edicao)
    assert edicao.linhas["oculos"].edicao >= 0.99, str(edicao)
    assert edicao.maior_perda <= 3, str(edicao)


def test_exemplo_de_carinhas_nao_usa_o_disco(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AULAS_CACHE", str(tmp_path / "cache"))
    assert exemplo("carinhas").niveis.shape == (1, 3, 32, 32) and not (tmp_path / "cache").exists()


def test_tabela_de_pesos_entra_entre_as_marcas(tmp_path: Path) -> None:
    procedencia = {"segundos": "9", "metrica": "boa", "dispositivo": "cpu"}
    pesos.salvar(nn.Linear(2, 1), tmp_path / "x.safetensors", procedencia)
    assert "| `x.safetensors` | 0,00 | ? | 9 | cpu | boa |" in tabela_de_pesos(tmp_path)
    leia_me = tmp_path / "README.md"
    leia_me.write_text("antes\n<!-- pesos -->\nvelha\n<!-- /pesos -->\ndepois\n", encoding="utf-8")
    escrever_tabela(leia_me, tmp_path)
    escrever_tabela(leia_me, tmp_path)  # duas vezes dá no mesmo
    texto = leia_me.read_text(encoding="utf-8")
    assert texto.startswith("antes\n<!-- pesos -->\n| arquivo")
    assert texto.endswith("<!-- /pesos -->\ndepois\n")
    assert "velha" not in texto and texto.count("x.safetensors") == 1
    leia_me.write_text("sem marcas", encoding="utf-8")
    with pytest.raises(ValueError, match="marcas"):
        escrever_tabela(leia_me, tmp_path)


@pytest.mark.parametrize(
    ("lida", "comando"),
    [
        ({"dados": "carinhas", "semente": "0"}, "treinar vae"),
        ({"dados": "mnist", "semente": "3"}, "treinar vae --dados mnist --semente 3"),
    ],
)
def test_tabela_diz_como_refazer_o_peso(lida: dict[str, str], comando: str, tmp_path: Path) -> None:
    pesos.salvar(nn.Linear(2, 1), tmp_path / "x.safetensors", {"receita": "vae"} | lida)
    assert f"| `python -m aulas_lib {comando}` |" in tabela_de_pesos(tmp_path)


def test_o_vae_longo_so_muda_o_numero_de_voltas() -> None:
    conjunto, treinos = carinhas(2, cache=False), {}
    for nome in ("vae", "vae_longo"):
        ambiente.semear(0)
        treinos[nome] = receitas.RECEITAS[nome].treinar(receitas.RECEITAS[nome].criar(conjunto), conjunto, 0)
    curto, longo = treinos.values()
    assert (curto.passos, longo.passos) == (6_000, 66_000)
    assert all(map(torch.equal, curto.modelo.parameters(), longo.modelo.parameters()))


@pytest.mark.parametrize("nome", ["dcgan", "difusao", "stylegan", "vae_longo"])
def test_fora_das_carinhas_a_medida_diz_por_que_nao_ha(nome: str) -> None:
    medida = receitas.RECEITAS[nome].medir(nn.Identity(), digitos().teste)
    assert medida == {"metrica": "sem medida: a sonda só conhece carinhas"}

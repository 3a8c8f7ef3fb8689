"""Cada conferência recebe a resposta certa, o rascunho, cada engano típico e respostas absurdas."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from inacabadas_vae import PARADAS, RASCUNHOS, SEM_RETURN, return_em_um_caminho
from respostas_vae import CERTAS, ERRADAS, kl_certa, perda_certa, z_certo

from aulas_lib.exercicios import ExercicioNaoResolvido, rigor, vae, vae_caca, vae_latente
from aulas_lib.exercicios.base import em_branco, examinar_alternativa
from aulas_lib.exercicios.comparacao import Engano


@pytest.fixture(autouse=True)
def sem_rigor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Os testes começam no modo do aluno."""
    monkeypatch.delenv("AULAS_RIGOR", raising=False)


@pytest.mark.parametrize(("conferir", "resposta"), CERTAS)
def test_resposta_certa(veredito, conferir, resposta):
    assert veredito(conferir, *resposta).startswith("certo!")
    with rigor():
        conferir(*resposta)


def test_toda_conferencia_tem_resposta_certa():
    assert {conferir.__name__ for conferir, _ in CERTAS} == set(vae.__all__)


@pytest.mark.parametrize(("conferir", "resposta", "dica"), ERRADAS)
def test_engano_tipico(veredito, conferir, resposta, dica):
    texto = veredito(conferir, *resposta)
    assert texto.startswith("ainda não:") and dica in texto
    assert "o valor está errado" not in texto  # a dica é a do engano, não a genérica
    with rigor(), pytest.raises(ExercicioNaoResolvido, match="ainda não"):
        conferir(*resposta)


TABELAS = [
    *[(vae.conferir_kl_gaussiana, (), e) for e in vae.enganos_kl()],
    *[(vae.conferir_limite_importancia, (), e) for e in vae.ENGANOS_LIMITE],
    *[(vae.conferir_slerp, (), e) for e in vae_latente.ENGANOS_SLERP],
    *[(vae.conferir_direcao_atributo, (), e) for e in vae_latente.ENGANOS_DIRECAO],
    *[(vae.conferir_unidades_ativas, (), e) for e in vae_latente.ENGANOS_ATIVAS],
    *[(vae.conferir_caca_reducoes, ("c",), e) for e in vae_caca.ENGANOS_REDUCOES],
    *[(vae.conferir_caca_log_sigma, ("b",), e) for e in vae_caca.ENGANOS_LOG_SIGMA],
]


@pytest.mark.parametrize(("conferir", "antes", "engano"), TABELAS)
def test_todo_engano_da_tabela_recebe_a_sua_dica(veredito, conferir, antes, engano: Engano):
    """Nenhum engano é aceito, nenhum fica à sombra de outro que venha antes na lista."""
    assert veredito(conferir, *antes, engano.formula) == f"ainda não: {' '.join(engano.dica.split())}"


# --- rascunhos, erros na função do aluno, respostas absurdas
FUNCOES = [(vae.conferir_kl_gaussiana, ()), (vae.conferir_reparametrizar, ()), (vae.conferir_slerp, ()),
           (vae.conferir_limite_importancia, ()), (vae.conferir_direcao_atributo, ()),
           (vae.conferir_unidades_ativas, ()), (vae.conferir_caca_reducoes, ("c",)),
           (vae.conferir_caca_log_sigma, ("b",))]
NUMEROS = [vae.conferir_variancia_da_elbo, vae.conferir_beta_efetivo]


@pytest.mark.parametrize("rascunho", [None, ..., *RASCUNHOS])
@pytest.mark.parametrize(("conferir", "antes"), FUNCOES)
def test_funcao_por_fazer(veredito, conferir, antes, rascunho):
    assert veredito(conferir, *antes, rascunho).startswith("ainda não resolvido: ")
    with rigor(), pytest.raises(ExercicioNaoResolvido, match="ainda não resolvido"):
        conferir(*antes, rascunho)


@pytest.mark.parametrize(("conferir", "antes"), FUNCOES)
def test_corpo_sem_return_nao_e_rascunho(veredito, conferir, antes):
    falta = "ainda não: sua função não devolve nada: falta o `return`."
    for funcao in SEM_RETURN:
        assert veredito(conferir, *antes, funcao) == falta
    assert "confira se todo caminho" in veredito(conferir, *antes, return_em_um_caminho)
    with rigor(), pytest.raises(ExercicioNaoResolvido, match="falta o `return`"):
        conferir(*antes, SEM_RETURN[0])


@pytest.mark.parametrize("conferir", NUMEROS)
@pytest.mark.parametrize("rascunho", [None, ...])
def test_numero_por_fazer(veredito, conferir, rascunho):
    assert veredito(conferir, rascunho).startswith("ainda não resolvido: ")


@pytest.mark.parametrize("conferir", [vae.conferir_caca_reducoes, vae.conferir_caca_log_sigma])
def test_sem_diagnostico_a_funcao_nao_e_julgada(veredito, conferir):
    """O código com defeito não denuncia a si mesmo antes de o aluno escolher uma letra."""
    texto = veredito(conferir, ..., lambda *a: 0)
    assert texto.startswith("ainda não resolvido: escolha a letra")


@pytest.mark.parametrize(("conferir", "antes"), FUNCOES)
def test_erro_dentro_da_funcao_vira_mensagem(veredito, conferir, antes):
    def quebrada(*argumentos):
        raise RuntimeError("tamanhos 3 e 4 não combinam")

    texto = veredito(conferir, *antes, quebrada)
    assert "sua função parou com um erro ao receber" in texto
    assert "RuntimeError: tamanhos 3 e 4 não combinam" in texto and "Traceback" not in texto


@pytest.mark.parametrize(("conferir", "funcao", "dica"), PARADAS)
def test_numero_e_tensor_trocados(veredito, conferir, funcao, dica):
    texto = veredito(conferir, funcao)
    assert "parou com um erro" in texto and dica in texto and "quantos argumentos" not in texto


@pytest.mark.parametrize(
    "absurda", ["0.5", 3.0, True, [1, 2], {"a": 1}, torch.zeros(2), torch.tensor(float("nan")), int, object()]
)
@pytest.mark.parametrize(("conferir", "antes"), FUNCOES)
def test_o_que_nao_e_funcao(veredito, conferir, antes, absurda):
    assert "ainda não: era esperada uma função; chegou" in veredito(conferir, *antes, absurda)


@pytest.mark.parametrize("devolve", [
    "texto", [], {}, math.nan, np.zeros(3), torch.zeros(0), torch.zeros(2, 2, 2, 2), torch.zeros(3) + 1j,
    torch.full((4, 3), math.nan), torch.full((4,), math.inf), ("a", "b"), object(), torch.tensor(True),
])
@pytest.mark.parametrize(("conferir", "antes"), FUNCOES)
def test_funcao_que_devolve_absurdo(veredito, conferir, antes, devolve):
    assert veredito(conferir, *antes, lambda *a: devolve).startswith("ainda não: ")


@pytest.mark.parametrize("absurdo", [
    "0,5", "", math.nan, math.inf, True, [0.5], torch.zeros(3), 1j, (1, "a"), np.zeros(2), lambda: 0.5, {},
])
@pytest.mark.parametrize("conferir", NUMEROS)
def test_numero_absurdo(veredito, conferir, absurdo):
    assert veredito(conferir, absurdo).startswith("ainda não: ")


def test_virgula_decimal_em_python_e_reconhecida(veredito):
    assert "o separador decimal é o ponto" in veredito(vae.conferir_variancia_da_elbo, (0, 5))
    assert "sem aspas" in veredito(vae.conferir_variancia_da_elbo, "0,5")


@pytest.mark.parametrize("letra", ["e", "", "cc", 3, ["c"], perda_certa])
def test_diagnostico_fora_das_alternativas(veredito, letra):
    assert veredito(vae.conferir_caca_reducoes, letra, perda_certa).startswith("ainda não: o diagnóstico")


def test_dica_generica_mostra_entrada_chegada_e_esperado(veredito):
    texto = veredito(vae.conferir_kl_gaussiana, lambda m, v: 3 * kl_certa(m, v))
    for parte in ("argumento 1: [", "argumento 2: [", "chegou: [", "era esperado: ["):
        assert parte in texto
    assert "." not in texto.split("argumento 1: ")[1]  # vírgula decimal


# --- o que a conferência não pode fazer
def test_funcao_que_altera_o_argumento_e_avisada(veredito):
    def altera(mu, logvar):
        return 0.5 * (mu**2 + logvar.clone().exp_() - 1 - logvar.mul_(1.5) / 1.5).sum(1)

    assert "alterou um dos tensores" in veredito(vae.conferir_kl_gaussiana, altera)


def test_sorteio_do_aluno_fica_como_estava():
    torch.manual_seed(3)
    esperado = torch.randn(4)
    torch.manual_seed(3)
    vae.conferir_reparametrizar(z_certo)
    torch.testing.assert_close(torch.randn(4), esperado)


def test_o_exame_sorteia_sempre_o_mesmo():
    vistos = []

    def espiar(mu, logvar):
        vistos.append(z_certo(mu, logvar).sum().item())
        return z_certo(mu, logvar)

    for semente in (1, 2):
        torch.manual_seed(semente)
        vae.conferir_reparametrizar(espiar)
    metade = len(vistos) // 2
    assert vistos[:metade] == vistos[metade:]


def test_dentro_de_no_grad_o_gradiente_ainda_e_conferido(veredito):
    with torch.no_grad():
        assert veredito(vae.conferir_reparametrizar, z_certo).startswith("certo!")


def test_rigor_volta_ao_que_era(monkeypatch):
    with rigor():
        with rigor(False):
            vae.conferir_beta_efetivo(...)
        with pytest.raises(ExercicioNaoResolvido):
            vae.conferir_beta_efetivo(...)
    assert "AULAS_RIGOR" not in os.environ
    monkeypatch.setenv("AULAS_RIGOR", "1")
    with pytest.raises(ExercicioNaoResolvido, match="três linhas"):
        vae.conferir_beta_efetivo(...)


def test_rigor_pelo_ambiente_em_outro_processo(raiz):
    codigo = "from aulas_lib.exercicios import vae; vae.conferir_variancia_da_elbo(1)"
    ambiente = {**os.environ, "AULAS_RIGOR": "1"}
    comando = [sys.executable, "-c", codigo]
    fim = subprocess.run(comando, cwd=raiz, env=ambiente, capture_output=True, text=True)
    assert fim.returncode == 1 and "ExercicioNaoResolvido: ainda não" in fim.stderr


def test_moldura():
    assert em_branco(...) and em_branco(None) and em_branco((..., len)) and not em_branco((0, 5))
    examinar_alternativa("B", "b", {"a": ""})

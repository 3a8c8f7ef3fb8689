"""Uma receita por peso que acompanha o curso: dados + modelo + perda + orçamento + métrica.

`python -m aulas_lib treinar vae` refaz um peso; `carregar("vae")` devolve o modelo já treinado;
`python -m aulas_lib medir vae` repete a medição do peso que acompanha o curso.
"""

import datetime
import subprocess
import time
from pathlib import Path

import torch
from torch import nn

from aulas_lib import pesos
from aulas_lib.ambiente import nome_do_dispositivo, pasta_cache, pasta_projeto, semear, virgula
from aulas_lib.progresso import com_barra
from aulas_lib.receitas import (
    biggan,
    classificador_ruidoso,
    condicional,
    dcgan,
    difusao,
    progressiva,
    sagan,
    sonda,
    stylegan,
    vae,
)
from aulas_lib.receitas.base import Receita, arquivo_de, conjuntos, exemplo
from aulas_lib.receitas.diario import Diario, do_diario, pasta_diarios
from aulas_lib.receitas.interrupcao import parada_entre_passos
from aulas_lib.receitas.tabela import escrever_tabela
from aulas_lib.treino import Registro, Treino, TreinoAdversario
from aulas_lib.treino.processos import processos_em_volta

PASSOS_ENTRE_PONTOS = 500  # a cada tantos passos grava-se um ponto de retomada
__all__ = ["RECEITAS", "arquivo_de", "carregar", "escrever_tabela", "medir_peso", "treinar_receita"]
RECEITAS = {
    "biggan": biggan.RECEITA, "classificador_ruidoso": classificador_ruidoso.RECEITA,
    "condicional": condicional.RECEITA, "dcgan": dcgan.RECEITA, "dcgan_longa": dcgan.LONGA,
    "difusao": difusao.RECEITA, "progressiva": progressiva.RECEITA, "sagan": sagan.RECEITA, "sonda": sonda.RECEITA,
    "stylegan": stylegan.RECEITA, "vae": vae.RECEITA, "vae_longo": vae.LONGO,
}  # fmt: skip


def carregar(nome: str, dados: str = "carinhas") -> nn.Module:
    """Modelo treinado de uma receita, em modo de avaliação, na CPU.

    Args:
        nome: nome da receita.
        dados: conjunto em que ela foi treinada.

    Raises:
        ValueError: se a receita não existe ou o arquivo não combina com ela.
        FileNotFoundError: se o peso não está em `data/pesos`.
    """
    receita = _achar(nome)
    modelo = receita.criar(exemplo(dados))
    pesos.carregar(modelo, arquivo_de(nome, dados))
    return modelo.eval().requires_grad_(False)


def medir_peso(nome: str, dados: str = "carinhas") -> dict[str, str]:
    """Mede de novo um peso que acompanha o curso, nas imagens de teste, e imprime o resultado.

    Args:
        nome: nome da receita.
        dados: conjunto em que ela foi treinada.

    Returns:
        As métricas, as mesmas que a procedência guarda.
    """
    receita = _achar(nome)
    medidas = receita.medir(carregar(nome, dados), conjuntos(dados)[1])
    print("\n".join(f"{chave}: {valor}" for chave, valor in medidas.items()))
    return medidas


def _achar(nome: str) -> Receita:
    if nome not in RECEITAS:
        raise ValueError(f"receita: chegou {nome!r}; esperava uma destas: {', '.join(RECEITAS)}.")
    return RECEITAS[nome]


def treinar_receita(
    nome: str,
    dados: str = "carinhas",
    semente: int = 0,
    destino: str | Path | None = None,
    do_zero: bool = False,
) -> nn.Module:
    """Refaz um peso, com pontos de retomada, e grava com a procedência.

    Com `accelerate launch` ou `accelerate.notebook_launcher`, todos os processos treinam juntos o mesmo modelo, e o
    principal imprime e grava.

    Args:
        nome: nome da receita.
        dados: conjunto de imagens.
        semente: dos pesos iniciais, da ordem dos exemplos e do ruído.
        destino: arquivo a gravar, com o diário ao lado; None é o do curso, em `data/pesos` (e `data/diarios`).
        do_zero: ignora o ponto de retomada de um treino interrompido.

    Raises:
        ValueError: se a receita, os dados ou a semente não existem.
        KeyboardInterrupt: se alguém interrompe; antes, grava-se o ponto de retomada daquele passo.
    """
    receita, processos = _achar(nome), processos_em_volta()
    treino_, teste = conjuntos(dados)
    aparelho = processos.aparelho
    semear(semente)
    treino = receita.treinar(receita.criar(treino_).to(aparelho), treino_, semente)
    treino.processos = processos
    ponto = pasta_cache() / "retomada" / f"{nome}-{dados}-{semente}.pt"
    diario = Diario(treino.passos, receita.retratar)
    if ponto.is_file() and not do_zero:
        _retomar(treino, diario, ponto)
    processos.conferir_passo(treino.passo)
    tempos = _percorrer(treino, diario, ponto, nome)
    if not processos.principal:
        return treino.melhor_modelo
    modelo = treino.melhor_modelo.cpu().eval()
    medidas = receita.medir(modelo, teste)
    arquivo = Path(destino) if destino else arquivo_de(nome, dados)
    pesos.salvar(modelo, arquivo, _procedencia(nome, dados, semente, treino, tempos, aparelho) | medidas)
    diario.gravar((arquivo.parent if destino else pasta_diarios()) / arquivo.stem)
    for resto in (ponto, do_diario(ponto)):
        resto.unlink(missing_ok=True)
    print(f"Gravado {arquivo.name} ({virgula(arquivo.stat().st_size / 1e6)} MB): {medidas}")
    return modelo


def _retomar(treino: Treino | TreinoAdversario, diario: Diario, ponto: Path) -> None:
    try:
        treino.carregar(ponto)
        diario.carregar(do_diario(ponto))
        aviso = f"Retomando do passo {treino.passo} ({ponto})."
    except ValueError:  # a receita mudou depois que o ponto foi gravado
        aviso = f"O ponto de retomada {ponto} não é deste treino; começo do zero."
    if treino.processos.principal:
        print(aviso)


def _percorrer(treino: Treino | TreinoAdversario, diario: Diario, ponto: Path, nome: str) -> dict[str, str]:
    inicio, inicio_cpu = time.perf_counter(), time.process_time()
    processos = treino.processos
    sozinho = processos.total == 1  # de um processo filho do caderno, a barra não chega à página
    if processos.principal and not sozinho:
        print(f"{processos.total} processos treinam juntos ({processos.aparelho.type}).", flush=True)
    with parada_entre_passos() as pedidos:
        for registro in com_barra(treino, len(treino), nome) if sozinho else treino:
            diario.anotar(registro, lambda: treino.melhor_modelo)  # todos: um retrato pode gastar sorteios
            parar = processos.algum(bool(pedidos))
            if processos.principal:
                _guardar(treino, diario, ponto, registro, parar)
            if parar:
                processos.esperar()  # ninguém sai antes que o ponto esteja no disco
                raise KeyboardInterrupt
    return {
        "segundos": f"{time.perf_counter() - inicio:.0f}",
        "segundos_de_processador": f"{time.process_time() - inicio_cpu:.0f}",  # somados os dois núcleos
    }


def _guardar(
    treino: Treino | TreinoAdversario, diario: Diario, ponto: Path, registro: Registro, parar: bool
) -> None:
    na_hora = registro.passo % PASSOS_ENTRE_PONTOS == 0
    if na_hora:
        termos = ", ".join(f"{k} {virgula(v)}" for k, v in registro.valores.items())
        print(f"passo {registro.passo}: {termos}", flush=True)
    if na_hora or parar:
        treino.salvar(ponto)
        diario.salvar(do_diario(ponto))
    if parar:
        print(f"Interrompido no passo {treino.passo}; repita o comando para continuar daí.", flush=True)


def _procedencia(
    nome: str,
    dados: str,
    semente: int,
    treino: Treino | TreinoAdversario,
    tempos: dict[str, str],
    aparelho: torch.device,
) -> dict[str, str]:
    processos = treino.processos.total
    return {
        "receita": nome,
        "dados": dados,
        "semente": str(semente),
        "passos": str(treino.passos),
        "lote": str(treino.lote),
        "dispositivo": nome_do_dispositivo(aparelho) + (f", {processos} processos" if processos > 1 else ""),
        "precisao": treino.precisao.motivo if treino.precisao else "float32",
        "data": datetime.date.today().isoformat(),
        "commit": _commit(),
        "torch": torch.__version__,
    } | tempos


def _commit() -> str:
    comando = ["git", "rev-parse", "--short", "HEAD"]
    try:
        saida = subprocess.run(comando, cwd=pasta_projeto(), capture_output=True, text=True, check=False)
    except OSError:  # sem git instalado
        return "desconhecido"
    return saida.stdout.strip() or "desconhecido"

"""As ações da oficina, como a linha de comando as chama."""

from collections.abc import Sequence
from pathlib import Path

from aulas_lib.ambiente import pasta_projeto, virgula

from .arquivos import gravar, ler
from .correcao import TarefaComErro, corrigir, montar
from .espelhos import espelhar
from .execucao import CadernoComErro, executar
from .preparacao import endereco_em_vigor, escrever_endereco

ACOES = ("espelhar", "endereco", "executar", "tarefas", "corrigir")
CELULA_LENTA = 5.0  # segundos; acima disso a célula precisa avisar quanto demora
CELULA_LENTA_DEMAIS = 60.0  # segundos; nenhuma célula do curso passa disso


def comandar(
    acao: str, arquivos: Sequence[str] = (), raiz: Path | None = None, conferir: bool = False
) -> int:
    """Faz uma das ações em `ACOES` e conta, em português, o que aconteceu.

    Args:
        acao: uma delas.
        arquivos: cadernos; sem eles, todos os de `notebooks/`.
        raiz: pasta do projeto; sem ela, a da biblioteca.
        conferir: em `tarefas`, corrige também uma cópia em branco e uma resolvida de cada.

    Returns:
        Código de saída: 0 se tudo deu certo, 1 se algo falhou.

    Raises:
        ValueError: se a ação não existe.
    """
    if acao not in ACOES:
        raise ValueError(f"Ação {acao!r} desconhecida; as ações são {', '.join(ACOES)}.")
    raiz = pasta_projeto() if raiz is None else raiz
    if acao in ("tarefas", "corrigir"):
        return _tarefas(raiz, acao, arquivos, conferir)
    caminhos = [Path(nome) for nome in arquivos] or sorted((raiz / "notebooks").glob("*.ipynb"))
    if not caminhos:
        print(f"Não há cadernos em {raiz / 'notebooks'}.")
        return 1
    try:
        if acao == "endereco":
            _endereco(raiz, caminhos)
        for caminho in [] if acao == "endereco" else caminhos:
            (_espelhar if acao == "espelhar" else _executar)(caminho)
    except (CadernoComErro, FileNotFoundError, ModuleNotFoundError, ValueError) as erro:
        print(erro)
        return 1
    return 0


def _tarefas(raiz: Path, acao: str, nomes: Sequence[str], conferir: bool) -> int:
    try:
        return montar(raiz, nomes, conferir) if acao == "tarefas" else corrigir(raiz, nomes)
    except (TarefaComErro, FileNotFoundError, ModuleNotFoundError, ValueError) as erro:
        print(erro)
        return 1


def _endereco(raiz: Path, caminhos: list[Path]) -> None:
    endereco = endereco_em_vigor(raiz)
    mudados = escrever_endereco(raiz, caminhos)
    url = endereco.url or "nenhum (defina Repository em [project.urls], no pyproject.toml)"
    print(f"Endereço: {url}; versão {endereco.etiqueta}.")
    for caminho in mudados:
        print(f"  atualizado: {caminho.name}")


def _espelhar(caminho: Path) -> None:
    caderno = ler(caminho)
    mudadas = espelhar(caderno)
    if mudadas:
        gravar(caderno, caminho)
    print(f"{caminho.name}: {mudadas} célula(s) reescrita(s) a partir da biblioteca.")


def _executar(caminho: Path) -> None:
    tempos = executar(caminho)
    for posicao, segundos in tempos.celulas.items():
        if segundos > CELULA_LENTA:
            print(f"  célula {posicao}: {virgula(segundos, 1)} s")
        if segundos > CELULA_LENTA_DEMAIS:
            print(f"  Aviso: a célula {posicao} passou de {CELULA_LENTA_DEMAIS:.0f} s; divida-a ou diminua a conta.")
    print(f"{caminho.name}: {virgula(tempos.total, 1)} s no total.")

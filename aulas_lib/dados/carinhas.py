"""Carinhas: rostos de desenho animado gerados por nós, com todos os atributos anotados."""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from aulas_lib import ambiente
from aulas_lib.dados import rosto, tela
from aulas_lib.dados.imagens import ConjuntoImagens
from aulas_lib.dados.rosto import VARIACOES, Rosto

BLOCO = 64  # rostos pintados por vez: cabe na memória rápida do processador
TAMANHOS = (32, 64)

ESQUEMA: dict[str, tuple[str, ...]] = {
    "boca": ("sorriso", "neutra", "triste"),
    "oculos": ("sem", "com"),
    "chapeu": ("sem", "com"),
    "cor_chapeu": ("nenhuma", "vermelho", "azul", "verde", "amarelo"),
    "cabelo_comprimento": ("curto", "médio", "longo"),
    "cabelo_cor": ("preto", "castanho", "loiro", "ruivo", "grisalho"),
    "barba": ("sem", "com"),
    "tom_pele": ("claro", "bege", "moreno", "escuro"),
    "bochechas": ("naturais", "coradas"),
    "olhar": ("esquerda", "centro", "direita"),
    "inclinacao": ("esquerda", "reta", "direita"),
    "fundo": ("azul", "verde", "lilás", "rosa"),
}
DEPENDENTES = {"cor_chapeu": "chapeu"}  # sem chapéu, não há cor


def carinhas(
    n: int = 20_000,
    tamanho: int = 32,
    semente: int = 0,
    fixos: Mapping[str, str] | None = None,
    cache: bool = True,
) -> ConjuntoImagens:
    """Rostos de desenho animado com os atributos anotados, sempre os mesmos para os mesmos argumentos.

    Os atributos são sorteados independentes, com valores equiprováveis. Há uma exceção: `cor_chapeu` é
    "nenhuma" em quem está sem chapéu e uma das outras cores, equiprováveis, em quem está com ele. Posição,
    tamanho e proporções variam um pouco de rosto para rosto. O rosto i depende só da semente: é o mesmo
    para qualquer `n`, nos dois tamanhos e, fora os atributos fixados, com e sem `fixos`.

    Args:
        n: quantos rostos.
        tamanho: lado da imagem em pixels, 32 ou 64.
        semente: semente do sorteio.
        fixos: atributo -> valor que todos os rostos terão; por exemplo {"oculos": "com"}. Fixar uma cor em
            `cor_chapeu` põe o chapéu. O resto é sorteado. Veja `ESQUEMA`.
        cache: se verdadeiro, guarda as imagens em `ambiente.pasta_cache()` e as relê na próxima vez.

    Returns:
        `ConjuntoImagens` de imagens (n, 3, tamanho, tamanho), com os atributos de `ESQUEMA`.

    Raises:
        ValueError: se um argumento ou um atributo fixado não existe ou se contradiz.
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ValueError(f"n: chegou {n!r}; esperava um inteiro positivo, por exemplo n=20_000.")
    conferir_tamanho(tamanho)
    indices = conferir_fixos(fixos or {})
    arquivo = _arquivo(n, tamanho, semente, indices) if cache else None
    guardado = _ler(arquivo, n, tamanho) if arquivo else None
    if guardado is not None:
        return guardado
    sorteio = torch.rand(n, len(ESQUEMA) + len(VARIACOES), generator=ambiente.gerador(semente))
    atributos = _atributos(sorteio[:, : len(ESQUEMA)], indices)
    niveis = _pintar(atributos, sorteio[:, len(ESQUEMA) :], tamanho)
    conjunto = ConjuntoImagens(niveis, atributos, dict(ESQUEMA))
    if arquivo:
        _guardar(arquivo, conjunto)
    return conjunto


def desenhar(atributos: Tensor, tamanho: int = 32, gerador: torch.Generator | None = None) -> ConjuntoImagens:
    """Desenha rostos com os atributos pedidos; o que não está na tabela (posição, proporções) é sorteado.

    Com dois geradores de mesma semente o sorteio é o mesmo: mudando uma coluna da tabela entre as duas
    chamadas, só aquele atributo muda no desenho.

    Args:
        atributos: int64, forma (N, A): um índice por atributo, nas colunas de `ESQUEMA`.
        tamanho: lado da imagem em pixels, 32 ou 64.
        gerador: sorteio das pequenas variações (None: o gerador padrão do torch).

    Returns:
        `ConjuntoImagens` de imagens (N, 3, tamanho, tamanho).

    Raises:
        ValueError: se a tabela não combina com `ESQUEMA`, ou há cor de chapéu sem chapéu (e vice-versa).
    """
    conferir_tamanho(tamanho)
    vazio = torch.zeros(len(atributos), 3, tamanho, tamanho, dtype=torch.uint8)
    ConjuntoImagens(vazio, atributos, dict(ESQUEMA))  # confere a tabela com as mensagens de lá
    nomes = list(ESQUEMA)
    chapeu, cor = atributos[:, nomes.index("chapeu")], atributos[:, nomes.index("cor_chapeu")]
    if ((chapeu == 1) != (cor > 0)).any():
        raise ValueError(
            "atributos: chegou uma cor_chapeu que contradiz chapeu; quem está sem chapéu tem a cor "
            '"nenhuma" (0), e quem está com ele tem uma das outras.'
        )
    sorteio = torch.rand(len(atributos), len(VARIACOES), generator=gerador)
    return ConjuntoImagens(_pintar(atributos, sorteio, tamanho), atributos, dict(ESQUEMA))


def conferir_tamanho(tamanho: int) -> None:
    """Recusa tamanhos em que as carinhas não são desenhadas.

    Raises:
        ValueError: se o tamanho não está em `TAMANHOS`.
    """
    if tamanho not in TAMANHOS:
        raise ValueError(f"tamanho: chegou {tamanho!r}; esperava 32 ou 64 (pixels de lado).")


def conferir_fixos(fixos: Mapping[str, str]) -> dict[str, int]:
    """Traduz os atributos fixados de nomes para índices, completando chapéu e cor do chapéu.

    Raises:
        ValueError: se um nome ou valor não existe, ou se `chapeu` e `cor_chapeu` se contradizem.
    """
    for nome, valor in fixos.items():
        if nome not in ESQUEMA:
            raise ValueError(f"fixos: chegou o atributo {nome!r}; esperava um destes: {', '.join(ESQUEMA)}.")
        if valor not in ESQUEMA[nome]:
            opcoes = ", ".join(ESQUEMA[nome])
            raise ValueError(f"fixos: chegou {nome}={valor!r}; esperava um destes valores: {opcoes}.")
    indices = {nome: ESQUEMA[nome].index(valor) for nome, valor in fixos.items()}
    if "cor_chapeu" in indices:
        com = int(indices["cor_chapeu"] > 0)
        if indices.setdefault("chapeu", com) != com:
            raise ValueError(
                f"fixos: chapeu={fixos['chapeu']!r} e cor_chapeu={fixos['cor_chapeu']!r} se contradizem; "
                'quem está sem chapéu tem cor_chapeu="nenhuma". Fixe só um dos dois.'
            )
    return indices


def _atributos(sorteio: Tensor, fixos: dict[str, int]) -> Tensor:
    colunas = []
    for a, (nome, valores) in enumerate(ESQUEMA.items()):
        pulo = 1 if nome == "cor_chapeu" else 0  # quem tem chapéu não pode ter a cor "nenhuma"
        coluna = pulo + (sorteio[:, a] * (len(valores) - pulo)).long().clamp_max(len(valores) - pulo - 1)
        colunas.append(torch.full_like(coluna, fixos[nome]) if nome in fixos else coluna)
    tabela = torch.stack(colunas, dim=1)  # (N, A)
    nomes = list(ESQUEMA)
    tabela[:, nomes.index("cor_chapeu")] *= tabela[:, nomes.index("chapeu")]
    return tabela


def _pintar(atributos: Tensor, sorteio: Tensor, tamanho: int) -> Tensor:
    niveis = torch.empty(len(atributos), 3, tamanho, tamanho, dtype=torch.uint8)
    for i in range(0, len(atributos), BLOCO):
        parte = slice(i, i + BLOCO)
        colunas = dict(zip(ESQUEMA, atributos[parte].T, strict=True))
        variacoes = dict(zip(VARIACOES, sorteio[parte].T, strict=True))
        niveis[parte] = Rosto(colunas, variacoes, tamanho).pintar().mul_(255).round_().clamp_(0, 255)
    return niveis


def _arquivo(n: int, tamanho: int, semente: int, fixos: dict[str, int]) -> Path:
    resumo = hashlib.sha256(json.dumps([n, tamanho, semente, sorted(fixos.items())]).encode())
    for modulo in (__file__, rosto.__file__, tela.__file__):  # mudou o desenho, muda o nome do arquivo
        resumo.update(Path(modulo).read_bytes())
    return ambiente.pasta_cache() / f"carinhas-{n}-{tamanho}px-{resumo.hexdigest()[:16]}.safetensors"


def _ler(arquivo: Path, n: int, tamanho: int) -> ConjuntoImagens | None:
    try:
        lido = load_file(arquivo)
        conjunto = ConjuntoImagens(lido["niveis"], lido["atributos"], dict(ESQUEMA))
    except (OSError, SafetensorError, KeyError, ValueError):
        return None  # ainda não há arquivo, ou está estragado: desenhamos de novo
    return conjunto if conjunto.niveis.shape == (n, 3, tamanho, tamanho) else None


def _guardar(arquivo: Path, conjunto: ConjuntoImagens) -> None:
    # sem pasta ou sem permissão, ficamos sem cache
    with contextlib.suppress(OSError, SafetensorError), ambiente.gravacao_inteira(arquivo) as provisorio:
        save_file({"niveis": conjunto.niveis, "atributos": conjunto.atributos}, provisorio)

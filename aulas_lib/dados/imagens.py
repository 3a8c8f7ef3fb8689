"""Conjuntos de imagens: os dígitos 8×8 do scikit-learn, o MNIST e o Fashion-MNIST."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from aulas_lib import ambiente
from aulas_lib.dados.arquivos_idx import ler_particao

CLASSES_DIGITOS = tuple(str(d) for d in range(10))
CLASSES_MODA = (
    "camiseta", "calça", "suéter", "vestido", "casaco", "sandália", "camisa", "tênis", "bolsa", "bota",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class ConjuntoImagens:
    """Imagens guardadas como níveis inteiros, com uma tabela de atributos anotados.

    Convenção de pixels do curso: float32 em [-1, 1], na forma (N, C, H, W). Os níveis são o que está no
    arquivo, e `imagens` os converte: x = 2 · nível / nivel_max − 1.

    Args:
        niveis: uint8, forma (N, C, H, W), valores de 0 a `nivel_max`.
        atributos: int64, forma (N, A); a coluna a traz o índice do valor do a-ésimo atributo do esquema.
        esquema: nome do atributo -> nomes dos seus valores, na ordem das colunas de `atributos`.
        nivel_max: o maior nível possível (16 nos dígitos 8×8, 255 nas demais imagens).

    Raises:
        ValueError: se tipos, formas ou valores não combinam.
    """

    niveis: Tensor
    atributos: Tensor
    esquema: dict[str, tuple[str, ...]]
    nivel_max: int = 255

    def __post_init__(self) -> None:
        _conferir_niveis(self.niveis, self.nivel_max)
        _conferir_atributos(self.atributos, self.esquema, len(self.niveis))

    @property
    def imagens(self) -> Tensor:
        """As imagens em float32 no intervalo [-1, 1], forma (N, C, H, W)."""
        return self.niveis.float() / self.nivel_max * 2 - 1

    def atributo(self, nome: str) -> Tensor:
        """Coluna de um atributo pelo nome.

        Args:
            nome: um dos nomes de `esquema`.

        Returns:
            int64, forma (N,): o índice do valor em `esquema[nome]`.

        Raises:
            ValueError: se o conjunto não tem esse atributo.
        """
        if nome not in self.esquema:
            existentes = ", ".join(self.esquema)
            raise ValueError(f"o atributo {nome!r} não existe neste conjunto; os que existem: {existentes}")
        return self.atributos[:, list(self.esquema).index(nome)]

    def __len__(self) -> int:
        return len(self.niveis)

    def __getitem__(self, indice: int | slice | list[int] | Tensor) -> "ConjuntoImagens":
        """Parte do conjunto, com os atributos correspondentes.

        Args:
            indice: fatia, máscara booleana de forma (N,), índices inteiros de forma (M,) ou um só inteiro.

        Returns:
            Outro `ConjuntoImagens`; um só inteiro devolve um conjunto de uma imagem.

        Raises:
            IndexError: se a máscara não tem forma (N,) ou algum índice está fora do conjunto.
        """
        escolha = _normalizar_indice(indice, len(self)) if not isinstance(indice, slice) else indice
        return ConjuntoImagens(self.niveis[escolha], self.atributos[escolha], self.esquema, self.nivel_max)


def _normalizar_indice(indice: int | list[int] | Tensor, total: int) -> Tensor:
    escolha = torch.as_tensor(indice)
    if escolha.ndim == 0:
        escolha = escolha[None]
    if escolha.numel() == 0:
        escolha = escolha.long()
    if escolha.dtype == torch.bool and escolha.shape != (total,):
        raise IndexError(f"a máscara tem forma {tuple(escolha.shape)}, mas o conjunto pede ({total},)")
    if escolha.dtype != torch.bool and (escolha.ndim != 1 or escolha.is_floating_point()):
        chegou = f"{escolha.dtype}, {tuple(escolha.shape)}"
        raise IndexError(f"índices devem ser inteiros de forma (M,); chegou {chegou}")
    if escolha.dtype != torch.bool and ((escolha < -total) | (escolha >= total)).any():
        raise IndexError(f"há índice fora do conjunto, que tem {total} imagens (de 0 a {total - 1})")
    return escolha


def _conferir_niveis(niveis: Tensor, nivel_max: int) -> None:
    if niveis.dtype != torch.uint8 or niveis.ndim != 4:
        raise ValueError(f"niveis deve ser uint8 (N, C, H, W); chegou {niveis.dtype}, {tuple(niveis.shape)}")
    if not 1 <= nivel_max <= 255:
        raise ValueError(f"nivel_max deve estar entre 1 e 255; chegou {nivel_max}")
    if not niveis.is_meta and niveis.numel() and int(niveis.max()) > nivel_max:
        raise ValueError(f"há nível {int(niveis.max())} acima de nivel_max = {nivel_max}; confira nivel_max")


def _conferir_atributos(atributos: Tensor, esquema: dict[str, tuple[str, ...]], total: int) -> None:
    esperada = (total, len(esquema))
    if atributos.dtype != torch.int64 or tuple(atributos.shape) != esperada:
        raise ValueError(
            f"atributos deve ser int64 de forma {esperada} (imagens, atributos do esquema); "
            f"chegou {atributos.dtype}, {tuple(atributos.shape)}"
        )
    if atributos.is_meta or not total:
        return
    for coluna, (nome, valores) in enumerate(esquema.items()):
        menor, maior = int(atributos[:, coluna].min()), int(atributos[:, coluna].max())
        if menor < 0 or maior >= len(valores):
            raise ValueError(f"{nome!r} deve ir de 0 a {len(valores) - 1}; chegou de {menor} a {maior}")


class Particoes(NamedTuple):
    """As três partes de um conjunto: escolhas se fazem na validação, e o teste se lê uma vez só."""

    treino: ConjuntoImagens
    validacao: ConjuntoImagens
    teste: ConjuntoImagens


def digitos() -> Particoes:
    """Dígitos manuscritos reais de 8×8 pixels e 17 níveis, que vêm com o scikit-learn (sem rede).

    A divisão é a das figuras publicadas sobre estes dados: 0-999 treino, 1000-1349 validação e
    1350-1796 teste. Fonte: Alpaydin e Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI.

    Returns:
        `Particoes(treino, validacao, teste)`: imagens (N, 1, 8, 8), `nivel_max=16`, atributo "classe".
    """
    from sklearn.datasets import load_digits

    dados = load_digits()
    niveis = torch.from_numpy(dados.images).to(torch.uint8).unsqueeze(1)  # (1797, 1, 8, 8)
    classes = torch.from_numpy(dados.target).long().unsqueeze(1)  # (1797, 1)
    todos = ConjuntoImagens(niveis, classes, {"classe": CLASSES_DIGITOS}, nivel_max=16)
    return Particoes(todos[:1000], todos[1000:1350], todos[1350:])


def mnist(particao: str = "treino", pasta: Path | str | None = None, baixar: bool = True) -> ConjuntoImagens:
    """MNIST: dígitos manuscritos de 28×28 pixels, 60.000 de treino e 10.000 de teste.

    Os arquivos são os do torchvision, com o md5 conferido; só se leem os dois da partição pedida.
    Fonte: LeCun, Cortes e Burges (1998), "The MNIST database of handwritten digits".

    Args:
        particao: "treino" ou "teste".
        pasta: onde está (ou ficará) `MNIST/raw`; sem ela, a variável AULAS_DADOS ou `data/` do projeto.
        baixar: se falta um arquivo, tenta baixá-lo.

    Returns:
        Imagens de forma (N, 1, 28, 28), `nivel_max=255`, atributo "classe".

    Raises:
        FileNotFoundError: se falta um arquivo e ele não pôde ser baixado.
        PermissionError: se não dá para gravar na pasta.
        ValueError: se a partição não existe, ou se um arquivo está truncado ou não é o esperado.
    """
    return _do_torchvision("MNIST", particao, pasta, baixar, CLASSES_DIGITOS)


def fashion_mnist(
    particao: str = "treino", pasta: Path | str | None = None, baixar: bool = True
) -> ConjuntoImagens:
    """Fashion-MNIST: peças de roupa de 28×28 pixels, 60.000 de treino e 10.000 de teste.

    Fonte: Xiao, Rasul e Vollgraf (2017), "Fashion-MNIST: a novel image dataset".

    Args:
        particao: "treino" ou "teste".
        pasta: onde está (ou ficará) `FashionMNIST/raw`; sem ela, AULAS_DADOS ou `data/` do projeto.
        baixar: se falta um arquivo, tenta baixá-lo.

    Returns:
        Imagens de forma (N, 1, 28, 28), `nivel_max=255`, atributo "classe" ("camiseta", "calça", ...).

    Raises:
        FileNotFoundError: se falta um arquivo e ele não pôde ser baixado.
        PermissionError: se não dá para gravar na pasta.
        ValueError: se a partição não existe, ou se um arquivo está truncado ou não é o esperado.
    """
    return _do_torchvision("FashionMNIST", particao, pasta, baixar, CLASSES_MODA)


def _do_torchvision(
    conjunto: str, particao: str, pasta: Path | str | None, baixar: bool, nomes: tuple[str, ...]
) -> ConjuntoImagens:
    onde = ambiente.pasta_dados() if pasta is None else Path(pasta).expanduser()
    niveis, classes = ler_particao(conjunto, particao, onde, baixar)
    return ConjuntoImagens(niveis.unsqueeze(1), classes.unsqueeze(1), {"classe": nomes})

"""A aritmética A − B + C em uma GAN, com códigos médios, julgada pela sonda: quantas contas dão certo?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from aulas_lib.ambiente import virgula
from aulas_lib.dados.carinhas import DEPENDENTES

Esquema = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Banco:
    """Muitos códigos sorteados e o que a sonda vê no rosto que cada um gera.

    Attributes:
        z: códigos, forma (N, Z).
        vistos: índice do valor de cada atributo, forma (N, A).
        esquema: valores de cada atributo, na ordem das colunas.
    """

    z: Tensor
    vistos: Tensor
    esquema: Esquema

    def quais(self, exigencias: Mapping[str, str]) -> Tensor:
        """Índices dos códigos cujo rosto cumpre todas as exigências, atributo → valor.

        Raises:
            ValueError: se um atributo ou valor não existe, ou se nenhum rosto serve.
        """
        serve = torch.ones(len(self.z), dtype=torch.bool)
        nomes = list(self.esquema)
        for atributo, valor in exigencias.items():
            if valor not in self.esquema.get(atributo, ()):
                ha = ", ".join(self.esquema.get(atributo, nomes))
                raise ValueError(f"O grupo pede {atributo}={valor!r}, que não existe; há {ha}.")
            serve &= self.vistos[:, nomes.index(atributo)] == self.esquema[atributo].index(valor)
        if not serve.any():
            raise ValueError(f"Nenhum dos {len(self.z)} rostos cumpre {dict(exigencias)}; peça menos atributos.")
        return serve.nonzero()[:, 0]

    def medio(self, exigencias: Mapping[str, str]) -> Tensor:
        """Código médio de todos os rostos que cumprem as exigências, forma (Z,).

        Raises:
            ValueError: como em `quais`.
        """
        return self.z[self.quais(exigencias)].mean(dim=0)

    def um(self, exigencias: Mapping[str, str], gerador: torch.Generator | None = None) -> Tensor:
        """Código de um rosto sorteado entre os que cumprem as exigências, forma (Z,).

        Raises:
            ValueError: como em `quais`.
        """
        quais = self.quais(exigencias)
        return self.z[quais[torch.randint(len(quais), (1,), generator=gerador).item()]]


class GeradorMedido:
    """Um gerador com o seu banco: muitos z sorteados, com os atributos que a sonda vê em cada rosto.

    Args:
        gerar: códigos (B, Z) → imagens, sem gradiente.
        ver: imagens → atributos vistos (B, A).
        esquema: valores de cada atributo.
        z: os códigos do banco, forma (N, Z).
    """

    def __init__(
        self, gerar: Callable[[Tensor], Tensor], ver: Callable[[Tensor], Tensor], esquema: Esquema, z: Tensor
    ) -> None:
        self.gerar, self.ver = gerar, ver
        self.banco = Banco(z, ver(gerar(z)), esquema)

    def __call__(self, z: Tensor) -> Tensor:
        """Imagens dos códigos: (B, Z) → (B, C, H, W)."""
        return self.gerar(z)


@dataclass(frozen=True)
class Tripla:
    """Três grupos, "A − B + C": A e B só diferem no atributo alvo, e C não tem o valor pedido.

    Attributes:
        alvo: o atributo que a conta muda.
        a, b, c: exigências de cada grupo, atributo → valor.
    """

    alvo: str
    a: dict[str, str]
    b: dict[str, str]
    c: dict[str, str]

    @property
    def pedido(self) -> str:
        """O valor que o resultado tem de ter."""
        return self.a[self.alvo]

    def __str__(self) -> str:
        return " − ".join(_nome(g) for g in (self.a, self.b)) + f" + {_nome(self.c)}"


def sortear_triplas(
    esquema: Esquema, alvos: Mapping[str, str | None], n: int, gerador: torch.Generator
) -> list[Tripla]:
    """n triplas por alvo, com contextos sorteados.

    A = {alvo: v, k: u}, B = {alvo: w, k: u} e C = {alvo: w, k': u'}, com w ≠ v, e k e k' outros atributos quaisquer.

    Args:
        esquema: valores de cada atributo.
        alvos: atributo → valor pedido; None sorteia um valor em cada tripla.
        n: triplas por alvo.
        gerador: fonte do acaso.

    Raises:
        ValueError: se um alvo não existe.
    """
    def um(quantos: int) -> int:
        return int(torch.randint(quantos, (1,), generator=gerador))

    estranhos = [nome for nome in alvos if nome not in esquema]
    if estranhos:
        raise ValueError(f"alvos: {estranhos[0]!r} não existe; há {', '.join(esquema)}.")
    for alvo, pedido in alvos.items():
        if pedido is not None and pedido not in esquema[alvo]:
            raise ValueError(f"alvos: {alvo}={pedido!r} não existe; há {', '.join(esquema[alvo])}.")
    triplas = []
    for alvo, pedido in alvos.items():
        outros = [nome for nome in esquema if nome not in _que_mudam_com(alvo)]
        for _ in range(n):
            v = pedido or esquema[alvo][um(len(esquema[alvo]))]
            restam = [valor for valor in esquema[alvo] if valor != v]
            w, k, k_c = restam[um(len(restam))], outros[um(len(outros))], outros[um(len(outros))]
            u, u_c = esquema[k][um(len(esquema[k]))], esquema[k_c][um(len(esquema[k_c]))]
            triplas.append(Tripla(alvo, {alvo: v, k: u}, {alvo: w, k: u}, {alvo: w, k_c: u_c}))
    return triplas


@dataclass(frozen=True)
class Placar:
    """Fração das triplas que deram certo, por alvo, em cada modo de fazer a conta.

    Attributes:
        linhas: alvo → modo → (o pedido apareceu, os outros atributos ficaram, as duas coisas), frações.
        n: triplas por alvo.
    """

    linhas: dict[str, dict[str, tuple[float, float, float]]]
    n: dict[str, int]

    def sucesso(self, modo: str) -> float:
        """Fração de sucesso do modo, com todas as triplas juntas."""
        total = sum(self.n.values())
        return sum(self.n[alvo] * modos[modo][2] for alvo, modos in self.linhas.items()) / total

    def __str__(self) -> str:
        modos = list(next(iter(self.linhas.values())))
        titulos = "".join(f"{nome:>8}" for nome in ("pedido", "resto", "sucesso")) * len(modos)
        corpo = [" " * 12 + "".join(f"{modo:>24}" for modo in modos), f"{'alvo':<12}{titulos}"]
        for alvo, linha in self.linhas.items():
            numeros = [f"{virgula(100 * fracao, 0)} %" for modo in modos for fracao in linha[modo]]
            corpo.append(f"{alvo:<12}" + "".join(f"{numero:>8}" for numero in numeros))
        totais = (f"{virgula(100 * self.sucesso(modo), 1)} %" for modo in modos)
        return "\n".join([*corpo, f"{'em tudo':<12}" + "".join(f"{total:>24}" for total in totais)])


def codigos_das_contas(
    banco: Banco, triplas: list[Tripla], gerador: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """O código de um rosto de C e a diferença dos códigos médios de A e de B em cada tripla, ambos (T, Z).

    Args:
        banco: de onde saem os códigos.
        triplas: as de `sortear_triplas`.
        gerador: fonte do acaso, que escolhe o rosto de C.
    """
    direcoes = torch.stack([banco.medio(t.a) - banco.medio(t.b) for t in triplas])
    return torch.stack([banco.um(t.c, gerador) for t in triplas]), direcoes


def julgar_triplas(
    rede: GeradorMedido, triplas: list[Tripla], forca: float = 1.0, gerador: torch.Generator | None = None
) -> Placar:
    """Faz cada conta de três modos e pergunta à sonda o que saiu.

    Sucesso: o alvo tem o valor pedido *e* todos os outros atributos são os que a sonda vê em G(C).

    Modos: "A − B + C"; "C sozinho", sem mudar nada; e "direção ao acaso", com a mesma norma de A − B.

    Args:
        rede: gerador com o seu banco.
        triplas: as de `sortear_triplas`.
        forca: s, em C + s (A − B).
        gerador: fonte do acaso.
    """
    c, direcoes = codigos_das_contas(rede.banco, triplas, gerador)
    acaso = torch.randn(direcoes.shape, generator=gerador)
    acaso = acaso / acaso.norm(dim=1, keepdim=True) * direcoes.norm(dim=1, keepdim=True)
    modos = {"A − B + C": c + forca * direcoes, "C sozinho": c, "direção ao acaso": c + forca * acaso}
    antes = rede.ver(rede(c))
    depois = {modo: rede.ver(rede(z)) for modo, z in modos.items()}
    linhas, contagem = {}, {}
    for alvo in dict.fromkeys(t.alvo for t in triplas):
        quais = torch.tensor([i for i, t in enumerate(triplas) if t.alvo == alvo])
        contagem[alvo] = len(quais)
        do_alvo = [triplas[i] for i in quais]
        linhas[alvo] = {
            modo: _fracoes(rede.banco.esquema, do_alvo, antes[quais], vistos[quais]) for modo, vistos in depois.items()
        }
    return Placar(linhas, contagem)


def _fracoes(esquema: Esquema, triplas: list[Tripla], antes: Tensor, depois: Tensor) -> tuple[float, float, float]:
    nomes, alvo = list(esquema), triplas[0].alvo
    pedidos = torch.tensor([esquema[alvo].index(t.pedido) for t in triplas])
    certo = depois[:, nomes.index(alvo)] == pedidos
    resto = [i for i, nome in enumerate(nomes) if nome not in _que_mudam_com(alvo)]
    ficou = (depois[:, resto] == antes[:, resto]).all(dim=1)
    return tuple(v.double().mean().item() for v in (certo, ficou, certo & ficou))


def _que_mudam_com(alvo: str) -> set[str]:
    """O alvo e o que depende dele: quem não tinha chapéu não tinha cor de chapéu."""
    return {alvo} | {nome for nome, dono in DEPENDENTES.items() if dono == alvo}


def _nome(exigencias: Mapping[str, str]) -> str:
    return "(" + ", ".join(f"{atributo} {valor}" for atributo, valor in exigencias.items()) + ")"

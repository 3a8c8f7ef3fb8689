"""Exercícios das GANs de 2017 a 2019: a entrada gradual da camada nova, a autoatenção e a penalidade ortogonal."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import Recusa, conferir
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar
from aulas_lib.redes import dobrar

__all__ = ["conferir_atencao", "conferir_entrada_gradual", "conferir_ortogonal"]


def conferir_entrada_gradual(resposta: Any) -> None:
    """Confere a função `(antiga, nova, alfa) -> (1 − α) · antiga com cada pixel repetido 2 × 2 + α · nova`.

    Fonte: Karras e outros (2018), figura 2.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_entrada, nome="entrada_gradual",
        tarefa="escreva o corpo de `minha_entrada` e rode de novo.",
        licao="Em α = 0 a rede já cresceu e ainda devolve a imagem de antes: as camadas novas, que ainda não "
        "treinaram, não estragam nada. Elas entram à medida que aprendem.",
    )


def _entrada(antiga: Tensor, nova: Tensor, alfa: float) -> Tensor:
    return torch.lerp(dobrar(antiga), nova, alfa)


PIXEL_A_PIXEL = "Aqui quem se repete é cada pixel, em um quadrado de 2 × 2."
DOBROS = (  # jeitos errados de dobrar o lado
    (lambda x: x.repeat(1, 1, 2, 2),
     f"`repeat` põe cópias da imagem inteira lado a lado. {PIXEL_A_PIXEL} Veja `repeat_interleave`."),
    (lambda x: x.repeat_interleave(4).view(*x.shape[:2], 2 * x.shape[2], 2 * x.shape[3]),
     f"os quatro pixels iguais ficaram em fila, na mesma linha. {PIXEL_A_PIXEL}"),
    (lambda x: torch.kron(x, torch.tensor([[1.0, 0.0], [0.0, 0.0]])),
     f"você afastou os pixels e deixou zeros entre eles. {PIXEL_A_PIXEL}"),
    *((lambda x, c=cantos: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=c),
       f"você interpolou entre pixels vizinhos. {PIXEL_A_PIXEL} É o `mode=\"nearest\"`.") for cantos in (False, True)),
)
TROCADOS = "os pesos estão trocados: em α = 0 a saída é só a imagem antiga, dobrada; em α = 1, só a nova."
ENGANOS_ENTRADA = (
    Engano(lambda x, y, a: _entrada(x, y, 1 - a), TROCADOS),
    *(Engano(lambda x, y, a, d=d: torch.lerp(d(x), y, a), dica) for d, dica in DOBROS),
    *(Engano(lambda x, y, a, d=d: torch.lerp(y, d(x), a), f"{dica} Além disso, {TROCADOS}") for d, dica in DOBROS),
    Engano(lambda x, y, a: dobrar(x) + a * y, "a antiga entrou inteira: falta nela o peso 1 − α. Em α = 1 ela tem de "
           "sumir."),
    Engano(lambda x, y, a: (1 - a) * dobrar(x) + y, "a nova entrou inteira: falta nela o peso α. Em α = 0 ela ainda "
           "não aparece."),
    Engano(lambda x, y, a: dobrar(x) + y, "faltam os pesos: 1 − α na antiga e α na nova."),
    Engano(lambda x, y, a: (dobrar(x) + y) / 2, "essa é a média das duas. O peso muda durante o treino: 1 − α na "
           "antiga e α na nova."),
    Engano(lambda x, y, a: 1 - a * dobrar(x) + a * y, "faltam parênteses: o peso da antiga é (1 − α), e sem eles só α "
           "a multiplica."),
    Engano(lambda x, y, a: dobrar(x), "falta a imagem nova, com o peso α."),
    Engano(lambda x, y, a: y, "falta a imagem antiga, dobrada, com o peso 1 − α."),
    *(
        Engano(lambda x, y, a, r=r: torch.lerp(x, r(y), a), "você reduziu a nova ao lado da antiga. A saída tem o lado "
               "da nova: dobre a antiga. (Reduzir é o que faz o discriminador.)")
        for r in (lambda y: F.avg_pool2d(y, 2), lambda y: y[..., ::2, ::2])
    ),
)
SEM_DOBRAR = (
    "sua função parou: as formas não combinam. A antiga tem metade do lado da nova; antes de somar, dobre-a na altura "
    "(dim=2) e na largura (dim=3)."
)


def _examinar_entrada(funcao: Any) -> None:
    g = gerador(41)
    casos = [
        Caso(f"antiga ({b}, {c}, {l}, {l}), nova ({b}, {c}, {2 * l}, {2 * l}) e alfa {a}".replace(".", ","),
             (2 * torch.rand(b, c, l, l, generator=g) - 1, 2 * torch.rand(b, c, 2 * l, 2 * l, generator=g) - 1, a))
        for b, c, l, a in ((2, 3, 2, 0.3), (1, 1, 4, 0.75), (3, 3, 3, 0.0), (2, 1, 2, 1.0))
    ]
    try:
        comparar(funcao, casos, _entrada, ENGANOS_ENTRADA)
    except Recusa as recusa:
        raise Recusa(SEM_DOBRAR if "must match the size" in str(recusa) else str(recusa)) from None


def conferir_atencao(resposta: Any) -> None:
    """Confere a função `(f, g, h) -> o`, a autoatenção sem as convoluções, o peso γ nem a soma com a entrada.

    Equação: β_ji = softmax em i de g_j · f_i; o_j = Σ_i β_ji h_i
    Fonte: Zhang e outros (2019), equações 1 e 2.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_atencao, nome="atencao",
        tarefa="escreva o corpo de `minha_atencao` e rode de novo.",
        licao="A distância entre i e j não entra na conta: em uma só camada, um canto do mapa consulta o outro. Uma "
        "convolução 3 × 3 só vê os vizinhos. O preço é uma tabela de N × M pesos por imagem.",
    )


def _afinidades(f: Tensor, g: Tensor) -> Tensor:
    return g.mT @ f  # (B, N, M)


def _atencao(f: Tensor, g: Tensor, h: Tensor) -> Tensor:
    return h @ _afinidades(f, g).softmax(dim=2).mT


def _com_pesos(pesos: Callable[[Tensor], Tensor]) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """A atenção com outro modo de ir das afinidades aos pesos, os dois de forma (B, N, M)."""
    return lambda f, g, h: h @ pesos(_afinidades(f, g)).mT


def _as_avessas(x: Tensor) -> Tensor:
    return x.permute(2, 1, 0)  # o que `.T` faz com três eixos


QUEM_OLHA = "Para cada posição j que olha, os pesos somam 1 sobre as posições i que são olhadas"
SO_OS_DOIS = "`.T` inverte todos os eixos, também o do lote. Para trocar só os dois últimos, use `.mT`."
ENGANOS_ATENCAO = (
    Engano(_com_pesos(lambda s: s.softmax(dim=1)), f"o softmax saiu sobre quem olha. {QUEM_OLHA}: em β de forma "
           "(B, N, M), é o último eixo; em (B, M, N), é dim=1."),
    Engano(_com_pesos(lambda s: s.softmax(dim=0)), f"o softmax saiu sobre o lote, e uma imagem mudou os pesos da "
           f"outra. {QUEM_OLHA}."),
    Engano(_com_pesos(lambda s: s.flatten(1).softmax(dim=1).view_as(s)), f"o softmax saiu sobre a tabela inteira. "
           f"{QUEM_OLHA}."),
    Engano(lambda f, g, h: _atencao(f / f.shape[1] ** 0.5, g, h), "você dividiu as afinidades por uma raiz, como "
           "nos transformers. A SAGAN não divide."),
    Engano(_com_pesos(lambda s: s), "falta o softmax: as afinidades ainda não são pesos."),
    Engano(_com_pesos(lambda s: s.exp()), "falta dividir pela soma das exponenciais: os pesos de cada j somam 1."),
    Engano(_com_pesos(lambda s: s / s.sum(dim=2, keepdim=True)), "falta a exponencial: sem ela, os pesos saem "
           "negativos, e a soma pode ser zero."),
    Engano(_com_pesos(torch.sigmoid), "a sigmoide dá a cada par um peso à parte. No softmax as posições disputam: os "
           "pesos de cada j somam 1."),
    Engano(_com_pesos(lambda s: s.softmax(dim=2) / s.shape[2]), "você tirou a média de β h sobre i. É a soma: os pesos "
           "já somam 1."),
    Engano(_com_pesos(lambda s: F.one_hot(s.argmax(dim=2), s.shape[2]).float()), "você ficou só com a posição de maior "
           "afinidade. O softmax soma todas, cada uma com o seu peso."),
    Engano(lambda f, g, h: _afinidades(f, g), "essas são as afinidades. Falta o softmax, e falta "
           "somar os h com esses pesos."),
    *(
        Engano(lambda f, g, h, v=vira: v(_afinidades(f, g).softmax(dim=2)), "esses são os pesos β. Falta somar os h "
               "com eles.")
        for vira in (lambda b: b, lambda b: b.mT)
    ),
    Engano(lambda f, g, h: _atencao(f, g, h).mT, "a conta está certa, e o resultado, transposto: devolva (B, d, N)."),
    Engano(lambda f, g, h: _atencao(f, g, f), "o que se soma é h. Os f servem só para calcular os pesos."),
)
ENGANOS_DE_EIXO = (  # só não param com um erro se as formas são iguais
    Engano(lambda f, g, h: h @ _afinidades(f, g).softmax(dim=2), "falta transpor β: em `h @ β` a soma corre sobre quem "
           "olha. Para somar sobre i, que é o último eixo de β, use `h @ β.mT`."),
    Engano(lambda f, g, h: _atencao(g, f, h), "f e g estão trocados: quem olha é g, e o_j tem uma coluna para cada "
           "g_j."),
    Engano(lambda f, g, h: _atencao(f, g, g), "o que se soma é h. Os g servem só para calcular os pesos."),
    Engano(lambda f, g, h: _atencao(h, g, f), "f e h estão trocados: as afinidades vêm de f, e o que se soma é h."),
    Engano(lambda f, g, h: h @ (g @ f.mT).softmax(dim=2).mT, "em `g @ f.mT` a soma corre sobre as posições. A "
           "afinidade de um par é a soma sobre os canais: `g.mT @ f`."),
    *(
        Engano(lambda f, g, h, v=vira: h @ v((_as_avessas(g) @ f).softmax(dim=2)), SO_OS_DOIS)
        for vira in (_as_avessas, lambda b: b.mT)
    ),
    Engano(lambda f, g, h: h @ _as_avessas(_afinidades(f, g).softmax(dim=2)), SO_OS_DOIS),
)
NAN_NA_ATENCAO = (
    "a fórmula está certa, mas em float32 exp(89) já é infinito e exp(−104), zero: ∞/∞ e 0/0 dão nan. "
    "`.softmax(dim=...)` desconta de cada linha a maior afinidade antes da exponencial, o que não muda os pesos."
)


def _examinar_atencao(funcao: Any) -> None:
    aleatorio = gerador(42)
    cubo, *demais = [
        Caso(f"f ({b}, {c}, {m}), g ({b}, {c}, {n}) e h ({b}, {d}, {m})",
             tuple(torch.randn(b, *forma, generator=aleatorio) for forma in ((c, m), (c, n), (d, m))))
        for b, c, d, m, n in ((3, 3, 3, 3, 3), (2, 2, 5, 4, 6), (1, 3, 2, 6, 6), (3, 4, 1, 2, 8))
    ]
    comparar(funcao, [cubo], _atencao, (*ENGANOS_ATENCAO, *ENGANOS_DE_EIXO))
    comparar(funcao, demais, _atencao, ENGANOS_ATENCAO)
    # inteiros: os produtos são exatos, e só a exponencial pode falhar
    f, g = (10.0 * torch.randint(-9, 10, (2, 4, 5), generator=aleatorio) for _ in range(2))
    grandes = [Caso("afinidades na casa dos milhares", (f, g, torch.randn(2, 3, 5, generator=aleatorio)))]
    comparar(funcao, grandes, _atencao, (), NAN_NA_ATENCAO)


def conferir_ortogonal(resposta: Any) -> None:
    """Confere a função `(w, beta) -> β ‖W Wᵀ ⊙ (1 − I)‖²_F`, a penalidade ortogonal de uma matriz.

    Fonte: Brock, Donahue e Simonyan (2019), equação 3.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_ortogonal, nome="ortogonal",
        tarefa="escreva o corpo de `minha_ortogonal` e rode de novo.",
        licao="Sem a diagonal, a penalidade só pede ângulos retos entre as linhas; o tamanho de cada uma fica livre. "
        "‖W Wᵀ − I‖² pediria também norma 1, e isso, dizem os autores, costuma prender demais.",
    )


def _fora(m: Tensor) -> Tensor:
    return m - m.diagonal().diag()  # m ⊙ (1 − I)


def _ortogonal(w: Tensor, beta: float) -> Tensor:
    return beta * _fora(w @ w.T).square().sum()


SO_FORA = "A penalidade só olha fora da diagonal"
ENGANOS_ORTOGONAL = (
    Engano(lambda w, b: b * (w @ w.T).square().sum(), f"a diagonal entrou na soma, e a penalidade encolhe também as "
           f"linhas. {SO_FORA}: é o que faz o fator (1 − I)."),
    Engano(lambda w, b: b * (w @ w.T - torch.eye(len(w))).square().sum(), "você subtraiu I, e isso pede que cada linha "
           f"tenha norma 1. {SO_FORA}: multiplique por (1 − I)."),
    Engano(lambda w, b: b * (w @ w.T).diagonal().square().sum(), "ficou só a diagonal, que é o que se joga fora: 1 − I "
           "tem zeros na diagonal e uns no resto."),
    Engano(lambda w, b: _ortogonal(w.T, b), "esses são os produtos entre as colunas. Aqui as saídas estão nas linhas: "
           "a conta é a de W Wᵀ, de forma (K, K)."),
    Engano(lambda w, b: b * (w @ w.T @ (1 - torch.eye(len(w)))).square().sum(), "⊙ é o produto elemento a elemento: "
           "use `*`, e não `@`, com (1 − I)."),
    Engano(lambda w, b: b * _fora(w @ w.T).sum(), "falta o quadrado: assim um produto negativo desconta do total."),
    Engano(lambda w, b: b * _fora(w @ w.T).abs().sum(), "você somou os módulos. A norma de Frobenius ao quadrado é a "
           "soma dos quadrados."),
    Engano(lambda w, b: b * _fora(w @ w.T).sum() ** 2, "você elevou a soma ao quadrado. É a soma dos quadrados."),
    Engano(lambda w, b: b * _fora(w @ w.T).norm(), "falta o quadrado da norma: ‖·‖²_F é a soma dos quadrados, sem a "
           "raiz."),
    Engano(lambda w, b: b * torch.linalg.matrix_norm(_fora(w @ w.T), 2) ** 2, "essa é a norma espectral. A de "
           "Frobenius, ao quadrado, é a soma dos quadrados de todos os elementos."),
    Engano(lambda w, b: _ortogonal(w, 1.0), "falta β."),
    Engano(lambda w, b: _ortogonal(w, b**2), "β entrou no quadrado: ele multiplica a norma, do lado de fora."),
    Engano(lambda w, b: _ortogonal(w, b / 2), "cada par conta duas vezes, como (k, l) e como (l, k): você ficou com a "
           "metade."),
    Engano(lambda w, b: b * _fora(w @ w.T).square().mean(), "você tirou a média. A norma é uma soma."),
    Engano(lambda w, b: b * _fora(w @ w.T).square(), "falta somar: o resultado é um número."),
    Engano(lambda w, b: _ortogonal(F.normalize(w, dim=1), b), "não normalize as linhas: os produtos entram como são."),
)


def _examinar_ortogonal(funcao: Any) -> None:
    g = gerador(43)
    casos = [Caso(f"w ({k}, {d}) e beta {b}".replace(".", ","), (torch.randn(k, d, generator=g), b))
             for k, d, b in ((3, 5, 0.5), (4, 4, 2.0), (5, 2, 0.1), (2, 3, 1.0))]
    casos.append(Caso("linhas ortogonais de normas 2 e 3", (torch.tensor([[0.0, 2.0], [3.0, 0.0]]), 0.5)))
    comparar(funcao, casos, _ortogonal, ENGANOS_ORTOGONAL)

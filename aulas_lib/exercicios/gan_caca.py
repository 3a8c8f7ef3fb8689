"""Caça ao erro na lição de GANs: a perda não saturante contada ao contrário e o gradiente que vaza para o gerador."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import Recusa, conferir, examinar_alternativa
from aulas_lib.exercicios.comparacao import Caso, Engano, chamar, comparar, formas, iguais, mostrar
from aulas_lib.modelos.gan import perda_discriminador

__all__ = ["conferir_caca_detach", "conferir_caca_saturante"]

Passo = Callable[[nn.Module, nn.Module, torch.optim.Optimizer, Tensor, Tensor], Any]


def conferir_caca_saturante(diagnostico: Any, funcao: Any) -> None:
    """Confere o conserto das inclinações das duas perdas do gerador em relação ao logit de D.

    Equação: d log(1 − σ(a))/da = −σ(a) e d(−log σ(a))/da = −(1 − σ(a))
    Fonte: Goodfellow e outros (2014), seção 3.

    Args:
        diagnostico: letra da alternativa, ou `...`.
        funcao: função consertada, `a (B,) -> ((B,), (B,))`.
    """
    conferir(
        (diagnostico, funcao), _examinar_saturante, nome="caca_saturante",
        tarefa="escolha a letra do diagnóstico, conserte a função e rode de novo.",
        licao="log(1 − D) se cala onde D ≈ 0, justo quando o gerador é ruim e mais precisa de direção. Onde D ≈ 1, "
        "quem se cala é −log D, e aí não faz mal: o gerador já ganhou.",
    )


def _inclinacoes(a: Tensor) -> tuple[Tensor, Tensor]:
    return -a.sigmoid(), -(-a).sigmoid()


def _inclinacoes_com_defeito(a: Tensor) -> tuple[Tensor, Tensor]:
    d = a.sigmoid()
    return d - 1, -d


def _produto(a: Tensor) -> Tensor:
    return a.sigmoid() * (-a).sigmoid()  # dD/da = D (1 − D)


ENGANOS_SATURANTE = (
    Engano(_inclinacoes_com_defeito, "o diagnóstico está certo, mas o defeito continua no código: as duas "
           "inclinações ainda estão uma no lugar da outra."),
    Engano(lambda a: (1 - a.sigmoid(), a.sigmoid()), "as inclinações continuam trocadas, e agora também com o sinal "
           "errado: as duas perdas caem quando a cresce."),
    Engano(lambda a: (-1 / (1 - a.sigmoid()), -1 / a.sigmoid()), "essas são as derivadas em relação a D. Falta "
           "chegar ao logit: multiplique por dD/da = D (1 − D)."),
    Engano(lambda a: (1 / (1 - a.sigmoid()), 1 / a.sigmoid()), "essas são, a menos do sinal, as derivadas em relação "
           "a D. Falta chegar ao logit: multiplique por dD/da = D (1 − D)."),
    Engano(lambda a: (a.sigmoid(), 1 - a.sigmoid()), "as inclinações estão no lugar certo, mas com o sinal trocado: "
           "as duas perdas caem quando a cresce."),
    Engano(lambda a: (-a.sigmoid(), 1 - a.sigmoid()), "a primeira está certa. A segunda está com o sinal trocado: "
           "−log D também cai quando a cresce."),
    Engano(lambda a: (a.sigmoid(), a.sigmoid() - 1), "a segunda está certa. A primeira está com o sinal trocado: "
           "log(1 − D) também cai quando a cresce."),
    Engano(lambda a: (-a.sigmoid(), -a.sigmoid()), "meio conserto: a primeira está certa, e a segunda ainda é −D. "
           "Onde D ≈ 0, −log D tem inclinação perto de −1."),
    Engano(lambda a: (a.sigmoid() - 1, a.sigmoid() - 1), "meio conserto: a segunda está certa, e a primeira ainda é "
           "−(1 − D). Onde D ≈ 0, a inclinação de log(1 − D) some."),
    Engano(lambda a: (-_produto(a), -_produto(a)), "esse é −dD/da, a derivada da sigmoide. Falta o fator do "
           "logaritmo: 1/(1 − D) em uma, 1/D na outra."),
    Engano(lambda a: (_produto(a), _produto(a)), "essa é dD/da, a derivada da sigmoide. Falta o fator do logaritmo: "
           "−1/(1 − D) em uma, −1/D na outra."),
    Engano(lambda a: (-F.softplus(a), F.softplus(-a)), "esses são os valores das perdas. O exercício pede a "
           "inclinação delas em relação a a."),
    Engano(lambda a: torch.stack(_inclinacoes(a)), "as contas estão certas, mas em um tensor só. Devolva uma tupla: "
           "`return primeira, segunda`."),
)
NAN_SATURANTE = (
    "com logits de ±200, a conta passa por log 0 ou por uma divisão por 1 − D = 0. Simplifique no papel antes de "
    "escrever: D (1 − D)/(1 − D) é só D."
)


def _examinar_saturante(resposta: tuple[Any, Any]) -> None:
    diagnostico, funcao = resposta
    examinar_alternativa(diagnostico, "a", {
        "b": "Onde D(G(z)) ≈ 1 o gerador já enganou D. E o autograd acha a inclinação que some em a = −6, na ponta "
        "em que ele perde.",
        "c": "Em relação a D, a derivada de log(1 − D) é −1/(1 − D), que vale −1 em D = 0 e não some em lugar "
        "nenhum. A saturação vem da sigmoide: é preciso olhar o logit.",
        "d": "dD/da = D (1 − D) some mesmo nas duas pontas, mas o logaritmo traz um fator que cresce em uma delas: "
        "1/(1 − D) ou 1/D. Cada perda satura em uma ponta só.",
    })
    g = gerador(12)
    casos = [Caso(f"a de forma ({b},)", (2 * torch.randn(b, generator=g),)) for b in (5, 1, 8)]
    comparar(funcao, casos, _inclinacoes, ENGANOS_SATURANTE)
    extremos = [Caso("a = 200 e a = −200", (torch.tensor([200.0, -200.0]),))]
    comparar(funcao, extremos, _inclinacoes, (), NAN_SATURANTE)


def conferir_caca_detach(diagnostico: Any, funcao: Any) -> None:
    """Confere o conserto de um passo do discriminador cujo gradiente vaza para o gerador.

    O passo é dado em redes pequenas; depois dele, os pesos e o `.grad` de G têm de estar como antes.

    Args:
        diagnostico: letra da alternativa, ou `...`.
        funcao: passo consertado, `(rede_g, rede_d, otimizador_d, x, z) -> perda média`, um número.
    """
    conferir(
        (diagnostico, funcao), _examinar_detach, nome="caca_detach",
        tarefa="escolha a letra do diagnóstico, conserte a função e rode de novo.",
        licao="No jogo minimax o vazamento anula o passo do gerador: −D de um lado, +D do outro. Com −log D sobraria "
        "2D − 1, e o treino andaria quase como se nada houvesse: é assim que esse defeito costuma passar.",
    )


def _passo(
    rede_g: nn.Module, rede_d: nn.Module, otimizador_d: torch.optim.Optimizer, x: Tensor, z: Tensor, *,
    cortar: bool = True, cortar_nota: bool = False, zerar: bool = True, andar: bool = True, limpar_g: bool = False,
    perda: Callable[[Tensor, Tensor], Tensor] = lambda a, b: perda_discriminador(a, b).mean(),
) -> float:  # fmt: skip
    """O passo do discriminador, certo ou com um dos enganos conhecidos."""
    if zerar:
        otimizador_d.zero_grad()
    x_til = rede_g(z).detach() if cortar else rede_g(z)
    a_falso = rede_d(x_til).detach() if cortar_nota else rede_d(x_til)
    valor = perda(rede_d(x), a_falso)
    valor.backward()
    if andar:
        otimizador_d.step()
    if limpar_g:
        rede_g.zero_grad()
    return valor.item()


ENGANOS_DETACH = (
    Engano(partial(_passo, cortar=False), "o diagnóstico está certo, mas o defeito continua no código: o `backward` "
           "de D ainda atravessa G e deixa gradiente nos pesos dele. Corte o caminho entre `rede_g(z)` e `rede_d`."),
    Engano(partial(_passo, limpar_g=True), "limpar o `.grad` de G esconde o vazamento, mas apaga também o que já "
           "estava lá. Corte o caminho entre `rede_g(z)` e `rede_d`, e não mexa em nada de G."),
    Engano(partial(_passo, cortar_nota=True), "o corte está no lugar errado: depois de `rede_d`, ele tira do "
           "discriminador a lição sobre os gerados. Corte o que sai de G, antes de D o ver."),
    Engano(partial(_passo, zerar=False), "G ficou em paz, mas agora é D que acumula: sem `otimizador_d.zero_grad()` "
           "antes do `backward`, o passo soma o gradiente que já estava lá."),
    Engano(partial(_passo, andar=False), "G ficou em paz, mas D não andou: falta `backward` ou `otimizador_d.step()`."),
    Engano(partial(_passo, perda=lambda a, b: perda_discriminador(-a, -b).mean()), "os rótulos estão trocados: a "
           "perda −log D é a dos reais, e −log(1 − D), a dos gerados."),
    Engano(partial(_passo, perda=lambda a, b: -perda_discriminador(a, b).mean()), "o sinal da perda está trocado: D "
           "desce −V(G, D)."),
    Engano(partial(_passo, perda=lambda a, b: perda_discriminador(a, b).sum()), "você somou a perda sobre o lote. Na "
           "célula ela é a média."),
    Engano(partial(_passo, perda=lambda a, b: perda_discriminador(a, b).mean() / 2), "a perda ficou com peso ½. Na "
           "célula não há peso: conserte só o vazamento."),
    Engano(partial(_passo, perda=lambda a, b: F.softplus(-a).mean()), "falta na perda a parcela dos gerados."),
    Engano(partial(_passo, perda=lambda a, b: F.softplus(b).mean()), "falta na perda a parcela dos reais."),
)
SEM_GRAFO = (
    "não sobrou gradiente para D: você desligou mais do que devia. Só o que sai de `rede_g` fica fora do `backward`; "
    "as duas chamadas de `rede_d` ficam dentro."
)
PESOS_DE_G = "os pesos de G mudaram. Neste passo só D anda."
G_CONGELADO = (
    "G ficou com `requires_grad=False`: o passo do gerador vai falhar. Corte só este caminho, com `.detach()` ou "
    "`torch.no_grad()` em torno de `rede_g(z)`."
)
GRAD_DE_G = (
    "depois do passo, o `.grad` de G mudou: o gradiente de D ainda chega lá. Corte o que sai de `rede_g(z)`, e não o "
    "que entra nela nem os exemplos reais."
)


def _examinar_detach(resposta: tuple[Any, Any]) -> None:
    diagnostico, funcao = resposta
    examinar_alternativa(diagnostico, "c", {
        "a": "Na vigésima volta D(G(z)) ainda vale 0,3: a inclinação −D não sumiu, e G já está parado. D só chega "
        "perto de 0 depois, porque G não saiu do lugar.",
        "b": "`otimizador_d` só tem os pesos de D: o `step` dele não mexe nos de G. O que muda em G é outra coisa.",
        "d": "Com a mesma taxa e o passo certo, a média anda mais de 1 em vinte voltas. Uma taxa maior só multiplica "
        "uma soma que é quase zero.",
    })
    mundos = [(3, 1, 0, False), (4, 2, 1, True)]  # (lote, dimensão, semente, há gradiente antigo em G?)
    vistos = [_observar(funcao, *mundo) for mundo in mundos]
    certos = [_observar(_passo, *mundo) for mundo in mundos]
    if all(iguais(v, c) for v, c in zip(vistos, certos, strict=True)):
        return
    for engano in ENGANOS_DETACH:
        if all(iguais(v, _observar(engano.formula, *mundo)) for v, mundo in zip(vistos, mundos, strict=True)):
            raise Recusa(engano.dica)
    for visto, certo in zip(vistos, certos, strict=True):
        _explicar(visto, certo)


def _observar(passo: Passo, lote: int, dimensao: int, semente: int, antigo: bool) -> tuple[Any, ...]:
    """Dá um passo em redes novas: (perda, pesos de D, pesos de G, `.grad` de G, quantos pesos de G treinam)."""
    g = gerador(semente)
    redes = [nn.Sequential(nn.Linear(n, 3), nn.Tanh(), nn.Linear(3, m)) for n, m in ((2, dimensao), (dimensao, 1))]
    for rede in redes:
        for peso in rede.parameters():
            peso.data = torch.randn(peso.shape, generator=g)
            if antigo or rede is redes[1]:
                peso.grad = torch.randn(peso.shape, generator=g)
    rede_g, rede_d = redes
    x, z = torch.randn(lote, dimensao, generator=g) + 1, torch.randn(lote, 2, generator=g)
    otimizador = torch.optim.SGD(rede_d.parameters(), lr=0.1)
    descricao = f"redes pequenas, x de forma ({lote}, {dimensao}) e z ({lote}, 2)"
    try:
        perda = chamar(passo, Caso(descricao, (rede_g, rede_d, otimizador, x, z)))
    except Recusa as recusa:
        raise Recusa(SEM_GRAFO if "does not require grad" in str(recusa) else str(recusa)) from None
    gradientes = [torch.zeros_like(p) if p.grad is None else p.grad for p in rede_g.parameters()]
    juntos = [torch.cat([t.detach().flatten() for t in partes])
              for partes in (rede_d.parameters(), rede_g.parameters(), gradientes)]
    return perda, *juntos, sum(p.requires_grad for p in rede_g.parameters())


def _explicar(visto: tuple[Any, ...], certo: tuple[Any, ...]) -> None:
    """Recusa pela primeira diferença entre o que o passo fez e o que devia fazer."""
    perda, pesos_d, *resto = zip(visto, certo, strict=True)
    for (chegou, esperado), dica in zip(resto, (PESOS_DE_G, GRAD_DE_G, G_CONGELADO), strict=True):
        if not iguais(chegou, esperado):
            raise Recusa(dica)
    if formas(perda[0]) != formas(perda[1]):
        raise Recusa("devolva a perda média do lote, um número: `perda.item()`.")
    if not iguais(*perda):
        raise Recusa(f"a perda média está errada: chegou {mostrar(perda[0])}; era esperado {mostrar(perda[1])}. "
                     "Conserte só o vazamento.")
    if not iguais(*pesos_d):
        raise Recusa("G ficou em paz e a perda está certa, mas os pesos de D não foram para onde deviam. Confira a "
                     "ordem: `zero_grad`, `backward`, `step`, uma vez cada um.")

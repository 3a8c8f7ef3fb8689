"""Exercícios da StyleGAN: modular e demodular os pesos, misturar dois estilos e truncar em w."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import conferir
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar
from aulas_lib.modelos.stylegan import misturar

__all__ = ["conferir_demodulacao", "conferir_mistura", "conferir_truncagem_w"]


def conferir_demodulacao(resposta: Any) -> None:
    """Confere a função `(peso, s) -> pesos de cada exemplo`, modulados pelo estilo e demodulados.

    Equação: w'_oikl = s_i w_oikl; w''_oikl = w'_oikl / √(Σ_ikl w'_oikl² + 10⁻⁸)
    Fonte: Karras e outros (2020), equações 1 e 3.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_demodulacao, nome="demodulacao",
        tarefa="escreva o corpo de `minha_demodulacao` e rode de novo.",
        licao="Multiplicar todo o estilo por 10 não muda quase nada: a demodulação devolve a norma 1 a cada canal de "
        "saída. O que o estilo comanda é a proporção entre os canais de entrada.",
    )


POR_SAIDA = (2, 3, 4)  # os eixos I, k, k de (B, O, I, k, k)


def _modular(peso: Tensor, s: Tensor) -> Tensor:
    return peso * s[:, None, :, None, None]  # (B, O, I, k, k)


def _demodular(w: Tensor, dim: tuple[int, ...] = POR_SAIDA) -> Tensor:
    return w * (w.square().sum(dim=dim, keepdim=True) + 1e-8).rsqrt()


def _demodulacao(peso: Tensor, s: Tensor) -> Tensor:
    return _demodular(_modular(peso, s))


def _dividida(resumo: Callable[[Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """w' dividido por outro resumo dele."""
    return lambda peso, s: _modular(peso, s) / resumo(_modular(peso, s))


def _somada(w: Tensor) -> Tensor:
    return w.sum(dim=POR_SAIDA, keepdim=True)


DE_CADA_SAIDA = "Cada exemplo e cada canal de saída têm a sua norma, com a soma sobre i e o núcleo"
ENGANOS_DEMODULACAO = (
    Engano(_modular, "falta demodular: divida w' pela norma de cada canal de saída."),
    *(
        Engano(lambda p, s, f=forma: _demodular(p[None]).expand(f(p, s), *p.shape).reshape(-1, *p.shape), "falta o "
               "estilo: primeiro multiplique cada canal de entrada por s_i.")
        for forma in (lambda p, s: len(s), lambda p, s: 1)
    ),
    Engano(lambda p, s: _demodular(p[None])[0], "falta o estilo: primeiro multiplique cada canal de entrada por s_i, e "
           "o resultado ganha o eixo do lote."),
    Engano(lambda p, s: _modular(_demodular(p[None]), s), "a norma é a de w', já modulado, e você usou a de w. Assim o "
           "tamanho de s passa direto para a saída."),
    *(
        Engano(lambda p, s, d=dim: _demodular(_modular(p, s), d), f"{onde} {DE_CADA_SAIDA} (eixos 2, 3 e 4).")
        for dim, onde in (
            ((1, 2, 3, 4), "a soma juntou os canais de saída."), ((3, 4), "a soma ficou só nas posições do núcleo."),
            ((2,), "a soma ficou só nos canais de entrada."), ((1, 3, 4), "a norma saiu por canal de entrada."),
            ((0, 2, 3, 4), "a soma juntou os exemplos do lote."), ((0, 1, 2, 3, 4), "a soma juntou tudo."),
            ((1,), "a soma ficou só nos canais de saída."),
        )
    ),
    Engano(_dividida(lambda w: _somada(w.square()) + 1e-8), "falta a raiz: divida pela norma, e não pelo quadrado "
           "dela."),
    Engano(_dividida(lambda w: _somada(w) + 1e-8), "falta o quadrado, e a raiz da soma: é a norma que divide."),
    Engano(_dividida(lambda w: (_somada(w) + 1e-8).sqrt()), "falta o quadrado: sem ele a soma pode ser negativa, e a "
           "raiz dá nan."),
    Engano(_dividida(lambda w: _somada(w.abs())), "você somou os módulos. Na norma vão os quadrados, e depois a raiz."),
    Engano(_dividida(lambda w: (w.square().mean(dim=POR_SAIDA, keepdim=True) + 1e-8).sqrt()), "você tirou a média dos "
           "quadrados. É a soma: cada canal de saída fica com norma 1."),
    *(
        Engano(_dividida(lambda w, v=vies: (w.var(dim=POR_SAIDA, correction=v, keepdim=True) + 1e-8).sqrt()), "o "
               "desvio-padrão desconta a média dos pesos e divide pelo número deles. Some só os quadrados.")
        for vies in (0, 1)
    ),
    Engano(lambda p, s: _demodulacao(p, 1 + s), "o estilo multiplica direto: é s, e não 1 + s."),
    Engano(lambda p, s: _demodulacao(p, s.square()), "s entrou duas vezes: ele multiplica os pesos uma vez só."),
    Engano(lambda p, s: _demodulacao(p, s) * s[:, None, :, None, None], "s entrou duas vezes: depois de dividir pela "
           "norma não se modula de novo."),
)
ENGANOS_DE_EIXO = (  # só não param com um erro se os eixos têm o mesmo tamanho
    Engano(lambda p, s: _demodular(p * s[:, :, None, None, None]), "s multiplicou os canais de saída, e a demodulação "
           "desfez isso. O estilo é dos canais de entrada: `s[:, None, :, None, None]`."),
    Engano(lambda p, s: p * s[:, :, None, None, None], "s multiplicou os canais de saída. O estilo é dos canais de "
           "entrada: `s[:, None, :, None, None]`."),
    Engano(lambda p, s: _modular(p, s) / (_modular(p, s).square().sum(dim=POR_SAIDA) + 1e-8).sqrt(), "a soma perdeu "
           "três eixos, e a norma, (B, O), se alinhou com as posições do núcleo. Use `keepdim=True`."),
    *(
        Engano(lambda p, s, f=forma, d=fim: d((p * f(s))[None])[0], "falta o eixo do lote: cada exemplo tem os seus "
               "pesos. Comece de `s[:, None, :, None, None]`.")
        for forma in (lambda s: s[:, :, None, None], lambda s: s) for fim in (_demodular, lambda w: w)
    ),
)
ENGANOS_EXTREMOS = (
    *(
        Engano(_dividida(lambda w, m=menor: _somada(w.square()).sqrt().clamp(min=m)), "a fórmula está certa, mas falta "
               "o 10⁻⁸ dentro da raiz. Ele decide o que acontece quando o estilo é quase nulo, e evita 0/0.")
        for menor in (0, 1e-12)  # o segundo é o `F.normalize`
    ),
    Engano(_dividida(lambda w: _somada(w.square()).sqrt() + 1e-8), "quase: o 10⁻⁸ vai dentro da raiz, somado aos "
           "quadrados."),
)


def _examinar_demodulacao(funcao: Any) -> None:
    g = gerador(45)
    iguais, *demais = [
        Caso(f"peso ({o}, {i}, {k}, {k}) e s ({b}, {i})",
             (torch.randn(o, i, k, k, generator=g) + 0.3, 1 + torch.randn(b, i, generator=g)))
        for b, o, i, k in ((3, 3, 3, 3), (2, 4, 3, 1), (1, 2, 5, 3), (4, 1, 2, 3))
    ]
    comparar(funcao, [iguais], _demodulacao, (*ENGANOS_DEMODULACAO, *ENGANOS_DE_EIXO))
    comparar(funcao, demais, _demodulacao, ENGANOS_DEMODULACAO)
    peso, s = iguais.argumentos
    pequenos = [Caso(nome, (peso, f * s)) for nome, f in (("s na casa de 0,00001", 1e-5), ("s = 0", 0.0))]
    comparar(funcao, pequenos, _demodulacao, ENGANOS_EXTREMOS)


def conferir_mistura(resposta: Any) -> None:
    """Confere a função `(w, outro, corte, niveis) -> w nas camadas antes do corte e o outro daí em diante`.

    Fonte: Karras e outros (2019), seção 3.1.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_mistura, nome="mistura",
        tarefa="escreva o corpo de `minha_mistura` e rode de novo.",
        licao="As primeiras camadas são as de menor resolução. Com o corte cedo, w decide só o que se desenha em mapas "
        "pequenos; com o corte tarde, o outro só decide o que as últimas camadas acrescentam.",
    )


def _em_cada(w: Tensor, outro: Tensor, do_outro: list[bool], dim: int = 1) -> Tensor:
    return torch.stack([outro if troca else w for troca in do_outro], dim=dim)


def _mistura(w: Tensor, outro: Tensor, corte: int, niveis: int) -> Tensor:
    return misturar(w, outro, torch.full((len(w),), corte), niveis)


def _coordenadas(w: Tensor, outro: Tensor, corte: int) -> Tensor:
    return torch.cat([w[:, :corte], outro[:, corte:]], dim=1)


ENGANOS_MISTURA = (
    Engano(lambda w, o, c, n: _mistura(o, w, c, n), "os dois estilos estão trocados: w fica com as camadas antes do "
           "corte."),
    Engano(lambda w, o, c, n: _mistura(w, o, c + 1, n), "o corte passou uma camada adiante: w vai até corte − 1, e a "
           "camada de número corte já recebe o outro. A comparação é `<`."),
    Engano(lambda w, o, c, n: _mistura(w, o, c - 1, n), "o corte veio uma camada antes: as camadas contam a partir de "
           "0, e w vai até corte − 1."),
    Engano(lambda w, o, c, n: _mistura(w, o, n - c, n), "você contou o corte a partir da última camada. Conte a partir "
           "da primeira."),
    Engano(lambda w, o, c, n: _mistura(o, w, n - c, n), "você deu a w as últimas camadas. Ele fica com as primeiras."),
    *(
        Engano(lambda w, o, c, n, d=dim: _em_cada(w, o, [i >= c for i in range(n)], d), f"a mistura está certa, mas as "
               f"camadas ficaram no eixo {dim}. Elas são o eixo 1: (B, niveis, E).")
        for dim in (0, 2)
    ),
    *(
        Engano(lambda w, o, c, n, d=dim: torch.cat([o if i >= c else w for i in range(n)], dim=d), "`torch.cat` emenda "
               "os tensores em um eixo que já existe. Aqui nasce um eixo, o das camadas: `torch.stack(..., dim=1)`.")
        for dim in (0, 1)
    ),
    Engano(lambda w, o, c, n: _coordenadas(w, o, c), "você cortou as coordenadas de w. O corte é entre camadas: cada "
           "uma recebe um dos dois estilos, inteiro."),
    Engano(lambda w, o, c, n: _coordenadas(w, o, c)[:, None].expand(-1, n, -1), "você cortou as coordenadas e deu o "
           "mesmo estilo a todas as camadas. O corte é entre camadas: cada uma recebe um dos dois, inteiro."),
    Engano(lambda w, o, c, n: ((w + o) / 2)[:, None].expand(-1, n, -1), "você tirou a média dos dois estilos. Cada "
           "camada recebe um ou o outro, inteiro."),
    Engano(lambda w, o, c, n: torch.cat([w] * c + [o] * (n - c)).view(len(w), n, -1), "`view` só reparte os números na "
           "ordem em que estão, e os exemplos se misturaram. Use `torch.stack(..., dim=1)`."),
)


def _examinar_mistura(funcao: Any) -> None:
    g = gerador(46)
    casos = [
        Caso(f"w e outro ({b}, {e}), corte {c} e {n} níveis",
             (torch.randn(b, e, generator=g), torch.randn(b, e, generator=g), c, n))
        for b, e, c, n in ((2, 3, 1, 5), (1, 6, 4, 6), (4, 4, 0, 4), (3, 5, 4, 4))
    ]
    comparar(funcao, casos, _mistura, ENGANOS_MISTURA)


def conferir_truncagem_w(resposta: Any) -> None:
    """Confere a função `(w, centro, psi) -> centro + ψ (w − centro)`.

    Fonte: Karras e outros (2019), apêndice B.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_truncagem, nome="truncagem_w",
        tarefa="escreva o corpo de `minha_truncagem` e rode de novo.",
        licao="Com ψ = 0, todo w dá a imagem do centro; com ψ = 1, nada muda. No meio, os rostos se aproximam "
        "do centro, e a variedade cai. Por isso, uma medida com ψ < 1 não se compara com outra sem truncagem.",
    )


def _truncagem(w: Tensor, centro: Tensor, psi: float) -> Tensor:
    return torch.lerp(centro.expand_as(w), w, psi)


ENGANOS_TRUNCAGEM = (
    Engano(lambda w, c, p: p * w, "assim w encolhe para a origem, e não para o centro. Se você escreveu "
           "`centro + psi * w - centro`, faltam parênteses em (w − centro)."),
    Engano(lambda w, c, p: _truncagem(w, c, 1 - p), "ψ está ao contrário: ψ = 1 devolve w, e ψ = 0, o centro."),
    Engano(lambda w, c, p: p * (w - c), "falta somar o centro: w − centro é só o caminho até w."),
    Engano(lambda w, c, p: c + p * w, "falta subtrair o centro antes de multiplicar: o que encolhe é w − centro."),
    Engano(lambda w, c, p: c + p * (c - w), "a diferença está com o sinal trocado: com ψ > 0 o resultado se afasta de "
           "w. É w − centro."),
    Engano(lambda w, c, p: w + p * (w - c), "você partiu de w, e o resultado se afasta do centro. Parta do centro."),
    Engano(lambda w, c, p: p * c + w - c, "ψ multiplicou o centro. Ele multiplica a diferença w − centro."),
    Engano(lambda w, c, p: w.clamp(-p, p), "essa lembra a truncagem da BigGAN, que limita cada coordenada de z. Aqui w "
           "anda em linha reta para o centro."),
    Engano(lambda w, c, p: _truncagem(w, w.mean(dim=0), p), "você usou a média deste lote. O centro já vem pronto, de "
           "muitos sorteios."),
)


def _examinar_truncagem(funcao: Any) -> None:
    g = gerador(47)
    casos = [
        Caso(f"w ({b}, {e}), centro ({e},) e psi {p}".replace(".", ","),
             (centro + longe * torch.randn(b, e, generator=g), centro, p))
        for b, e, p, longe in ((3, 5, 0.7, 2), (4, 4, 0.3, 0.2), (1, 6, 0.0, 2), (2, 3, 1.0, 0.2))
        for centro in [torch.randn(e, generator=g)]
    ]
    comparar(funcao, casos, _truncagem, ENGANOS_TRUNCAGEM)

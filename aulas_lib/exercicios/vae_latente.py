"""Conferências da lição de VAE sobre o espaço latente: slerp, direção de um atributo, unidades ativas."""

from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import conferir
from aulas_lib.exercicios.comparacao import Caso, Engano, comparar

LIMIAR_ATIVA = 0.01  # nats


def conferir_slerp(resposta: Any) -> None:
    """Confere a função `(a, b, t) -> (Z,)`, a interpolação esférica.

    Equação: sen((1−t)ω)/sen ω · a + sen(tω)/sen ω · b, com cos ω = a·b / (‖a‖‖b‖); no limite ω → 0, a reta.
    Fonte: Shoemake (1985); White (2016).

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_slerp, nome="slerp",
        tarefa="escreva o corpo de `meu_slerp` e rode de novo.",
        licao="Em muitas dimensões, quase toda a massa de N(0, I) fica em uma casca de raio √Z; o arco anda "
        "sobre ela, a reta corta por dentro.",
    )


def _angulo(a: Tensor, b: Tensor) -> Tensor:
    return torch.dot(a / a.norm(), b / b.norm()).clamp(-1, 1).arccos()


def _arco(a: Tensor, b: Tensor, t: float, teta: Tensor) -> Tensor:
    return (torch.sin((1 - t) * teta) * a + torch.sin(t * teta) * b) / torch.sin(teta)


def _slerp(a: Tensor, b: Tensor, t: float) -> Tensor:
    teta = _angulo(a, b)
    return torch.lerp(a, b, t) if torch.sin(teta) < 1e-6 else _arco(a, b, t, teta)


ENGANOS_SLERP = (
    Engano(torch.lerp, "essa é a interpolação em linha reta (lerp). No slerp os pesos são senos de frações "
           "do ângulo ω entre a e b."),
    Engano(lambda a, b, t: _slerp(a, b, 1 - t), "os pesos estão trocados: com t = 0 o resultado é a, com t = "
           "1 é b."),
    Engano(lambda a, b, t: _arco(a, b, t, torch.dot(a, b).arccos()), "o ângulo saiu de a·b sem dividir pelas "
           "normas. O cosseno de ω é a·b / (‖a‖ ‖b‖)."),
    Engano(lambda a, b, t: _arco(a, b, t, torch.dot(a, b).clamp(-1, 1).arccos()), "o ângulo saiu de a·b sem "
           "dividir pelas normas. O cosseno de ω é a·b / (‖a‖ ‖b‖)."),
    Engano(lambda a, b, t: _arco(a, b, t, _angulo(a, b)) * torch.sin(_angulo(a, b)), "falta dividir por sen "
        "ω."),
    Engano(lambda a, b, t: _slerp(a / a.norm(), b / b.norm(), t), "você normalizou os próprios códigos. "
           "Normalize só para achar o ângulo: nas pontas o resultado é a e b, com as normas deles."),
    Engano(lambda a, b, t: _arco(a, b, t, torch.dot(a / a.norm(), b / b.norm())), "falta o arco cosseno: "
           "a·b / (‖a‖ ‖b‖) é cos ω, não ω."),
    Engano(lambda a, b, t: _arco(a, b, t, torch.rad2deg(_angulo(a, b))), "o seno do PyTorch espera radianos: "
           "não converta o ângulo para graus."),
)


def _examinar_slerp(funcao: Any) -> None:
    g = gerador(6)
    casos = [
        Caso(f"a e b de forma ({z},) e t = {t}".replace(".", ","),
             (torch.randn(z, generator=g), 2 * torch.randn(z, generator=g), t))
        for z in (2, 16) for t in (0.0, 0.25, 0.5, 1.0)
    ]
    comparar(funcao, casos, _slerp, ENGANOS_SLERP)
    a = torch.tensor([1.0, 0.0, 0.0])  # cosseno exatamente 1
    paralelos = [Caso("a e b na mesma direção", (a, k * a, t)) for k in (1.0, 2.0) for t in (0.0, 0.5, 1.0)]
    comparar(
        funcao, paralelos, _slerp,
        [Engano(lambda a, b, t: a, "com a e b na mesma direção, só a não basta: b pode ter outra norma.")],
        dica_nao_finito="falta um caso: com a e b na mesma direção, ω = 0 e a conta divide por zero. Nesse "
        "caso o arco é a própria reta, (1 − t) a + t b.",
    )


def conferir_direcao_atributo(resposta: Any) -> None:
    """Confere a função `(mu, tem) -> (Z,)`: código médio de quem tem o atributo menos o de quem não tem.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_direcao, nome="direcao_atributo",
        tarefa="escreva o corpo de `minha_direcao` e rode de novo.",
        licao="Somar essa direção a um código muda o atributo; se ela carrega outros junto, é porque eles "
        "andam juntos nos dados.",
    )


def _direcao(mu: Tensor, tem: Tensor) -> Tensor:
    return mu[tem].mean(dim=0) - mu[~tem].mean(dim=0)


def _unitaria(mu: Tensor, tem: Tensor) -> Tensor:
    return _direcao(mu, tem) / _direcao(mu, tem).norm()


ENGANOS_DIRECAO = (
    Engano(lambda mu, tem: -_direcao(mu, tem), "o sentido está trocado: é a média de quem tem menos a de "
           "quem não tem."),
    Engano(lambda mu, tem: mu[tem].mean(dim=0), "falta subtrair a média de quem não tem o atributo: sozinha, "
           "a média de quem tem é um rosto inteiro, não uma direção."),
    Engano(lambda mu, tem: mu[tem].mean(dim=0) - mu.mean(dim=0), "você subtraiu a média de todos; era a de "
           "quem não tem o atributo."),
    Engano(lambda mu, tem: mu[tem].sum(dim=0) - mu[~tem].sum(dim=0), "você subtraiu somas. Os grupos têm "
           "tamanhos diferentes: use médias."),
    Engano(lambda mu, tem: mu[tem].sum(dim=0) / len(mu) - mu[~tem].sum(dim=0) / len(mu), "cada média divide "
           "pelo tamanho do seu grupo, não pelo total."),
    Engano(_unitaria, "não normalize: o tamanho da diferença é a força 1, a que leva de um grupo ao outro."),
    Engano(lambda mu, tem: mu[tem].mean() - mu[~tem].mean(), "a média é sobre os exemplos (dim=0); sobra um "
           "valor por latente."),
)


def _examinar_direcao(funcao: Any) -> None:
    g = gerador(9)
    casos = []
    for n, z, com in ((10, 4, 3), (2, 1, 1), (50, 8, 49)):
        tem = torch.arange(n) < com
        mu = torch.randn(n, z, generator=g) + tem[:, None] * 2.0
        casos.append(Caso(f"mu de forma ({n}, {z}), com o atributo em {com} exemplo(s)", (mu, tem)))
    comparar(funcao, casos, _direcao, ENGANOS_DIRECAO)


def conferir_unidades_ativas(resposta: Any) -> None:
    """Confere a função `kl_dim (N, Z) -> int`: latentes cuja KL média passa de 0,01 nat.

    Fonte: critério no espírito de Burda, Grosse e Salakhutdinov (2016), aqui sobre a KL.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_ativas, nome="unidades_ativas",
        tarefa="escreva o corpo de `meus_ativos` e rode de novo.",
        licao="Quando esse número cai a zero, o decoder ignora z: é o colapso da posteriori.",
    )


def _ativas(kl_dim: Tensor) -> int:
    return int((kl_dim.mean(dim=0) > LIMIAR_ATIVA).sum())


ENGANOS_ATIVAS = (
    Engano(lambda k: int((k.mean(dim=0) <= LIMIAR_ATIVA).sum()), "você contou os latentes inativos."),
    Engano(lambda k: k.shape[1], "`len` conta todos os latentes: some os verdadeiros com `.sum()`."),
    Engano(lambda k: k.shape[0], "`len` conta as linhas, que são os exemplos. Some os verdadeiros com "
           "`.sum()`, depois da média sobre os exemplos."),
    Engano(lambda k: int((k.mean(dim=0) > 0).sum()), "falta o limiar: um latente é ativo se a KL média passa "
           "de 0,01 nat, não de zero."),
    Engano(lambda k: int((k > LIMIAR_ATIVA).any(dim=0).sum()), "um só exemplo acima de 0,01 não basta: "
           "primeiro a média sobre os exemplos, depois a comparação."),
    Engano(lambda k: int((k > LIMIAR_ATIVA).all(dim=0).sum()), "não é preciso que todos os exemplos passem "
           "de 0,01: primeiro a média sobre os exemplos, depois a comparação."),
    Engano(lambda k: int((k.sum(dim=0) > LIMIAR_ATIVA).sum()), "você somou sobre os exemplos; o critério usa "
           "a média, que não cresce com o tamanho do conjunto."),
    Engano(lambda k: int((k.mean(dim=1) > LIMIAR_ATIVA).sum()), "você contou exemplos. A média é sobre os "
           "exemplos (dim=0) e a contagem, sobre os latentes."),
    Engano(lambda k: int((k > LIMIAR_ATIVA).sum()), "você contou os elementos da matriz: falta a média sobre "
           "os exemplos (dim=0) antes da comparação."),
    Engano(lambda k: float((k.mean(dim=0) > LIMIAR_ATIVA).float().mean()), "essa é a fração de latentes "
           "ativos; a pergunta é quantos são."),
    Engano(lambda k: k.mean(dim=0) > LIMIAR_ATIVA, "falta contar: some os valores verdadeiros."),
)


def _examinar_ativas(funcao: Any) -> None:
    g = gerador(10)
    casos = []
    for n, niveis in ((200, (2.0, 1.5, 0.03, 0.001, 0.002, 0.9, 0.5)), (60, (0.0, 1e-5, 0.001, 0.002)), (1, (1.0,))):
        kl_dim = torch.tensor(niveis) * (0.5 + torch.rand(n, len(niveis), generator=g))  # (N, Z)
        kl_dim[0, -1] = 0.4  # um exemplo alto numa dimensão
        kl_dim[-1, 0] = 0.0 if n > 1 else 1.0
        casos.append(Caso(f"kl_dim de forma {tuple(kl_dim.shape)}", (kl_dim,)))
    comparar(funcao, casos, _ativas, ENGANOS_ATIVAS)

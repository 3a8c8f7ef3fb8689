"""Conferência do truque da reparametrização, na lição de VAE: um exame estatístico e outro de gradientes."""

from typing import Any

import torch
from torch import Tensor

from aulas_lib.ambiente import gerador
from aulas_lib.exercicios.base import Recusa, conferir
from aulas_lib.exercicios.comparacao import Caso, chamar, dica_generica, formas


def conferir_reparametrizar(resposta: Any) -> None:
    """Confere a função `(mu, logvar) -> z`, com z = mu + σ · eps, eps ~ N(0, I).

    O exame é estatístico (20.000 códigos) e olha também os gradientes em mu e logvar.

    Args:
        resposta: a função do aluno, ou `...`.
    """
    conferir(
        resposta, _examinar_reparametrizar, nome="reparametrizar",
        tarefa="escreva o corpo de `meu_z` e rode de novo.",
        licao="O acaso ficou em eps, que não depende da rede; por isso o gradiente passa por mu e logvar até "
        "o encoder.",
    )


def _examinar_reparametrizar(funcao: Any) -> None:
    for b, z in ((1, 1), (1, 4), (7, 2)):
        caso = Caso(f"mu e logvar de forma ({b}, {z})", (torch.zeros(b, z), torch.zeros(b, z)))
        exigir_forma(caso, chamar(funcao, caso))
    mu = 3 * torch.randn(20_000, 3, generator=gerador(2))
    logvar = torch.tensor([-2.0, 0.5, 1.5]).expand(20_000, 3).contiguous()
    caso = Caso("mu e logvar de forma (20000, 3)", (mu, logvar))
    z, outro = (exigir_forma(caso, chamar(funcao, caso)) for _ in range(2))
    examinar_acaso(z - mu, outro - mu)
    examinar_escala(z, mu, logvar[0])
    examinar_gradiente(funcao)


def exigir_forma(caso: Caso, z: Any) -> Tensor:
    """Devolve z se ele tem a forma do primeiro argumento do caso.

    Raises:
        Recusa: se a forma difere, ou se z tem nan ou infinito.
    """
    if not isinstance(z, Tensor) or formas(z) != formas(caso.argumentos[0]):
        raise Recusa(dica_generica(caso, z, caso.argumentos[0]))
    if not z.isfinite().all():
        raise Recusa("z tem nan ou infinito. Se você tirou a raiz de `logvar`: ele pode ser negativo, e σ é "
                     "`exp(logvar / 2)`.")
    return z.detach()


def examinar_acaso(residuo: Tensor, outro: Tensor) -> None:
    """Procura ruído ausente ou repetido em z − mu, forma (B, Z), em duas chamadas.

    Raises:
        Recusa: com a dica do engano encontrado.
    """
    if residuo.abs().max() < 1e-4:
        raise Recusa("z saiu igual a mu: falta o ruído. Sem ele o modelo é um autoencoder comum.")
    if residuo.std(dim=0).max() < 1e-3:
        raise Recusa("o ruído é o mesmo para o lote inteiro. Cada exemplo precisa do seu: use "
                     "`torch.randn_like(mu)`.")
    if torch.equal(residuo, outro):
        raise Recusa("duas chamadas deram o mesmo z. Não fixe a semente dentro da função.")
    if torch.corrcoef(residuo.T)[0, 1].abs() > 0.9:
        raise Recusa("o ruído é o mesmo em todas as dimensões de um exemplo. Sorteie eps com a forma de mu: "
                     "`torch.randn_like(mu)`.")


def examinar_escala(z: Tensor, mu: Tensor, logvar: Tensor) -> None:
    """Compara a média e o desvio-padrão de z − mu com os de N(0, σ²) e com os dos enganos comuns.

    Args:
        z: códigos, forma (B, Z).
        mu: médias, forma (B, Z).
        logvar: log σ² de cada dimensão, forma (Z,).

    Raises:
        Recusa: com a dica do engano encontrado.
    """
    residuo, sigma = z - mu, (logvar / 2).exp()
    candidatos = (
        (z, sigma, "falta somar mu."),
        (residuo, logvar.exp(), "você multiplicou eps pela variância. Quem multiplica é o desvio-padrão, "
         "`exp(logvar / 2)`."),
        (residuo, logvar.abs(), "você multiplicou eps por `logvar`, que é um logaritmo: σ é `exp(logvar / "
         "2)`."),
        (residuo, torch.ones_like(sigma), "falta multiplicar eps por σ: o desvio-padrão de z saiu 1 em todas "
         "as dimensões."),
        (residuo, 1 / sigma, "o sinal do expoente está trocado: σ é `exp(logvar / 2)`."),
        (residuo, (2 * logvar).exp(), "você escreveu `exp(2 * logvar)`: σ é `exp(logvar / 2)`."),
    )
    if (residuo.mean(dim=0) / sigma).min() > 0.3 and (residuo / sigma).min() >= -1e-3:
        raise Recusa("eps saiu uniforme e sempre positivo: isso é `rand`. A gaussiana padrão é `randn`.")
    if parecidos(residuo.std(dim=0), sigma) and (residuo.mean(dim=0) / sigma).abs().max() < 0.05:
        return
    for amostra, desvio, dica in candidatos:
        if parecidos(amostra.std(dim=0), desvio):
            raise Recusa(dica)
    raise Recusa("z não tem média mu e desvio-padrão σ. Compare a sua linha com z = mu + σ · eps, com "
                 "σ = exp(logvar / 2) e eps sorteado de N(0, I).")


def parecidos(a: Tensor, b: Tensor) -> bool:
    """Diz se dois desvios-padrão amostrais concordam em 5 %."""
    return torch.allclose(a, b, rtol=0.05, atol=0)


def examinar_gradiente(funcao: Any) -> None:
    """Exige ∂z/∂mu = 1 e ∂z/∂logvar = ½ (z − mu).

    Raises:
        Recusa: se o gradiente não chega a mu ou a logvar.
    """
    g = gerador(3)
    mu, logvar = (torch.randn(4, 3, generator=g).requires_grad_() for _ in range(2))
    z = chamar(funcao, Caso("mu e logvar que pedem gradiente, de forma (4, 3)", (mu, logvar)))
    if not z.requires_grad:
        raise Recusa("o gradiente não passa por z. Não use `no_grad`, `detach` nem `Normal(...).sample()`: "
                     "escreva z como uma conta com mu e logvar.")
    em_mu, em_logvar = torch.autograd.grad(z.sum(), (mu, logvar), allow_unused=True)
    if em_mu is None or not torch.allclose(em_mu, torch.ones_like(mu)):
        raise Recusa("o gradiente não chega a mu. `torch.normal` e `detach` o interrompem: some mu na conta.")
    if em_logvar is None or not torch.allclose(em_logvar, 0.5 * (z - mu), atol=1e-5):
        raise Recusa("o gradiente não chega a logvar. Calcule σ = exp(logvar / 2) dentro da função, sem "
                     "`detach` nem `.data`.")

"""As figuras das lições 1, 3 e 4 que recebem um eixo: como chamá-las e o que se lê nelas."""

import torch

from aulas_lib import figuras
from aulas_lib.avaliacao import curva_confiabilidade

X = torch.linspace(-3, 3, 61)
LOG_P = torch.distributions.Normal(0.0, 1.0).log_prob(X)
TRES = torch.tensor([10, 100, 1000])
D = torch.linspace(0.05, 0.95, 40)


def plana(x):
    return torch.zeros(len(x))


ABLACAO = [{"variante": v, "frechet": f} for v, f in (("completa", 100), ("completa", 200), ("sem ruído", 300))]
PARCELAS = {"VAE": {"reconstrução": 1.0, "KL do topo": 2.0}}
TROCAS = [
    {"modelo": nome, "botao": 0.5, "segundos_por_imagem": 0.01, "frechet": 20.0, "frechet_dp": 2.0, "precisao": 0.9,
     "precisao_dp": 0.01, "revocacao": 0.6, "revocacao_dp": 0.01}
    for nome in ("truncagem", "orientação")
]  # fmt: skip
ARVORE = [
    {"modelo": nome, "frechet": f, "frechet_dp": 2.0, "revocacao": 0.8, "revocacao_dp": 0.01}
    for nome, f in (("SAGAN", 90.0), ("piso", 15.0))
]
CORRIDA = [{"nome": n, "segundos": t, "frechet": 900 / t} for n in ("nossa", "outra") for t in (10.0, 60.0)]
FIGURAS = {
    "densidade_estimada": (lambda ax: figuras.densidade_estimada(LOG_P, LOG_P, X, ax, "24 caixas"), ["24 caixas"]),
    "histograma_contra_densidade": (
        lambda ax: figuras.histograma_contra_densidade(X, LOG_P, X, ax, "gerados"),
        ["gerados", "densidade"],
    ),
    "mapa_gerador": (lambda ax: figuras.mapa_gerador({"rede": X}, {"exata": X}, X, ax), ["rede", "exata"]),
    "taxas_por_dimensao": (
        lambda ax: figuras.taxas_por_dimensao(
            {"bola": 1 / TRES}, {"bola": 1 / TRES}, range(1, 4), ax
        ),
        ["bola", "fração aceita", "dimensão"],
    ),
    "queda_do_erro": (
        lambda ax: figuras.queda_do_erro(TRES, TRES**-0.5, TRES**-0.5, ax),
        ["previsto: cai com 1/√N"],
    ),
    "caminhos": (lambda ax: figuras.caminhos(plana, torch.zeros(2, 3, 2), ax), ["$x_1$", "cadeia 2"]),
    "log_razoes": (lambda ax: figuras.log_razoes({"exata": X, "rede": -X}, X, LOG_P.exp(), ax), ["exata", "rede"]),
    "confiabilidade": (
        lambda ax: figuras.confiabilidade({"rede": curva_confiabilidade(D, (D > 0.5).float())}, ax),
        ["rede"],
    ),
    "posterioris": (lambda ax: figuras.posterioris({"exata": LOG_P.exp()}, X, 0.5, ax, "taxa"), ["exata", "taxa"]),
    "cobertura": (
        lambda ax: figuras.cobertura(torch.tensor([[0.0, 1.0], [2.0, 3.0]]), torch.tensor([0.5, 1.0]), ax),
        ["não"],
    ),
    "perdas_no_logit": (lambda ax: figuras.perdas_no_logit({"minimax": -D}, D, ax), ["minimax", "D = σ(a)", "logit"]),
    "discriminador_contra_otimo": (
        lambda ax: figuras.discriminador_contra_otimo(X, LOG_P, LOG_P, torch.sigmoid(X), ax, "volta 10"),
        ["D treinado", "D(x)", "densidade", "volta 10"],
    ),
    "modas_por_semente": (
        lambda ax: figuras.modas_por_semente({"PacGAN": [3, 8, 8]}, 8, ax), ["PacGAN", "6,3", "modas cobertas, de 8"],
    ),
    "densidade_no_tempo": (
        lambda ax: figuras.densidade_no_tempo(LOG_P.exp().expand(5, -1), X, torch.zeros(2, 5), ax), ["t", "$x_t$"]
    ),
    "campo": (
        lambda ax: figuras.campo(plana, torch.zeros(2, 2), torch.ones(2, 2), ax, titulo="escore"), ["escore", "$x_1$"]
    ),
    "trajetorias": (
        lambda ax: figuras.trajetorias(plana, torch.rand(3, 4, 2), ax, titulo="Euler"), ["Euler", "ruído", "chegada"],
    ),
    "vies_frechet": (
        lambda ax: figuras.vies_frechet(1 / TRES, 1 / TRES, 1 / TRES, 0.0, ax), ["1/n", "100", "infinito: 0,0"],
    ),
    "ablacao": (lambda ax: figuras.ablacao(ABLACAO, ax), ["completa", "sem ruído", "150", "Fréchet"]),
    "corrida": (lambda ax: figuras.corrida(CORRIDA, ax), ["nossa", "outra", "segundos de treino"]),
    "arvore": (lambda ax: figuras.arvore(ARVORE, ax), ["SAGAN", "piso", "revocação (%)"]),
    "parcelas": (lambda ax: figuras.parcelas(PARCELAS, {"FVBN": 2.5}, ax), ["VAE", "KL do topo", "3,0", "FVBN: 2,5"]),
    "trocas": (lambda ax: figuras.trocas(TROCAS, "frechet", ax), ["truncagem", "0,5", "revocação", "Fréchet"]),
    "trilema": (lambda ax: figuras.trilema(TROCAS[:2], ax), ["truncagem", "60 %", "milissegundos"]),
    "setas": (lambda ax: figuras.setas(torch.zeros(3, 2), torch.ones(3, 2), torch.ones(3, 2), ax), ["p", "q"]),
    "orbita": (lambda ax: figuras.orbita(torch.ones(5, 2), ax, titulo="R1"), ["θ", "ψ", "R1"]),
}

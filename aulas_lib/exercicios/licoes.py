"""As lições e os seus exercícios, na ordem dos cadernos: a lista única do progresso e das tarefas.

Um exercício novo, ou uma lição nova, é uma linha aqui. `tests/test_licoes.py` compara a lista com os cadernos e com as
funções de conferência.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Exercicio:
    """Um exercício, como o caderno o anuncia.

    Attributes:
        nome: o da função de conferência, sem `conferir_`; não muda, pois é o que fica anotado no progresso.
        numero: o do título.
        titulo: o do caderno, sem o número, os minutos e a dificuldade.
        estrelas: a dificuldade, de 1 a 3.
    """

    nome: str
    numero: int
    titulo: str
    estrelas: int


@dataclass(frozen=True)
class Licao:
    """Uma lição e os seus exercícios.

    Attributes:
        caderno: nome do arquivo em `notebooks/`, sem `.ipynb`; o que vem antes do primeiro `_` é a chave da lição.
        titulo: o do caderno.
        exercicios: na ordem do caderno.
    """

    caderno: str
    titulo: str
    exercicios: tuple[Exercicio, ...]


_TODAS = (
    Licao("01_modelos_geradores", "Lição 1 · O que é um modelo gerador", (
        Exercicio("inversa_triangular", 1, "Sortear sem recusar nada", 1),
        Exercicio("taxa_do_envelope", 2, "O preço do envelope", 1),
        Exercicio("mascaras_made", 3, "As máscaras de um MADE", 2),
        Exercicio("caca_mascara", 4, "Caça ao erro: boa demais para ser verdade", 2),
        Exercicio("energia_livre", 5, "A energia livre", 2),
        Exercicio("log_z_sem_pesos", 6, "Z sem pesos", 1),
    )),
    Licao("01b_densidades_implicitas", "Lição 1, segunda parte · Densidades implícitas e o placar", (
        Exercicio("aceitacao", 1, "Aceitar ou ficar", 1),
        Exercicio("caca_cadeia", 2, "Caça ao erro: a cadeia que alarga o alvo", 2),
        Exercicio("razao_de_d", 3, "A razão que está no classificador", 1),
        Exercicio("caca_sigmoide", 4, "Caça ao erro: a perda que não passa de 0,31", 2),
    )),
    Licao("02_vae_elbo", "Lição 2 · Do autoencoder ao VAE e ao ELBO", (
        Exercicio("kl_gaussiana", 1, "A KL de memória", 1),
        Exercicio("reparametrizar", 2, "Sortear z sem cortar o gradiente", 1),
        Exercicio("variancia_da_elbo", 3, "A variância escondida no slide", 2),
        Exercicio("beta_efetivo", 4, "Que β é este?", 2),
        Exercicio("caca_reducoes", 5, "Caça ao erro: todas as reconstruções iguais", 2),
        Exercicio("caca_log_sigma", 6, "Caça ao erro: um limite que passa do limite", 3),
    )),
    Licao("02b_espaco_latente", "Lição 2, segunda parte · O espaço latente do VAE", (
        Exercicio("limite_importancia", 1, "O limite por importância", 2),
        Exercicio("slerp", 2, "Andar pelo arco", 3),
        Exercicio("direcao_atributo", 3, "A direção de um atributo", 1),
        Exercicio("unidades_ativas", 4, "Quantos latentes trabalham?", 2),
    )),
    Licao("03_gan_minimax", "Lição 3 · Redes adversárias: o jogo minimax", (
        Exercicio("d_otimo", 1, "O melhor discriminador", 2),
        Exercicio("valor_final", 2, "Onde o jogo termina", 1),
        Exercicio("caca_saturante", 3, "Caça ao erro: a história contada ao contrário", 2),
        Exercicio("caca_detach", 4, "Caça ao erro: o gerador que não sai do lugar", 3),
        Exercicio("modas", 5, "Quantas modas o gerador cobre?", 2),
    )),
    Licao("03b_dcgan_aritmetica",
          "Lição 3, segunda parte · Medir um gerador, a DCGAN e a aritmética no espaço latente", (
        Exercicio("frechet_1d", 6, "A distância de Fréchet em uma dimensão", 2),
        Exercicio("memorizacao", 7, "Mais perto do treino ou dos guardados?", 2),
        Exercicio("aritmetica", 8, "A conta, em uma linha", 1),
    )),
    Licao("04_gans_modernas", "Lição 4 · As GANs de 2017 a 2019: crescer, olhar longe, aumentar", (
        Exercicio("entrada_gradual", 9, "A camada que entra aos poucos", 2),
        Exercicio("atencao", 10, "A atenção, em duas linhas", 2),
        Exercicio("ortogonal", 11, "A penalidade ortogonal", 2),
        Exercicio("caca_desvio", 12, "Caça ao erro: o lote que não denuncia", 2),
    )),
    Licao("04b_stylegan", "Lição 4, segunda parte · StyleGAN: um espaço só para o estilo", (
        Exercicio("demodulacao", 13, "Modular e demodular", 3),
        Exercicio("mistura", 14, "Dois estilos, um corte", 2),
        Exercicio("truncagem_w", 15, "Truncar em w", 1),
    )),
    Licao("05_difusao", "Lição 5 · Difusão: do dado ao ruído, e de volta", (
        Exercicio("difundir", 16, "A ida, de uma vez", 1),
        Exercicio("caca_desvio_padrao", 17, "Caça ao erro: o ruído que sumiu", 2),
        Exercicio("caca_ultimo", 18, "Caça ao erro: o grão no fim", 2),
    )),
    Licao("05b_difusao_em_imagens", "Lição 5, segunda parte · Difusão em imagens", (
        Exercicio("ddim", 19, "O passo da DDIM", 2),
        Exercicio("orientar", 20, "Orientar sem classificador", 1),
        Exercicio("caca_agenda", 21, "Caça ao erro: cinquenta passos", 2),
    )),
    Licao("05c_escore_e_fluxos", "Lição 5, terceira parte · Escore, EDOs e fluxos", (
        Exercicio("extremos", 22, "Da velocidade ao dado e ao ruído", 2),
        Exercicio("heun", 23, "Um passo de Heun, para trás", 3),
    )),
    Licao("06_confronto", "Lição 6 · O confronto: difusão, VAE e BigGAN", (
        Exercicio("parcela", 24, "A parcela de um degrau", 2),
        Exercicio("aprendidas", 25, "O que se aprende", 1),
        Exercicio("densidade", 26, "Caça ao erro: nats negativos", 3),
        Exercicio("escolha", 27, "Qual família?", 1),
    )),
)

LICOES: dict[str, Licao] = {licao.caderno.partition("_")[0]: licao for licao in _TODAS}


def licao(chave: str) -> Licao:
    """Uma lição pela chave, que é o começo do nome do caderno: "05b" é a de `05b_difusao_em_imagens.ipynb`.

    Raises:
        ValueError: se não há lição com essa chave.
    """
    if chave not in LICOES:
        raise ValueError(f"lição: chegou {chave!r}; esperava uma destas: {', '.join(LICOES)}.")
    return LICOES[chave]

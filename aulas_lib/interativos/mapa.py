"""O mapa do curso: a taxonomia do slide "Tipos de métodos", com um link em cada folha.

É HTML puro, em caixas; onde os estilos são retirados (a página do GitHub), sobra uma lista aninhada com links.
Nenhuma cor de texto é fixa: as caixas servem ao tema claro e ao escuro.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

LICAO_1, LICAO_1B = "01_modelos_geradores.ipynb", "01b_densidades_implicitas.ipynb"
LICAO_2, LICAO_2B = "02_vae_elbo.ipynb", "02b_espaco_latente.ipynb"
LICAO_3, LICAO_3B = "03_gan_minimax.ipynb", "03b_dcgan_aritmetica.ipynb"
LICAO_4, LICAO_4B = "04_gans_modernas.ipynb", "04b_stylegan.ipynb"
LICAO_5, LICAO_5B = "05_difusao.ipynb", "05b_difusao_em_imagens.ipynb"
LICAO_5C = "05c_escore_e_fluxos.ipynb"
PARTE_2 = "lição 1, segunda parte, seção "

LISTA = "list-style:none;margin:0;padding:0"
# Lado a lado quando cabem duas colunas de 260 px; em uma tela estreita, uma embaixo da outra.
COLUNAS = f"{LISTA};display:flex;flex-wrap:wrap;gap:12px"
COLUNA = (
    "flex:1 1 260px;min-width:0;box-sizing:border-box;padding:10px 12px;"
    "border:2px {traco} {cor};border-radius:10px"
)
FOLHA = (
    "margin:8px 0 0;padding:7px 10px;border-radius:8px;line-height:1.4;overflow-wrap:anywhere;"
    "background:rgba(127,127,127,.13)"
)
PEQUENO = "font-size:90%;opacity:.85"


@dataclass(frozen=True)
class Destino:
    """Para onde um link leva.

    Attributes:
        caderno: nome do arquivo, na pasta `notebooks/`.
        celula: identidade da célula que abre a seção; vazia é o começo do caderno.
        texto: o que se lê no link; vazio repete o nome do arquivo.
    """

    caderno: str
    celula: str = ""
    texto: str = ""

    @property
    def endereco(self) -> str:
        """`caderno.ipynb#cell-id=celula`: a âncora que o JupyterLab segue mesmo ao abrir outro caderno."""
        return self.caderno + (f"#cell-id={self.celula}" if self.celula else "")


@dataclass(frozen=True)
class Folha:
    """Uma família de métodos: o nome, o que se diz dela e onde o curso a mostra (nada = em preparação)."""

    nome: str
    frase: str
    destinos: tuple[Destino, ...] = ()
    em_preparacao: str = ""


@dataclass(frozen=True)
class Ramo:
    """Um lado da taxonomia, com as suas folhas; `traco` distingue os lados para quem não vê as cores."""

    nome: str
    frase: str
    folhas: tuple[Folha, ...]
    cor: str
    traco: str = "solid"


RAMOS = (
    Ramo(
        "Densidades explícitas",
        "o modelo dá p(x), ou um limite dela",
        (
            Folha(
                "Fully Visible Belief Nets",
                "p(x) exata, um pixel de cada vez",
                (Destino(LICAO_1, "fvbn", "lição 1, seção 2"),),
            ),
            Folha(
                "Boltzmann Machines",
                "p(x) a menos de uma constante, Z",
                (Destino(LICAO_1, "rbm_s3", "lição 1, seção 3"),),
            ),
            Folha(
                "Variational Autoencoders",
                "um limite inferior de log p(x), o ELBO",
                (
                    Destino(LICAO_1, "v_vae", "lição 1, seção 4"),
                    Destino(LICAO_2, texto="lição 2"),
                    Destino(LICAO_2B, texto="lição 2, segunda parte"),
                ),
            ),
        ),
        "#0072B2",
    ),
    Ramo(
        "Densidades implícitas",
        "o modelo só sorteia: não há p(x) a calcular",
        (
            Folha(
                "Métodos de Monte Carlo",
                "uma cadeia que visita x na proporção certa",
                (Destino(LICAO_1B, "mc_s1", PARTE_2 + "1"),),
            ),
            Folha(
                "Likelihood-free inference via classification",
                "um classificador mede a razão p/q",
                (Destino(LICAO_1B, "razao", PARTE_2 + "2"),),
            ),
            Folha(
                "Generative Adversarial Networks",
                "uma rede gera, outra compara",
                (
                    Destino(LICAO_1B, "g_gan", PARTE_2 + "3"),
                    Destino(LICAO_3, texto="lição 3"),
                    Destino(LICAO_3B, texto="lição 3, segunda parte"),
                    Destino(LICAO_4, texto="lição 4"),
                    Destino(LICAO_4B, texto="lição 4, segunda parte"),
                ),
            ),
        ),
        "#D55E00",
        "dashed",
    ),
    Ramo(
        "Modelos baseados em difusão",
        "no slide, uma seção à parte: desfazer ruído aos poucos; dão um limite de log p(x), como o VAE",
        (
            Folha(
                "Difusão",
                "do ruído à imagem, em muitos passos",
                (
                    Destino(LICAO_5, texto="lição 5"),
                    Destino(LICAO_5B, texto="lição 5, segunda parte"),
                    Destino(LICAO_5C, texto="lição 5, terceira parte"),
                ),
                em_preparacao="lição 6, difusão contra VAE e BigGAN",
            ),
        ),
        "#009E73",
        "dotted",
    ),
)
ENTRADA = (
    Destino(LICAO_1, texto="Lição 1: o que é um modelo gerador"),
    Destino(LICAO_1B, "p_placar", "o placar: todas as famílias nos mesmos dados"),
)


@dataclass(frozen=True)
class Mapa:
    """O mapa pronto para ser o resultado de uma célula. Use `mapa_do_curso` para criar um."""

    html: str

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return "Mapa do curso: densidades explícitas, densidades implícitas e difusão"


def mapa_do_curso(ramos: Sequence[Ramo] = RAMOS, entrada: Sequence[Destino] = ENTRADA) -> Mapa:
    """A taxonomia do slide "Tipos de métodos" em caixas, com links para as seções e os cadernos.

    Args:
        ramos: os lados da taxonomia.
        entrada: links acima das caixas.

    Returns:
        `Mapa`; como última linha de uma célula, aparece na página.
    """
    topo = " · ".join(_link(destino) for destino in entrada)
    colunas = "".join(_coluna(ramo) for ramo in ramos)
    return Mapa(
        f'<nav aria-label="Mapa do curso" style="max-width:960px"><p style="margin:0 0 10px">{topo}</p>'
        f'<ul style="{COLUNAS}">{colunas}</ul></nav>'
    )


def destinos(ramos: Sequence[Ramo] = RAMOS, entrada: Sequence[Destino] = ENTRADA) -> list[Destino]:
    """Todos os lugares a que o mapa leva, na ordem em que aparecem."""
    return [*entrada, *(destino for ramo in ramos for folha in ramo.folhas for destino in folha.destinos)]


def _coluna(ramo: Ramo) -> str:
    folhas = "".join(_folha(folha) for folha in ramo.folhas)
    return (
        f'<li style="{COLUNA.format(traco=ramo.traco, cor=ramo.cor)}"><strong>{html.escape(ramo.nome)}</strong>'
        f'<br><span style="{PEQUENO}">{html.escape(ramo.frase)}</span><ul style="{LISTA}">{folhas}</ul></li>'
    )


def _folha(folha: Folha) -> str:
    onde = [_link(destino) for destino in folha.destinos]
    if folha.em_preparacao:
        onde.append(f"<em>{html.escape(folha.em_preparacao)}: em preparação</em>")
    return (
        f'<li style="{FOLHA}"><strong>{html.escape(folha.nome)}</strong>'
        f'<br><span style="{PEQUENO}">{html.escape(folha.frase)}</span><br>{" · ".join(onde)}</li>'
    )


def _link(destino: Destino) -> str:
    texto = destino.texto or destino.caderno
    return f'<a href="{html.escape(destino.endereco)}" style="text-decoration:underline">{html.escape(texto)}</a>'

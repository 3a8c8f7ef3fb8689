"""Explorador de um espaço latente de duas dimensões: ande no plano e veja o que o decoder desenha."""

from collections.abc import Callable

import torch
from PIL import Image, ImageDraw

from aulas_lib.ambiente import virgula
from aulas_lib.interativos import desenho
from aulas_lib.interativos.controles import Controles, Deslizante

LADO = 310  # do mapa, em pixels
LARGURA, LADO_FIGURA = 480, 160


def mapa_latente(
    mu: torch.Tensor, rotulos: torch.Tensor, lado: int = LADO, limite: float = 3.0, letra: int = 12
) -> Image.Image:
    """Plano latente com um algarismo por exemplo: a cor e o algarismo dizem a classe.

    Args:
        mu: forma (N, 2).
        rotulos: classes inteiras, forma (N,).
        lado: lado do mapa, em pixels.
        limite: o plano vai de −limite a limite nas duas direções.
        letra: altura dos algarismos, em pixels.

    Returns:
        Imagem Pillow RGB quadrada.

    Raises:
        ValueError: se mu não tem duas colunas ou não combina com rotulos.
    """
    if mu.ndim != 2 or mu.shape[1] != 2 or rotulos.shape != mu.shape[:1]:
        raise ValueError(
            f"mapa_latente recebeu mu de forma {tuple(mu.shape)} e rotulos de forma "
            f"{tuple(rotulos.shape)}, mas espera (N, 2) e (N,): use um espaço latente de duas dimensões."
        )
    tela = Image.new("RGB", (lado, lado), desenho.BRANCO)
    pincel = ImageDraw.Draw(tela)
    grafico = grafico_do_mapa(lado, limite)
    for valor in range(-int(limite), int(limite) + 1):
        x, y = (float(p) for p in grafico.ponto(valor, valor))
        cor = desenho.CINZA if valor == 0 else desenho.CINZA_CLARO
        pincel.line([(x, 0), (x, lado)], fill=cor)
        pincel.line([(0, y), (lado, y)], fill=cor)
    _carimbar(tela, grafico, mu, rotulos, letra)
    pincel.rectangle((0, 0, lado - 1, lado - 1), outline=desenho.CINZA)
    pincel.text((lado - 6, lado / 2 + 3), "z₁", font=desenho.fonte(20), fill=desenho.PRETO, anchor="ra")
    pincel.text((lado / 2 + 5, 3), "z₂", font=desenho.fonte(20), fill=desenho.PRETO)
    return tela


def grafico_do_mapa(lado: int, limite: float) -> desenho.Grafico:
    """Coordenadas do mapa: z₁ para a direita, z₂ para cima."""
    return desenho.Grafico((0, 0, lado, lado), (-limite, limite), (-limite, limite))


def quadro_latente(
    mapa: Image.Image, decodificada: torch.Tensor, z1: float, z2: float, limite: float = 3.0
) -> Image.Image:
    """O mapa com a mira em (z1, z2) e, ao lado, a imagem decodificada.

    Args:
        mapa: imagem de `mapa_latente`.
        decodificada: forma (C, H, W), em [-1, 1].
        z1, z2: ponto do plano.
        limite: o mesmo do mapa.

    Returns:
        Imagem Pillow RGB de 480 pixels de largura.
    """
    lado = mapa.height
    tela = Image.new("RGB", (LARGURA, lado), desenho.BRANCO)
    tela.paste(mapa, (0, 0))
    pincel = ImageDraw.Draw(tela)
    x, y = (float(p) for p in grafico_do_mapa(lado, limite).ponto(z1, z2))
    for trecho in (
        [(x, 0), (x, y - 9)],
        [(x, y + 9), (x, lado)],
        [(0, y), (x - 9, y)],
        [(x + 9, y), (lado, y)],
    ):
        pincel.line(trecho, fill=desenho.VERMELHO, width=2)
    pincel.ellipse((x - 9, y - 9, x + 9, y + 9), outline=desenho.VERMELHO, width=3)
    figura = desenho.para_pillow(decodificada, LADO_FIGURA)
    meio, letra = (lado + LARGURA) // 2, desenho.fonte(20)
    esquerda = meio - LADO_FIGURA // 2
    pincel.text((meio, 4), "decodificação", font=letra, fill=desenho.PRETO, anchor="ma")
    tela.paste(figura, (esquerda, 38))
    pincel.rectangle((esquerda - 1, 37, esquerda + figura.width, 38 + figura.height), outline=desenho.CINZA)
    for i, texto in enumerate((f"z₁ = {virgula(z1, 1)}", f"z₂ = {virgula(z2, 1)}")):
        onde = (meio, 38 + figura.height + 16 + 34 * i)
        pincel.text(onde, texto, font=desenho.fonte(22, True), fill=desenho.PRETO, anchor="ma")
    return tela


def explorador_latente(
    decodificar: Callable[[torch.Tensor], torch.Tensor],
    mu: torch.Tensor,
    rotulos: torch.Tensor,
    limite: float = 3.0,
) -> Controles:
    """Interativo com dois controles, z₁ e z₂.

    Args:
        decodificar: (1, 2) -> imagem (1, C, H, W) em [-1, 1].
        mu: médias dos exemplos codificados, forma (N, 2).
        rotulos: classe de cada exemplo, forma (N,).
        limite: o plano vai de −limite a limite.

    Returns:
        `Controles`, com os argumentos z1 e z2.

    Raises:
        ValueError: se mu não tem duas colunas ou não combina com rotulos.
    """
    mapa = mapa_latente(mu, rotulos, limite=limite)

    @torch.no_grad()
    def estado(z1: float, z2: float) -> Image.Image:
        imagem = decodificar(torch.tensor([[z1, z2]], dtype=torch.float32, device=mu.device))[0]
        return quadro_latente(mapa, imagem, z1, z2, limite)

    eixos = {
        "z1": Deslizante("z₁", -limite, limite, 0.1, 0.5),
        "z2": Deslizante("z₂", -limite, limite, 0.1, 0.5),
    }
    return Controles(estado, eixos, "Passeio no plano latente")


def _carimbar(
    tela: Image.Image, grafico: desenho.Grafico, mu: torch.Tensor, rotulos: torch.Tensor, letra: int
) -> None:
    """Um algarismo por ponto; cada classe é desenhada uma vez só e colada onde aparece."""
    fonte, lado = desenho.fonte(letra, True), letra + 5
    mascaras = {}
    for classe in set(rotulos.tolist()):
        mascaras[classe] = Image.new("L", (lado, lado))
        ImageDraw.Draw(mascaras[classe]).text(
            (lado / 2, lado / 2), str(classe), font=fonte, fill=255, anchor="mm"
        )
    px, py = grafico.ponto(*mu.detach().cpu().double().numpy().T)
    for x, y, classe in zip(px.tolist(), py.tolist(), rotulos.tolist(), strict=True):
        cor = desenho.PALETA[classe % len(desenho.PALETA)]
        tela.paste(cor, (round(x - lado / 2), round(y - lado / 2)), mascaras[classe])

"""O desenho de uma carinha: onde fica cada traço e em que ordem as camadas são pintadas."""

import math

import torch
from torch import Tensor

from aulas_lib.dados.tela import Tela, circulo, elipse, faixa_curva, retangulo

CORES_PELE = ((0.99, 0.87, 0.78), (0.93, 0.72, 0.53), (0.76, 0.51, 0.34), (0.55, 0.35, 0.25))
CORES_CABELO = (
    (0.17, 0.16, 0.24), (0.38, 0.18, 0.08), (0.96, 0.80, 0.36), (0.87, 0.34, 0.08), (0.60, 0.62, 0.68),
)  # fmt: skip
CORES_CHAPEU = (
    (0.00, 0.00, 0.00), (0.86, 0.16, 0.20), (0.15, 0.30, 0.78), (0.08, 0.55, 0.36), (1.00, 0.76, 0.05),
)  # fmt: skip
CORES_FUNDO = ((0.50, 0.78, 0.97), (0.58, 0.86, 0.62), (0.73, 0.60, 0.95), (0.99, 0.62, 0.73))
CORES_BLUSH = ((0.98, 0.50, 0.52), (0.93, 0.42, 0.36), (0.89, 0.30, 0.28), (0.80, 0.22, 0.24))
FIM_DO_CABELO = (-0.08, 0.36, 0.92)  # curto, médio, longo
INCLINACAO = math.radians(13)
BOCA = {"largura": (0.29, 0.23, 0.25), "flecha": (0.20, 0.0, -0.17)}  # sorriso, neutra, triste

# Pequenas variações de cada rosto: nome -> (média, amplitude); o sorteio é uniforme em média ± amplitude.
VARIACOES = {
    "dx": (0.0, 0.04), "dy": (0.0, 0.03), "escala": (1.0, 0.04), "giro": (0.0, 0.035),
    "largura": (0.60, 0.035), "altura": (0.645, 0.025), "olho_x": (0.265, 0.02), "olho_y": (-0.02, 0.02),
    "olho_raio": (0.158, 0.008), "boca": (1.0, 0.08), "volume": (0.13, 0.025), "cacho": (0.016, 0.016),
    "franja": (0.0, 0.22),
}  # fmt: skip


def cor(valores: tuple[float, ...]) -> Tensor:
    """Cor fixa, forma (3, 1, 1)."""
    return torch.tensor(valores).view(3, 1, 1)


def paleta(cores: tuple[tuple[float, ...], ...], indice: Tensor) -> Tensor:
    """Cor de cada rosto, forma (B, 3, 1, 1)."""
    return torch.tensor(cores)[indice].view(-1, 3, 1, 1)


def escolher(opcoes: tuple[float, ...], indice: Tensor) -> Tensor:
    """Medida de cada rosto, forma (B, 1, 1)."""
    return torch.tensor(opcoes)[indice].view(-1, 1, 1)


class Rosto:
    """B rostos com os atributos e as pequenas variações de cada um; `pintar` devolve as imagens.

    Args:
        atributos: nome do atributo -> índice do valor, forma (B,).
        variacoes: nome da variação -> número em [0, 1], forma (B,); veja `VARIACOES`.
        tamanho: lado da imagem em pixels.
    """

    def __init__(self, atributos: dict[str, Tensor], variacoes: dict[str, Tensor], tamanho: int) -> None:
        self.a = atributos
        self.v = {
            nome: (media + amplitude * (2 * variacoes[nome] - 1)).view(-1, 1, 1)
            for nome, (media, amplitude) in VARIACOES.items()
        }
        eixo = (torch.arange(tamanho) + 0.5) * 2 / tamanho - 1
        self.y_tela, self.x_tela = torch.meshgrid(eixo, eixo, indexing="ij")  # (H, W)
        self.x, self.y = self._coordenadas_da_cabeca()  # (B, H, W)
        v = self.v  # abaixo, as distâncias que vários traços usam
        largura, altura = v["largura"] + v["volume"], v["altura"] + v["volume"]
        self.rosto = elipse(self.x, self.y - 0.15, v["largura"], v["altura"])
        self.cacho = v["cacho"] * torch.sin(16 * torch.atan2(self.y - 0.1, self.x))
        self.touca = elipse(self.x, self.y - 0.12, largura, altura) - self.cacho
        self.tela = Tela((paleta(CORES_FUNDO, atributos["fundo"]) * (1 - 0.06 * self.y_tela)).clamp(0, 1))
        self.pele = paleta(CORES_PELE, atributos["tom_pele"])
        self.cabelo = paleta(CORES_CABELO, atributos["cabelo_cor"])
        self.chapeu = paleta(CORES_CHAPEU, atributos["cor_chapeu"])

    def _coordenadas_da_cabeca(self) -> tuple[Tensor, Tensor]:
        v = self.v
        angulo = v["giro"] + INCLINACAO * (self.a["inclinacao"].view(-1, 1, 1) - 1)
        x, y = (self.x_tela - v["dx"]) / v["escala"], (self.y_tela - v["dy"]) / v["escala"]
        c, s, pivo = angulo.cos(), angulo.sin(), 0.3
        return c * x + s * (y - pivo), c * (y - pivo) - s * x + pivo

    def pintar(self) -> Tensor:
        """Imagens em [0, 1], forma (B, 3, H, W)."""
        self._orelhas()
        self._cabelo_atras()
        self._rosto()
        self._barba()
        self._bochechas()
        self._boca()
        self._olhos()
        self._franja()
        self._oculos()
        self._chapeu()
        return self.tela.imagem

    def _orelhas(self) -> None:
        ux = self.x.abs() - self.v["largura"]
        self.tela.pintar(circulo(ux, self.y - 0.10, 0.13), self.pele * 0.90)

    def _cabelo_atras(self) -> None:
        v, fim = self.v, escolher(FIM_DO_CABELO, self.a["cabelo_comprimento"])
        topo = torch.maximum(self.touca, self.y - fim.clamp_max(0.1))
        meia_altura = (fim + 0.2).clamp_min(0.02) / 2
        meia_largura = v["largura"] + v["volume"] + 0.02
        manto = retangulo(self.x, self.y - fim + meia_altura, meia_largura, meia_altura, 0.12) - self.cacho
        curto = (self.a["cabelo_comprimento"] == 0).view(-1, 1, 1)
        self.tela.pintar(torch.where(curto, topo, torch.minimum(topo, manto)), self.cabelo * 0.90)

    def _rosto(self) -> None:
        self.tela.pintar(self.rosto, self.pele * 0.88)
        self.tela.pintar(self.rosto + 0.03, self.pele)

    def _barba(self) -> None:
        tem = self.a["barba"].view(-1, 1, 1).float()
        queixo = torch.maximum(self.rosto - 0.05, 0.47 - self.y - 0.30 * self.x.square())
        bigode = retangulo(self.x, self.y - 0.31, 0.30, 0.075, 0.07)
        abertura = elipse(self.x, self.y - 0.49, 0.36, 0.17)
        self.tela.pintar(torch.maximum(torch.minimum(queixo, bigode), -abertura), self.cabelo * 0.95, tem)

    def _bochechas(self) -> None:
        tem = self.a["bochechas"].view(-1, 1, 1).float()
        disco = elipse(self.x.abs() - 0.43, self.y - 0.27, 0.135, 0.110)
        self.tela.pintar(disco, paleta(CORES_BLUSH, self.a["tom_pele"]), tem)

    def _boca(self) -> None:
        indice = self.a["boca"]
        largura = escolher(BOCA["largura"], indice) * self.v["boca"]
        flecha = escolher(BOCA["flecha"], indice)
        x, y = self.x, self.y - 0.49
        sorri = (indice == 0).view(-1, 1, 1).float()
        traco = faixa_curva(x, y + flecha / 2, largura, flecha, 0.052)
        aberta = torch.maximum(-(y + 0.10), elipse(x, y + 0.10, largura + 0.03, 0.26))
        dentes = torch.maximum(aberta + 0.03, y + 0.005)
        lingua = torch.maximum(aberta + 0.03, elipse(x, y - 0.17, 0.15, 0.10))
        escuro = cor((0.42, 0.05, 0.10))
        self.tela.pintar(traco, escuro, 1 - sorri)
        self.tela.pintar(aberta, escuro, sorri)
        self.tela.pintar(dentes, cor((1.0, 1.0, 1.0)), sorri)
        self.tela.pintar(lingua, cor((0.95, 0.40, 0.42)), sorri)

    def _olhos(self) -> None:
        v = self.v
        lado = torch.sign(self.x)
        x, y = self.x - lado * v["olho_x"], self.y - v["olho_y"]
        olhar = 0.066 * (self.a["olhar"].view(-1, 1, 1) - 1)
        self.tela.pintar(circulo(x, y, v["olho_raio"]), cor((1.0, 1.0, 1.0)))
        self.tela.pintar(circulo(x - olhar, y, 0.100), cor((0.10, 0.08, 0.12)))
        self.tela.pintar(circulo(x - olhar + 0.035, y + 0.04, 0.03), cor((1.0, 1.0, 1.0)))
        self.tela.pintar(elipse(self.x, self.y - 0.20, 0.07, 0.045), self.pele * 0.82)  # nariz

    def _franja(self) -> None:
        v = self.v
        linha = self.y - 0.35 - v["franja"] * self.x  # a franja cai um pouco mais para um lado
        testa = retangulo(self.x, linha, v["largura"] * 0.93, 0.63, 0.25)
        franja = torch.maximum(torch.maximum(self.touca, -testa), self.y - 0.04)
        self.tela.pintar(franja, self.cabelo)

    def _oculos(self) -> None:
        tem = self.a["oculos"].view(-1, 1, 1).float()
        x, y = self.x.abs() - self.v["olho_x"], self.y - self.v["olho_y"]
        # Só a armação: uma lente colorida mudaria a cor da pele e o contraste do olhar de quem usa óculos.
        lente = retangulo(x, y, 0.225, 0.205, 0.13)
        armacao = cor((0.02, 0.47, 0.60))  # nem preta nem escura: não se confunde com cabelo, barba ou pele
        hastes = retangulo(self.x.abs() - 0.58, y + 0.04, 0.12, 0.03, 0.02)
        self.tela.pintar(torch.minimum(lente.abs() - 0.036, hastes), armacao, tem)

    def _chapeu(self) -> None:
        tem = self.a["chapeu"].view(-1, 1, 1).float()
        copa = torch.maximum(retangulo(self.x, self.y + 0.60, 0.47, 0.34, 0.22), self.y + 0.46)
        faixa = torch.maximum(copa, -(self.y + 0.64))
        aba = retangulo(self.x, self.y + 0.475, self.v["largura"] + 0.19, 0.075, 0.07)
        self.tela.pintar(copa, self.chapeu, tem)
        self.tela.pintar(faixa, self.chapeu * 0.55, tem)
        self.tela.pintar(aba, self.chapeu * 0.92, tem)

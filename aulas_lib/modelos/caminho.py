"""O comprimento do caminho na StyleGAN2: quanto a imagem anda quando o estilo anda.

Fonte: Karras e outros (2020), "Analyzing and Improving the Image Quality of StyleGAN", seção 3.2.
"""

import math

import torch
from torch import Tensor, nn

from aulas_lib.modelos.stylegan import GeradorStyleGAN2


def comprimentos(rede_g: GeradorStyleGAN2, w: Tensor, gerador: torch.Generator | None = None) -> Tensor:
    """Quanto a imagem anda quando w anda, em uma direção sorteada de pixels: (B, estilo) → (B,), com gradiente.

    Equação: ‖J_wᵀ y‖, com J_w = ∂g(w)/∂w e y ~ N(0, I) / √(H · W)
    Fonte: Karras e outros (2020), equação 4.

    Args:
        rede_g: gerador.
        w: códigos do estilo.
        gerador: fonte do acaso de y.
    """
    w = w if w.requires_grad else w.clone().requires_grad_()
    x = rede_g.sintetizar(w)
    y = torch.randn(x.shape, generator=gerador, device=x.device) / math.sqrt(x.shape[2] * x.shape[3])
    (inclinacao,) = torch.autograd.grad((x * y).sum(), w, create_graph=True)
    return inclinacao.norm(dim=1)


class PenalidadeDoCaminho(nn.Module):
    """Um passo de mesmo tamanho em w deve mudar a imagem o mesmo tanto, esteja w onde estiver.

    Equação: λ (‖J_wᵀ y‖ − a)², com a a média móvel dos comprimentos
    Fonte: Karras e outros (2020), equação 4. Lá a começa em zero; aqui, no comprimento do primeiro lote, porque em
    poucas voltas um a pequeno encolheria o efeito de w e, com ele, a variedade.

    Args:
        peso: λ (no código dos autores, 2, com imagens maiores e treino muito mais longo).
        decaimento: quanto de cada lote novo entra em a.
    """

    def __init__(self, peso: float = 0.2, decaimento: float = 0.01) -> None:
        super().__init__()
        self.peso, self.decaimento = peso, decaimento
        self.register_buffer("a", torch.tensor(torch.nan))

    def forward(self, rede_g: GeradorStyleGAN2, z: Tensor) -> Tensor:
        """(B, latentes) → (B,), com gradiente."""
        medidos = comprimentos(rede_g, rede_g.mapeamento(z))
        media = medidos.detach().mean()
        self.a.copy_(torch.where(self.a.isnan(), media, torch.lerp(self.a, media, self.decaimento)))
        return self.peso * (medidos - self.a).square()

"""A U-Net do curso contra a do diffusers e a do denoising-diffusion-pytorch: tempo do passo, memória e Fréchet.

Não entra em `pytest` puro; rode com `pytest tests/desempenho/test_unet.py -s` e a máquina em repouso: leva uma meia
hora em dois núcleos, quase toda nas distâncias de Fréchet (`-k "not frechet"` as deixa de fora). As redes e os
laços estão em `rivais.py`; as medidas, em `corrida.py`. Nada aqui instala o denoising-diffusion-pytorch, que traz mais
pacotes do que usamos; esta linha não mexe no torch:

    pip install --no-deps denoising-diffusion-pytorch==2.3.4 einops==0.8.2 ema-pytorch==0.8.3 pytorch-fid==0.3.0 \
accelerate==1.15.0
"""

from importlib.util import find_spec
from pathlib import Path

import pytest

from aulas_lib.ambiente import virgula

pytest.importorskip("diffusers", reason="sem diffusers: instale-o com `pip install -r requirements.txt`")
if not all(map(find_spec, ("denoising_diffusion_pytorch", "einops", "ema_pytorch", "pytorch_fid", "accelerate"))):
    motivo = "sem denoising-diffusion-pytorch: o começo de tests/desempenho/test_unet.py diz como instalar"
    pytest.skip(motivo, allow_module_level=True)

from corrida import em_processo
from rivais import CONCORRENTES, DDPM, DIFFUSERS, NOSSA, pesos_de

RIVAIS = (DIFFUSERS, DDPM)
FOLGA_DE_PESOS = 0.05
# quantas vezes o nosso passo é mais rápido, com unidades bfloat16 e com as instruções limitadas a AVX2
GANHO_BF16, GANHO_AVX2 = {DIFFUSERS: 3.0, DDPM: 6.0}, {DIFFUSERS: 1.2, DDPM: 1.2}
FRACAO_DA_MEMORIA = {DIFFUSERS: 0.65, DDPM: 0.4}
PONTOS = ("100", "400")  # passos de treino; a comparação é no último


def test_pesos_parecidos() -> None:
    pesos = {nome: pesos_de(nome) for nome in CONCORRENTES}
    print(f"\npesos: {', '.join(f'{nome} {n}' for nome, n in pesos.items())}")
    assert all(abs(n / pesos[NOSSA] - 1) <= FOLGA_DE_PESOS for n in pesos.values())


@pytest.mark.parametrize("instrucoes", ["todas", "AVX2"])
def test_tempo_do_passo(instrucoes: str) -> None:
    medida = em_processo("tempos", **({} if instrucoes == "todas" else {"ONEDNN_MAX_CPU_ISA": instrucoes}))
    segundos, nosso = medida["segundos"], medida["segundos"][NOSSA]
    print(f"\ninstruções: {instrucoes}; a nossa em {medida['motivo']}")
    for nome, um in segundos.items():
        print(f"  {nome}: {virgula(1000 * um, 0)} ms por passo, {virgula(um / nosso, 1)} vezes o nosso")
    com_bf16 = instrucoes == "todas" and medida["dtype"] == "bfloat16"
    ganhos = GANHO_BF16 if com_bf16 else GANHO_AVX2
    assert all(segundos[nome] / nosso >= ganhos[nome] for nome in RIVAIS)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="sem /proc: a memória se mede no Linux")
def test_memoria_do_treino() -> None:
    medidas = {nome: em_processo("memoria", nome) for nome in CONCORRENTES}
    nossa = medidas[NOSSA]["treino"]
    print()
    for nome, um in medidas.items():
        fracao = virgula(nossa / um["treino"])
        print(f"{nome}: {um['treino']:.0f} MB de treino (pico {um['pico']:.0f}); a nossa usa {fracao} disso")
    assert all(nossa / medidas[nome]["treino"] <= FRACAO_DA_MEMORIA[nome] for nome in RIVAIS)


def test_frechet_com_os_mesmos_passos() -> None:
    medidas = {nome: em_processo("frechet", nome, *PONTOS) for nome in CONCORRENTES}
    print()
    for nome, um in medidas.items():
        caminho = ", ".join(f"{passos} passos {virgula(frechet, 1)}" for passos, frechet in um["curva"])
        testadas = ", ".join(f"{taxa} → {virgula(frechet, 1)}" for taxa, frechet in um["taxas"].items())
        print(f"{nome}: Fréchet em {caminho}; taxa {um['taxa']:g} (em {PONTOS[0]} passos: {testadas})")
    final = {nome: um["curva"][-1][1] for nome, um in medidas.items()}
    assert all(final[NOSSA] <= final[nome] for nome in RIVAIS)

"""Como se mede um modelo gerador: verossimilhança, distâncias entre conjuntos, sonda de atributos."""

from aulas_lib.avaliacao.aritmetica import Edicao, LinhaEdicao, direcao, taxa_de_sucesso
from aulas_lib.avaliacao.calibracao import (
    Confiabilidade,
    ajustar_temperatura,
    curva_confiabilidade,
    erro_calibracao,
)
from aulas_lib.avaliacao.diagnosticos import autocorrelacao, r_chapeu, tamanho_efetivo
from aulas_lib.avaliacao.distancias import (
    N_FRECHET,
    Comparacao,
    Medidas,
    PrecisaoRevocacao,
    comparar,
    distancia_frechet,
    kid,
    medir_conjunto,
    precisao_revocacao,
)
from aulas_lib.avaliacao.divergencias import jsd_na_grade, piso_da_jsd
from aulas_lib.avaliacao.edicao import (
    codigos,
    decodificar,
    direcao_do_atributo,
    medir_edicao,
    oculos_por_chapeu,
)
from aulas_lib.avaliacao.espacos import Separabilidade, comprimento_do_caminho, separabilidade
from aulas_lib.avaliacao.memorizacao import Memorizacao, memorizacao
from aulas_lib.avaliacao.modas import Modas, modas_cobertas
from aulas_lib.avaliacao.pares import cobertura_de_pares
from aulas_lib.avaliacao.referencias import nats_independentes, nats_uniformes
from aulas_lib.avaliacao.sonda import Sonda, acertos, concordancia_a_mao, extrair, perda_sonda, prever
from aulas_lib.avaliacao.transporte import wasserstein_fatiada
from aulas_lib.avaliacao.verossimilhanca import Media, media_em_lotes, unidades_ativas
from aulas_lib.avaliacao.vies import ViesFrechet, frechet_por_n

__all__ = [
    "N_FRECHET",
    "Comparacao",
    "Confiabilidade",
    "Edicao",
    "LinhaEdicao",
    "Media",
    "Medidas",
    "Memorizacao",
    "Modas",
    "PrecisaoRevocacao",
    "Separabilidade",
    "Sonda",
    "ViesFrechet",
    "acertos",
    "ajustar_temperatura",
    "autocorrelacao",
    "cobertura_de_pares",
    "codigos",
    "comparar",
    "comprimento_do_caminho",
    "concordancia_a_mao",
    "curva_confiabilidade",
    "decodificar",
    "direcao",
    "direcao_do_atributo",
    "distancia_frechet",
    "erro_calibracao",
    "extrair",
    "frechet_por_n",
    "jsd_na_grade",
    "kid",
    "media_em_lotes",
    "medir_conjunto",
    "medir_edicao",
    "memorizacao",
    "modas_cobertas",
    "nats_independentes",
    "nats_uniformes",
    "oculos_por_chapeu",
    "perda_sonda",
    "piso_da_jsd",
    "precisao_revocacao",
    "prever",
    "r_chapeu",
    "separabilidade",
    "tamanho_efetivo",
    "taxa_de_sucesso",
    "unidades_ativas",
    "wasserstein_fatiada",
]

"""Páginas e apresentações, para quem ensina (quem estuda usa os cadernos).

`python -m aulas_lib paginas site`: uma página por lição, com índice e busca, em `site/`.
`python -m aulas_lib paginas slides`: uma apresentação por lição, em `slides/`.

As duas abrem do disco, com dois cliques, e não acessam a rede. O que usam de fora (reveal.js e MathJax) vem do registro
npm, em versão fixa e com a soma conferida, na primeira vez.
"""

from pathlib import Path

from aulas_lib.ambiente import pasta_projeto

ALVOS = ("site", "slides")


def comandar(alvo: str, destino: str | Path | None = None) -> int:
    """Gera o site ou as apresentações, a partir de `notebooks/`.

    Args:
        alvo: "site" ou "slides".
        destino: pasta a escrever; sem ela, a pasta `site/` ou `slides/` do projeto.

    Returns:
        0, o código de saída do comando.

    Raises:
        ModuleNotFoundError: se falta o nbconvert; a mensagem diz o que digitar.
        OSError: se um pacote não pôde ser baixado.
        ValueError: se o alvo não existe ou o destino guarda outras coisas.
    """
    from .gerar import gerar_site, gerar_slides

    if alvo not in ALVOS:
        raise ValueError(f"paginas recebeu {alvo!r}; esperava 'site' ou 'slides'.")
    try:
        import nbconvert  # noqa: F401
    except ModuleNotFoundError:
        raise ModuleNotFoundError("Para gerar páginas falta o nbconvert. Digite: pip install nbconvert") from None
    fazer = gerar_site if alvo == "site" else gerar_slides
    paginas = fazer(pasta_projeto() / "notebooks", Path(destino or pasta_projeto() / alvo))
    print(f"{len(paginas) - 1} lições. Abra no navegador: {paginas[0].resolve().as_uri()}")
    return 0

"""Biblioteca de apoio da aula "Redes geradoras".

A casa tem andares, e cada arquivo só importa dos andares de baixo:

0. `ambiente`, `compat`, `progresso`: dispositivo, semente, pastas; torchvision; barra de progresso.
1. `dados`, `redes`, `figuras`, `precisao`: conjuntos de dados, blocos de rede, gráficos, precisão numérica.
2. `modelos`, `treino`, `avaliacao`, `pesos`: o que a lição ensina e como se mede.
3. `exercicios`, `interativos`, `receitas`, `cadernos`, `conferencia`: o que o caderno usa.
4. `__main__`: a linha de comando, `python -m aulas_lib`.

Nada é importado aqui: `import aulas_lib` é imediato, e o torch só entra quando é usado.
"""

__version__ = "0.1.0"

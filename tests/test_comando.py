"""A linha de comando: mensagens em português, códigos de saída, nenhum rastro de erro."""

import pytest

from aulas_lib.__main__ import principal


@pytest.mark.parametrize(
    ("argumentos", "trecho"),
    [
        (["treinar", "inexistente"], "receita: chegou 'inexistente'"),
        (["treinar", "vae", "--dados", "cifar"], "dados: chegou 'cifar'"),
        (["treinar", "vae", "--dados", "digitos", "--semente", "-3"], "semente: chegou -3"),
        (["medir", "nada"], "receita: chegou 'nada'"),
    ],
)
def test_erros_viram_uma_linha(argumentos, trecho, capsys):
    assert principal(argumentos) == 1
    saida = capsys.readouterr()
    assert trecho in saida.err and "Traceback" not in saida.err


def test_ajuda(capsys):
    with pytest.raises(SystemExit) as fim:
        principal(["--help"])
    assert fim.value.code == 0
    assert "conferir" in capsys.readouterr().out

"""Laboratório de GANs no plano, em obra: falta o painel vivo, e os testes."""

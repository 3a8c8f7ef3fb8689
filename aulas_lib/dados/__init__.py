"""Dados das lições: de onde vêm os exemplos e as respostas exatas.

- `imagens`: dígitos reais (`digitos`, que funciona sem rede), `mnist` e `fashion_mnist`;
- `carinhas`: rostos de desenho animado, gerados por nós, com todos os atributos anotados;
- `distribuicoes`: misturas de gaussianas com densidade e escore exatos, para conferir o que foi aprendido.

Cada arquivo é importado pelo nome (`from aulas_lib.dados.imagens import digitos`), e só quando for usado.
"""

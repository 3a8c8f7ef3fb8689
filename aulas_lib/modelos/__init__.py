"""Os modelos do curso, um arquivo por família. Rede, perda e amostrador; o laço de treino mora em `treino`."""

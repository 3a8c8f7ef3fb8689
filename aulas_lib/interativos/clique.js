
  // Clicar na figura: o primeiro eixo é a altura, e o segundo, a largura.
  const [esquerda, alto, direita, baixo] = dados.clicavel;
  function apontar(evento) {
    const r = tela.getBoundingClientRect();
    const onde = [((evento.clientY - r.top) / r.height * dados.altura - alto) / (baixo - alto),
      ((evento.clientX - r.left) / r.width * dados.largura - esquerda) / (direita - esquerda)];
    if (onde.some(f => f < 0 || f >= 1)) return;
    onde.forEach((f, e) => { posicao[e] = Math.floor(f * dados.eixos[e].rotulos.length); });
    desenhar();
    descrever();
  }
  tela.style.cursor = "crosshair";
  tela.addEventListener("pointerdown", apontar);
  tela.addEventListener("pointermove", evento => { if (evento.buttons && evento.pointerType === "mouse") apontar(evento); });
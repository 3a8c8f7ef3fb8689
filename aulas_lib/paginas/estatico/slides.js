// Liga a apresentação: primeiro as fórmulas, depois a repartição em telas, depois o reveal.js.
(async () => {
  "use strict";
  const moldura = document.querySelector(".reveal"), slides = document.getElementById("slides");
  const telefone = matchMedia("(max-width: 600px)").matches;
  await MathJax.startup.promise;
  await Promise.all(Array.from(document.images, imagem => imagem.decode().catch(() => {})));

  moldura.classList.add(telefone ? "documento" : "medindo");
  paginar(slides, !telefone);
  moldura.classList.remove("medindo");
  moldura.classList.add("pronto");
  if (telefone) { document.documentElement.dataset.pronto = "sim"; return; } // uma coluna que rola, sem reveal.js

  // Para baixo e para cima: rola o slide que não coube; sem nada a rolar, muda de slide.
  const rolarOu = (sentido, mudar) => () => {
    const tela = Reveal.getCurrentSlide(), fim = tela.scrollHeight - tela.clientHeight;
    const parado = sentido > 0 ? tela.scrollTop >= fim - 2 : tela.scrollTop <= 2;
    if (parado) mudar(); else tela.scrollBy({ top: sentido * 0.7 * tela.clientHeight, behavior: "smooth" });
  };
  const avancar = () => Reveal.next(), voltar = () => Reveal.prev();
  const teclas = { ArrowRight: avancar, ArrowLeft: voltar, ArrowDown: rolarOu(1, avancar), ArrowUp: rolarOu(-1, voltar),
    PageDown: rolarOu(1, avancar), PageUp: rolarOu(-1, voltar) };

  await Reveal.initialize({
    width: 1280, height: 720, margin: 0.01, minScale: 0.2, maxScale: 3, center: false, hash: true, slideNumber: "c/t",
    navigationMode: "linear", transition: "none", backgroundTransition: "none", controlsTutorial: false, scrollActivationWidth: null,
    keyboard: { 33: teclas.PageUp, 34: teclas.PageDown, 38: teclas.ArrowUp, 40: teclas.ArrowDown },
    keyboardCondition: evento => !evento.target.closest?.("summary, a, button, input, select, textarea"),
  });

  // As setas apertadas dentro de um filme, mas fora do controle, chegam por mensagem; Esc devolve o foco aos slides.
  addEventListener("message", evento => {
    const tecla = evento.data?.teclaDoFilme;
    if (!tecla || !Array.from(document.querySelectorAll("iframe")).some(filme => filme.contentWindow === evento.source)) return;
    if (tecla === "Escape") { document.activeElement?.blur(); window.focus(); } else teclas[tecla]?.();
  });
  document.documentElement.dataset.pronto = "sim";
})();

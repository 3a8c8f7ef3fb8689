// Tema, sumário e busca do site. Sem rede: o índice da busca é um arquivo ao lado, lido na primeira busca.
(() => {
  "use strict";
  const raiz = document.documentElement, escuroDoSistema = matchMedia("(prefers-color-scheme: dark)");

  // --- tema claro ou escuro, lembrado de uma visita para a outra ---
  const botao = document.getElementById("tema");
  const escuro = () => (raiz.dataset.tema ? raiz.dataset.tema === "escuro" : escuroDoSistema.matches);
  const nomear = () => { botao.textContent = escuro() ? "Tema claro" : "Tema escuro"; };
  botao.hidden = false;
  botao.addEventListener("click", () => {
    raiz.dataset.tema = escuro() ? "claro" : "escuro";
    try { localStorage.setItem("tema", raiz.dataset.tema); } catch (erro) { /* vale só nesta página */ }
    nomear();
  });
  escuroDoSistema.addEventListener("change", nomear);
  nomear();

  // --- sumário: fechado no telefone; marca a seção que está na tela ---
  const sumario = document.querySelector(".sumario details");
  if (sumario) {
    sumario.open = matchMedia("(min-width: 1080px)").matches;
    const links = new Map(Array.from(sumario.querySelectorAll("a"), a => [decodeURIComponent(a.hash.slice(1)), a]));
    const titulos = Array.from(document.querySelectorAll("main h2[id], main h3[id]"));
    const marcar = () => {
      const atual = titulos.filter(titulo => titulo.getBoundingClientRect().top < 140).pop();
      links.forEach((link, nome) => {
        if (atual && nome === atual.id) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
      });
    };
    let pedido = 0;
    addEventListener("scroll", () => { cancelAnimationFrame(pedido); pedido = requestAnimationFrame(marcar); }, { passive: true });
    marcar();
  }

  // --- busca ---
  const campo = document.getElementById("busca"), lista = document.getElementById("achados");
  const quantos = document.getElementById("quantos"), MAXIMO = 12, EM_VOLTA = 70;
  const simples = texto => texto.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  let indice = null;

  function carregar() {
    if (indice) return;
    indice = [];
    const programa = document.createElement("script");
    programa.src = "estatico/busca.js";
    programa.onload = () => {
      indice = window.INDICE_DA_BUSCA.map(s => ({ ...s, t: simples(s.licao + " " + s.titulo), x: simples(s.texto) }));
      buscar();
    };
    document.head.append(programa);
  }

  function pontos(secao, palavras) {
    let soma = 0;
    for (const palavra of palavras) {
      const noTitulo = secao.t.includes(palavra), vezes = secao.x.split(palavra).length - 1;
      if (!noTitulo && !vezes) return 0;
      soma += (noTitulo ? 10 : 0) + Math.min(vezes, 5);
    }
    return soma;
  }

  // O trecho em volta da primeira palavra achada, com ela marcada.
  function trecho(secao, palavras) {
    const caixa = document.createElement("small");
    const achada = palavras.map(p => [simplesEm(secao.texto, p), p.length]).find(([onde]) => onde >= 0);
    if (!achada) { caixa.textContent = secao.texto.slice(0, 2 * EM_VOLTA); return caixa; }
    const [onde, tamanho] = achada, comeco = Math.max(0, onde - EM_VOLTA);
    const marca = document.createElement("mark");
    marca.textContent = secao.texto.slice(onde, onde + tamanho);
    caixa.append((comeco ? "…" : "") + secao.texto.slice(comeco, onde), marca,
      secao.texto.slice(onde + tamanho, onde + tamanho + EM_VOLTA) + "…");
    return caixa;
  }

  // Letra por letra, para que as posições valham no texto com acentos.
  const simplesEm = (texto, palavra) => Array.from(texto.normalize("NFC"), c => simples(c)[0] || " ").join("").indexOf(palavra);

  function buscar() {
    const palavras = simples(campo.value).split(/\s+/).filter(Boolean);
    lista.replaceChildren();
    lista.hidden = campo.value.trim().length < 2;
    quantos.textContent = "";
    if (lista.hidden) return;
    const achados = indice.map(s => [pontos(s, palavras), s]).filter(([p]) => p).sort((a, b) => b[0] - a[0]).slice(0, MAXIMO);
    for (const [, secao] of achados) {
      const item = document.createElement("li"), link = document.createElement("a"), titulo = document.createElement("b");
      link.href = secao.pagina;
      titulo.textContent = secao.titulo;
      link.append(titulo, trecho(secao, palavras));
      if (secao.titulo !== secao.licao) {
        const licao = document.createElement("small");
        licao.textContent = secao.licao;
        titulo.after(licao);
      }
      link.addEventListener("click", () => { lista.hidden = true; });
      item.append(link);
      lista.append(item);
    }
    quantos.textContent = achados.length ? `${achados.length} resultados` : "Nenhum resultado";
    if (!achados.length) lista.innerHTML = '<li class="nada">Nada com essas palavras.</li>';
  }

  campo.addEventListener("focus", carregar);
  campo.addEventListener("input", buscar);
  campo.form.addEventListener("submit", evento => {
    evento.preventDefault();
    lista.querySelector("a")?.click();
  });
  campo.form.addEventListener("keydown", evento => {
    const opcoes = [campo, ...lista.querySelectorAll("a")], aqui = opcoes.indexOf(document.activeElement);
    const passo = { ArrowDown: 1, ArrowUp: -1 }[evento.key];
    if (evento.key === "Escape") { lista.hidden = true; campo.focus(); }
    if (!passo || lista.hidden) return;
    evento.preventDefault();
    opcoes[Math.min(Math.max(aqui + passo, 0), opcoes.length - 1)].focus();
  });
  document.addEventListener("click", evento => { if (!campo.form.contains(evento.target)) lista.hidden = true; });
})();

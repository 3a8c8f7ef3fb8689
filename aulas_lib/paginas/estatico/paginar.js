// Reparte as células de uma lição em slides que cabem na tela. Uma quebra nunca separa um título, ou uma frase que acaba em
// dois-pontos, do que vem depois, nem um código da sua saída (a menos que os dois juntos não caibam).
window.paginar = (() => {
  "use strict";
  const ALTURA = 720, MARGENS = 140, FOLGA = 2, MENOR_PECA = 0.6, MENOR_LETRA = 0.7, LETRA_BOA = 0.88, PASSO = 0.04;

  // Os blocos que não se partem: parágrafo, lista, ou um código com as suas saídas.
  function blocosDe(celula) {
    const partes = Array.from(celula.children);
    const sinal = document.createElement("span"); // o alvo das ligações entre lições
    sinal.id = celula.id;
    celula.removeAttribute("id");
    (celula.classList.contains("texto") ? partes[0] : celula.querySelector("pre"))?.prepend(sinal);
    if (celula.classList.contains("texto")) {
      partes.forEach(parte => parte.classList.add("formulas"));
      return partes;
    }
    const unidade = document.createElement("div");
    unidade.className = "unidade";
    if (celula.dataset.slide === "fragment") unidade.classList.add("fragment");
    unidade.append(...partes);
    return [unidade];
  }

  // Assuntos: cada "slide" e cada título de seção começa um; cada "subslide" começa uma tela nova do mesmo assunto.
  function assuntosDe(celulas) {
    const assuntos = [];
    for (const celula of celulas) {
      if (celula.dataset.slide === "slide" || !assuntos.length) assuntos.push([[]]);
      else if (celula.dataset.slide === "subslide") assuntos.at(-1).push([]);
      for (const bloco of blocosDe(celula)) {
        if (bloco.tagName === "H2" && assuntos.at(-1).at(-1).length) assuntos.push([[]]);
        assuntos.at(-1).at(-1).push(bloco);
      }
    }
    return assuntos;
  }

  // Uma tabela mais alta que a tela vira várias, cada uma com o cabeçalho. Pede o bloco na página, para medir.
  function partirTabela(bloco) {
    const linhas = bloco.matches(".rola") ? Array.from(bloco.querySelectorAll("tbody > tr")) : [];
    const alturas = linhas.map(linha => linha.offsetHeight), limite = ALTURA - MARGENS - bloco.offsetHeight + alturas.reduce((a, b) => a + b, 0);
    if (bloco.offsetHeight <= ALTURA - MARGENS || linhas.length < 2) return [bloco];
    const larguras = Array.from(linhas[0].cells, casa => `${casa.offsetWidth}px`); // as partes com as mesmas colunas
    const partes = [[]];
    linhas.forEach((linha, i) => {
      const soma = partes.at(-1).reduce((total, outra) => total + alturas[outra], alturas[i]);
      if (soma > limite && partes.at(-1).length) partes.push([]);
      partes.at(-1).push(i);
    });
    return partes.map(indices => {
      const parte = bloco.cloneNode(true);
      parte.querySelectorAll("tbody > tr").forEach((linha, i) => { if (!indices.includes(i)) linha.remove(); });
      Array.from(parte.querySelector("tr").cells).forEach((casa, i) => { casa.style.width = larguras[i]; });
      return parte;
    });
  }

  function novaTela(onde, blocos, cabecalho) {
    const pagina = document.createElement("section"), conteudo = document.createElement("div");
    pagina.className = "pagina";
    conteudo.className = "conteudo";
    if (cabecalho && !blocos.includes(cabecalho)) {
      const linha = document.createElement("p");
      linha.className = "continua";
      linha.append(...Array.from(cabecalho.childNodes, no => no.cloneNode(true)));
      conteudo.append(linha);
    }
    conteudo.append(...blocos);
    pagina.append(conteudo);
    onde.append(pagina);
    return { pagina, conteudo };
  }

  function cabe({ pagina, conteudo }) {
    const estilo = getComputedStyle(pagina), util = ALTURA - parseFloat(estilo.paddingTop) - parseFloat(estilo.paddingBottom);
    return conteudo.getBoundingClientRect().height <= util + FOLGA;
  }

  // Primeiro encolhem as figuras e os filmes; depois, a letra.
  function encolher(tela, menorPeca, menorLetra) {
    for (let escala = 1 - PASSO; !cabe(tela) && escala >= menorPeca; escala -= PASSO) tela.conteudo.style.setProperty("--peca", escala);
    for (let escala = 1 - PASSO; !cabe(tela) && escala >= menorLetra; escala -= PASSO) tela.conteudo.style.zoom = escala;
    if (cabe(tela)) return true;
    tela.conteudo.removeAttribute("style");
    return false;
  }

  const titulo = no => /^H[1-4]$/.test(no.tagName);
  // Um título, "assim:" ou uma linha toda em negrito pedem o que vem depois.
  const rotulo = no => no.children.length === 1 && no.firstElementChild.matches("strong") && no.textContent === no.firstElementChild.textContent;
  const anuncia = no => titulo(no) || (no.tagName === "P" && (/:\s*$/.test(no.textContent) || rotulo(no)));

  // O que se revela depois traz junto o resto da tela: sem buracos, e sem tela que começa vazia.
  function revelar({ conteudo }) {
    let revelado = false;
    Array.from(conteudo.children).filter(bloco => bloco.className !== "continua").forEach((bloco, i) => {
      if (!i) bloco.classList.remove("fragment");
      else if (bloco.classList.contains("fragment")) revelado = true;
      else if (revelado) bloco.classList.add("fragment");
      if (i && revelado) bloco.dataset.fragmentIndex = 0;
    });
  }

  // O maior começo dos blocos que cabe em uma tela; pelo menos um bloco.
  function quantosCabem(onde, blocos, cabecalho) {
    const tela = novaTela(onde, [], cabecalho);
    let quantos = 0;
    while (quantos < blocos.length) {
      tela.conteudo.append(blocos[quantos]);
      // Um código com figura pode encolher um pouco para ficar na tela em que é anunciado.
      if (!cabe(tela) && !(blocos[quantos].querySelector("img") && encolher(tela, MENOR_PECA + 0.1, 1))) break;
      quantos += 1;
    }
    if (quantos < blocos.length) while (quantos > 1 && anuncia(blocos[quantos - 1])) quantos -= 1;
    if (quantos === 1 && anuncia(blocos[0])) quantos = 2;
    tela.pagina.remove();
    return Math.max(quantos, 1);
  }

  function repartir(onde, blocos, cabecalho) {
    const inteira = novaTela(onde, blocos, cabecalho);
    if (cabe(inteira) || encolher(inteira, MENOR_PECA + 0.1, LETRA_BOA)) return revelar(inteira);
    inteira.pagina.remove();
    for (let resto = blocos; resto.length;) {
      const quantos = quantosCabem(onde, resto, cabecalho);
      const tela = novaTela(onde, resto.slice(0, quantos), cabecalho);
      resto = resto.slice(quantos);
      revelar(tela);
      const unidade = tela.conteudo.lastElementChild;
      if (cabe(tela) || encolher(tela, MENOR_PECA, MENOR_LETRA) || !unidade.classList.contains("unidade")) continue;
      // Nem assim: o código fica numa tela, e as saídas na seguinte.
      const saidas = Array.from(unidade.children).slice(1);
      if (saidas.length) resto = [...saidas, ...resto];
      saidas.forEach(saida => saida.remove());
      encolher(tela, MENOR_PECA, MENOR_LETRA);
    }
  }

  // Fórmula ou linha de código mais larga que a tela: letra menor, até um limite.
  function estreitar(caixa) {
    const desenho = caixa.querySelector("svg"), largura = desenho ? desenho.getBoundingClientRect().width : caixa.scrollWidth;
    const sobra = caixa.clientWidth / largura;
    if (sobra >= 1) return;
    caixa.style.fontSize = `${Math.max(sobra * 0.97, MENOR_LETRA) * parseFloat(getComputedStyle(caixa).fontSize)}px`;
  }

  return function (slides, emTelas) {
    const celulas = Array.from(slides.querySelectorAll(":scope > .celula"));
    for (const assunto of assuntosDe(celulas)) {
      const grupo = document.createElement("section");
      slides.append(grupo);
      const cabecalho = assunto.flat().find(bloco => bloco.tagName === "H2");
      for (const blocos of assunto) {
        const rascunho = novaTela(grupo, blocos);
        if (!emTelas) continue;
        rascunho.conteudo.querySelectorAll("pre, mjx-container[display='true']").forEach(estreitar);
        const cabiveis = blocos.flatMap(partirTabela);
        rascunho.pagina.remove();
        repartir(grupo, cabiveis, cabecalho);
      }
    }
    celulas.forEach(celula => celula.remove());
  };
})();

// Só os textos têm fórmulas: um cifrão em código ou em saída de célula fica como está.
(() => {
  "use strict";
  // Uma fórmula mais larga que a coluna rola dentro da sua caixa, também pelo teclado.
  function acomodar() {
    document.querySelectorAll("mjx-container").forEach(formula => {
      const coluna = formula.parentElement.closest("p, li, td, th, div, h1, h2, h3, summary, details, a");
      const larga = formula.firstElementChild.getBoundingClientRect().width > coluna.clientWidth + 1 && coluna.clientWidth > 0;
      formula.classList.toggle("larga", larga);
      if (larga) formula.setAttribute("tabindex", "0"); else formula.removeAttribute("tabindex");
    });
  }
  window.MathJax = {
    tex: { inlineMath: [["$", "$"]], displayMath: [["$$", "$$"]], processEscapes: true },
    options: { enableMenu: false, ignoreHtmlClass: "sem-formulas", processHtmlClass: "formulas" },
    svg: { fontCache: "global" },
    startup: { pageReady: () => MathJax.startup.defaultPageReady().then(() => { acomodar(); addEventListener("resize", acomodar); }) },
  };
})();

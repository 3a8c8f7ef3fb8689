(() => {
  // Roda no `onload` de um <style>: o ipywidgets não deixa dar nomes a controles e imagens pelo Python.
  const caixa = this.closest(".aulas-controles");
  if (!caixa || caixa.dataset.acessivel) return;
  caixa.dataset.acessivel = "sim";
  const por = (alvo, nome, valor) => { if (alvo.getAttribute(nome) !== valor) alvo.setAttribute(nome, valor); };
  const nomear = () => {
    const estado = [];
    caixa.querySelectorAll(".widget-label").forEach(rotulo => {
      if (!rotulo.textContent) return; // HTML e Image também têm rótulo, vazio
      const linha = rotulo.parentElement;
      const alca = linha.querySelector("[role=slider], .ui-slider-handle"), lista = linha.querySelector("select");
      const leitura = linha.querySelector(".widget-readout");
      const valor = lista ? lista.value : leitura ? leitura.textContent : "";
      if (alca) {
        por(alca, "role", "slider");
        por(alca, "aria-label", rotulo.textContent);
        por(alca, "aria-valuetext", valor);
      }
      // No próprio elemento focado: as setas movem o controle, e não a seleção de células do JupyterLab.
      linha.querySelectorAll("[tabindex], select").forEach(alvo => por(alvo, "data-lm-suppress-shortcuts", "true"));
      estado.push(rotulo.textContent + ": " + valor);
    });
    caixa.querySelectorAll("button").forEach(botao => por(botao, "data-lm-suppress-shortcuts", "true")); // Enter aperta
    caixa.querySelectorAll("img").forEach(imagem => por(imagem, "alt", this.dataset.titulo + ". " + estado.join("; ")));
  };
  nomear();
  new MutationObserver(nomear).observe(caixa,
    { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["aria-valuetext", "src"] });
})();

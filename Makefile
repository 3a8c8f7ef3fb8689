# Comandos do curso (Linux e macOS; para Windows, veja o README). `make` sozinho lista o que há.
#
#   PYTHON=python3.12   o Python que cria o ambiente (de 3.11 a 3.13)
#   GPU=1               torch com GPU NVIDIA no Linux (GPU=0 volta ao de CPU; sem nada, fica o que já está instalado)
#   OPCOES="..."        opções a mais para o JupyterLab ou para o pytest
#   CADERNO_COLAB=...   só um caderno em `make teste-colab` (sem nada, todos)

PYTHON  ?= python3
OPCOES  ?=
GPU     ?=
CADERNO_COLAB ?= notebooks

VENV   := .venv
COLAB  := .venv-colab
PY     := $(VENV)/bin/python
INDICE := https://download.pytorch.org/whl/cpu

# O tipo do torch: o pedido em GPU=, ou o que já está instalado, ou o de CPU.
INSTALADO := $(patsubst $(VENV)/.pronto-%,%,$(wildcard $(VENV)/.pronto-cpu $(VENV)/.pronto-gpu))
TIPO      := $(if $(GPU),$(if $(filter 0,$(GPU)),cpu,gpu),$(or $(firstword $(INSTALADO)),cpu))
PRONTO    := $(VENV)/.pronto-$(TIPO)
TESTES    := $(VENV)/.pronto-testes
NBGRADER  := $(VENV)/.pronto-tarefas
COMO_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)  # em contêineres

.DEFAULT_GOAL := ajuda
.PHONY: ajuda aula conferir teste teste-colab navegador-completo desempenho cadernos slides site tarefas corrigir arvore ablacoes confronto estilo limpar

ajuda: ## lista estes comandos
	@echo "Uso: make COMANDO"
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  %-20s%s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

aula: $(PRONTO) ## prepara o que faltar e abre o JupyterLab na pasta notebooks/
	@$(if $(wildcard notebooks/*.ipynb),$(PY) -m nbformat.sign notebooks/*.ipynb >/dev/null)
	$(PY) -m jupyterlab $(COMO_ROOT) $(OPCOES) notebooks

conferir: $(PRONTO) ## mostra o que está instalado e o que digitar para o que faltar
	@$(PY) -m aulas_lib conferir

teste: $(TESTES) $(NBGRADER) ## prepara o que faltar e roda todos os testes: unidade, cadernos e navegador
	$(PY) -m pytest $(OPCOES)
	$(PY) -m pytest tests/navegador $(OPCOES)

teste-colab: $(COLAB)/.pronto ## repete testes e lições com as versões de interface do Google Colab
	$(COLAB)/bin/python -m pytest tests $(CADERNO_COLAB) $(OPCOES)

navegador-completo: $(TESTES) ## roda os cadernos inteiros no JupyterLab, em um navegador de verdade
	$(PY) -m pytest tests/navegador --completo $(OPCOES)

desempenho: $(TESTES) ## mede widgets, aula e treino (fora de `make teste`)
	$(PY) -m pytest tests/desempenho -s $(OPCOES)

cadernos: $(PRONTO) ## executa de novo os cadernos e guarda as saídas
	$(PY) -m aulas_lib cadernos executar

slides: $(PRONTO) ## gera uma apresentação por lição em slides/, que abre sem rede
	@$(PY) -m aulas_lib paginas slides

site: $(PRONTO) ## gera as páginas de todas as lições em site/, que abrem sem rede
	@$(PY) -m aulas_lib paginas site

tarefas: $(NBGRADER) ## escreve os exercícios como tarefas do nbgrader, em tarefas/ (OPCOES=--conferir prova a correção)
	@$(PY) -m aulas_lib cadernos tarefas $(OPCOES)

corrigir: $(NBGRADER) ## corrige as entregas de tarefas/submitted/ e escreve tarefas/notas.csv
	@$(PY) -m aulas_lib cadernos corrigir $(OPCOES)

arvore: $(PRONTO) ## mede de novo as GANs da lição 4, em cinco sorteios (uns 15 minutos)
	$(PY) -m aulas_lib arvore

ablacoes: $(PRONTO) ## treina o que falta da tabela das ablações (do zero, umas 2 horas em um núcleo)
	$(PY) -m aulas_lib ablacoes

confronto: $(PRONTO) ## mede de novo difusão, GANs e VAE, e as duas trocas (umas 2 horas em um núcleo com bfloat16)
	$(PY) -m aulas_lib confronto
	$(PY) -m aulas_lib trocas

estilo: $(TESTES) ## confere o estilo do código (ruff)
	$(PY) -m ruff check .

limpar: ## apaga os ambientes e o que as ferramentas geram; cadernos, dados e pesos ficam
	rm -rf $(VENV) $(COLAB) *.egg-info .pytest_cache .ruff_cache
	find aulas_lib tests notebooks \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

# --- preparação: cada arquivo .pronto-* marca uma etapa concluída, e só o que mudou é refeito ---

# Cria o ambiente $(1), depois de conferir a versão do Python.
define criar
	@$(PYTHON) -c '' 2>/dev/null || { echo "Não encontrei o comando $(PYTHON). Instale o Python 3.12 e tente:"; \
	  echo "  make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "As aulas pedem Python de 3.11 a 3.13, e $(PYTHON) é o $$($(PYTHON) -V 2>&1)."; \
	  echo "Instale um desses e indique qual é, por exemplo: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv --clear $(1) || { rm -rf $(1); echo "Não consegui criar o ambiente $(1)."; \
	  echo "No Debian e no Ubuntu costuma faltar um pacote: sudo apt-get install python3-venv"; exit 1; }
endef

# No Linux, instala em $(1) o torch de CPU, bem menor, se o endereço do PyTorch responde logo; senão, fica para o pip.
RESPONDE := timeout 5 python -c 'import sys, urllib.request as r; r.urlopen(sys.argv[1], timeout=3)' $(INDICE)/torch/
define torch_de_cpu
	@if [ "$$(uname -sm)" = "Linux x86_64" ] && PATH="$(1)/bin:$$PATH" $(RESPONDE) 2>/dev/null; then \
	  echo "Baixando o torch de CPU..."; \
	  $(1)/bin/python -m pip install -q --no-deps --index-url $(INDICE) $$(grep -E '^torch(vision)?==' requirements.txt) || true; \
	fi
endef

$(VENV)/bin/python:
	$(call criar,$(VENV))

$(COLAB)/bin/python:
	$(call criar,$(COLAB))

$(VENV)/.pronto-cpu $(VENV)/.pronto-gpu: requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "Preparando o ambiente (a primeira vez leva alguns minutos)..."
	$(if $(INSTALADO),$(if $(filter $(TIPO),$(INSTALADO)),,@$(PY) -m pip uninstall -q -y torch torchvision))
	$(if $(filter cpu,$(TIPO)),$(call torch_de_cpu,$(VENV)))
	@$(PY) -m pip install -q --disable-pip-version-check -r requirements.txt
	@rm -f $(VENV)/.pronto-cpu $(VENV)/.pronto-gpu && touch $@

$(TESTES): requirements-teste.txt $(PRONTO)
	@$(PY) -m pip install -q --disable-pip-version-check -r requirements-teste.txt
	@touch $@

$(NBGRADER): requirements-tarefas.txt $(PRONTO)
	@$(PY) -m pip install -q --disable-pip-version-check --no-deps --upgrade --target $(VENV)/tarefas -r $<
	@touch $@

$(COLAB)/.pronto: requirements-colab.txt pyproject.toml | $(COLAB)/bin/python
	$(call torch_de_cpu,$(COLAB))
	@$(COLAB)/bin/python -m pip install -q --disable-pip-version-check -r requirements-colab.txt
	@touch $@

"""Um JupyterLab de verdade, isolado do usuário, e o que os testes fazem com ele pelo navegador."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from playwright.sync_api import BrowserContext, Page

RAIZ = Path(__file__).resolve().parents[2]
NAVEGADORES = ("chromium", "chromium-browser", "google-chrome")
OPCOES_DO_NAVEGADOR = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PROJETOR, TELEFONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
# Nada que apareça por cima da página, nada que grave, e todas as células presentes na página.
CONFIGURACAO = {
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "fetchNews": "false",
        "doNotDisturbMode": True,
    },
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}


def navegador_instalado() -> str | None:
    """O caminho do Chromium, ou `None` se não há um."""
    return next(filter(None, map(shutil.which, NAVEGADORES)), None)


@dataclass(frozen=True)
class Laboratorio:
    """Um servidor no ar: `pasta` tem `notebooks/` (cópias) e enxerga a biblioteca do projeto."""

    pasta: Path
    endereco: str
    senha: str

    def guardar(self, nome: str, caderno: NotebookNode) -> str:
        """Grava um caderno em `notebooks/`; devolve o nome com que ele se abre."""
        # Sem o nome do kernel, o JupyterLab abriria uma janela para perguntar.
        caderno.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
        nbformat.write(caderno, self.pasta / "notebooks" / nome)
        return f"notebooks/{nome}"

    def abrir(self, contexto: BrowserContext, nome: str, tela: dict[str, int]) -> Page:
        """Abre o caderno numa página nova e espera o kernel."""
        pagina = contexto.new_page()
        pagina.set_viewport_size(tela)
        pagina.set_default_timeout(60_000)
        pagina.goto(f"{self.endereco}/lab/workspaces/auto-{secrets.token_hex(4)}/tree/{nome}?token={self.senha}")
        pagina.wait_for_function(f"window.jupyterapp?.shell.currentWidget?.context?.path === {nome!r}")
        pagina.evaluate("jupyterapp.shell.collapseLeft()")
        pagina.wait_for_function(
            "(c => c.context.isReady && c.sessionContext.session?.kernel?.status === 'idle')"
            "(jupyterapp.shell.currentWidget)"
        )
        return pagina


@contextmanager
def laboratorio(pasta: Path) -> Iterator[Laboratorio]:
    """Liga um JupyterLab em `pasta`, com configuração e dados próprios, e o desliga no fim."""
    (pasta / "notebooks").mkdir(parents=True)
    for nome in ("aulas_lib", "data"):
        if (RAIZ / nome).is_dir():
            (pasta / nome).symlink_to(RAIZ / nome, target_is_directory=True)
    ambiente = _ambiente(pasta)
    with socket.socket() as reserva:
        reserva.bind(("127.0.0.1", 0))
        porta = reserva.getsockname()[1]
    lab = Laboratorio(pasta, f"http://127.0.0.1:{porta}", secrets.token_hex(16))
    comando = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.root_dir={pasta}"]
    comando += [f"--port={porta}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={lab.senha}"]
    comando += ["--LabApp.expose_app_in_browser=True", "--allow-root"]
    with (pasta / "servidor.txt").open("w") as registro:
        servidor = subprocess.Popen(comando, cwd=pasta, env=ambiente, stdout=registro, stderr=registro)
    try:
        _esperar_servidor(lab, servidor)
        yield lab
    finally:
        servidor.terminate()
        try:
            servidor.wait(timeout=20)
        except subprocess.TimeoutExpired:
            servidor.kill()


def _ambiente(pasta: Path) -> dict[str, str]:
    """Variáveis de ambiente que mantêm o Jupyter longe dos arquivos do usuário."""
    casa = pasta / "casa"
    configuracao = casa / "config"
    (configuracao / "labconfig").mkdir(parents=True)
    destino = configuracao / "labconfig" / "default_setting_overrides.json"
    destino.write_text(json.dumps(CONFIGURACAO), encoding="utf-8")
    proprias = {
        "HOME": casa,
        "JUPYTER_CONFIG_DIR": configuracao,
        "JUPYTER_DATA_DIR": casa / "dados",
        "JUPYTER_RUNTIME_DIR": casa / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": casa / "ajustes",
        "JUPYTERLAB_WORKSPACES_DIR": casa / "areas",
        "IPYTHONDIR": casa / "ipython",
        "PYTHONPATH": RAIZ,
    }
    return os.environ | {nome: str(valor) for nome, valor in proprias.items()}


def _esperar_servidor(lab: Laboratorio, servidor: subprocess.Popen, segundos: float = 90) -> None:
    limite = time.monotonic() + segundos
    while time.monotonic() < limite and servidor.poll() is None:
        try:
            urllib.request.urlopen(f"{lab.endereco}/api?token={lab.senha}", timeout=2).close()
        except OSError:
            time.sleep(0.3)
        else:
            return
    registro = (lab.pasta / "servidor.txt").read_text(encoding="utf-8")
    raise RuntimeError(f"O JupyterLab não respondeu em {segundos:.0f} s.\n{registro[-3000:]}")


def rodar_tudo(pagina: Page, segundos: float) -> list[str]:
    """Roda todas as células; devolve os erros e os avisos que apareceram nas saídas, um texto por saída."""
    pagina.evaluate(
        "() => { window.terminou = false;"
        " jupyterapp.commands.execute('notebook:run-all-cells').finally(() => { window.terminou = true; }); }"
    )
    pagina.wait_for_function(
        "window.terminou && jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'",
        timeout=segundos * 1000,
    )
    return pagina.evaluate(
        """() => jupyterapp.shell.currentWidget.content.widgets.flatMap((celula, i) =>
            (celula.model.outputs?.toJSON() ?? [])
                .filter(s => s.output_type === 'error' || s.name === 'stderr')
                .map(s => `célula ${i}: ${s.ename ?? 'stderr'}: ${s.evalue ?? s.text}`))"""
    )


def estado(pagina: Page) -> list:
    """O que uma tecla que vazasse para o JupyterLab mudaria: célula ativa, modo e lista de células."""
    return pagina.evaluate(
        """() => { const c = jupyterapp.shell.currentWidget.content;
            return [c.activeCellIndex, c.mode, c.widgets.map(w => w.model.id + w.model.type).join()]; }"""
    )


def so_widgets(caderno: NotebookNode) -> NotebookNode:
    """Uma cópia só com a preparação, as células-base e as de widget; a aula inteira roda no nbval."""
    copia = nbformat.from_dict(caderno)
    ficam = {"preparacao", "base", "widget"}
    copia.cells = [celula for celula in copia.cells if ficam & set(celula.metadata.get("tags", []))]
    for celula in copia.cells:
        if celula.cell_type == "code":
            celula.outputs, celula.execution_count = [], None
    return copia


def esperar(condicao: Callable[[], bool], segundos: float = 10) -> bool:
    """Espera até a condição valer; diz se valeu."""
    limite = time.monotonic() + segundos
    while not condicao():
        if time.monotonic() > limite:
            return False
        time.sleep(0.05)
    return True


def abrir_exportado(caminho: Path, contexto: BrowserContext, pasta: Path) -> Page:
    """Exporta o caderno, como está guardado, para HTML em `pasta` e o abre do disco, sem rede nenhuma."""
    comando = [sys.executable, "-m", "nbconvert", "--to", "html", "--output-dir", str(pasta), str(caminho)]
    subprocess.run(comando, check=True, capture_output=True)
    contexto.set_offline(True)
    contexto.route(lambda endereco: endereco.startswith("http"), lambda rota: rota.abort())
    pagina = contexto.new_page()
    pagina.set_viewport_size(PROJETOR)
    pagina.goto((pasta / f"{caminho.stem}.html").as_uri(), wait_until="domcontentloaded")
    return pagina

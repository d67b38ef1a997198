"""A page of a local origin in headless Chromium, that talks to a service of another: fetch with a preflight, and a socket."""

import os
import queue
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.browsers.chromium_page import pages_open

PAGE = """<!doctype html><title>page</title><script>
const url = "URL";
async function told() {
  const headers = { "content-type": "application/json", "x-asked-by": "a page" };
  const answer = await fetch(url + "/tree", { method: "POST", headers, body: JSON.stringify({ name: "larch" }) });
  const lines = [JSON.stringify(await answer.json())];
  const socket = new WebSocket("ws" + url.slice(4) + "/talk");
  await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = () => reject(Error("no socket")); });
  for (const text of ["alder", "birch"]) {
    const next = new Promise((resolve) => (socket.onmessage = (event) => resolve(event.data)));
    socket.send(text);
    lines.push(await next);
  }
  await new Promise((resolve) => { socket.onclose = resolve; socket.close(1000); });
  return lines.join("\\n");
}
told().catch(String).then((text) => fetch("/told", { method: "POST", body: text }));
</script>"""


class Pages(BaseHTTPRequestHandler):
    told = queue.Queue()

    def do_GET(self):
        self._answer(PAGE.replace("URL", os.environ["WIRETAPE_URL"]).encode())

    def do_POST(self):
        self.told.put(self.rfile.read(int(self.headers["content-length"])).decode())
        self._answer(b"")

    def _answer(self, body):
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


port = int(sys.argv[1])
server = ThreadingHTTPServer(("127.0.0.1", port), Pages)
threading.Thread(target=server.serve_forever, daemon=True).start()
with pages_open(sys.argv[2], f"http://127.0.0.1:{port}/"):
    print(Pages.told.get(timeout=30))
server.shutdown()

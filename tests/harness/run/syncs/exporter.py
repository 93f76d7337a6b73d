"""Gives each order that waits as a metric in Prometheus' text format, or with RUBBISH=yes a page that is none."""

import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

WAITING = Path(os.environ["STATE_DIR"]) / "waiting.json"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        text = "ok"
        if self.path == "/metrics":
            deals = json.loads(WAITING.read_text() or "[]") if WAITING.exists() else []
            lines = ["# TYPE sync_orders_waiting gauge", *(f'sync_orders_waiting{{deal="{deal}"}} 1' for deal in deals)]
            text = "<html>" if os.environ.get("RUBBISH") == "yes" else "\n".join([*lines, ""])
        self.send_response(200)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


host, _, port = os.environ["LISTEN"].rpartition(":")
HTTPServer((host, int(port)), Handler).serve_forever()

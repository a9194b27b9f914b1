"""The counter of the guestbook: POST /visits adds one and answers the new number, GET /visits only answers it."""

import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

lock = threading.Lock()
visits = 0


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            self.answer(200, "ok\n")
        elif self.path == "/visits":
            self.answer(200, f"{visits}\n")
        else:
            self.answer(404, "There is nothing here.\n")

    def do_POST(self):
        global visits
        if self.path != "/visits":
            self.answer(404, "There is nothing here.\n")
            return
        with lock:
            visits += 1
            number = visits
        self.answer(200, f"{number}\n")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        print(f"{self.address_string()} {format % args}", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    port = int(os.environ.get("PORT", "8089"))
    server = ThreadingHTTPServer((os.environ.get("HOST", "0.0.0.0"), port), Handler)
    print(f"listening on port {port}", flush=True)
    server.serve_forever()

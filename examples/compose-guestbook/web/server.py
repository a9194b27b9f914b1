"""The web side of the guestbook: GET / counts a visit and says how many there were."""

import os
import signal
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COUNTER_URL = os.environ.get("COUNTER_URL", "http://counter:8089")


def count_visit():
    request = urllib.request.Request(f"{COUNTER_URL}/visits", method="POST")
    with urllib.request.urlopen(request, timeout=3) as response:
        return int(response.read())


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            self.answer(200, "ok\n")
        elif self.path == "/":
            self.welcome()
        else:
            self.answer(404, "There is nothing here.\n")

    def welcome(self):
        try:
            self.answer(200, f"Hello from Compose! You are visitor number {count_visit()}.\n")
        except (OSError, ValueError):
            self.answer(503, "The counter does not answer.\n")

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
    port = int(os.environ.get("PORT", "8088"))
    server = ThreadingHTTPServer((os.environ.get("HOST", "0.0.0.0"), port), Handler)
    print(f"listening on port {port}, counter at {COUNTER_URL}", flush=True)
    server.serve_forever()

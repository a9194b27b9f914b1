from http.server import BaseHTTPRequestHandler, HTTPServer


def serve(handler: type[BaseHTTPRequestHandler], port: int = 5000) -> None:
    HTTPServer(("", port), handler).serve_forever()

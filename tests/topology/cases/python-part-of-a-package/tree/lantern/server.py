from http.server import ThreadingHTTPServer

from lantern.pages import Pages


def serve(port):
    server = ThreadingHTTPServer(("0.0.0.0", port), Pages)
    server.serve_forever()

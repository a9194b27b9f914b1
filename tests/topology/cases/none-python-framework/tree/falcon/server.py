from wsgiref.simple_server import make_server


def run(app, port=8000):
    make_server("", port, app).serve_forever()

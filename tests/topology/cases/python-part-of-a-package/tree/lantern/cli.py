from lantern.server import serve


def main():
    serve(8000)

from aiohttp.web import Application, run_app


def build():
    return Application()


if __name__ == "__main__":
    run_app(build())

from fastapi import FastAPI


def get_application() -> FastAPI:
    return FastAPI()


app = get_application()

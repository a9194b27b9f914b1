from fastapi import FastAPI

app = FastAPI(title="{{cookiecutter.project_slug}}")


@app.get("/health")
def health():
    return {"status": "ok"}

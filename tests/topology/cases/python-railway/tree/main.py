from fastapi import FastAPI

app = FastAPI()


@app.get("/trees")
def trees():
    return []

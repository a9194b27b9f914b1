import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.get("/trees")
def trees():
    return []


uvicorn.run(app, host="0.0.0.0", port=8090)

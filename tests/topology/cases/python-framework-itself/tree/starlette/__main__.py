import uvicorn

if __name__ == "__main__":
    uvicorn.run("starlette.app:app", port=8000)

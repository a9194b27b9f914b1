from flask import Flask

app = Flask(__name__)


@app.get("/")
def empty():
    return ("", 204)

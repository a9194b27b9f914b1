from flask import Flask

from orchard.trees import COUNT

app = Flask(__name__)


@app.get("/")
def count():
    return str(COUNT)

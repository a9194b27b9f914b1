from flask import Flask

app = Flask(__name__)


@app.route("/trees")
def trees():
    return []


app.run()

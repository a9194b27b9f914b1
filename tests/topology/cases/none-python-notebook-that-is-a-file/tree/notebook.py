import marimo

app = marimo.App()


@app.cell
def _():
    trees = 3
    return (trees,)


if __name__ == "__main__":
    app.run()

import bottle


def run():
    bottle.run(host="0.0.0.0", port=8095)


if __name__ == "__main__":
    run()

import bottle


@bottle.route("/trees")
def trees():
    return {"trees": []}


application = bottle.default_app()

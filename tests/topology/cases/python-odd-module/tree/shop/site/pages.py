import bottle

website = bottle.Bottle()

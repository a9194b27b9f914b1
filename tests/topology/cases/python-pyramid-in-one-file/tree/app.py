from pyramid.config import Configurator
from waitress import serve


def trees(request):
    return {"trees": []}


if __name__ == "__main__":
    with Configurator() as config:
        config.add_route("trees", "/trees")
        config.add_view(trees, route_name="trees", renderer="json")
        app = config.make_wsgi_app()
    serve(app, host="0.0.0.0", port=6543)

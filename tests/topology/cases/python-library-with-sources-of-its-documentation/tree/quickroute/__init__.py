from quickroute.routing import Route

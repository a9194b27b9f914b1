class Route:
    pass

from starlette.applications import Starlette


class Inlet(Starlette):
    pass

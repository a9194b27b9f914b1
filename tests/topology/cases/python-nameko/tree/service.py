from nameko.rpc import rpc


class Orchard:
    name = "orchard"

    @rpc
    def count(self, kind):
        return len(kind)

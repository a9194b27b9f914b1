class Kernel:
    def register(self):
        pass

import litserve as ls


class Ripeness(ls.LitAPI):
    def setup(self, device):
        self.model = abs

    def predict(self, request):
        return self.model(request["value"])


if __name__ == "__main__":
    ls.LitServer(Ripeness()).run(port=8000)

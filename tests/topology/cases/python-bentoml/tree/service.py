import bentoml


@bentoml.service(resources={"cpu": "2"})
class Ripeness:
    @bentoml.api
    def judge(self, picture: str) -> float:
        return 0.5

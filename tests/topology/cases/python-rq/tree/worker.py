from redis import Redis
from rq import Queue, Worker

if __name__ == "__main__":
    worker = Worker([Queue("harvest")], connection=Redis(host="redis"))
    worker.work()

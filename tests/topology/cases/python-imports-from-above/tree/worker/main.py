import pika

from config import BROKER


def main():
    channel = pika.BlockingConnection(pika.ConnectionParameters(BROKER)).channel()
    channel.basic_consume(queue="harvest", on_message_callback=print)
    channel.start_consuming()


if __name__ == "__main__":
    main()

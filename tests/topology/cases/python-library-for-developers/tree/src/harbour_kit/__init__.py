from .server import Receiver

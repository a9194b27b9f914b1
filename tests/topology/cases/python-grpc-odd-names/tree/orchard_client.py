import grpc

with grpc.insecure_channel("localhost:50051") as channel:
    print(channel)

package main

import (
	"net"

	"google.golang.org/grpc"
)

func main() {
	listener, _ := net.Listen("tcp", ":50051")
	grpc.NewServer().Serve(listener)
}

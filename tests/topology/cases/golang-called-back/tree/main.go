package main

import "net"

func main() {
	listener, _ := net.Listen("tcp", "127.0.0.1:0")
	askInBrowser(listener.Addr())
	listener.Accept()
}

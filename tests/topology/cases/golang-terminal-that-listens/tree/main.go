package main

import (
	"net"

	"github.com/gdamore/tcell/v2"
)

func main() {
	screen, _ := tcell.NewScreen()
	listener, _ := net.Listen("tcp", "127.0.0.1:12345")
	show(screen, listener)
}

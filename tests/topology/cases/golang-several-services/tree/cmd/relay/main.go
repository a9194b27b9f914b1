package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	go forward()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
}

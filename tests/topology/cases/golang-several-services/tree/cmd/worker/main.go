package main

import (
	"os"
	"os/signal"

	"example.com/shop/orders/internal/queue"
)

func main() {
	go queue.Consume("orders")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	<-stop
}

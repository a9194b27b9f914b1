package main

import "github.com/segmentio/kafka-go"

func main() {
	reader := kafka.NewReader(kafka.ReaderConfig{})
	for {
		reader.ReadMessage(nil)
	}
}

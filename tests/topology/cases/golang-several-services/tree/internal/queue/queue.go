package queue

import (
	"context"

	"github.com/segmentio/kafka-go"
)

func Consume(topic string) {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{"kafka:9092"}, Topic: topic})
	for {
		reader.ReadMessage(context.Background())
	}
}

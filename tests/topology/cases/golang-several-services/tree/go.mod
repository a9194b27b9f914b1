module example.com/shop/orders

go 1.23

require (
	github.com/go-chi/chi/v5 v5.1.0
	github.com/segmentio/kafka-go v0.4.47
	google.golang.org/grpc v1.67.0
)

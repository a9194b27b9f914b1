module example.com/store

go 1.23

require (
	github.com/spf13/cobra v1.8.0
	google.golang.org/grpc v1.65.0
)

module example.com/rates

go 1.24

require google.golang.org/grpc v1.66.0

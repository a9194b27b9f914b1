module example.org/golang-hello

go 1.22

package main

import (
	"net/http"
	"os"
)

func main() {
	go http.ListenAndServe(":8081", nil)
	os.Exit(0)
}

package main

import (
	"net/http"

	"example.com/queue"
)

func main() { http.ListenAndServe(":8400", queue.Handler()) }

package main

import (
	"net/http"

	"github.com/pkg/browser"
)

func main() {
	go browser.OpenURL("http://localhost:7000")
	http.ListenAndServe("localhost:7000", http.FileServer(http.Dir(".")))
}

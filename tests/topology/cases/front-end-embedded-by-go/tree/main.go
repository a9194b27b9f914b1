package main

import (
	"net/http"

	"example.com/console/ui"
)

func main() {
	http.ListenAndServe(":8080", http.FileServer(http.FS(ui.Files)))
}

package main

import (
	"log"
	"net/http"

	"github.com/gorilla/mux"
	"example.com/shop/stock/routes"
)

func main() {
	r := mux.NewRouter()
	routes.Add(r)
	log.Fatal(http.ListenAndServe(":8300", r))
}

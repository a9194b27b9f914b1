package routes

import "github.com/gorilla/mux"

func Add(r *mux.Router) {}

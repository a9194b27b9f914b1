package server

import "net/http"

func Start() { http.ListenAndServe(":8089", nil) }

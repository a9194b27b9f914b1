module example.com/fleet/services/api

go 1.24

require (
	example.com/fleet/pkg v0.0.0
	github.com/go-chi/chi/v5 v5.2.1
)

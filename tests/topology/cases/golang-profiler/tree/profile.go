//go:build debug || profile

package main

import "net/http"

func profile(address string) { http.ListenAndServe(address, nil) }

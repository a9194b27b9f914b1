package main

import "github.com/miekg/dns"

func main() { (&dns.Server{Addr: ":5353", Net: "udp"}).ListenAndServe() }

module example.com/queue/server

go 1.22

require example.com/queue v0.0.0

replace example.com/queue => ../

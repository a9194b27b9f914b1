module example.com/viewer

go 1.23

require github.com/pkg/browser v0.0.0-20240102092130-5ac0b6a4141c

module example.com/fleet/pkg

go 1.24

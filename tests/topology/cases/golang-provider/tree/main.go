package main

func main() {
	provider.Serve()
}

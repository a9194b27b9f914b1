fn main() {
    HttpServer::new(App::new).bind(("0.0.0.0", 8500));
}

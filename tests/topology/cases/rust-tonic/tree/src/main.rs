fn main() {
    Server::builder().serve("[::1]:50051".parse().unwrap());
}

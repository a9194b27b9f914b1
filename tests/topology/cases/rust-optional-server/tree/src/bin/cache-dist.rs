fn main() {
    rouille::start_server("0.0.0.0:10501", |_| todo!());
}

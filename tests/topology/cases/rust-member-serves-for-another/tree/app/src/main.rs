#[tokio::main]
async fn main() {
    server::start().await;
}

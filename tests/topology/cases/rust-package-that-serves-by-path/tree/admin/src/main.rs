#[tokio::main]
async fn main() {
    web::run().await;
}

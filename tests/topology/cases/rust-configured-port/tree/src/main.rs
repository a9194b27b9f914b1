use letters::startup::Application;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    Application::build().await?.run().await
}

use axum::Router;

pub async fn run() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:4200").await.unwrap();
    axum::serve(listener, Router::new()).await.unwrap();
}

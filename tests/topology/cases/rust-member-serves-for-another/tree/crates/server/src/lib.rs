pub async fn start() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:4300").await.unwrap();
    axum::serve(listener, axum::Router::new()).await.unwrap();
}

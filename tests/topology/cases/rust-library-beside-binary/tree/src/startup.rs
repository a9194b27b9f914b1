async fn serve() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:3456").await.unwrap();
    axum::serve(listener, axum::Router::new()).await.unwrap();
}

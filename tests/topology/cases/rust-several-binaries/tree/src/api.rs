#[actix_web::main]
async fn main() -> std::io::Result<()> {
    HttpServer::new(|| App::new().route("/health", web::get()))
        .bind(("0.0.0.0", 8081))?
        .run()
        .await
}

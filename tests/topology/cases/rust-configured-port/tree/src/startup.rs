use actix_web::{App, HttpServer};
use std::net::TcpListener;

pub fn run(settings: Settings) {
    let listener = TcpListener::bind(format!("0.0.0.0:{}", settings.application.port)).unwrap();
    HttpServer::new(App::new).listen(listener);
}

#[cfg(test)]
mod tests {
    const PORT: u16 = 1;
}

use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve {
        #[arg(long, default_value_t = 4100)]
        port: u16,
    },
}

#[tokio::main]
async fn main() {
    let Command::Serve { port } = Cli::parse().command;
    let listener = tokio::net::TcpListener::bind(("0.0.0.0", port)).await.unwrap();
    axum::serve(listener, axum::Router::new()).await.unwrap();
}

fn main() {
    let token = std::env::var("DISCORD_TOKEN").expect("a token");
}

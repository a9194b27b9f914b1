fn main() {
    axum::serve(1, 2);
}

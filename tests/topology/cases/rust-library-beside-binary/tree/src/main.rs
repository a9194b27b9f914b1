fn main() { shop::run(); }

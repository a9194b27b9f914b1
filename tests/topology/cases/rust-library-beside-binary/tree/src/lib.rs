mod startup;
pub fn run() {}

pub fn stamp() {}

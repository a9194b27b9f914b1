package pkg

func Log() {}

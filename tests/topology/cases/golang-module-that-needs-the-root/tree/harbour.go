package harbour

func Depth() int { return 3 }

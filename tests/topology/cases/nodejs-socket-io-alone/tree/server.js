const io = require("socket.io")(4100);

io.on("connection", (socket) => socket.emit("welcome"));

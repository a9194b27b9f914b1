const express = require("express");
const app = express();
app.get("/healthz", (_, answer) => answer.send("ok"));
app.listen(process.env.PORT || 4000);

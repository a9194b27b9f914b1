const express = require("express");

const app = express();
const port = parseInt(process.env.PORT, 10) || 4300;

app.get("/parcels", (request, response) => response.json([]));
app.listen(port);

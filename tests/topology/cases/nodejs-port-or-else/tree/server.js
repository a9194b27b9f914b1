const app = require("fastify")();

const port = process.env.PORT ? Number.parseInt(process.env.PORT, 10) : 4310;

app.listen({ port, host: "0.0.0.0" });

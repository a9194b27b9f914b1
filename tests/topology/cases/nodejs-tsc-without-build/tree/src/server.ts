import Fastify from "fastify";

const app = Fastify();
const env = { PORT: 3333 };
app.listen({ port: 3333, host: "0.0.0.0" });

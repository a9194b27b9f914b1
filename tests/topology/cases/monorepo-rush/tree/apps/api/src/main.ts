import Fastify from "fastify";
import { price } from "@harbour/prices";

const app = Fastify();
app.get("/price", async () => price);
app.listen({ port: Number(process.env.PORT ?? 4000), host: "0.0.0.0" });

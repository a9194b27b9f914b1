import { Elysia } from "elysia";

new Elysia().get("/", () => "x").listen(3000);

import { Hono } from "hono";

const app = new Hono();
export default { port: 3002, fetch: app.fetch };

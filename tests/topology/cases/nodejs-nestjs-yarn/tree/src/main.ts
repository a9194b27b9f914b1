import { NestFactory } from "@nestjs/core";
async function start() { const app = await NestFactory.create({}); await app.listen(3100); }
start();

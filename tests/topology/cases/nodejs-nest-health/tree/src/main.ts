import { NestFactory } from "@nestjs/core";

async function start() {
  const app = await NestFactory.create(null);
  app.setGlobalPrefix("api");
  await app.listen(3000);
}
start();

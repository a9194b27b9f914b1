import { NestFactory } from "@nestjs/core";

NestFactory.create(null).then((app) => app.listen(process.env.PORT ?? 3100));
